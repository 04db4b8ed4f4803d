//! Guests' sessions: what a browser may see, until when, and what its owner agreed to.

use crate::store::sql::{Reader, Writer};
use rusqlite::OptionalExtension;

use crate::domain::{Digest, Event, EventId, Timestamp};
use crate::store::StoreError;
use crate::store::tables::consents;

/// A guest's way into one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestSession {
    /// The only event it opens.
    pub event_id: EventId,
    /// Whether the guest agreed to the face search, to this version of its text.
    pub consented: bool,
}

/// Opens a session under the hash of its token, bound to the event's password as it was when it was compared; `false`,
/// and no session, where it has changed since.
///
/// # Errors
/// When the database fails.
pub fn insert(
    tx: &Writer,
    token_hash: Digest,
    event: &Event,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    let opened = tx.execute(
        "insert into guest_session (token_hash, event_id, password_hash, expires_at_ms, subject)
         select ?1, id, password_hash, ?3, lower(hex(randomblob(8)))
         from event where id = ?2 and password_version = ?4",
        (token_hash.0, event.id.as_i64(), expires_at.unix_ms(), event.password_version),
    )?;
    Ok(opened > 0)
}

/// The session under this hash, unless it has expired or the event's password has changed since.
///
/// # Errors
/// When the database fails.
pub fn find(
    connection: &Reader,
    token_hash: Digest,
    consent_version: &str,
    now: Timestamp,
) -> Result<Option<GuestSession>, StoreError> {
    connection
        .query_row(
            "select session.event_id, coalesce(session.consent_version = ?2, false)
             from guest_session session join event on event.id = session.event_id
             where token_hash = ?1
               and expires_at_ms > ?3
               and event.password_hash is session.password_hash",
            (token_hash.0, consent_version, now.unix_ms()),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?
        .map(|(event_id, consented)| {
            let event_id = EventId::from_i64(event_id).ok_or(StoreError::Corrupt { what: "event id" })?;
            Ok(GuestSession { event_id, consented })
        })
        .transpose()
}

/// Notes that the guest agreed to the face search.
///
/// # Errors
/// When the database fails.
pub fn consent(tx: &Writer, token_hash: Digest, version: &str, now: Timestamp) -> Result<(), StoreError> {
    let agreed = tx.execute(
        "update guest_session
         set consent_at_ms = ?2, consent_version = ?3, subject = coalesce(subject, lower(hex(randomblob(8))))
         where token_hash = ?1 and consent_version is not ?3",
        (token_hash.0, now.unix_ms(), version),
    )?;
    // Whoever agrees to the same text again has agreed already.
    if agreed > 0
        && let Some((event_id, subject, version)) = find_consent(tx, token_hash)?
    {
        consents::record(tx, event_id, (&subject, "given", &version), now)?;
    }
    Ok(())
}

/// Notes that the guest took that back, where they had agreed.
///
/// # Errors
/// When the database fails.
pub fn withdraw(tx: &Writer, token_hash: Digest, now: Timestamp) -> Result<(), StoreError> {
    if let Some((event_id, subject, version)) = find_consent(tx, token_hash)? {
        consents::record(tx, event_id, (&subject, "withdrawn", &version), now)?;
    }
    tx.execute(
        "update guest_session set consent_at_ms = null, consent_version = null where token_hash = ?1",
        [token_hash.0],
    )?;
    Ok(())
}

/// What a session agreed to: the event, the session's number in the record, the text's version.
fn find_consent(
    connection: &Reader,
    token_hash: Digest,
) -> Result<Option<(EventId, String, String)>, StoreError> {
    let row = connection.query_row(
        "select event_id, subject, consent_version from guest_session
         where token_hash = ?1 and consent_at_ms is not null and subject is not null",
        [token_hash.0],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    );
    let event = |id| EventId::from_i64(id).ok_or(StoreError::Corrupt { what: "event id" });
    row.optional()?.map(|(id, subject, version)| Ok((event(id)?, subject, version))).transpose()
}

/// Ends a session, and with it the consent and all that the guest marked.
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &Writer, token_hash: Digest, now: Timestamp) -> Result<(), StoreError> {
    withdraw(tx, token_hash, now)?;
    tx.execute("delete from guest_session where token_hash = ?1", [token_hash.0])?;
    Ok(())
}

/// Forgets sessions that have expired.
///
/// # Errors
/// When the database fails.
pub fn delete_expired(tx: &Writer, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("delete from guest_session where expires_at_ms <= ?1", [now.unix_ms()])?;
    Ok(())
}
