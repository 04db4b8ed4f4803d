//! Events.

use unicase::UniCase;

use crate::domain::{Event, EventId, ImageFormat, Photo, ShareCode, Timestamp, UserId};
use crate::store::sql::vectors;
use crate::store::sql::{Reader, Writer, from_row};
use crate::store::tables::{purges, versions};
use crate::store::{BlobKey, StoreError, StoreResult};

/// How much an event holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventCounts {
    /// Photos whose faces are searchable.
    pub indexed: u64,
    /// Those of them that guests may see.
    pub visible: u64,
    /// Those of them that the owner has hidden from guests.
    pub hidden: u64,
    /// Photos that wait to be indexed.
    pub pending: u64,
    /// Photos that could not be indexed.
    pub failed: u64,
    /// Faces of all photos.
    pub faces: u64,
}

/// Adds an event.
pub fn insert(db: &Writer, event: &Event) -> StoreResult<()> {
    db.execute(
        "insert into event (id, share_code, created_at_ms, name, updated_at_ms) values (?1, ?2, ?3, ?4, ?3)",
        (event.id, &event.share_code, event.created_at, &event.name),
    )?;
    update(db, event)?;
    Ok(())
}

/// Stores what can be changed about an event; `false` if it is gone.
pub fn update(db: &Writer, event: &Event) -> StoreResult<bool> {
    let changed = db.execute(
        "update event
         set name = ?2, password_hash = ?3, password_version = ?4, owner_id = ?5, description = ?6, date_ms = ?7,
             updated_at_ms = ?8, closed_at_ms = ?9, visibility = ?10, download = ?11, delete_at_ms = ?12,
             photographer = ?13, photographer_link = ?14, wall_paused = ?15, tap_search = ?16,
             original_metadata = ?17, time_zone = ?18, faces_delete_at_ms = ?19
         where id = ?1",
        (
            event.id,
            &event.name,
            &event.password_hash,
            event.password_version,
            event.owner_id,
            &event.description,
            event.date,
            event.updated_at,
            event.closed_at,
            event.visibility,
            event.download,
            event.delete_at,
            &event.photographer,
            &event.photographer_link,
            event.wall_paused,
            event.tap_search,
            event.original_metadata,
            &event.time_zone,
            event.faces_delete_at,
        ),
    )?;
    Ok(changed > 0)
}

const NEWEST_FIRST: &str = "order by date_ms desc nulls last, created_at_ms desc, id";

/// Events of this owner, newest event date first.
pub fn list_owned(db: &Reader, owner: UserId) -> StoreResult<Vec<Event>> {
    db.all(&format!("select * from event where owner_id = ?1 {NEWEST_FIRST}"), [owner])
}

/// Whether the user owns an event.
pub fn is_owner_of_any(db: &Reader, user: UserId) -> StoreResult<bool> {
    db.value("select exists (select 1 from event where owner_id = ?1)", [user])
}

/// Events whose name contains `part`, ignoring case, newest event date first, as far as `user` may know of them: events
/// with a password, which protects them, and those that the user owns or has entered. An event without a password is
/// known by its link alone.
pub fn search(db: &Reader, part: &str, user: UserId, limit: u32) -> StoreResult<Vec<Event>> {
    let known: Vec<Event> = db.all(
        &format!(
            "select * from event
             where (password_hash is not null or owner_id = ?1
                    or exists (select 1 from visit where visit.event_id = event.id and visit.user_id = ?1))
             {NEWEST_FIRST}"
        ),
        [user],
    )?;
    // Compared here, because SQLite knows the case of ASCII letters alone.
    let fold = |text: &str| UniCase::new(text).to_folded_case();
    let part = fold(part);
    let matching = known.into_iter().filter(|event| fold(&event.name).contains(&part));
    Ok(matching.take(limit as usize).collect())
}

/// The first visible photos of an event, in the order in which they were recorded.
pub fn list_previews(db: &Reader, id: EventId, limit: usize) -> StoreResult<Vec<Photo>> {
    db.all("select * from visible_photo where event_id = ?1 order by sequence limit ?2", (id, limit))
}

/// All events, newest first.
pub fn list(db: &Reader) -> StoreResult<Vec<Event>> {
    db.all("select * from event order by created_at_ms desc, name, id", ())
}

/// The event with this id.
pub fn find(db: &Reader, id: EventId) -> StoreResult<Option<Event>> {
    db.one("select * from event where id = ?1", [id])
}

/// The event whose link has this code.
pub fn find_by_share_code(db: &Reader, code: &ShareCode) -> StoreResult<Option<Event>> {
    db.one("select * from event where share_code = ?1", [code])
}

/// All events with exactly this name.
pub fn list_by_name(db: &Reader, name: &str) -> StoreResult<Vec<Event>> {
    db.all("select * from event where name = ?1 order by id", [name])
}

/// How much the event holds now.
pub fn count(db: &Reader, id: EventId) -> StoreResult<EventCounts> {
    let (indexed, pending, failed, hidden, visible, faces) = db.value(
        "select coalesce(sum(photos) filter (where state = 'indexed'), 0),
                coalesce(sum(photos) filter (where state = 'pending'), 0),
                coalesce(sum(photos) filter (where state = 'failed'), 0),
                coalesce(sum(photos) filter (where state = 'indexed' and hidden = true), 0),
                coalesce(sum(photos) filter (where visible = true), 0),
                (select coalesce(sum(faces), 0) from arrival where event_id = ?1)
         from photo_tally where event_id = ?1",
        [id],
    )?;
    Ok(EventCounts { indexed, visible, hidden, pending, failed, faces })
}

/// Whether a new photo of the event waits to be indexed. One to be indexed again is searchable meanwhile.
pub fn has_pending(db: &Reader, id: EventId) -> StoreResult<bool> {
    db.value("select exists (select 1 from photo where event_id = ?1 and state = 'pending')", [id])
}

/// An event that is due to be deleted.
pub fn find_due(db: &Reader, now: Timestamp) -> StoreResult<Option<EventId>> {
    db.one("select id from event where delete_at_ms <= ?1 order by delete_at_ms limit 1", [now])
}

/// An event whose faces are due to be deleted.
pub fn find_due_faces(db: &Reader, now: Timestamp) -> StoreResult<Option<EventId>> {
    db.one(
        "select id from event where faces_delete_at_ms <= ?1 and faces_deleted_at_ms is null
         order by faces_delete_at_ms limit 1",
        [now],
    )
}

/// Whether the faces of the event were deleted at their date: then none are looked for.
pub fn have_ended_faces(db: &Reader, id: EventId) -> StoreResult<bool> {
    let sql = "select exists (select 1 from event where id = ?1 and faces_deleted_at_ms is not null)";
    db.value(sql, [id])
}

/// Refuses with [`StoreError::EventClosed`] if the event is closed: then it takes no photo.
pub fn check_open(event: &Event) -> StoreResult<()> {
    match event.closed_at {
        Some(_) => Err(StoreError::EventClosed { name: event.name.clone() }),
        None => Ok(()),
    }
}

/// [`check_open`] by id, for writes that add a photo or an upload.
pub(in crate::store) fn check_open_by_id(db: &Reader, id: EventId) -> StoreResult<()> {
    find(db, id)?.as_ref().map_or(Ok(()), check_open)
}

/// Deletes the event with its photos, faces, vectors, jobs and sessions; blobs go with the next purge.
pub fn delete(db: &Writer, id: EventId) -> StoreResult<()> {
    let photos = db.all("select coalesce(file_id, id), format from photo where event_id = ?1", [id])?;
    purges::record(db, photos.into_iter().flat_map(|(id, format)| BlobKey::of_photo(id, format)))?;
    let companions =
        db.all("select companion_id from photo where event_id = ?1 and companion_id is not null", [id])?;
    purges::record(db, companions.into_iter().map(|id| BlobKey::Original(id, ImageFormat::Raw)))?;
    purges::record(db, versions::list_blobs_of_event(db, id)?)?;
    vectors::delete_event(db, id)?;
    db.run("delete from event where id = ?1", [id])
}

from_row!(Event {
    id: "id",
    name: "name",
    share_code: "share_code",
    password_hash: "password_hash",
    password_version: "password_version",
    owner_id: "owner_id",
    description: "description",
    date: "date_ms",
    time_zone: "time_zone",
    closed_at: "closed_at_ms",
    visibility: "visibility",
    download: "download",
    original_metadata: "original_metadata",
    tap_search: "tap_search",
    moved_to: "moved_to",
    delete_at: "delete_at_ms",
    faces_delete_at: "faces_delete_at_ms",
    faces_deleted_at: "faces_deleted_at_ms",
    photographer: "photographer",
    photographer_link: "photographer_link",
    wall_paused: "wall_paused",
    created_at: "created_at_ms",
    updated_at: "updated_at_ms",
});
