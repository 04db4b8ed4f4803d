//! The audit log: what studio accounts did.

use std::time::Duration;

use crate::domain::{AuditEntry, Audited, Timestamp};
use crate::store::StoreResult;
use crate::store::sql::{FromRow, Reader, Row, Writer};

/// What is equal to an entry of so lately counts there.
const SAME: Duration = Duration::from_mins(10);
/// Most entries: a flood of refused attempts must not fill the disk. The oldest go.
const MAX_ENTRIES: i64 = 200_000;
/// Entries that look for an equal one.
const RECENT: i64 = 200;

/// Records that something was done so many times.
pub fn record(db: &Writer, audited: &Audited, times: u32, now: Timestamp) -> StoreResult<()> {
    let Audited { user, via, action, event, object, refusal, network } = audited;
    let (via, action) = (via.as_str(), action.as_str());
    let equal = db.execute(
        "update audit_entry set at_ms = ?1, times = times + ?2
         where id = (select max(id) from audit_entry
                     where id > (select coalesce(max(id), 0) - ?11 from audit_entry) and at_ms >= ?3
                       and via = ?5 and action = ?6
                       and user_id is not distinct from ?4 and event_id is not distinct from ?7
                       and object_id is not distinct from ?8 and refusal is not distinct from ?9
                       and network is not distinct from ?10)",
        (now, times, now.minus(SAME), *user, via, action, *event, *object, *refusal, network, RECENT),
    )?;
    if equal > 0 {
        return Ok(());
    }
    db.run(
        "insert into audit_entry
             (first_at_ms, at_ms, times, user_id, via, action, event_id, object_id, refusal, network)
         values (?1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        (now, times, *user, via, action, *event, *object, *refusal, network),
    )?;
    db.run("delete from audit_entry where id <= (select max(id) from audit_entry) - ?1", [MAX_ENTRIES])
}

/// Entries older than `before`, the newest first.
pub fn list(db: &Reader, before: Option<i64>, limit: u32) -> StoreResult<Vec<AuditEntry>> {
    db.all(
        "select audit_entry.*, coalesce(account.login, account.email) as login, event.name as event_name
         from audit_entry left join account on account.id = audit_entry.user_id
             left join event on event.id = audit_entry.event_id
         where audit_entry.id < ?1 order by audit_entry.id desc limit ?2",
        (before.unwrap_or(i64::MAX), limit),
    )
}

/// Deletes entries of this time and earlier.
pub fn delete_old(db: &Writer, until: Timestamp) -> StoreResult<()> {
    db.run("delete from audit_entry where at_ms <= ?1", [until])
}

impl FromRow for AuditEntry {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        Ok(Self {
            id: row.get("id")?,
            at: (row.get("first_at_ms")?, row.get("at_ms")?),
            times: row.get("times")?,
            user: row.get("user_id")?,
            login: row.get("login")?,
            via: row.get("via")?,
            action: row.get("action")?,
            event: row.get("event_id")?,
            event_name: row.get("event_name")?,
            object: row.get("object_id")?,
            refusal: row.get("refusal")?,
            network: row.get("network")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AuditAction, AuditVia, User, UserId};
    use crate::store::tables::users;
    use crate::store::testing::{NOW, TestStore};

    const MINUTE: Duration = Duration::from_mins(1);

    fn audited(user: Option<UserId>, refusal: Option<&'static str>) -> Audited {
        let network = Some("203.0.113.9".to_owned());
        let via = AuditVia::Browser;
        Audited { user, via, action: AuditAction::SignIn, event: None, object: None, refusal, network }
    }

    fn all(store: &TestStore) -> Vec<AuditEntry> {
        store.read(|db| list(db, None, 100)).unwrap()
    }

    #[test]
    fn equal_entries_within_ten_minutes_are_one() {
        let store = TestStore::new();
        let record = |entry: Audited, minutes: u32| {
            store.write(move |tx| record(tx, &entry, 2, NOW.plus(MINUTE * minutes))).unwrap();
        };
        let user = Some(UserId::random());
        record(audited(user, Some("auth.wrong")), 0);
        record(audited(None, Some("auth.wrong")), 0);
        record(audited(user, None), 1);
        record(audited(user, Some("auth.wrong")), 9);
        record(audited(user, Some("auth.wrong")), 18);
        record(audited(user, Some("auth.wrong")), 40);
        let entries = all(&store);
        let seen: Vec<_> = entries.iter().map(|entry| (entry.times, entry.refusal.as_deref())).collect();
        let wrong = Some("auth.wrong");
        assert_eq!(seen, [(2, wrong), (2, None), (2, wrong), (6, wrong)]);
        assert_eq!(entries[3].at, (NOW, NOW.plus(MINUTE * 18)));
        assert_eq!((entries[2].user, entries[3].user), (None, user));
    }

    #[test]
    fn pages_follow_each_other_and_old_entries_go() {
        let store = TestStore::new();
        let user = User::vouched_for("rina@example.com".parse().unwrap(), None, NOW);
        let id = user.id;
        store.write(move |tx| users::insert(tx, &user, None)).unwrap();
        for hour in 0..5 {
            let at = NOW.plus(MINUTE * 60 * hour);
            store.write(move |tx| record(tx, &audited(Some(id), None), 1, at)).unwrap();
        }
        let first = store.read(|db| list(db, None, 2)).unwrap();
        let next = store.read(|db| list(db, Some(first[1].id), 10)).unwrap();
        assert_eq!((first.len(), next.len()), (2, 3));
        assert!(first[0].at > first[1].at && first[1].at > next[0].at);
        assert_eq!(first[0].login.as_deref(), Some("rina@example.com"));
        store.write(move |tx| users::delete(tx, id)).unwrap();
        let entries = all(&store);
        assert_eq!((entries.len(), entries[0].user, &entries[0].login), (5, Some(id), &None));
        store.write(|tx| delete_old(tx, NOW.plus(MINUTE * 120))).unwrap();
        assert_eq!(all(&store).len(), 2);
    }
}
