//! Sessions of users: apps, by a refresh token that is replaced at each use, and browsers, by a cookie.

use crate::domain::{Digest, SessionId, Timestamp, User, UserId};
use crate::store::StoreResult;
use crate::store::sql::{FromRow, Reader, Row, ToSql, Value, Writer};

/// What identifies a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Tokens.
    App,
    /// A cookie.
    Browser,
}

impl ToSql for Kind {
    fn to_sql(&self) -> Value<'_> {
        let name = match self {
            Self::App => "app",
            Self::Browser => "browser",
        };
        Value::Text(name.into())
    }
}

/// The result of presenting a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It was valid, and is replaced by the next one.
    Rotated(User),
    /// It had been used before, so one of the two uses was a theft: the session has ended.
    Reused,
    /// The session has ended.
    Ended,
}

/// Signs a user in.
pub fn insert(
    db: &Writer,
    id: SessionId,
    user_id: UserId,
    kind: Kind,
    token_hash: Digest,
    (now, expires_at): (Timestamp, Timestamp),
) -> StoreResult<()> {
    db.run(
        "insert into user_session (id, user_id, kind, token_hash, created_at_ms, expires_at_ms)
         values (?1, ?2, ?3, ?4, ?5, ?6)",
        (id, user_id, kind, token_hash, now, expires_at),
    )
}

/// The user of an app's session; `None` if it has ended or the account is disabled.
pub fn find_user(db: &Reader, id: SessionId, now: Timestamp) -> StoreResult<Option<User>> {
    db.one(
        "select account.* from user_session session join account on account.id = session.user_id
         where session.id = ?1 and kind = 'app' and expires_at_ms > ?2 and disabled_at_ms is null",
        (id, now),
    )
}

struct BrowserSession(SessionId, User);

impl FromRow for BrowserSession {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        Ok(Self(row.get("session_id")?, User::from_row(row)?))
    }
}

/// The session and user of a browser's cookie; `None` if it has ended or the account is disabled.
pub fn find_browser(
    db: &Reader,
    token_hash: Digest,
    now: Timestamp,
) -> StoreResult<Option<(SessionId, User)>> {
    let found = db.one(
        "select account.*, session.id as session_id
         from user_session session join account on account.id = session.user_id
         where session.token_hash = ?1 and kind = 'browser' and expires_at_ms > ?2 and disabled_at_ms is null",
        (token_hash, now),
    )?;
    Ok(found.map(|BrowserSession(id, user)| (id, user)))
}

/// Replaces a refresh token if it is the session's current one; otherwise ends the session.
pub fn rotate(
    db: &Writer,
    id: SessionId,
    (presented, next): (Digest, Digest),
    (now, expires_at): (Timestamp, Timestamp),
) -> StoreResult<Rotation> {
    let Some(user) = find_user(db, id, now)? else { return Ok(Rotation::Ended) };
    let rotated = db.execute(
        "update user_session set token_hash = ?3, expires_at_ms = ?4 where id = ?1 and token_hash = ?2",
        (id, presented, next, expires_at),
    )?;
    if rotated > 0 {
        return Ok(Rotation::Rotated(user));
    }
    delete(db, id)?;
    Ok(Rotation::Reused)
}

/// Signs out.
pub fn delete(db: &Writer, id: SessionId) -> StoreResult<()> {
    db.run("delete from user_session where id = ?1", [id])
}

/// Deletes expired sessions.
pub fn delete_expired(db: &Writer, now: Timestamp) -> StoreResult<()> {
    db.run("delete from user_session where expires_at_ms <= ?1", [now])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::tables::users;
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
