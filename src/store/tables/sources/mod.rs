//! Sources of photos: hot folders, cameras, contributors, guests.

use crate::domain::{
    Destination, Digest, EventId, Source, SourceId, SourceKind, SourceTrouble, Timestamp, Trouble,
};
use crate::store::sql::{FromRow, Reader, Row, Writer, from_row};
use crate::store::tables::events;
use crate::store::{StoreError, StoreResult};

/// What a source has brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceCounts {
    /// Photos in the event.
    pub photos: u64,
    /// Those of them that wait for approval.
    pub waiting: u64,
    /// Those received since the beginning of the day.
    pub today: u64,
    /// Those received in the last minutes.
    pub lately: u64,
    /// When the last one was received.
    pub last_at: Option<Timestamp>,
}

/// Adds a source; `false` if its folder is one of the event already, or its login is taken.
pub fn insert(db: &Writer, source: &Source) -> StoreResult<bool> {
    let added = db.execute(
        "insert into source (id, event_id, kind, name, credit, folder, login, key_version, max_photos,
                             max_per_guest, held, paused, created_at_ms)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         on conflict do nothing",
        (
            source.id,
            source.event_id,
            source.kind,
            &source.name,
            &source.credit,
            &source.folder,
            &source.login,
            source.key_version,
            source.max_photos,
            source.max_per_guest,
            source.held,
            source.paused,
            source.created_at,
        ),
    )?;
    Ok(added > 0)
}

/// Stores what its owner can change about a source; `false` if it is gone. Its photos follow a change of the credit;
/// those of guests have the names that the guests gave.
pub fn update(db: &Writer, source: &Source) -> StoreResult<bool> {
    let Some(before) = find(db, source.id)? else { return Ok(false) };
    if before.credited() != source.credited() {
        db.run(
            "update photo set credit = ?2
             where source_id = ?1 and credit is not distinct from ?3 and sender is null",
            (source.id, source.credited(), before.credited()),
        )?;
    }
    let changed = db.execute(
        "update source set name = ?2, credit = ?3, key_version = ?4, max_photos = ?5, max_per_guest = ?6, held = ?7,
             paused = ?8
         where id = ?1",
        (
            source.id,
            &source.name,
            &source.credit,
            source.key_version,
            source.max_photos,
            source.max_per_guest,
            source.held,
            source.paused,
        ),
    )?;
    Ok(changed > 0)
}

/// The source with this id.
pub fn find(db: &Reader, id: SourceId) -> StoreResult<Option<Source>> {
    db.one("select * from source where id = ?1", [id])
}

/// The camera that signs in with this user name.
pub fn find_by_login(db: &Reader, login: &str) -> StoreResult<Option<Source>> {
    db.one("select * from source where login = ?1", [login])
}

/// An event's guests, if they may send photos.
pub fn find_guests(db: &Reader, event_id: EventId) -> StoreResult<Option<Source>> {
    db.one("select * from source where event_id = ?1 and kind = ?2", (event_id, SourceKind::Guests))
}

/// An event's sources, oldest first.
pub fn list(db: &Reader, event_id: EventId) -> StoreResult<Vec<Source>> {
    db.all("select * from source where event_id = ?1 order by created_at_ms, id", [event_id])
}

/// All events' sources of a kind.
pub fn list_of_kind(db: &Reader, kind: SourceKind) -> StoreResult<Vec<Source>> {
    db.all("select * from source where kind = ?1 order by created_at_ms, id", [kind])
}

/// What a source has brought, in all, since `today` and since `lately`.
pub fn count(db: &Reader, id: SourceId, today: Timestamp, lately: Timestamp) -> StoreResult<SourceCounts> {
    let counts = db.one(
        "select coalesce(sum(photos), 0) as photos, coalesce(sum(photos) filter (where held = true), 0) as waiting,
                (select count(*) from photo where source_id = ?1 and created_at_ms >= ?2) as today,
                (select count(*) from photo where source_id = ?1 and created_at_ms >= ?3) as lately,
                (select max(created_at_ms) from photo where source_id = ?1) as last_at
         from photo_tally
         where event_id = (select event_id from source where id = ?1) and source_id = ?1",
        (id, today, lately),
    )?;
    Ok(counts.unwrap_or_default())
}

/// Refuses what may not come: into a closed event, from a source that is gone or paused, or that has brought as many
/// photos as it may, or the guest has sent. Returns the source, if it is not the owner.
pub fn check_takes(db: &Reader, destination: &Destination) -> StoreResult<Option<Source>> {
    events::check_open_by_id(db, destination.event_id)?;
    let Some(id) = destination.source_id else { return Ok(None) };
    let source = find(db, id)?.filter(|source| source.event_id == destination.event_id && !source.paused);
    let source = source.ok_or(StoreError::SourcePaused)?;
    if let Some(max_photos) = source.max_photos {
        let count: u32 = db.value("select count(*) from photo where source_id = ?1", [id])?;
        expect_below(count, max_photos)?;
    }
    if let (Some(sender), Some(max_photos)) = (destination.sender, source.max_per_guest) {
        expect_below(count_sent(db, sender)?, max_photos)?;
    }
    Ok(Some(source))
}

fn expect_below(count: u32, max_photos: u32) -> StoreResult<()> {
    if count < max_photos { Ok(()) } else { Err(StoreError::SourceFull { max_photos }) }
}

/// How many photos a guest has sent or is sending.
pub fn count_sent(db: &Reader, sender: Digest) -> StoreResult<u32> {
    db.value(
        "select (select count(*) from photo where sender = ?1) + (select count(*) from upload where sender = ?1)",
        [sender],
    )
}

/// Records a sign of life.
pub fn record_seen(db: &Writer, id: SourceId, now: Timestamp) -> StoreResult<()> {
    db.run("update source set seen_at_ms = ?2 where id = ?1", (id, now))
}

/// Records what went wrong.
pub fn record_trouble(db: &Writer, id: SourceId, trouble: &Trouble) -> StoreResult<()> {
    db.run(
        "update source set trouble = ?2, trouble_detail = ?3, trouble_at_ms = ?4 where id = ?1",
        (id, trouble.kind, &trouble.detail, trouble.at),
    )
}

/// What went wrong is over.
pub fn clear_trouble(db: &Writer, id: SourceId) -> StoreResult<()> {
    db.run(
        "update source set trouble = null, trouble_detail = null, trouble_at_ms = null where id = ?1",
        [id],
    )
}

/// Deletes a source; its photos stay.
pub fn delete(db: &Writer, id: SourceId) -> StoreResult<bool> {
    Ok(db.execute("delete from source where id = ?1", [id])? > 0)
}

from_row!(SourceCounts {
    photos: "photos",
    waiting: "waiting",
    today: "today",
    lately: "lately",
    last_at: "last_at"
});

impl FromRow for Source {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        let trouble: Option<SourceTrouble> = row.get("trouble")?;
        let (detail, at): (_, Option<Timestamp>) = (row.get("trouble_detail")?, row.get("trouble_at_ms")?);
        Ok(Self {
            id: row.get("id")?,
            event_id: row.get("event_id")?,
            kind: row.get("kind")?,
            name: row.get("name")?,
            credit: row.get("credit")?,
            folder: row.get("folder")?,
            login: row.get("login")?,
            key_version: row.get("key_version")?,
            max_photos: row.get("max_photos")?,
            max_per_guest: row.get("max_per_guest")?,
            held: row.get("held")?,
            paused: row.get("paused")?,
            seen_at: row.get("seen_at_ms")?,
            trouble: trouble.zip(at).map(|(kind, at)| Trouble { kind, detail, at }),
            created_at: row.get("created_at_ms")?,
        })
    }
}

#[cfg(test)]
mod tests;
