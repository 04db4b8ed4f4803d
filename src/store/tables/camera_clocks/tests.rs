//! Clocks by number, by two photos and by a time code; what they do to photos that are there and to new ones.

use super::*;
use crate::domain::{CameraTime, PixelSize, TimeSource};
use crate::store::PackId;
use crate::store::indexing;
use crate::store::tables::{browse, events};
use crate::store::testing::{NOW, TestStore};

const HOUR_MS: i64 = 3_600_000;

fn capture(name: &str, serial: &str, [hour, minute]: [u8; 2]) -> Capture {
    Capture {
        taken_at: CameraTime::new([2026, 11, 28], [hour, minute, 0], None, None),
        time_source: TimeSource::Taken,
        camera: Some(name.to_owned()),
        camera_body: CameraBody::of_serial(serial),
        orientation: None,
    }
}

fn add(store: &TestStore, event: EventId, pack: PackId, name: &str, capture: Capture) -> PhotoId {
    let id = store.receive_named(event, name, name.as_bytes());
    let size = PixelSize { width: 4, height: 3 };
    assert!(store.write(move |tx| indexing::index_photo(tx, id, pack, size, &capture, &[])).unwrap());
    id
}

fn find(store: &TestStore, id: PhotoId) -> (Photo, Event) {
    store.read(|db| photos::find_with_event(db, id)).unwrap().unwrap()
}

fn shown(store: &TestStore, id: PhotoId) -> String {
    find(store, id).0.moment.to_string()[11..16].to_owned()
}

fn revision(store: &TestStore, event: EventId) -> u64 {
    store.read(|db| browse::progress(db, event)).unwrap().revision
}

#[test]
fn a_clock_moves_the_photos_of_its_body_alone_now_and_later() {
    let store = TestStore::new();
    let (event, pack) = (store.add_event(), store.add_pack(8));
    let first = add(&store, event, pack, "a.jpg", capture("Canon EOS R6", "111", [18, 0]));
    let second = add(&store, event, pack, "b.jpg", capture("Canon EOS R6", "222", [18, 5]));
    let edited = Capture { time_source: TimeSource::Changed, ..capture("Canon EOS R6", "111", [18, 10]) };
    let edited = add(&store, event, pack, "c.jpg", edited);
    let before = revision(&store, event);
    let (photo, row) = find(&store, first);
    let camera = photo.capture.camera().unwrap();
    let set = |ms| {
        let (row, camera) = (row.clone(), camera.clone());
        store.write(move |tx| super::set(tx, &row, &camera, ClockOffset::from_ms(ms).unwrap())).unwrap();
    };
    set(-HOUR_MS);
    let now = |ids: [PhotoId; 3]| ids.map(|id| shown(&store, id));
    assert_eq!(now([first, second, edited]), ["17:00", "18:05", "18:10"]);
    assert!(revision(&store, event) > before);
    // One that arrives afterwards, and one that is indexed again.
    let later = add(&store, event, pack, "d.jpg", capture("Canon EOS R6", "111", [19, 0]));
    assert_eq!(shown(&store, later), "18:00");
    let again = capture("Canon EOS R6", "111", [18, 0]);
    let size = PixelSize { width: 4, height: 3 };
    store.write(move |tx| indexing::index_photo(tx, first, pack, size, &again, &[])).unwrap();
    assert_eq!(shown(&store, first), "17:00");
    let cameras = store.read(|db| list(db, event)).unwrap();
    let seen: Vec<_> = cameras.iter().map(|one| (one.photos, one.offset.ms())).collect();
    assert_eq!(seen, [(2, -HOUR_MS), (1, 0)]);
    assert_eq!(
        (cameras[0].first, cameras[0].last),
        (find(&store, first).0.moment, find(&store, later).0.moment)
    );
    // The same camera in another event has a clock of its own.
    let other = add(&store, store.add_event(), pack, "a.jpg", capture("Canon EOS R6", "111", [18, 0]));
    assert_eq!(shown(&store, other), "18:00");
    set(0);
    assert_eq!(now([first, later, edited]), ["18:00", "19:00", "18:10"]);
    assert_eq!(store.read(|db| offsets(db, event)).unwrap(), HashMap::new());
    store.write(move |tx| events::delete(tx, event)).unwrap();
}

#[test]
fn two_photos_of_one_moment_correct_the_clock_of_the_first() {
    let store = TestStore::new();
    let (event, pack) = (store.add_event(), store.add_pack(8));
    let mine = add(&store, event, pack, "a.jpg", capture("NIKON Z 6", "", [17, 58]));
    let theirs = add(&store, event, pack, "b.jpg", capture("Canon EOS R6", "222", [19, 0]));
    let unknown = add(&store, event, pack, "c.jpg", Capture::default());
    let matched = |photo, reference| {
        let ((photo, row), (reference, _)) = (find(&store, photo), find(&store, reference));
        store.write(move |tx| match_moments(tx, &row, &photo, &reference)).unwrap()
    };
    assert_eq!(matched(mine, theirs).unwrap().name, "NIKON Z 6");
    assert_eq!(shown(&store, mine), "19:00");
    // Measured again, it does not add up.
    assert!(matched(mine, theirs).is_ok());
    assert_eq!(shown(&store, mine), "19:00");
    assert_eq!(matched(mine, mine), Err(NotMeasured::SameCamera));
    assert_eq!(matched(unknown, mine), Err(NotMeasured::NoClock));
    let another = add(&store, event, pack, "d.jpg", capture("NIKON Z 6", "", [18, 0]));
    assert_eq!(shown(&store, another), "19:02");
}

#[test]
fn a_time_code_corrects_the_clock_and_hides_its_photo() {
    let store = TestStore::new();
    let (event, pack) = (store.add_event(), store.add_pack(8));
    // The code is of the moment at which the photo arrives, when the event's clocks show:
    let photo = add(&store, event, pack, "a.jpg", capture("NIKON Z 6", "", [18, 0]));
    let (_, row) = find(&store, photo);
    let actual = row.time_zone.local_time(NOW);
    let recognised = |id, code: Timestamp| store.write(move |tx| recognise(tx, id, TimeCode(code))).unwrap();
    // Codes of another day, or of the future, say nothing about now.
    let ms = NOW.unix_ms();
    for wrong in [ms - 25 * HOUR_MS, ms + 1] {
        assert_eq!(recognised(photo, Timestamp::from_unix_ms(wrong)), None);
    }
    assert!(!find(&store, photo).0.hidden);
    assert_eq!(recognised(photo, NOW).unwrap().name, "NIKON Z 6");
    let (photo, _) = find(&store, photo);
    assert_eq!((photo.moment, photo.hidden), (actual, true));
    // It is no photo for guests, even if nothing can be learned from it.
    let unknown = add(&store, event, pack, "c.jpg", Capture::default());
    assert_eq!(recognised(unknown, NOW), None);
    assert!(find(&store, unknown).0.hidden);
}

#[test]
fn photos_are_looked_at_for_a_day_after_a_code_was_shown() {
    let store = TestStore::new();
    let event = store.add_event();
    let photo = find(&store, store.receive(event, b"a")).0;
    let at = |hours: u64| Photo { created_at: NOW.plus(Duration::from_hours(hours + 48)), ..photo.clone() };
    let shown = NOW.plus(Duration::from_hours(48));
    let may = |photo: &Photo| store.read(|db| may_show_code(db, photo)).unwrap();
    assert!(!may(&at(0)));
    assert!(store.read(|db| is_shown_anew(db, event, shown)).unwrap());
    store.write(move |tx| record_shown(tx, event, shown)).unwrap();
    assert!(!store.read(|db| is_shown_anew(db, event, shown.plus(Duration::from_secs(1)))).unwrap());
    assert_eq!([0, 23, 24].map(|hours| may(&at(hours))), [true, true, false]);
    let other = find(&store, store.receive(store.add_event(), b"a")).0;
    assert!(!may(&Photo { created_at: shown, ..other }));
}
