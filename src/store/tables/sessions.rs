//! Guests' sessions, with their consent.

use crate::domain::{Digest, Event, EventId, Timestamp, random_bytes};
use crate::store::StoreResult;
use crate::store::sql::{Reader, Writer};
use crate::store::tables::consents;

/// A guest's access to one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestSession {
    /// The only event it opens.
    pub event_id: EventId,
    /// Version of the text about the face search that the guest has consented to.
    pub consent_version: Option<String>,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Opens a session under the hash of its token, bound to the password that was compared; `false`, and no session, if
/// the password has changed since.
pub fn insert(db: &Writer, token_hash: Digest, event: &Event, expires_at: Timestamp) -> StoreResult<bool> {
    let opened = db.execute(
        "insert into guest_session (token_hash, event_id, password_hash, expires_at_ms, subject)
         select ?1, id, password_hash, ?3, ?5 from event where id = ?2 and password_version = ?4",
        (token_hash, event.id, expires_at, event.password_version, new_subject()),
    )?;
    Ok(opened > 0)
}

/// The session under this hash, unless it has expired or the event's password has changed since.
pub fn find(db: &Reader, token_hash: Digest, now: Timestamp) -> StoreResult<Option<GuestSession>> {
    let found = db.one(
        "select session.event_id, session.consent_version, session.expires_at_ms
         from guest_session session join event on event.id = session.event_id
         where token_hash = ?1 and expires_at_ms > ?2
           and event.password_hash is not distinct from session.password_hash",
        (token_hash, now),
    )?;
    let session =
        |(event_id, consent_version, expires_at)| GuestSession { event_id, consent_version, expires_at };
    Ok(found.map(session))
}

/// Gives a session another token, with all that its guest has: `false` if there is none in this event under the former
/// one, or it has ended.
pub fn take_over(
    db: &Writer,
    former: Digest,
    token_hash: Digest,
    event: EventId,
    now: Timestamp,
) -> StoreResult<bool> {
    if find(db, former, now)?.is_none_or(|session| session.event_id != event) {
        return Ok(false);
    }
    db.run(
        "insert into guest_session (token_hash, event_id, password_hash, consent_at_ms, consent_version, expires_at_ms,
                                    subject)
         select ?2, event_id, password_hash, consent_at_ms, consent_version, expires_at_ms, subject
         from guest_session where token_hash = ?1",
        (former, token_hash),
    )?;
    db.run("update guest_mark set token_hash = ?2 where token_hash = ?1", (former, token_hash))?;
    db.run("update photo set sender = ?2 where sender = ?1", (former, token_hash))?;
    db.run("delete from guest_session where token_hash = ?1", [former])?;
    Ok(true)
}

/// How many guests are in any event.
pub fn count(db: &Reader, now: Timestamp) -> StoreResult<u64> {
    db.value("select count(*) from guest_session where expires_at_ms > ?1", [now])
}

/// Records the guest's consent, once for each version of the text.
pub fn consent(db: &Writer, token_hash: Digest, version: &str, now: Timestamp) -> StoreResult<()> {
    let given = db.execute(
        "update guest_session
         set consent_at_ms = ?2, consent_version = ?3, subject = coalesce(subject, ?4)
         where token_hash = ?1 and consent_version is distinct from ?3",
        (token_hash, now, version, new_subject()),
    )?;
    if given > 0
        && let Some((event_id, subject, version)) = find_consent(db, token_hash)?
    {
        consents::record(db, event_id, (&subject, "given", &version), now)?;
    }
    Ok(())
}

/// Withdraws the guest's consent, if there is one.
pub fn withdraw(db: &Writer, token_hash: Digest, now: Timestamp) -> StoreResult<()> {
    if let Some((event_id, subject, version)) = find_consent(db, token_hash)? {
        consents::record(db, event_id, (&subject, "withdrawn", &version), now)?;
    }
    db.run(
        "update guest_session set consent_at_ms = null, consent_version = null where token_hash = ?1",
        [token_hash],
    )
}

/// The event, the session's number in the record, and the text's version.
fn find_consent(db: &Reader, token_hash: Digest) -> StoreResult<Option<(EventId, String, String)>> {
    db.one(
        "select event_id, subject, consent_version from guest_session
         where token_hash = ?1 and consent_at_ms is not null and subject is not null",
        [token_hash],
    )
}

/// Ends a session, with its consent and all marks of the guest.
pub fn delete(db: &Writer, token_hash: Digest, now: Timestamp) -> StoreResult<()> {
    withdraw(db, token_hash, now)?;
    db.run("delete from guest_session where token_hash = ?1", [token_hash])
}

/// Deletes expired sessions.
pub fn delete_expired(db: &Writer, now: Timestamp) -> StoreResult<()> {
    db.run("delete from guest_session where expires_at_ms <= ?1", [now])
}

/// A random number for the record of consents.
fn new_subject() -> String {
    format!("{:016x}", u64::from_ne_bytes(random_bytes()))
}
