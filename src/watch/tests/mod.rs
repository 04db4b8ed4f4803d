//! Hot folders, round by round: without events, threads and time.

mod trouble;

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::folder::{Folder, Tools};
use super::pace::Pace;
use crate::domain::{EventId, FixedClock, Source, SourceId, SourceKind, SourceTrouble};
use crate::imaging::{RgbImage, encode_jpeg};
use crate::signal::StopSignal;
use crate::store::testing::{NOW, TestStore};
use crate::store::{source_files, sources};

/// Two looks are a rest, and nobody is patient for long.
const PACE: Pace = Pace {
    poll: Duration::ZERO,
    rest: Duration::from_nanos(1),
    long_rest: Duration::ZERO,
    longest_pause: Duration::from_nanos(1),
    stuck_after: Duration::ZERO,
    blocked: Duration::ZERO,
};
const LONG: Duration = Duration::from_hours(1);

struct Party {
    store: TestStore,
    event: EventId,
    source: SourceId,
    root: tempfile::TempDir,
}

impl Party {
    fn new() -> Self {
        let (store, root) = (TestStore::new(), tempfile::tempdir().unwrap());
        let event = store.add_event();
        let card = root.path().join("card");
        fs::create_dir(&card).unwrap();
        let mut source = Source::new(event, SourceKind::Folder, "Card".into(), NOW);
        source.folder = Some(card.to_str().unwrap().to_owned());
        let id = source.id;
        assert!(store.write(move |db| sources::insert(db, &source)).unwrap());
        Self { store, event, source: id, root }
    }

    fn watch(&self, pace: Pace) -> Folder {
        let clock = Arc::new(FixedClock::new(NOW));
        let tools = Tools { store: self.store.clone(), clock, max_file_bytes: 1_000_000, pace };
        Folder::new(tools, self.source, StopSignal::default())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join("card").join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> File {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = File::create(path).unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn photos(&self) -> u64 {
        self.store.read(|db| sources::count(db, self.source, NOW, NOW)).unwrap().photos
    }

    /// What the studio shows.
    fn trouble(&self) -> Option<(SourceTrouble, String)> {
        let source = self.store.read(|db| sources::find(db, self.source)).unwrap().unwrap();
        source.trouble.map(|trouble| (trouble.kind, trouble.detail.unwrap()))
    }
}

/// Some rounds; photos so far and those that the event had already.
fn rounds(folder: &mut Folder) -> (u64, u64) {
    let mut counts = (0, 0);
    for _ in 0..5 {
        folder.round(&mut |report| counts = (report.photos, report.known));
    }
    counts
}

/// A whole JPEG, another one for each number.
fn jpeg(number: usize) -> Vec<u8> {
    let mut bytes = encode_jpeg(RgbImage::new(64, 48), 80).unwrap();
    // What comes behind the end is no picture.
    bytes.extend(number.to_le_bytes());
    bytes
}

#[test]
fn a_file_that_is_written_slowly_is_a_photo_once_when_it_is_whole() {
    let (party, whole) = (Party::new(), jpeg(0));
    let mut folder = party.watch(PACE);
    let mut file = party.put("a.jpg", b"");
    // The last bytes come behind the picture.
    let (pieces, last) = whole[..whole.len() - 8].split_at(whole.len() - 12);
    for piece in pieces.chunks(pieces.len() / 6 + 1) {
        file.write_all(piece).unwrap();
        assert_eq!(rounds(&mut folder), (0, 0));
    }
    file.write_all(last).unwrap();
    assert_eq!(rounds(&mut folder), (1, 0));
    assert_eq!((party.photos(), party.trouble()), (1, None));
}

#[test]
fn a_file_that_is_as_long_as_it_will_be_waits_for_its_bytes() {
    let (party, whole) = (Party::new(), encode_jpeg(RgbImage::new(64, 48), 80).unwrap());
    let mut folder = party.watch(PACE);
    let mut file = party.put("a.jpg", b"");
    file.set_len(whole.len() as u64).unwrap();
    let (first, second) = whole.split_at(whole.len() / 2);
    for (at, piece) in [(0, &b""[..]), (0, first), (first.len(), second)] {
        assert_eq!(rounds(&mut folder), (0, 0));
        file.seek(SeekFrom::Start(at as u64)).unwrap();
        file.write_all(piece).unwrap();
        // As on systems that tell the time of a change only in the end.
        file.set_modified(SystemTime::UNIX_EPOCH + LONG).unwrap();
    }
    assert_eq!(rounds(&mut folder), (1, 0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_whole_file_that_somebody_still_has_open_waits_for_more() {
    let party = Party::new();
    let mut folder = party.watch(Pace { long_rest: LONG, ..PACE });
    let mut file = party.put("a.jpg", &jpeg(0));
    assert_eq!(rounds(&mut folder), (0, 0));
    file.write_all(b"a video behind the picture").unwrap();
    assert_eq!(rounds(&mut folder), (0, 0));
    drop(file);
    assert_eq!(rounds(&mut folder), (1, 0));
}

#[test]
fn temporary_names_renaming_and_deleting_do_not_disturb() {
    let party = Party::new();
    let mut folder = party.watch(PACE);
    party.put("day 1/a.jpg.part", &jpeg(0));
    assert_eq!(rounds(&mut folder), (0, 0));
    fs::rename(party.path("day 1/a.jpg.part"), party.path("day 1/a.jpg")).unwrap();
    assert_eq!(rounds(&mut folder), (1, 0));
    fs::rename(party.path("day 1/a.jpg"), party.path("b.jpg")).unwrap();
    assert_eq!(rounds(&mut folder), (1, 1));
    fs::remove_file(party.path("b.jpg")).unwrap();
    assert_eq!(rounds(&mut folder), (1, 1));
    assert_eq!((party.photos(), party.trouble()), (1, None));
}

#[test]
fn many_files_at_once_are_each_a_photo() {
    let (party, mut counts) = (Party::new(), (0, 0));
    (0..2000).for_each(|number| drop(party.put(&format!("{}/{number}.jpg", number % 7), &jpeg(number))));
    let mut folder = party.watch(PACE);
    // A round ends after some seconds, whatever is left.
    for _ in 0..100 {
        counts = rounds(&mut folder);
        if counts.0 == 2000 {
            break;
        }
    }
    assert_eq!((counts, party.photos()), ((2000, 0), 2000));
}

#[test]
fn a_card_that_is_taken_out_and_put_in_again_is_not_read_again() {
    let party = Party::new();
    let mut folder = party.watch(PACE);
    party.put("a.jpg", &jpeg(0));
    assert_eq!(rounds(&mut folder), (1, 0));
    let (card, elsewhere) = (party.root.path().join("card"), party.root.path().join("elsewhere"));
    fs::rename(&card, &elsewhere).unwrap();
    rounds(&mut folder);
    assert_eq!(party.trouble(), Some((SourceTrouble::FolderMissing, card.display().to_string())));
    // Where a drive will be, there is an empty folder on some systems.
    fs::create_dir(&card).unwrap();
    rounds(&mut folder);
    assert_eq!(party.trouble(), None);
    fs::remove_dir(&card).unwrap();
    fs::rename(&elsewhere, &card).unwrap();
    party.put("b.jpg", &jpeg(1));
    assert_eq!(rounds(&mut folder), (2, 0));
    assert_eq!(party.trouble(), None);
}

#[test]
fn a_restart_reads_only_what_is_new() {
    let party = Party::new();
    party.put("a.jpg", &jpeg(0));
    party.put("b.txt", b"no picture");
    rounds(&mut party.watch(PACE));
    // A file whose bytes nobody can have read again: they are of another photo.
    let stamp = fs::metadata(party.path("a.jpg")).unwrap().modified().unwrap();
    party.put("a.jpg", &jpeg(1)).set_modified(stamp).unwrap();
    party.put("c.jpg", &jpeg(2));
    assert_eq!(rounds(&mut party.watch(PACE)), (1, 0));
    // One that was changed is another photo.
    party.put("a.jpg", &jpeg(3)).set_modified(stamp + LONG).unwrap();
    assert_eq!(rounds(&mut party.watch(PACE)), (1, 0));
    assert_eq!(party.photos(), 3);
    // What is not there any more is not remembered.
    fs::remove_file(party.path("c.jpg")).unwrap();
    rounds(&mut party.watch(PACE));
    assert_eq!(party.store.read(|db| source_files::list(db, party.source)).unwrap().len(), 2);
}

#[test]
fn a_kill_between_the_photo_and_its_note_doubles_nothing() {
    let party = Party::new();
    party.put("a.jpg", &jpeg(0));
    rounds(&mut party.watch(PACE));
    let id = party.source;
    party.store.write(move |db| source_files::forget(db, id, &["a.jpg".to_owned()])).unwrap();
    assert_eq!(rounds(&mut party.watch(PACE)), (0, 1));
    assert_eq!(party.photos(), 1);
}
