//! An event's photos, page by page. Pages are stable: a listing remembers how many photos had been recorded (for
//! guests: had become searchable) when it started, and leaves out later ones.

use crate::domain::{ClockOffset, EventId, Photo, SourceId};
use crate::store::StoreResult;
use crate::store::sql::Reader;
use crate::store::tables::camera_clocks;

/// What photos are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// When they were recorded.
    #[default]
    CreatedAt,
    /// The photographer's name for them, ignoring case.
    FileName,
    /// By the camera's clock, or when they were recorded if it is unknown.
    TakenAt,
}

/// A photo's state, without the reason of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Waits to be indexed.
    Pending,
    /// Searchable.
    Indexed,
    /// Could not be indexed.
    Failed,
}

/// Which of an event's photos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which<'a> {
    /// Those that guests may see.
    Visible,
    /// The owner's view.
    Own(OwnFilter<'a>),
}

/// Which photos the owner asks for; `None` for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnFilter<'a> {
    /// In this state.
    pub state: Option<State>,
    /// Hidden from guests, or not.
    pub hidden: Option<bool>,
    /// Waiting for approval, or not.
    pub held: Option<bool>,
    /// Brought by this source.
    pub source: Option<SourceId>,
    /// Taken by this person; empty: by the event's photographer.
    pub credit: Option<&'a str>,
    /// Taken with this camera.
    pub camera: Option<&'a str>,
}

impl Which<'_> {
    /// The table or view, the event's counter of its photos, the photo's number in it, and a condition.
    fn sql(self) -> (&'static str, &'static str, &'static str, String) {
        let Self::Own(OwnFilter { state, hidden, held, source, .. }) = self else {
            return ("visible_photo", "photos_indexed", "indexed_sequence", String::new());
        };
        let state = match state {
            None => "",
            Some(State::Pending) => " and state = 'pending'",
            Some(State::Indexed) => " and state = 'indexed'",
            Some(State::Failed) => " and state = 'failed'",
        };
        let hidden = hidden.map(|hidden| format!(" and hidden = {hidden}")).unwrap_or_default();
        let held = held.map(|held| format!(" and held = {held}")).unwrap_or_default();
        let source = source.map(|source| format!(" and source_id = {source}")).unwrap_or_default();
        ("photo", "photos_recorded", "sequence", format!("{state}{hidden}{held}{source}"))
    }

    /// Whose photos, and with which camera.
    fn made_by(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Own(filter) => (filter.credit, filter.camera),
            Self::Visible => (None, None),
        }
    }
}

/// Which photos, and in which order.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    /// Of this event.
    pub event_id: EventId,
    /// Which of them.
    pub which: Which<'a>,
    /// The order; equal photos keep the order in which they were recorded.
    pub sort_by: SortBy,
    /// Last first.
    pub descending: bool,
    /// From 1.
    pub page: u32,
    /// Photos on a page.
    pub limit: u32,
    /// From an earlier page of the same listing; `None` starts a new one.
    pub mark: Option<u64>,
}

/// One page.
#[derive(Clone, Debug)]
pub struct Page {
    /// In order.
    pub photos: Vec<Photo>,
    /// How many the listing has.
    pub total: u64,
    /// For the listing's next page.
    pub mark: u64,
}

/// A page of a listing.
pub fn list(db: &Reader, listing: Listing<'_>) -> StoreResult<Page> {
    let event_id = listing.event_id;
    let (photo, counter, number, condition) = listing.which.sql();
    let mark: u64 = match listing.mark {
        Some(mark) => mark,
        None => {
            db.one(&format!("select {counter} from event where id = ?1"), [event_id])?.unwrap_or_default()
        }
    };
    let (credit, camera) = listing.which.made_by();
    let condition =
        format!("{condition} and (?3 is null or coalesce(credit, '') = ?3) and (?4 is null or camera = ?4)");
    let total = db.value(
        &format!("select count(*) from {photo} where event_id = ?1 and {number} <= ?2 {condition}"),
        (event_id, mark, credit, camera),
    )?;
    let direction = if listing.descending { "desc" } else { "asc" };
    let order = match listing.sort_by {
        SortBy::CreatedAt => String::new(),
        SortBy::FileName => format!("name_key {direction}, "),
        SortBy::TakenAt => format!("moment_ms {direction}, name_key {direction}, "),
    };
    let offset = u64::from(listing.page.saturating_sub(1)) * u64::from(listing.limit);
    // `+` keeps to the index of the order: the condition holds for nearly all photos.
    let photos = db.all(
        &format!(
            "select * from {photo} where event_id = ?1 and +{number} <= ?2 {condition}
             order by {order}sequence {direction} limit ?5 offset ?6"
        ),
        (event_id, mark, credit, camera, listing.limit, offset),
    )?;
    Ok(Page { photos, total, mark })
}

/// What only the owner sees of a photo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// Of its file.
    pub size_bytes: u64,
    /// How many faces were found in it.
    pub faces: u64,
    /// How many files it has.
    pub versions: u64,
    /// Of the clock that gave it its time.
    pub clock_offset: ClockOffset,
}

/// The details of these photos, in their order.
pub fn list_details(db: &Reader, photos: &[Photo]) -> StoreResult<Vec<Details>> {
    let details = photos.iter().map(|photo| {
        let found: Option<(u64, u64, u64)> = db.one(
            "select size_bytes, (select count(*) from face where photo_id = photo.id),
                    (select count(*) from photo_version where photo_id = photo.id)
             from photo where id = ?1",
            [photo.id],
        )?;
        let (size_bytes, faces, versions) = found.unwrap_or_default();
        let clock_offset = camera_clocks::offset_of(db, photo.event_id, &photo.capture)?;
        Ok(Details { size_bytes, faces, versions: versions.max(1), clock_offset })
    });
    details.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Destination;
    use crate::domain::{Capture, Digest, PixelSize};
    use crate::intake::accept;
    use crate::store::indexing;
    use crate::store::tables::{packs, photos};
    use crate::store::testing::{NOW, TestStore};

    fn names(store: &TestStore, listing: Listing<'_>) -> Vec<String> {
        let page = store.read(|connection| list(connection, listing)).unwrap();
        page.photos.into_iter().map(|photo| photo.file_name).collect()
    }

    #[test]
    fn every_photo_is_on_one_page_whatever_arrives_meanwhile() {
        let store = TestStore::new();
        let event_id = store.add_event();
        let add = |name: &str| {
            let bytes = [b"\xFF\xD8\xFF\xE0", name.as_bytes()].concat();
            accept(&store, Destination::of_owner(event_id), name, bytes.as_slice(), 1000, NOW).unwrap();
        };
        for name in ["b.jpg", "C.jpg", "a.jpg", "c.jpg", "B.jpg"] {
            add(name);
        }
        let whole = Listing {
            event_id,
            which: Which::Own(OwnFilter::default()),
            sort_by: SortBy::FileName,
            descending: false,
            page: 1,
            limit: 2,
            mark: None,
        };
        let first = store.read(|connection| list(connection, whole)).unwrap();
        assert_eq!((first.total, first.mark), (5, 5));
        assert_eq!(names(&store, whole), ["a.jpg", "b.jpg"]);
        add("A.jpg");
        add("z.jpg");
        let next = |page| Listing { page, mark: Some(first.mark), ..whole };
        assert_eq!(names(&store, next(2)), ["B.jpg", "C.jpg"]);
        assert_eq!(names(&store, next(3)), ["c.jpg"]);
        assert!(names(&store, next(4)).is_empty());
        let newest = Listing { sort_by: SortBy::CreatedAt, descending: true, limit: 3, ..whole };
        assert_eq!(names(&store, newest), ["z.jpg", "A.jpg", "B.jpg"]);
        assert!(names(&store, Listing { which: Which::Visible, ..whole }).is_empty());
        // What guests see: an old photo that becomes searchable between two pages shifts nothing either.
        let pack = store.write(|tx| packs::ensure(tx, Digest([1; 32]), "test", 4)).unwrap();
        let index = |name: &str| {
            let all = store.read(|connection| list(connection, Listing { limit: 50, ..whole })).unwrap();
            let id = all.photos.iter().find(|photo| photo.file_name == name).unwrap().id;
            let size = PixelSize { width: 1, height: 1 };
            let indexed =
                store.write(move |tx| indexing::index_photo(tx, id, pack, size, &Capture::default(), &[]));
            assert!(indexed.unwrap());
        };
        for name in ["z.jpg", "b.jpg", "a.jpg"] {
            index(name);
        }
        let seen = Listing { which: Which::Visible, sort_by: SortBy::CreatedAt, ..whole };
        let first = store.read(|connection| list(connection, seen)).unwrap();
        assert_eq!(names(&store, seen), ["b.jpg", "a.jpg"]);
        index("C.jpg");
        assert_eq!(names(&store, Listing { page: 2, mark: Some(first.mark), ..seen }), ["z.jpg"]);
        // A number is not given twice: what comes after a deletion is not in an older listing.
        let newest = store.read(|connection| list(connection, newest)).unwrap().photos.remove(0).id;
        let mark = store.read(|connection| list(connection, whole)).unwrap().mark;
        assert!(store.write(move |tx| photos::delete(tx, newest)).unwrap());
        add("later.jpg");
        let all = names(&store, Listing { limit: 50, mark: Some(mark), ..whole });
        assert!(!all.contains(&"later.jpg".to_owned()) && !all.contains(&"z.jpg".to_owned()), "{all:?}");
    }
}
