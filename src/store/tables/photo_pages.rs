//! An event's photos, page by page. Pages are stable: a listing remembers how many photos had been recorded (for
//! guests: had become searchable) when it started, and leaves out later ones.

use crate::domain::{EventId, Photo, SourceId};
use crate::store::StoreResult;
use crate::store::sql::{FromRow, Reader, Row};
use crate::store::tables::photo_tallies::TakenBy;

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
    /// Taken by this person, with this camera.
    pub by: TakenBy<'a>,
}

impl<'a> Which<'a> {
    /// The table or view, the event's counter of its photos, the photo's number in it.
    fn sql(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Visible => ("visible_photo", "photos_indexed", "indexed_sequence"),
            Self::Own(_) => ("photo", "photos_recorded", "sequence"),
        }
    }

    /// A condition on columns that `photo` and `photo_tally` have.
    fn condition(self) -> String {
        let Self::Own(OwnFilter { state, hidden, held, source, .. }) = self else {
            return String::new();
        };
        let state = match state {
            None => "",
            Some(State::Pending) => "state = 'pending' and ",
            Some(State::Indexed) => "state = 'indexed' and ",
            Some(State::Failed) => "state = 'failed' and ",
        };
        let hidden = hidden.map(|hidden| format!("hidden = {hidden} and ")).unwrap_or_default();
        let held = held.map(|held| format!("held = {held} and ")).unwrap_or_default();
        let source = source.map(|source| format!("source_id = {source} and ")).unwrap_or_default();
        format!("{state}{hidden}{held}{source}")
    }

    fn by(self) -> TakenBy<'a> {
        match self {
            Self::Own(filter) => filter.by,
            Self::Visible => TakenBy::default(),
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
    pub photos: Vec<Listed>,
    /// How many the listing has.
    pub total: u64,
    /// For the listing's next page.
    pub mark: u64,
}

/// A page of a listing.
pub fn list(db: &Reader, listing: Listing<'_>) -> StoreResult<Page> {
    let (event_id, which) = (listing.event_id, listing.which);
    let (_, counter, _) = which.sql();
    let mark: u64 = match listing.mark {
        Some(mark) => mark,
        None => {
            db.one(&format!("select {counter} from event where id = ?1"), [event_id])?.unwrap_or_default()
        }
    };
    let total = count(db, listing, mark)?;
    let offset = u64::from(listing.page.saturating_sub(1)) * u64::from(listing.limit);
    if offset >= total {
        return Ok(Page { photos: Vec::new(), total, mark });
    }
    // From the end that is nearer.
    let limit = u64::from(listing.limit).min(total - offset);
    let after = total - offset - limit;
    let is_turned = after < offset;
    let read = Listing { descending: listing.descending != is_turned, ..listing };
    let by = which.by();
    let params = (event_id, mark, by.credit, by.camera, limit, offset.min(after));
    let mut photos: Vec<Listed> = db.all(&page_sql(read), params)?;
    if is_turned {
        photos.reverse();
    }
    Ok(Page { photos, total, mark })
}

pub(super) fn page_sql(listing: Listing<'_>) -> String {
    let ((photo, _, number), which) = (listing.which.sql(), listing.which);
    let direction = if listing.descending { "desc" } else { "asc" };
    let order = match listing.sort_by {
        SortBy::CreatedAt => String::new(),
        SortBy::FileName => format!("name_key {direction}, "),
        SortBy::TakenAt => format!("moment_ms {direction}, name_key {direction}, "),
    };
    let order = format!("{order}sequence {direction}");
    // `+` keeps to the index of the order, which has all that the conditions need: only the page's rows are read.
    format!(
        "select photo.*, (select count(*) from photo_version where photo_id = photo.id) as versions from (
             select id from {photo} where event_id = ?1 and +{number} <= ?2 and {}{}
             order by {order} limit ?5 offset ?6
         ) page join photo on photo.id = page.id order by {order}",
        which.condition(),
        which.by().of_photos()
    )
}

/// How many photos a listing has: those that are counted, without those that came after it began.
fn count(db: &Reader, listing: Listing<'_>, mark: u64) -> StoreResult<u64> {
    let by = listing.which.by();
    db.value(&count_sql(listing.which), (listing.event_id, mark, by.credit, by.camera))
}

pub(super) fn count_sql(which: Which<'_>) -> String {
    let ((photo, _, number), condition) = (which.sql(), which.condition());
    let visible = if which == Which::Visible { "visible = true and " } else { "" };
    format!(
        "select (select coalesce(sum(photos), 0) from photo_tally
                 where event_id = ?1 and {visible}{condition}{})
              - (select count(*) from {photo} where event_id = ?1 and {number} > ?2 and {condition}{})",
        TakenBy::OF_TALLIES,
        which.by().of_few_photos(),
    )
}

/// A photo of a listing, and what only the owner sees of it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The photo.
    pub photo: Photo,
    /// Of its file.
    pub size_bytes: u64,
    /// How many faces were found in it.
    pub faces: u64,
    /// How many files it has.
    pub versions: u64,
}

impl FromRow for Listed {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        let versions: u64 = row.get("versions")?;
        Ok(Self {
            photo: Photo::from_row(row)?,
            size_bytes: row.get("size_bytes")?,
            faces: row.get("faces")?,
            versions: versions.max(1),
        })
    }
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
        page.photos.into_iter().map(|listed| listed.photo.file_name).collect()
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
            let id = all.photos.iter().find(|listed| listed.photo.file_name == name).unwrap().photo.id;
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
        let newest = store.read(|connection| list(connection, newest)).unwrap().photos.remove(0).photo.id;
        let mark = store.read(|connection| list(connection, whole)).unwrap().mark;
        assert!(store.write(move |tx| photos::delete(tx, newest)).unwrap());
        add("later.jpg");
        let all = names(&store, Listing { limit: 50, mark: Some(mark), ..whole });
        assert!(!all.contains(&"later.jpg".to_owned()) && !all.contains(&"z.jpg".to_owned()), "{all:?}");
    }
}
