//! Who agreed to the face search, and who took that back: a record that outlives the guests' sessions and names nobody.

use crate::domain::{EventId, Timestamp};
use crate::store::StoreError;
use crate::store::sql::{Reader, Writer};

/// What a guest did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Random, the same for all that one session did.
    pub subject: String,
    /// `given` or `withdrawn`.
    pub action: String,
    /// Of the text.
    pub version: String,
    /// When.
    pub at: Timestamp,
}

pub(in crate::store) fn record(
    tx: &Writer,
    event_id: EventId,
    (subject, action, version): (&str, &str, &str),
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "insert into consent (event_id, subject, action, version, at_ms) values (?1, ?2, ?3, ?4, ?5)",
        (event_id.as_i64(), subject, action, version, now.unix_ms()),
    )?;
    Ok(())
}

/// How often guests of an event agreed, and how often they took that back.
///
/// # Errors
/// When the database fails.
pub fn count(connection: &Reader, event_id: EventId) -> Result<(u64, u64), StoreError> {
    let counted = connection.query_row(
        "select count(*) filter (where action = 'given'), count(*) filter (where action = 'withdrawn')
         from consent where event_id = ?1",
        [event_id.as_i64()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    );
    Ok(counted?)
}

/// All of an event, oldest first.
///
/// # Errors
/// When the database fails.
pub fn list(connection: &Reader, event_id: EventId) -> Result<Vec<Consent>, StoreError> {
    let mut statement = connection
        .prepare("select subject, action, version, at_ms from consent where event_id = ?1 order by id")?;
    let consents = statement.query_and_then([event_id.as_i64()], |row| {
        Ok(Consent {
            subject: row.get(0)?,
            action: row.get(1)?,
            version: row.get(2)?,
            at: Timestamp::from_unix_ms(row.get(3)?),
        })
    })?;
    consents.collect()
}
