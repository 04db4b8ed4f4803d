//! What is counted with each change equals what counting finds, whatever happens; and how the database answers.

mod world;

use super::*;
use crate::domain::{Photo, PhotoState};
use crate::store::StoreResult;
use crate::store::sql::{FromRow, Params, Row};
use crate::store::tables::browse::{self, ByTime};
use crate::store::tables::photo_pages::{self, Listing, OwnFilter, SortBy, State, Which};
use crate::store::tables::{events, photos};
use crate::store::testing::TestStore;
use world::{CAMERAS, Numbered, World};

/// The rows of `photo_tally` and `arrival` that are missing or wrong.
const WRONG: &str = "
    with counted as (
        select event_id, visible, hour_ms, state, hidden, held, coalesce(source_id, 0), coalesce(credit, ''),
               coalesce(camera, ''), count(*)
        from photo group by 1, 2, 3, 4, 5, 6, 7, 8, 9
    ), arrived as (
        select event_id, created_at_ms / 300000 * 300000, count(*),
               sum((select count(*) from face where photo_id = photo.id))
        from photo group by 1, 2
    )
    select (select count(*) from (select * from counted except select * from photo_tally) as a)
         + (select count(*) from (select * from photo_tally except select * from counted) as b)
         + (select count(*) from (select * from arrived except select * from arrival) as c)
         + (select count(*) from (select * from arrival except select * from arrived) as d)
         + (select count(*) from photo where faces <> (select count(*) from face where photo_id = photo.id))";

impl World {
    /// A part of the guests' listing, and what it should be.
    fn check_part(&mut self) {
        let event = self.event();
        let as_of = self.dice.below(self.received + 1);
        let (credit, camera) = (
            *self.dice.of(&[None, Some(""), Some("Sari")]),
            *self.dice.of(&[None, None, Some(""), CAMERAS[1]]),
        );
        let descending = self.dice.below::<u64>(2) == 1;
        let by = TakenBy { credit, camera };
        let (offset, limit) = (self.dice.below::<usize>(9), self.dice.below::<usize>(9) + 1);
        let mut expected: Vec<_> = self.photos();
        expected.retain(|one| {
            one.photo.visible && one.indexed.is_some_and(|at| at <= as_of) && is_by(&one.photo, by)
        });
        expected.sort_by_key(|one| (one.photo.moment, one.name_key.clone(), one.sequence));
        if descending {
            expected.reverse();
        }
        let expected: Vec<_> = expected.into_iter().map(|one| one.photo.id).collect();
        let listing = ByTime { event_id: event.id, descending, as_of, by };
        let found = self.store.read(|db| browse::list(db, listing, offset as u64, limit as u64)).unwrap();
        let ids: Vec<_> = found.photos.iter().map(|photo| photo.id).collect();
        let part: Vec<_> = expected.iter().copied().skip(offset).take(limit).collect();
        assert_eq!((ids, found.total), (part, expected.len() as u64), "{listing:?} {offset} {limit}");
    }

    /// A page of the owner's listing.
    fn check_page(&mut self) {
        let filter = OwnFilter {
            state: *self.dice.of(&[None, Some(State::Pending), Some(State::Indexed), Some(State::Failed)]),
            hidden: *self.dice.of(&[None, Some(true), Some(false)]),
            held: *self.dice.of(&[None, None, Some(true)]),
            source: self.sources.first().copied().filter(|_| self.dice.below::<u64>(4) == 0),
            by: TakenBy { credit: *self.dice.of(&[None, None, Some(""), Some("Budi")]), camera: None },
        };
        let sort_by = *self.dice.of(&[SortBy::CreatedAt, SortBy::FileName, SortBy::TakenAt]);
        let (page, limit) = (self.dice.below::<u32>(3) + 1, self.dice.below::<u32>(7) + 1);
        let mark = Some(self.dice.below(self.received + 1));
        let listing = Listing {
            event_id: self.event,
            which: Which::Own(filter),
            sort_by,
            descending: false,
            page,
            limit,
            mark,
        };
        let mut expected = self.photos();
        expected.retain(|Numbered { photo, sequence, .. }| {
            let state = match photo.state {
                PhotoState::Pending => State::Pending,
                PhotoState::Indexed => State::Indexed,
                PhotoState::Failed(_) => State::Failed,
            };
            Some(*sequence) <= mark
                && filter.state.is_none_or(|wanted| wanted == state)
                && filter.hidden.is_none_or(|wanted| wanted == photo.hidden)
                && filter.held.is_none_or(|wanted| wanted == photo.held)
                && (filter.source.is_none() || filter.source == photo.source_id)
                && is_by(photo, filter.by)
        });
        expected.sort_by_key(|one| match sort_by {
            SortBy::CreatedAt => (None, None, one.sequence),
            SortBy::FileName => (None, Some(one.name_key.clone()), one.sequence),
            SortBy::TakenAt => (Some(one.photo.moment), Some(one.name_key.clone()), one.sequence),
        });
        let found = self.store.read(|db| photo_pages::list(db, listing)).unwrap();
        let ids: Vec<_> = found.photos.iter().map(|listed| listed.photo.id).collect();
        let all: Vec<_> = expected.iter().map(|one| one.photo.id).collect();
        let part: Vec<_> =
            all.iter().copied().skip(((page - 1) * limit) as usize).take(limit as usize).collect();
        assert_eq!((ids, found.total), (part, all.len() as u64), "{listing:?}");
    }
}

fn is_by(photo: &Photo, by: TakenBy<'_>) -> bool {
    let is = |wanted: Option<&str>, found: Option<&str>| {
        wanted.is_none_or(|wanted| wanted == found.unwrap_or_default())
    };
    is(by.credit, photo.credit.as_deref()) && is(by.camera, photo.capture.camera.as_deref())
}

#[test]
fn what_is_counted_with_each_change_equals_counting() {
    for seed in [1, 7_919, 104_729] {
        let mut world = World::new(seed);
        // A photo of another event is never among them.
        let other = world.store.add_event();
        world.store.receive(other, b"elsewhere");
        for step in 0..400 {
            world.step();
            let wrong: u64 = world.store.read(|db| db.value(WRONG, ())).unwrap();
            assert_eq!(wrong, 0, "seed {seed}, step {step}");
            world.check_part();
            world.check_page();
        }
        let counts = world.store.read(|db| events::count(db, world.event)).unwrap();
        let photos = world.photos();
        let visible = photos.iter().filter(|one| one.photo.visible).count() as u64;
        assert_eq!((counts.visible, visible > 0), (visible, true));
        assert_eq!(counts.indexed + counts.pending + counts.failed, photos.len() as u64);
        let taken = world.store.read(|db| list_taken_by(db, world.event, true)).unwrap();
        assert_eq!(taken.iter().map(|taken| taken.photos).sum::<u64>(), visible);
        let event = world.event;
        world.store.write(move |tx| events::delete(tx, event)).unwrap();
        let left = "select (select count(*) from photo_tally) + (select count(*) from arrival)";
        let sums: (u64, u64) =
            world.store.read(|db| db.value(&format!("select ({WRONG}), ({left})"), ())).unwrap();
        assert_eq!(sums, (0, 2), "one photo of the other event, in each");
    }
}

#[test]
fn a_photo_that_is_deleted_takes_its_faces_along() {
    let mut world = World::new(3);
    world.receive();
    let id = world.any().unwrap().id;
    for _ in 0..9 {
        world.index(id);
        assert_eq!(world.store.read(|db| db.value::<u64>(WRONG, ())).unwrap(), 0);
    }
    assert!(world.store.write(move |tx| photos::delete(tx, id)).unwrap());
    assert_eq!(world.store.read(|db| db.value::<u64>("select count(*) from arrival", ())).unwrap(), 0);
}

/// A line of a query plan.
struct Step(String);

impl FromRow for Step {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        Ok(Self(row.get("detail")?))
    }
}

fn plan(store: &TestStore, sql: &str, params: impl Params) -> Vec<String> {
    let steps: Vec<Step> = store.read(|db| db.all(&format!("explain query plan {sql}"), params)).unwrap();
    // Whose rows are looked at.
    steps.into_iter().map(|step| step.0).filter(|step| step.contains(" photo ")).collect()
}

#[test]
fn no_listing_reads_more_rows_than_it_shows() {
    let store = TestStore::in_folder();
    let event_id = store.add_event();
    let by = |credit, camera| TakenBy { credit, camera };
    let all = by(None, None);
    for by in [all, by(Some("Sari"), None), by(None, Some("")), by(Some(""), Some("Canon EOS R6"))] {
        for descending in [false, true] {
            let listing = ByTime { event_id, descending, as_of: 9, by };
            let steps = plan(
                &store,
                &browse::part_sql(listing),
                (event_id, 9_u64, by.credit, by.camera, 0_i64, 200_u64, 0_u64),
            );
            let found = format!(
                "SEARCH photo USING COVERING INDEX photo_by_{}",
                match by {
                    TakenBy { credit: None, camera: None } => "moment",
                    TakenBy { camera: None, .. } => "credit",
                    _ => "c",
                }
            );
            assert!(steps[0].starts_with(&found) && steps[0].contains("moment_ms"), "{by:?} {steps:?}");
            assert_eq!(steps[1..], ["SEARCH photo USING INTEGER PRIMARY KEY (rowid=?)"]);
        }
        let own =
            |state| Which::Own(OwnFilter { state, held: state.map(|_| true), by, ..OwnFilter::default() });
        for which in [Which::Visible, own(None), own(Some(State::Failed))] {
            for sort_by in [SortBy::CreatedAt, SortBy::FileName, SortBy::TakenAt] {
                let descending = true;
                let listing = Listing { event_id, which, sort_by, descending, page: 9, limit: 9, mark: None };
                let steps = plan(
                    &store,
                    &photo_pages::page_sql(listing),
                    (event_id, 9_u64, by.credit, by.camera, 9_u64, 72_u64),
                );
                assert!(steps[0].starts_with("SEARCH photo USING COVERING INDEX"), "{listing:?} {steps:?}");
                assert_eq!(steps[1..], ["SEARCH photo USING INTEGER PRIMARY KEY (rowid=?)"], "{listing:?}");
            }
            let steps = plan(&store, &photo_pages::count_sql(which), (event_id, 9_u64, by.credit, by.camera));
            assert!(steps.len() == 1 && steps[0].contains("sequence>?"), "{which:?} {steps:?}");
        }
    }
}
