//! What goes wrong with hot folders: it is told, nothing is lost, and it is over.

use std::fs::{self, File};
use std::io::Write;

use super::{LONG, PACE, Party, jpeg, rounds};
use crate::domain::{Source, SourceTrouble};
use crate::store::testing::NOW;
use crate::store::{events, sources};
use crate::watch::folder::Next;
use crate::watch::pace::Pace;

#[test]
fn a_file_that_is_cut_off_is_trouble_until_it_is_whole_or_gone() {
    let (party, whole) = (Party::new(), jpeg(0));
    let mut folder = party.watch(PACE);
    let mut cut = party.put("cut.jpg", &whole[..whole.len() / 2]);
    party.put("empty.jpg", b"");
    party.put("whole.jpg", &jpeg(1));
    assert_eq!(rounds(&mut folder), (1, 0));
    let (kind, detail) = party.trouble().unwrap();
    assert!(kind == SourceTrouble::FileIncomplete && detail.starts_with("cut.jpg: "), "{detail}");
    cut.write_all(&whole[whole.len() / 2..]).unwrap();
    assert_eq!(rounds(&mut folder), (2, 0));
    assert!(party.trouble().unwrap().1.starts_with("empty.jpg: "));
    fs::remove_file(party.path("empty.jpg")).unwrap();
    rounds(&mut folder);
    assert_eq!(party.trouble(), None);
}

#[test]
fn a_file_that_can_be_no_photo_is_named_and_others_beside_photos_are_not() {
    let party = Party::new();
    let mut folder = party.watch(PACE);
    party.put("a.xmp", b"<x:xmpmeta/>");
    party.put("empty.txt", b"");
    party.put("a.jpg", &jpeg(0));
    assert_eq!((rounds(&mut folder), party.trouble()), ((1, 0), None));
    party.put("text.jpg", b"This is no picture, whatever its name says.");
    rounds(&mut folder);
    let (kind, detail) = party.trouble().unwrap();
    assert!(kind == SourceTrouble::FileRefused && detail.starts_with("text.jpg: "), "{detail}");
    // Still so after a restart.
    rounds(&mut party.watch(PACE));
    assert!(party.trouble().is_some());
    party.put("text.jpg", &jpeg(1));
    assert_eq!(rounds(&mut folder), (2, 0));
    assert_eq!(party.trouble(), None);
    // Before it has rested for long, it may be one that has only begun.
    let mut patient = party.watch(Pace { long_rest: LONG, stuck_after: LONG, ..PACE });
    party.put("begun.jpg", b"RI");
    rounds(&mut patient);
    assert_eq!(party.trouble(), None);
}

#[test]
fn a_closed_event_and_a_paused_source_take_nothing_and_lose_nothing() {
    let party = Party::new();
    let mut folder = party.watch(PACE);
    let set_closed = |closed_at| {
        let event = party.store.read(|db| events::find(db, party.event)).unwrap().unwrap();
        let event = crate::domain::Event { closed_at, ..event };
        party.store.write(move |db| events::update(db, &event)).unwrap();
    };
    set_closed(Some(NOW));
    party.put("a.jpg", &jpeg(0));
    assert_eq!(rounds(&mut folder), (0, 0));
    assert_eq!(party.trouble().unwrap().0, SourceTrouble::EventClosed);
    set_closed(None);
    assert_eq!((rounds(&mut folder), party.trouble()), ((1, 0), None));
    let set_paused = |paused| {
        let source = party.store.read(|db| sources::find(db, party.source)).unwrap().unwrap();
        let source = Source { paused, ..source };
        party.store.write(move |db| sources::update(db, &source)).unwrap();
    };
    set_paused(true);
    party.put("b.jpg", &jpeg(1));
    assert_eq!((rounds(&mut folder), party.trouble()), ((1, 0), None));
    set_paused(false);
    assert_eq!(rounds(&mut folder), (2, 0));
    let id = party.source;
    party.store.write(move |db| sources::delete(db, id)).unwrap();
    assert_eq!(folder.round(&mut |_| {}), Next::Over);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_named_and_taken_when_it_can() {
    use std::os::unix::fs::PermissionsExt;
    let party = Party::new();
    let mut folder = party.watch(PACE);
    party.put("a.jpg", &jpeg(0));
    let set_mode = |mode| fs::set_permissions(party.path("a.jpg"), fs::Permissions::from_mode(mode)).unwrap();
    set_mode(0o000);
    if File::open(party.path("a.jpg")).is_ok() {
        println!("SKIPPED: this user may read everything");
        return;
    }
    rounds(&mut folder);
    assert!(party.trouble().unwrap().1.starts_with("a.jpg: "));
    set_mode(0o600);
    assert_eq!((rounds(&mut folder), party.trouble()), ((1, 0), None));
}
