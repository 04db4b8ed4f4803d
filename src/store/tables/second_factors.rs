//! Second factors of accounts, and their recovery codes.

use crate::domain::{Digest, SessionId, Timestamp, UserId};
use crate::store::StoreResult;
use crate::store::sql::{FromRow, Reader, Row, Writer};

/// An account's second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactor {
    /// The app's secret, encrypted.
    pub sealed_secret: Vec<u8>,
    /// Since when sign-ins ask for it; `None`: not yet.
    pub confirmed_at: Option<Timestamp>,
    /// Recovery codes that were not used.
    pub recovery_codes: u32,
}

impl FromRow for SecondFactor {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        Ok(Self {
            sealed_secret: row.get("sealed_secret")?,
            confirmed_at: row.get("confirmed_at_ms")?,
            recovery_codes: row.get("recovery_codes")?,
        })
    }
}

/// Records a secret that sign-ins do not ask for yet, in place of another such; `false` if one is confirmed.
pub fn begin(db: &Writer, user: UserId, sealed_secret: &[u8], now: Timestamp) -> StoreResult<bool> {
    let changed = db.execute(
        "insert into second_factor (user_id, sealed_secret, created_at_ms) values (?1, ?2, ?3)
         on conflict (user_id) do update set sealed_secret = excluded.sealed_secret,
             created_at_ms = excluded.created_at_ms
         where second_factor.confirmed_at_ms is null",
        (user, sealed_secret, now),
    )?;
    Ok(changed > 0)
}

/// The account's second factor, confirmed or not.
pub fn find(db: &Reader, user: UserId) -> StoreResult<Option<SecondFactor>> {
    db.one(
        "select sealed_secret, confirmed_at_ms,
             (select count(*) from recovery_code where recovery_code.user_id = ?1) as recovery_codes
         from second_factor where user_id = ?1",
        [user],
    )
}

/// From now on sign-ins ask for it; all other sessions of the account end. `false` if it is confirmed already, or its
/// secret is another one by now.
pub fn confirm(
    db: &Writer,
    user: UserId,
    (sealed_secret, step): (&[u8], i64),
    keep: SessionId,
    now: Timestamp,
) -> StoreResult<bool> {
    let changed = db.execute(
        "update second_factor set confirmed_at_ms = ?2, last_step = ?3
         where user_id = ?1 and confirmed_at_ms is null and sealed_secret = ?4",
        (user, now, step, sealed_secret),
    )?;
    if changed > 0 {
        db.run("delete from user_session where user_id = ?1 and id <> ?2", (user, keep))?;
    }
    Ok(changed > 0)
}

/// Uses the code of a step; `false` if this code or a later one was used already.
pub fn use_step(db: &Writer, user: UserId, step: i64) -> StoreResult<bool> {
    let changed = db.execute(
        "update second_factor set last_step = ?2
         where user_id = ?1 and confirmed_at_ms is not null and last_step < ?2",
        (user, step),
    )?;
    Ok(changed > 0)
}

/// Uses a recovery code; `false` if there is none like this.
pub fn use_recovery_code(db: &Writer, user: UserId, code_hash: Digest) -> StoreResult<bool> {
    let sql = "delete from recovery_code where user_id = ?1 and code_hash = ?2";
    Ok(db.execute(sql, (user, code_hash))? > 0)
}

/// Gives the account these recovery codes in place of all others.
pub fn set_recovery_codes(db: &Writer, user: UserId, hashes: &[Digest]) -> StoreResult<()> {
    db.run("delete from recovery_code where user_id = ?1", [user])?;
    hashes.iter().try_for_each(|hash| {
        db.run("insert into recovery_code (user_id, code_hash) values (?1, ?2)", (user, *hash))
    })
}

/// Sign-ins do not ask for it any more; `false` if there was none.
pub fn delete(db: &Writer, user: UserId) -> StoreResult<bool> {
    Ok(db.execute("delete from second_factor where user_id = ?1", [user])? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::User;
    use crate::store::tables::users;
    use crate::store::testing::{NOW, TestStore};

    fn with_user() -> (TestStore, UserId) {
        let (store, user) = (TestStore::new(), User::new("Rina".into(), NOW));
        let id = user.id;
        store.write(move |tx| users::insert(tx, &user, None)).unwrap();
        (store, id)
    }

    #[test]
    fn only_the_secret_that_the_app_has_is_confirmed() {
        let (store, user) = with_user();
        let begin = |secret: u8| store.write(move |tx| begin(tx, user, &[secret], NOW)).unwrap();
        let confirm = |secret: u8| {
            store.write(move |tx| confirm(tx, user, (&[secret], 5), SessionId::random(), NOW)).unwrap()
        };
        assert!(!confirm(1), "there is none");
        assert!(begin(1) && begin(2));
        assert!(!store.write(move |tx| use_step(tx, user, 9)).unwrap(), "it is not confirmed");
        assert!(!confirm(1), "the app scanned the former code");
        assert!(confirm(2) && !confirm(2));
        assert!(!begin(3), "it is not replaced without a code");
        let found = store.read(|db| find(db, user)).unwrap().unwrap();
        assert_eq!((found.sealed_secret, found.confirmed_at), (vec![2], Some(NOW)));
    }

    #[test]
    fn a_code_works_once() {
        let (store, user) = with_user();
        store
            .write(move |tx| {
                begin(tx, user, &[1], NOW)?;
                confirm(tx, user, (&[1], 5), SessionId::random(), NOW)?;
                set_recovery_codes(tx, user, &[Digest([1; 32]), Digest([2; 32])])
            })
            .unwrap();
        let step = |step| store.write(move |tx| use_step(tx, user, step)).unwrap();
        assert!(!step(5) && !step(4) && step(6) && !step(6) && step(8) && !step(7));
        let code = |n: u8| store.write(move |tx| use_recovery_code(tx, user, Digest([n; 32]))).unwrap();
        assert!(!code(3) && code(1) && !code(1));
        let left = || store.read(|db| find(db, user)).unwrap().map(|found| found.recovery_codes);
        assert_eq!(left(), Some(1));
        store.write(move |tx| set_recovery_codes(tx, user, &[Digest([3; 32])])).unwrap();
        assert!(!code(2) && code(3));
        assert!(store.write(move |tx| delete(tx, user)).unwrap());
        assert_eq!(left(), None);
    }
}
