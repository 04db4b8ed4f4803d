//! Reads an event's rows.

use super::EventRecords;
use super::record::Record;
use super::tables::{ACCOUNT, DECISION, EVENT, SESSION, SOURCE, TABLES, select};
use crate::domain::{EventId, PhotoId, Timestamp};
use crate::store::StoreResult;
use crate::store::sql::{Reader, sqlite};

/// Users who have been in the event `?1` or kept its photos.
const USERS: &str = "select user_id from visit where event_id = ?1
                     union select user_id from bookmark join photo on photo.id = photo_id where event_id = ?1";

/// All of an event but its photos; `None` if it is gone.
pub fn read(db: &Reader, event: EventId, now: Timestamp) -> StoreResult<Option<EventRecords>> {
    let id = event.as_i64();
    let columns = [&["id", "share_code", "created_at_ms", "faces_deleted_at_ms"], EVENT].concat();
    let Some(row) = select(db, "event", &columns, "where id = ?1", id)?.pop() else { return Ok(None) };
    let users = format!("where id in ({USERS}) order by id");
    let sessions = format!(
        "where kind = 'browser' and expires_at_ms > {} and user_id in ({USERS}) order by id",
        now.unix_ms()
    );
    let mut tables = std::collections::BTreeMap::new();
    for table in TABLES {
        tables.insert(table.name.to_owned(), table.rows(db, event)?);
    }
    Ok(Some(EventRecords {
        schema: sqlite::SCHEMA,
        event: row,
        packs: packs(db, id)?,
        sources: select(db, "source", SOURCE, "where event_id = ?1 order by id", id)?,
        gone: db.all("select photo_id from photo_gone where event_id = ?1 order by photo_id", [event])?,
        decisions: select(db, "photo", DECISION, "where event_id = ?1 order by id", id)?,
        accounts: select(db, "\"account\"", ACCOUNT, &users, id)?,
        sessions: select(db, "user_session", SESSION, &sessions, id)?,
        tables,
    }))
}

fn packs(db: &Reader, event: i64) -> StoreResult<Vec<Record>> {
    let used = "where id in (select pack_id from photo where event_id = ?1
                             union select pack_id from person where event_id = ?1) order by id";
    select(db, "pack", &["id", "fingerprint", "name", "dimensions"], used, event)
}

/// Photos of an event in the order in which they came, with the numbers of all their files.
pub fn list_photos(db: &Reader, event: EventId) -> StoreResult<Vec<(PhotoId, Vec<PhotoId>)>> {
    let photos: Vec<(PhotoId, Option<PhotoId>, Option<PhotoId>)> =
        db.all("select id, file_id, companion_id from photo where event_id = ?1 order by sequence", [event])?;
    photos
        .into_iter()
        .map(|(id, file, companion)| {
            let mut files: Vec<PhotoId> =
                db.all("select file_id from photo_version where photo_id = ?1", [id])?;
            files.extend([Some(file.unwrap_or(id)), companion].into_iter().flatten());
            files.sort_unstable();
            files.dedup();
            Ok((id, files))
        })
        .collect()
}
