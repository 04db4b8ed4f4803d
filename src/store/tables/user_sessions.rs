//! Sessions of users: apps, by a refresh token that is replaced at each use, and browsers, by a cookie.

use std::time::Duration;

use crate::domain::{Digest, SessionId, Timestamp, User, UserId};
use crate::store::StoreResult;
use crate::store::sql::{FromRow, Reader, Row, ToSql, Value, Writer};

/// How long a refresh token that was replaced is answered again.
const AGAIN: Duration = Duration::from_secs(30);

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
    Rotated {
        /// Whose session it is.
        user: User,
        /// When it was replaced: earlier, if this is the same use once more.
        at: Timestamp,
        /// When the next one expires.
        expires_at: Timestamp,
    },
    /// It had been used before, so one of the two uses was a theft: the user's session has ended.
    Reused(UserId),
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

/// Replaces a refresh token if it is the session's current one. The one that it replaced is answered in the same way
/// for a short while: the first answer may be lost, or two parts of an app may ask at once. Any other ends the session.
pub fn rotate(
    db: &Writer,
    id: SessionId,
    (presented, next): (Digest, Digest),
    (now, expires_at): (Timestamp, Timestamp),
) -> StoreResult<Rotation> {
    let Some(user) = find_user(db, id, now)? else { return Ok(Rotation::Ended) };
    let rotated = db.execute(
        "update user_session
         set previous_token_hash = token_hash, replaced_at_ms = ?5, token_hash = ?3, expires_at_ms = ?4
         where id = ?1 and token_hash = ?2",
        (id, presented, next, expires_at, now),
    )?;
    if rotated > 0 {
        return Ok(Rotation::Rotated { user, at: now, expires_at });
    }
    // Once the next token is used, that one is the previous one.
    let again = db.one(
        "select replaced_at_ms, expires_at_ms from user_session
         where id = ?1 and previous_token_hash = ?2 and replaced_at_ms > ?3",
        (id, presented, now.minus(AGAIN)),
    )?;
    if let Some((at, expires_at)) = again {
        return Ok(Rotation::Rotated { user, at, expires_at });
    }
    delete(db, id)?;
    Ok(Rotation::Reused(user.id))
}

/// The user of an app's session whose current refresh token, or the one before, this is; `None` for any other.
pub fn find_holder(
    db: &Reader,
    id: SessionId,
    presented: Digest,
    now: Timestamp,
) -> StoreResult<Option<User>> {
    let holds = db.value(
        "select exists (select 1 from user_session where id = ?1 and ?2 in (token_hash, previous_token_hash))",
        (id, presented),
    )?;
    if holds { find_user(db, id, now) } else { Ok(None) }
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
    use super::*;
    use crate::store::tables::users;
    use crate::store::testing::{NOW, TestStore};

    const SECOND: Duration = Duration::from_secs(1);

    struct Session {
        store: TestStore,
        id: SessionId,
    }

    impl Session {
        /// With the token 1.
        fn new() -> Self {
            let (store, id) = (TestStore::new(), SessionId::random());
            let (user, times) = (User::new("Rina".into(), NOW), (NOW, NOW.plus(SECOND * 60)));
            store
                .write(move |tx| {
                    users::insert(tx, &user, None)?;
                    insert(tx, id, user.id, Kind::App, Digest([1; 32]), times)
                })
                .unwrap();
            Self { store, id }
        }

        /// The time of the answer that the token gives, where the next one is valid for a minute.
        fn rotate(&self, used: u8, next: u8, now: Timestamp) -> Option<Timestamp> {
            let (hashes, times) = ((Digest([used; 32]), Digest([next; 32])), (now, now.plus(SECOND * 60)));
            let id = self.id;
            match self.store.write(move |tx| rotate(tx, id, hashes, times)).unwrap() {
                Rotation::Rotated { at, expires_at, .. } => {
                    assert_eq!(expires_at, at.plus(SECOND * 60));
                    Some(at)
                }
                Rotation::Reused(_) | Rotation::Ended => None,
            }
        }

        fn is_alive(&self, now: Timestamp) -> bool {
            self.store.read(|c| find_user(c, self.id, now)).unwrap().is_some()
        }
    }

    #[test]
    fn a_refresh_token_is_good_once_and_a_second_use_ends_the_session() {
        let session = Session::new();
        assert!(session.is_alive(NOW) && !session.is_alive(NOW.plus(SECOND * 60)));
        assert_eq!(session.rotate(1, 2, NOW), Some(NOW));
        assert_eq!(session.rotate(2, 3, NOW), Some(NOW));
        // Its successor was used.
        assert_eq!(session.rotate(1, 4, NOW), None);
        assert!(!session.is_alive(NOW));
        assert_eq!(session.rotate(3, 4, NOW), None);
    }

    #[test]
    fn the_same_use_once_more_gives_the_same_answer_for_half_a_minute() {
        let session = Session::new();
        let (soon, late) = (NOW.plus(SECOND * 29), NOW.plus(SECOND * 30));
        assert_eq!(session.rotate(1, 2, NOW), Some(NOW));
        assert_eq!(session.rotate(1, 2, soon), Some(NOW));
        assert_eq!(session.rotate(1, 2, late), None);
        assert!(!session.is_alive(late));
    }

    #[test]
    fn a_token_that_is_kept_is_found_and_no_other() {
        let session = Session::new();
        let holds = |token: u8, now| {
            session.store.read(|c| find_holder(c, session.id, Digest([token; 32]), now)).unwrap().is_some()
        };
        assert!(holds(1, NOW) && !holds(2, NOW) && !holds(1, NOW.plus(SECOND * 60)));
        session.rotate(1, 2, NOW);
        session.rotate(2, 3, NOW);
        assert!(!holds(1, NOW) && holds(2, NOW) && holds(3, NOW));
    }
}
