//! What those who look at an event's pages see: its visible photos by time, and what has become visible since.

use crate::store::sql::Reader;
use rusqlite::named_params;

use crate::domain::{Embedding, EventId, FaceBox, Photo, Timestamp};
use crate::store::StoreError;
use crate::store::sql::vectors;
use crate::store::tables::packs::PackId;
use crate::store::tables::photos;

/// How far an event's pages have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Photos that became searchable so far, also those that are hidden or gone: photos are numbered in it.
    pub sequence: u64,
    /// Counts every change, also of what was there before.
    pub revision: u64,
    /// Photos that guests may see.
    pub visible: u64,
}

/// Where an event stands; nothing of an event that is gone.
///
/// # Errors
/// When the database fails.
pub fn progress(connection: &Reader, event: EventId) -> Result<Progress, StoreError> {
    let mut statement = connection.prepare_cached(
        "select photos_indexed, revision,
                (select count(*) from photo where event_id = event.id and state = 'indexed' and hidden = 0)
         from event where id = ?1",
    )?;
    let mut rows = statement.query([event.as_i64()])?;
    Ok(match rows.next()? {
        Some(row) => Progress { sequence: row.get(0)?, revision: row.get(1)?, visible: row.get(2)? },
        None => Progress::default(),
    })
}

/// So many new photos are told one by one; whoever was away for longer looks at everything anew.
const MOST_NEWS: u64 = 200;

/// What happened in an event since it stood at `known`.
#[derive(Clone, Debug)]
pub struct Changes {
    /// Where it stands now.
    pub progress: Progress,
    /// Visible photos that became searchable since.
    pub arrived: Vec<WithFaces>,
    /// Whether anything else changed: photos were hidden, shown or deleted, settings were, or too many came at once.
    pub others: bool,
}

/// What happened in an event since it stood at `known`; `None` when it is gone. Quick where nothing happened.
///
/// # Errors
/// When the database fails.
pub fn changes(
    connection: &Reader,
    event: EventId,
    pack: PackId,
    known: Progress,
) -> Result<Option<Changes>, StoreError> {
    let mut statement = connection.prepare_cached("select revision from event where id = ?1")?;
    let mut rows = statement.query([event.as_i64()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    if row.get::<_, u64>(0)? == known.revision {
        return Ok(Some(Changes { progress: known, arrived: Vec::new(), others: false }));
    }
    let progress = progress(connection, event)?;
    let new = progress.sequence.saturating_sub(known.sequence);
    let arrived = match new {
        1..=MOST_NEWS => list_since(connection, event, pack, known.sequence)?,
        _ => Vec::new(),
    };
    // Each photo that becomes searchable is one change.
    let others = new > MOST_NEWS || progress.revision.saturating_sub(known.revision) > new;
    Ok(Some(Changes { progress, arrived, others }))
}

/// Photos by the time they were taken.
#[derive(Clone, Copy, Debug)]
pub struct ByTime {
    /// Of this event.
    pub event_id: EventId,
    /// Newest first.
    pub descending: bool,
    /// Photos that became searchable later are left out, so that nothing shifts.
    pub as_of: u64,
}

impl ByTime {
    fn direction(self) -> &'static str {
        if self.descending { "desc" } else { "asc" }
    }

    fn as_of(self) -> i64 {
        i64::try_from(self.as_of).unwrap_or(i64::MAX)
    }
}

const VISIBLE: &str =
    "event_id = :event_id and state = 'indexed' and hidden = 0 and indexed_sequence <= :as_of";

/// A part of the listing.
///
/// # Errors
/// When the database fails.
pub fn list(connection: &Reader, listing: ByTime, offset: u32, limit: u32) -> Result<Vec<Photo>, StoreError> {
    let direction = listing.direction();
    let mut statement = connection.prepare_cached(&format!(
        "select * from photo where {VISIBLE}
         order by moment_ms {direction}, id {direction} limit :limit offset :offset"
    ))?;
    let photos = statement.query_and_then(
        named_params! {
            ":event_id": listing.event_id.as_i64(), ":as_of": listing.as_of(), ":limit": limit, ":offset": offset,
        },
        photos::from_row,
    )?;
    photos.collect()
}

/// Photos for the live wall: the newest, and before those the pinned ones; newest first. What the owner skips is not
/// among them.
///
/// # Errors
/// When the database fails.
pub fn list_wall(connection: &Reader, event: EventId, limit: u32) -> Result<Vec<Photo>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select * from (
             select * from photo
             where event_id = ?1 and state = 'indexed' and hidden = 0 and wall is not 'skipped'
             order by wall is 'pinned' desc, indexed_sequence desc limit ?2
         ) order by indexed_sequence desc",
    )?;
    let photos = statement.query_and_then((event.as_i64(), limit), photos::from_row)?;
    photos.collect()
}

/// The hours of the listing, in its order, with the number of their photos.
///
/// # Errors
/// When the database fails.
pub fn list_hours(connection: &Reader, listing: ByTime) -> Result<Vec<(Timestamp, u64)>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "select moment_ms / 3600000 as hour, count(*) from photo where {VISIBLE}
         group by hour order by hour {}",
        listing.direction()
    ))?;
    let hours = statement.query_and_then(
        named_params! { ":event_id": listing.event_id.as_i64(), ":as_of": listing.as_of() },
        |row| Ok((Timestamp::from_unix_ms(row.get::<_, i64>(0)? * 3_600_000), row.get(1)?)),
    )?;
    hours.collect()
}

/// A visible photo with the faces of one pack.
#[derive(Clone, Debug)]
pub struct WithFaces {
    /// Its number in the order in which photos became searchable.
    pub sequence: u64,
    /// The photo.
    pub photo: Photo,
    /// Box in the photo's pixels, and who it is.
    pub faces: Vec<(FaceBox, Embedding)>,
}

/// Photos that became searchable after number `since`, in that order.
///
/// # Errors
/// When the database fails.
pub fn list_since(
    connection: &Reader,
    event: EventId,
    pack: PackId,
    since: u64,
) -> Result<Vec<WithFaces>, StoreError> {
    let since = i64::try_from(since).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(
        "select * from photo
         where event_id = ?1 and state = 'indexed' and hidden = 0 and indexed_sequence > ?2
         order by indexed_sequence",
    )?;
    let photos = statement.query_and_then((event.as_i64(), since), |row| -> Result<_, StoreError> {
        Ok((row.get("indexed_sequence")?, photos::from_row(row)?))
    })?;
    let mut found = Vec::new();
    for row in photos {
        let (sequence, photo) = row?;
        let faces = list_faces(connection, &photo, pack)?;
        found.push(WithFaces { sequence, photo, faces });
    }
    Ok(found)
}

/// The faces of a photo that one pack recognised.
///
/// # Errors
/// When the database fails.
pub fn list_faces(
    connection: &Reader,
    photo: &Photo,
    pack: PackId,
) -> Result<Vec<(FaceBox, Embedding)>, StoreError> {
    let mut statement = connection
        .prepare_cached("select x, y, w, h, embedding from face where photo_id = ?1 and pack_id = ?2")?;
    let faces = statement.query_and_then((photo.id.as_i64(), pack.as_i64()), |row| {
        let bounds = FaceBox { x: row.get(0)?, y: row.get(1)?, w: row.get(2)?, h: row.get(3)? };
        let blob = row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?;
        Ok((bounds, vectors::embedding(blob)?))
    })?;
    faces.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CameraTime, Capture, Digest, PhotoId, PixelSize};
    use crate::store::tables::{faces, packs};
    use crate::store::testing::TestStore;

    fn index(store: &TestStore, event_id: EventId, pack: PackId, hour: u8) -> PhotoId {
        let id = store.receive(event_id, &[hour]);
        let taken_at = CameraTime::new([2026, 11, 23], [hour, 30, 0], None, None);
        let capture = Capture { taken_at, ..Capture::default() };
        let size = PixelSize { width: 4, height: 3 };
        assert!(store.write(move |tx| faces::index_photo(tx, id, pack, size, &capture, &[])).unwrap());
        id
    }

    #[test]
    fn photos_are_listed_by_the_cameras_clock_and_changes_are_counted() {
        let store = TestStore::new();
        let event_id = store.add_event();
        let pack = store.write(|tx| packs::ensure(tx, Digest([1; 32]), "test", 4)).unwrap();
        let [late, early] = [20, 18].map(|hour| index(&store, event_id, pack, hour));
        let start = store.read(|c| progress(c, event_id)).unwrap();
        assert_eq!((start.sequence, start.visible), (2, 2));
        let listing = ByTime { event_id, descending: false, as_of: start.sequence };
        let ids = |listing| -> Vec<PhotoId> {
            let photos = store.read(|c| list(c, listing, 0, 10)).unwrap();
            photos.into_iter().map(|photo| photo.id).collect()
        };
        assert_eq!(ids(listing), [early, late]);
        let middle = index(&store, event_id, pack, 19);
        assert_eq!(ids(listing), [early, late]);
        let newest = ByTime { descending: true, as_of: 3, ..listing };
        assert_eq!(ids(newest), [late, middle, early]);
        assert_eq!(store.read(|c| list(c, newest, 1, 1)).unwrap()[0].id, middle);
        let hours = store.read(|c| list_hours(c, newest)).unwrap();
        let shown: Vec<_> =
            hours.iter().map(|(at, count)| (&at.to_string()[11..13] == "20", *count)).collect();
        assert_eq!(shown, [(true, 1), (false, 1), (false, 1)]);
        let since = store.read(|c| list_since(c, event_id, pack, start.sequence)).unwrap();
        assert_eq!(since.iter().map(|new| (new.sequence, new.photo.id)).collect::<Vec<_>>(), [(3, middle)]);
        // One change for the photo that came, one for the photo that is hidden; waiting photos change nothing.
        store.receive(event_id, b"waits");
        let sql = format!("update photo set hidden = 1 where id = {late}");
        store.write(move |tx| Ok(tx.execute_batch(&sql)?)).unwrap();
        assert_eq!(ids(newest), [middle, early]);
        let now = store.read(|c| progress(c, event_id)).unwrap();
        assert_eq!((now.sequence, now.revision - start.revision, now.visible), (3, 2, 2));
        let seen = store.read(|c| changes(c, event_id, pack, start)).unwrap().unwrap();
        assert_eq!((seen.progress, seen.arrived.len(), seen.others), (now, 1, true));
        let seen = store.read(|c| changes(c, event_id, pack, now)).unwrap().unwrap();
        assert!(seen.arrived.is_empty() && !seen.others);
        // On the wall: what is pinned first of all, what is skipped not at all.
        let sql = format!("update photo set wall = 'pinned' where id = {early}");
        store.write(move |tx| Ok(tx.execute_batch(&sql)?)).unwrap();
        let wall = |limit| -> Vec<PhotoId> {
            let photos = store.read(|c| list_wall(c, event_id, limit)).unwrap();
            photos.into_iter().map(|photo| photo.id).collect()
        };
        assert_eq!((wall(1), wall(9)), (vec![early], vec![middle, early]));
        let sql = format!("update photo set wall = 'skipped' where id = {middle}");
        store.write(move |tx| Ok(tx.execute_batch(&sql)?)).unwrap();
        assert_eq!(wall(9), [early]);
        let now = store.read(|c| progress(c, event_id)).unwrap();
        store.write(move |tx| crate::store::tables::events::delete(tx, event_id)).unwrap();
        assert!(store.read(|c| changes(c, event_id, pack, now)).unwrap().is_none());
    }
}
