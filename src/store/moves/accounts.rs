//! Accounts of an event's users. A record never changes an account that is here, and never makes an admin.

use std::collections::{HashMap, HashSet};

use super::record::Record;
use super::tables::{ACCOUNT, SESSION, insert};
use crate::store::StoreResult;
use crate::store::sql::{Reader, Writer};

/// Brings accounts that are not here. Returns the number that each has here; those whose name or address somebody else
/// has are missing. Sessions come only with their account: nobody is signed in to an account that was here before.
pub(super) fn bring(db: &Writer, accounts: &[Record], sessions: &[Record]) -> StoreResult<HashMap<i64, i64>> {
    let (mut known, mut new) = (HashMap::new(), HashSet::new());
    for account in accounts {
        let id: i64 = account.expect("id")?;
        if db.value("select exists (select 1 from \"account\" where id = ?1)", [id])? {
            known.insert(id, id);
        } else if let Some(same) = of_provider(db, account)? {
            known.insert(id, same);
        } else if insert(db, "\"account\"", ACCOUNT, account, "do nothing")? {
            known.insert(id, id);
            new.insert(id);
        }
    }
    for session in sessions {
        let is_browser = session.get::<String>("kind").as_deref() == Some("browser");
        if is_browser && new.contains(&session.expect("user_id")?) {
            insert(db, "user_session", SESSION, session, "do nothing")?;
        }
    }
    Ok(known)
}

/// The account here of the same person at the same OpenID provider.
fn of_provider(db: &Reader, account: &Record) -> StoreResult<Option<i64>> {
    let (issuer, subject): (Option<String>, Option<String>) = (account.get("issuer"), account.get("subject"));
    let Some((issuer, subject)) = issuer.zip(subject) else { return Ok(None) };
    db.one("select id from \"account\" where issuer = ?1 and subject = ?2", (issuer, subject))
}
