//! What an event's pages show: its visible photos by time, and what has become visible since.

use crate::domain::{EventId, Photo, Timestamp};
use crate::store::sql::{FromRow, Reader, Row};
use crate::store::tables::faces::{self, StoredFace};
use crate::store::tables::photo_tallies::{self, HOUR_MS, TakenBy};
use crate::store::{PackId, StoreResult};

/// The state of an event's pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Photos that have become searchable so far, hidden and deleted ones included: photos are numbered in it.
    pub sequence: u64,
    /// Counts every change, also of older photos and of settings.
    pub revision: u64,
    /// Photos that guests may see.
    pub visible: u64,
}

/// The state of an event's pages; zeros for an event that is gone.
pub fn progress(db: &Reader, event: EventId) -> StoreResult<Progress> {
    let counts: Option<(u64, u64)> =
        db.one("select photos_indexed, revision from event where id = ?1", [event])?;
    let (sequence, revision) = counts.unwrap_or_default();
    Ok(Progress { sequence, revision, visible: photo_tallies::count_visible(db, event)? })
}

/// `sequence` and `revision` of [`Progress`], and how many photos were indexed again; zeros for an event that is gone.
pub fn counters(db: &Reader, event: EventId) -> StoreResult<(u64, u64, u64)> {
    let sql = "select photos_indexed, revision, photos_indexed_again from event where id = ?1";
    let counts = db.one(sql, [event])?;
    Ok(counts.unwrap_or_default())
}

/// New photos are listed one by one up to this number; pages that missed more load everything again.
const MAX_NEWS: u64 = 200;

/// What changed in an event.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The state now.
    pub progress: Progress,
    /// Visible photos that became searchable.
    pub arrived: Vec<WithFaces>,
    /// Whether anything else changed: photos hidden, shown or deleted, settings, or too many new photos at once.
    pub others: bool,
}

/// What changed in an event since `known`; `None` if the event is gone. Quick if nothing did.
pub fn changes(db: &Reader, event: EventId, pack: PackId, known: Progress) -> StoreResult<Option<Changes>> {
    let revision: Option<u64> = db.one("select revision from event where id = ?1", [event])?;
    let Some(revision) = revision else { return Ok(None) };
    if revision == known.revision {
        return Ok(Some(Changes { progress: known, arrived: Vec::new(), others: false }));
    }
    let progress = progress(db, event)?;
    let new = progress.sequence.saturating_sub(known.sequence);
    let arrived = match new {
        1..=MAX_NEWS => list_since(db, event, pack, known.sequence)?,
        _ => Vec::new(),
    };
    // Each photo that becomes searchable is one change.
    let others = new > MAX_NEWS || progress.revision.saturating_sub(known.revision) > new;
    Ok(Some(Changes { progress, arrived, others }))
}

/// Photos by the time they were taken.
#[derive(Clone, Copy, Debug)]
pub struct ByTime<'a> {
    /// Of this event.
    pub event_id: EventId,
    /// Newest first.
    pub descending: bool,
    /// Photos that became searchable later are left out, so that pages do not shift.
    pub as_of: u64,
    /// By this person, with this camera.
    pub by: TakenBy<'a>,
}

/// A part of the listing.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// In order.
    pub photos: Vec<Photo>,
    /// How many the whole listing has.
    pub total: u64,
}

/// A part of the listing. Where it starts is looked up by the hour, so that no part costs more than another.
pub fn list(db: &Reader, listing: ByTime<'_>, offset: u64, limit: u64) -> StoreResult<Part> {
    let hours = list_hours(db, listing)?;
    let total = hours.iter().map(|(_, count)| count).sum();
    let mut before = 0;
    let first = hours.iter().find(|(_, count)| {
        before += count;
        before > offset
    });
    let Some((hour, count)) = first else { return Ok(Part { photos: Vec::new(), total }) };
    let edge = if listing.descending { hour.unix_ms().saturating_add(HOUR_MS) } else { hour.unix_ms() };
    let (offset, by) = (offset + count - before, listing.by);
    let params = (listing.event_id, listing.as_of, by.credit, by.camera, edge, limit, offset);
    Ok(Part { photos: db.all(&part_sql(listing), params)?, total })
}

pub(super) fn part_sql(listing: ByTime<'_>) -> String {
    let (direction, from) = if listing.descending { ("desc", "<") } else { ("asc", ">=") };
    let order = format!("moment_ms {direction}, name_key {direction}, sequence {direction}");
    // `+` keeps to the index of the order: the condition holds for nearly all photos.
    format!(
        "select photo.* from (
             select id from visible_photo
             where event_id = ?1 and +indexed_sequence <= ?2 and {} and moment_ms {from} ?5
             order by {order} limit ?6 offset ?7
         ) part join photo on photo.id = part.id order by {order}",
        listing.by.of_photos()
    )
}

/// Photos for the live wall, newest first: the newest ones and the pinned ones, without those the owner skips.
pub fn list_wall(db: &Reader, event: EventId, limit: u32) -> StoreResult<Vec<Photo>> {
    db.all(
        "select * from (
             select * from (
                 select * from (
                     select * from visible_photo where event_id = ?1 and wall = 'pinned'
                     order by indexed_sequence desc limit ?2
                 ) pinned
                 union all
                 select * from (
                     select * from visible_photo where event_id = ?1 and wall is null
                     order by indexed_sequence desc limit ?2
                 ) newest
             ) candidate order by (wall is not null) desc, indexed_sequence desc limit ?2
         ) shown order by indexed_sequence desc",
        (event, limit),
    )
}

/// The hours of the listing, in its order, with the number of their photos.
pub fn list_hours(db: &Reader, listing: ByTime<'_>) -> StoreResult<Vec<(Timestamp, u64)>> {
    let mut hours = photo_tallies::list_hours(db, listing.event_id, listing.as_of, listing.by)?;
    if listing.descending {
        hours.reverse();
    }
    Ok(hours)
}

/// A visible photo with the faces of one pack.
#[derive(Clone, Debug)]
pub struct WithFaces {
    /// Its number in the order in which photos became searchable.
    pub sequence: u64,
    /// The photo.
    pub photo: Photo,
    /// From left to right.
    pub faces: Vec<StoredFace>,
}

impl FromRow for WithFaces {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        Ok(Self { sequence: row.get("indexed_sequence")?, photo: Photo::from_row(row)?, faces: Vec::new() })
    }
}

/// Photos that became searchable after number `since`, in that order.
pub fn list_since(db: &Reader, event: EventId, pack: PackId, since: u64) -> StoreResult<Vec<WithFaces>> {
    let mut photos: Vec<WithFaces> = db.all(
        "select * from visible_photo where event_id = ?1 and indexed_sequence > ?2 order by indexed_sequence",
        (event, since),
    )?;
    for photo in &mut photos {
        photo.faces = faces::list_in_photo(db, photo.photo.id)?;
        photo.faces.retain(|face| face.pack_id == pack);
    }
    Ok(photos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CameraTime, Capture, Digest, PhotoId, PixelSize, TimeSource, TimeZone};
    use crate::store::indexing;
    use crate::store::tables::{camera_clocks, events, packs};
    use crate::store::testing::TestStore;

    fn index(store: &TestStore, event_id: EventId, pack: PackId, hour: u8) -> PhotoId {
        let id = store.receive(event_id, &[hour]);
        let taken_at = CameraTime::new([2026, 11, 23], [hour, 30, 0], None, None);
        let capture = Capture { taken_at, ..Capture::default() };
        let size = PixelSize { width: 4, height: 3 };
        assert!(store.write(move |tx| indexing::index_photo(tx, id, pack, size, &capture, &[])).unwrap());
        id
    }

    #[test]
    fn photos_of_one_second_are_in_the_order_of_fraction_name_and_zone() {
        let store = TestStore::new();
        let event_id = store.add_event();
        let pack = store.write(|tx| packs::ensure(tx, Digest([1; 32]), "test", 4)).unwrap();
        let add = |name: &str, ms: Option<u32>, offset_min: Option<i16>| {
            let hour = offset_min.map_or(10, |offset| u8::try_from(10 + offset / 60).unwrap());
            let taken_at =
                CameraTime::new([2026, 11, 23], [hour, 30, 0], ms.map(|ms| ms * 1_000_000), offset_min);
            let capture = Capture { taken_at, time_source: TimeSource::Taken, ..Capture::default() };
            let id = store.receive_named(event_id, name, name.as_bytes());
            let size = PixelSize { width: 4, height: 3 };
            assert!(store.write(move |tx| indexing::index_photo(tx, id, pack, size, &capture, &[])).unwrap());
        };
        let set_zone = |zone: &str| {
            let mut event = store.read(|db| events::find(db, event_id)).unwrap().unwrap();
            event.time_zone = TimeZone::named(zone).unwrap();
            store.write(move |tx| {
                events::update(tx, &event)?;
                camera_clocks::sort(tx, &event)
            })
        };
        let names = || -> Vec<String> {
            let listing = ByTime { event_id, descending: false, as_of: 9, by: TakenBy::default() };
            let photos = store.read(|db| list(db, listing, 0, 10)).unwrap().photos;
            photos.into_iter().map(|photo| photo.file_name).collect()
        };
        set_zone("UTC").unwrap();
        add("IMG_10.jpg", None, None);
        add("IMG_9.jpg", None, None);
        add("Z_1.jpg", Some(900), None);
        add("Z_2.jpg", Some(100), None);
        // The same second, by a camera that is set to Jakarta and says so.
        add("IMG_9b.jpg", None, Some(420));
        assert_eq!(names(), ["IMG_9.jpg", "IMG_9b.jpg", "IMG_10.jpg", "Z_2.jpg", "Z_1.jpg"]);
        // The cameras without a zone were in Jakarta too: seven hours earlier than it seemed.
        set_zone("Asia/Jakarta").unwrap();
        assert_eq!(names(), ["IMG_9.jpg", "IMG_10.jpg", "Z_2.jpg", "Z_1.jpg", "IMG_9b.jpg"]);
    }

    #[test]
    fn photos_are_listed_by_the_cameras_clock_and_changes_are_counted() {
        let store = TestStore::new();
        let event_id = store.add_event();
        let pack = store.write(|tx| packs::ensure(tx, Digest([1; 32]), "test", 4)).unwrap();
        let [late, early] = [20, 18].map(|hour| index(&store, event_id, pack, hour));
        let start = store.read(|c| progress(c, event_id)).unwrap();
        assert_eq!((start.sequence, start.visible), (2, 2));
        let listing = ByTime { event_id, descending: false, as_of: start.sequence, by: TakenBy::default() };
        let ids = |listing| -> Vec<PhotoId> {
            let photos = store.read(|c| list(c, listing, 0, 10)).unwrap().photos;
            photos.into_iter().map(|photo| photo.id).collect()
        };
        assert_eq!(ids(listing), [early, late]);
        let middle = index(&store, event_id, pack, 19);
        assert_eq!(ids(listing), [early, late]);
        let newest = ByTime { descending: true, as_of: 3, ..listing };
        assert_eq!(ids(newest), [late, middle, early]);
        assert_eq!(store.read(|c| list(c, newest, 1, 1)).unwrap().photos[0].id, middle);
        let hours = store.read(|c| list_hours(c, newest)).unwrap();
        let shown: Vec<_> =
            hours.iter().map(|(at, count)| (&at.to_string()[11..13] == "20", *count)).collect();
        assert_eq!(shown, [(true, 1), (false, 1), (false, 1)]);
        let since = store.read(|c| list_since(c, event_id, pack, start.sequence)).unwrap();
        assert_eq!(since.iter().map(|new| (new.sequence, new.photo.id)).collect::<Vec<_>>(), [(3, middle)]);
        // One change for the photo that came, one for the photo that is hidden; waiting photos change nothing.
        store.receive(event_id, b"waits");
        let sql = format!("update photo set hidden = true where id = {late}");
        store.write(move |tx| tx.execute(&sql, ())).unwrap();
        assert_eq!(ids(newest), [middle, early]);
        let now = store.read(|c| progress(c, event_id)).unwrap();
        assert_eq!((now.sequence, now.revision - start.revision, now.visible), (3, 2, 2));
        let seen = store.read(|c| changes(c, event_id, pack, start)).unwrap().unwrap();
        assert_eq!((seen.progress, seen.arrived.len(), seen.others), (now, 1, true));
        let seen = store.read(|c| changes(c, event_id, pack, now)).unwrap().unwrap();
        assert!(seen.arrived.is_empty() && !seen.others);
        // On the wall: what is pinned first of all, what is skipped not at all.
        let sql = format!("update photo set wall = 'pinned' where id = {early}");
        store.write(move |tx| tx.execute(&sql, ())).unwrap();
        let wall = |limit| -> Vec<PhotoId> {
            let photos = store.read(|c| list_wall(c, event_id, limit)).unwrap();
            photos.into_iter().map(|photo| photo.id).collect()
        };
        assert_eq!((wall(1), wall(9)), (vec![early], vec![middle, early]));
        let sql = format!("update photo set wall = 'skipped' where id = {middle}");
        store.write(move |tx| tx.execute(&sql, ())).unwrap();
        assert_eq!(wall(9), [early]);
        let now = store.read(|c| progress(c, event_id)).unwrap();
        store.write(move |tx| crate::store::tables::events::delete(tx, event_id)).unwrap();
        assert!(store.read(|c| changes(c, event_id, pack, now)).unwrap().is_none());
    }
}
