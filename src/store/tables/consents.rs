//! The record of consents to the face search: it outlives the guests' sessions and names nobody.

use crate::domain::{EventId, Timestamp};
use crate::store::StoreResult;
use crate::store::sql::{Reader, Writer, from_row};

/// A consent given or withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Random, the same for all entries of one session.
    pub subject: String,
    /// `given` or `withdrawn`.
    pub action: String,
    /// Version of the text.
    pub version: String,
    /// When.
    pub at: Timestamp,
}

pub(in crate::store) fn record(
    db: &Writer,
    event_id: EventId,
    (subject, action, version): (&str, &str, &str),
    now: Timestamp,
) -> StoreResult<()> {
    db.run(
        "insert into consent (event_id, subject, action, version, at_ms) values (?1, ?2, ?3, ?4, ?5)",
        (event_id, subject, action, version, now),
    )
}

/// How many consents of an event were given, and how many withdrawn.
pub fn count(db: &Reader, event_id: EventId) -> StoreResult<(u64, u64)> {
    db.value(
        "select count(*) filter (where action = 'given'), count(*) filter (where action = 'withdrawn')
         from consent where event_id = ?1",
        [event_id],
    )
}

/// The record of an event, oldest first.
pub fn list(db: &Reader, event_id: EventId) -> StoreResult<Vec<Consent>> {
    db.all("select * from consent where event_id = ?1 order by id", [event_id])
}

from_row!(Consent { subject: "subject", action: "action", version: "version", at: "at_ms" });
