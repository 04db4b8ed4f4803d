//! Users signed in: apps, by a refresh token that is replaced at each use, and browsers, by a cookie.

use crate::store::sql::{Reader, Writer};
use rusqlite::{OptionalExtension, named_params};

use crate::domain::{Digest, SessionId, Timestamp, User, UserId};
use crate::store::StoreError;
use crate::store::tables::users;

/// What carries a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Tokens.
    App,
    /// A cookie.
    Browser,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Browser => "browser",
        }
    }
}

/// What became of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It was good; the next one is good now.
    Rotated(User),
    /// It had been used before: somebody has stolen one. The session has ended.
    Reused,
    /// The session has ended.
    Ended,
}

/// Signs a user in.
///
/// # Errors
/// When the database fails, or the account is gone.
pub fn insert(
    tx: &Writer,
    id: SessionId,
    user_id: UserId,
    kind: Kind,
    token_hash: Digest,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    tx.execute(
        "insert into user_session (id,  user_id,  kind,  token_hash,  created_at_ms,  expires_at_ms)
         values                  (:id, :user_id, :kind, :token_hash, :created_at_ms, :expires_at_ms)",
        named_params! {
            ":id": id.as_i64(),
            ":user_id": user_id.as_i64(),
            ":kind": kind.as_str(),
            ":token_hash": token_hash.0,
            ":created_at_ms": now.unix_ms(),
            ":expires_at_ms": expires_at.unix_ms(),
        },
    )?;
    Ok(())
}

/// The user of a session of an app that has not ended; nobody where the account is disabled.
///
/// # Errors
/// When the database fails.
pub fn find_user(connection: &Reader, id: SessionId, now: Timestamp) -> Result<Option<User>, StoreError> {
    let row = connection.query_row(
        "select user.* from user_session session join user on user.id = session.user_id
         where session.id = ?1 and kind = 'app' and expires_at_ms > ?2 and disabled_at_ms is null",
        (id.as_i64(), now.unix_ms()),
        |row| Ok(users::from_row(row)),
    );
    row.optional()?.transpose()
}

/// The session and user of a browser's cookie, in the same way.
///
/// # Errors
/// When the database fails.
pub fn find_browser(
    connection: &Reader,
    token_hash: Digest,
    now: Timestamp,
) -> Result<Option<(SessionId, User)>, StoreError> {
    let row = connection.query_row(
        "select user.*, session.id as session_id from user_session session join user on user.id = session.user_id
         where session.token_hash = ?1 and kind = 'browser' and expires_at_ms > ?2 and disabled_at_ms is null",
        (token_hash.0, now.unix_ms()),
        |row| Ok((row.get("session_id")?, users::from_row(row))),
    );
    row.optional()?.map(|(id, user)| Ok((session_id(id)?, user?))).transpose()
}

/// Replaces a refresh token, where it is the good one; else ends the session.
///
/// # Errors
/// When the database fails.
pub fn rotate(
    tx: &Writer,
    id: SessionId,
    (presented, next): (Digest, Digest),
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<Rotation, StoreError> {
    let Some(user) = find_user(tx, id, now)? else { return Ok(Rotation::Ended) };
    let rotated = tx.execute(
        "update user_session set token_hash = ?3, expires_at_ms = ?4 where id = ?1 and token_hash = ?2",
        (id.as_i64(), presented.0, next.0, expires_at.unix_ms()),
    )?;
    if rotated > 0 {
        return Ok(Rotation::Rotated(user));
    }
    delete(tx, id)?;
    Ok(Rotation::Reused)
}

/// Signs out.
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &Writer, id: SessionId) -> Result<(), StoreError> {
    tx.execute("delete from user_session where id = ?1", [id.as_i64()])?;
    Ok(())
}

/// Forgets sessions that have expired.
///
/// # Errors
/// When the database fails.
pub fn delete_expired(tx: &Writer, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("delete from user_session where expires_at_ms <= ?1", [now.unix_ms()])?;
    Ok(())
}

fn session_id(value: i64) -> Result<SessionId, StoreError> {
    SessionId::from_i64(value).ok_or(StoreError::Corrupt { what: "session id" })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::testing::{NOW, TestStore};

    #[test]
    fn a_refresh_token_is_good_once_and_a_second_use_ends_the_session() {
        let store = TestStore::new();
        let (user, id) = (User::new("Rina".into(), NOW), SessionId::random());
        let later = NOW.plus(Duration::from_mins(1));
        let (first, second, third) = (Digest([1; 32]), Digest([2; 32]), Digest([3; 32]));
        let kept = user.clone();
        store
            .write(move |tx| {
                users::insert(tx, &user, None)?;
                insert(tx, id, user.id, Kind::App, first, (NOW, later))
            })
            .unwrap();
        let rotate = |used, next| store.write(move |tx| rotate(tx, id, (used, next), (NOW, later))).unwrap();
        assert_eq!(rotate(first, second), Rotation::Rotated(kept.clone()));
        assert_eq!(store.read(|c| find_user(c, id, NOW)).unwrap(), Some(kept.clone()));
        assert_eq!(store.read(|c| find_user(c, id, later)).unwrap(), None, "expired");
        assert_eq!(rotate(first, third), Rotation::Reused);
        assert_eq!(rotate(second, third), Rotation::Ended);
        assert_eq!(store.read(|c| find_user(c, id, NOW)).unwrap(), None);
    }
}
