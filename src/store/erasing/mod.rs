//! Erasing whole events, their faces, accounts, selfies and Drive searches: rows and their entry in the record, in one
//! transaction. The entry is signed once the files are gone too.
//!
//! Invariant: whatever deletes one of those goes through this module, so nothing of it is erased without an entry.

#![expect(clippy::missing_errors_doc, reason = "every function fails when the database does, and only then")]

mod record;

use crate::domain::{
    DriveSearchId, ErasedCounts, ErasureKind, ErasureReason, Event, EventId, SelfieId, Timestamp, UserId,
};
use crate::store::StoreResult;
use crate::store::sql::vectors;
use crate::store::sql::{Reader, Writer};
use crate::store::tables::erasures::{NewErasure, insert};
use crate::store::tables::{drive, events, selfies, users};

pub(in crate::store) use record::RESTORED;
pub use record::{Fault, Record};

/// Deletes an event with everything in it; `false` if it is gone already. Its files go with the next purge.
pub fn event(db: &Writer, id: EventId, reason: ErasureReason, now: Timestamp) -> StoreResult<bool> {
    let Some(event) = events::find(db, id)? else { return Ok(false) };
    let counts = ErasedCounts {
        photos: db.value("select count(*) from photo where event_id = ?1", [id])?,
        ..faces_of(db, id)?
    };
    events::delete(db, id)?;
    insert(db, &about(event, ErasureKind::Event, reason, counts, now))?;
    Ok(true)
}

/// Deletes all faces of an event, and its people. Its photos stay, and from now on nobody is looked for in them.
/// `false` if that has happened already.
pub fn faces(db: &Writer, id: EventId, reason: ErasureReason, now: Timestamp) -> StoreResult<bool> {
    let Some(event) = events::find(db, id)?.filter(|event| event.faces_deleted_at.is_none()) else {
        return Ok(false);
    };
    let counts = faces_of(db, id)?;
    vectors::delete_event(db, id)?;
    db.run("delete from face where event_id = ?1", [id])?;
    db.run("delete from person where event_id = ?1", [id])?;
    // Photos that wait for another pack: there is nothing to look for any more.
    db.run("delete from job where pack_id is not null and photo_id in (select id from photo where event_id = ?1)", [
        id,
    ])?;
    // As if all photos were indexed again: what is in memory of their faces is outdated.
    db.run(
        "update event
         set faces_deleted_at_ms = ?2, people = false, photos_indexed_again = photos_indexed_again + 1
         where id = ?1",
        (id, now),
    )?;
    insert(db, &about(event, ErasureKind::Faces, reason, counts, now))?;
    Ok(true)
}

fn faces_of(db: &Reader, id: EventId) -> StoreResult<ErasedCounts> {
    Ok(ErasedCounts {
        faces: db.value("select count(*) from face where event_id = ?1", [id])?,
        people: db.value("select count(*) from person where event_id = ?1", [id])?,
        ..ErasedCounts::default()
    })
}

fn about(
    event: Event,
    kind: ErasureKind,
    reason: ErasureReason,
    counts: ErasedCounts,
    at: Timestamp,
) -> NewErasure {
    NewErasure { at, kind, reason, event: Some((event.name, event.owner_id)), counts }
}

/// Deletes an account with its selfie, history, favourites and searches; `false`, and nothing is deleted, while it owns
/// events.
pub fn account(db: &Writer, id: UserId, reason: ErasureReason, now: Timestamp) -> StoreResult<bool> {
    let exists = users::find(db, id)?.is_some();
    let counts = ErasedCounts {
        selfies: u64::from(selfies::find(db, id)?.is_some()),
        copies: drive::count_copies(db, "drive_search.user_id = ?1", [id])?,
        ..ErasedCounts::default()
    };
    let is_deleted = users::delete(db, id)?;
    if exists && is_deleted {
        insert(db, &NewErasure { at: now, kind: ErasureKind::Account, reason, event: None, counts })?;
    }
    Ok(is_deleted)
}

/// Deletes a user's selfie; `false` if there was none.
pub fn selfie(db: &Writer, user: UserId, reason: ErasureReason, now: Timestamp) -> StoreResult<bool> {
    let is_deleted = selfies::delete(db, user)?;
    if is_deleted {
        insert(db, &of_selfies(1, reason, now))?;
    }
    Ok(is_deleted)
}

/// Stores a user's selfie in place of the one before.
pub fn replace_selfie(
    db: &Writer,
    user: UserId,
    new: (SelfieId, &selfies::Content),
    consent_version: &str,
    now: Timestamp,
) -> StoreResult<()> {
    if selfies::find(db, user)?.is_some() {
        insert(db, &of_selfies(1, ErasureReason::User, now))?;
    }
    selfies::replace(db, user, new.0, new.1, consent_version, now)
}

/// Deletes selfies that were last searched with before `before`; returns how many.
pub fn unused_selfies(db: &Writer, before: Timestamp, now: Timestamp) -> StoreResult<usize> {
    let deleted = selfies::delete_unused(db, before)?;
    if deleted > 0 {
        insert(db, &of_selfies(deleted as u64, ErasureReason::Unused, now))?;
    }
    Ok(deleted)
}

fn of_selfies(selfies: u64, reason: ErasureReason, at: Timestamp) -> NewErasure {
    let counts = ErasedCounts { selfies, ..ErasedCounts::default() };
    NewErasure { at, kind: ErasureKind::Selfie, reason, event: None, counts }
}

/// Deletes a Drive search with the copies of what it found, finished or not.
pub fn drive_search(db: &Writer, id: DriveSearchId, now: Timestamp) -> StoreResult<()> {
    let copies = drive::count_copies(db, "drive_search.id = ?1", [id])?;
    drive::searches::delete(db, id)?;
    let counts = ErasedCounts { copies, ..ErasedCounts::default() };
    let reason = ErasureReason::User;
    insert(db, &NewErasure { at: now, kind: ErasureKind::Drive, reason, event: None, counts })
}

/// Deletes Drive searches that were started before `oldest`, and folders that were last searched before.
pub fn old_drive_searches(db: &Writer, oldest: Timestamp, now: Timestamp) -> StoreResult<()> {
    let copies = drive::count_copies(db, "drive_search.created_at_ms < ?1", [oldest])?;
    let faces = |db: &Reader| db.value::<u64>("select count(*) from drive_face", ());
    let before = faces(db)?;
    if drive::sweep(db, oldest)? == 0 {
        return Ok(());
    }
    let counts = ErasedCounts { copies, faces: before - faces(db)?, ..ErasedCounts::default() };
    insert(
        db,
        &NewErasure { at: now, kind: ErasureKind::Drive, reason: ErasureReason::Age, event: None, counts },
    )
}

#[cfg(test)]
mod tests;
