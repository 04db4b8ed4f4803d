//! Exports of one capture: which file is shown, and what stays.

use super::*;
use crate::domain::{
    CameraBody, CameraTime, Destination, Digest, Embedding, EventId, NewPhoto, Source, SourceId, TimeSource,
};
use crate::store::indexing::{self, Job, Recorded};
use crate::store::sql::vectors;
use crate::store::tables::{browse, events, purges};
use crate::store::testing::{NOW, TestStore, face};
use crate::store::{BlobKey, PackId};

const SIZE: PixelSize = PixelSize { width: 30, height: 20 };

/// An event with a hot folder.
struct Party {
    store: TestStore,
    event: EventId,
    folder: SourceId,
    pack: PackId,
}

/// Taken by one camera at a second and so many milliseconds.
fn shot(ms: u32) -> Capture {
    Capture {
        taken_at: CameraTime::new([2026, 11, 23], [18, 4, 9], Some(ms * 1_000_000), None),
        time_source: TimeSource::Taken,
        camera: Some("Canon EOS R6".to_owned()),
        camera_body: CameraBody::of_serial("111"),
        ..Capture::default()
    }
}

impl Party {
    fn new() -> Self {
        let store = TestStore::new();
        let (event, pack) = (store.add_event(), store.add_pack(2));
        let mut source = Source::new(event, SourceKind::Folder, "Exports".into(), NOW);
        source.folder = Some("/exports".to_owned());
        let folder = source.id;
        assert!(store.write(move |db| sources::insert(db, &source)).unwrap());
        Self { store, event, folder, pack }
    }

    fn owner(&self) -> Destination {
        Destination::of_owner(self.event)
    }

    fn folder(&self) -> Destination {
        Destination { source_id: Some(self.folder), ..self.owner() }
    }

    /// Receives a file whose bytes are `content`.
    fn receive(&self, destination: Destination, name: &str, content: u8) -> Photo {
        let recorded = self.record(destination, name, content);
        let Ok(id) = recorded else { panic!("{recorded:?}") };
        self.find(id).unwrap()
    }

    fn record(&self, destination: Destination, name: &str, content: u8) -> Result<PhotoId, Recorded> {
        let format = if name.ends_with("CR3") { ImageFormat::Raw } else { ImageFormat::Jpeg };
        let (id, file_name, digest) = (PhotoId::random(), name.to_owned(), Digest([content; 32]));
        let photo = NewPhoto { id, destination, file_name, digest, size_bytes: 1, format, written_at: None };
        match self.store.write(move |db| indexing::record(db, &photo, NOW)).unwrap() {
            Recorded::New => Ok(id),
            other => Err(other),
        }
    }

    /// What a worker does with a file, in which it finds so many faces; the photo that they went to.
    fn index(&self, photo: &Photo, capture: Capture, found: usize) -> Option<PhotoId> {
        let (photo, pack) = (photo.clone(), self.pack);
        let written = self.store.write(move |db| {
            let Some(id) = place(db, &photo, SIZE, &capture)? else { return Ok(None) };
            let found: Vec<_> =
                (0..found).map(|_| face(Embedding::normalised(vec![1.0, 0.0]).unwrap())).collect();
            indexing::index_photo(db, id, pack, SIZE, &capture, &found)?;
            indexing::join(db, id)?;
            Ok(Some(id))
        });
        written.unwrap()
    }

    fn add(&self, destination: Destination, name: &str, content: u8, capture: Capture) -> Option<PhotoId> {
        self.index(&self.receive(destination, name, content), capture, usize::from(content))
    }

    fn find(&self, id: PhotoId) -> Option<Photo> {
        self.store.read(|db| photos::find(db, id)).unwrap()
    }

    /// Which bytes are shown, in how many photos, and how many faces there are.
    fn shown(&self) -> (Vec<u8>, u64) {
        let digests: Vec<Digest> =
            self.store.read(|db| db.all("select digest from photo order by sequence", ())).unwrap();
        let counts = self.store.read(|db| events::count(db, self.event)).unwrap();
        assert!(self.store.read(|db| vectors::is_complete(db, self.pack)).unwrap());
        (digests.iter().map(|digest| digest.0[0]).collect(), counts.faces)
    }

    fn versions(&self, id: PhotoId) -> Vec<PhotoId> {
        let versions = self.store.read(|db| versions::list(db, id)).unwrap();
        versions.into_iter().map(|version| version.file_id).collect()
    }

    fn choose(&self, id: PhotoId, file: PhotoId) -> bool {
        let (photo, pack) = (self.find(id).unwrap(), self.pack);
        self.store.write(move |db| versions::choose(db, &photo, file, pack)).unwrap()
    }

    fn claim(&self) -> Option<Job> {
        let pack = self.pack;
        self.store.write(move |db| indexing::claim(db, pack, NOW)).unwrap()
    }
}

#[test]
fn a_newer_export_takes_the_place_of_the_file_and_the_photo_stays() {
    let party = Party::new();
    let id = party.add(party.owner(), "IMG_1.JPG", 2, shot(120)).unwrap();
    let decided = "update photo set hidden = true, wall = 'pinned' where id = ?1";
    party.store.write(move |db| db.run(decided, [id])).unwrap();
    let counters = || party.store.read(|db| browse::counters(db, party.event)).unwrap();
    let before = counters();
    let newer = party.receive(party.folder(), "img_1.jpg", 3);
    assert_eq!(party.index(&newer, shot(120), 3), Some(id));
    assert_eq!(party.shown(), (vec![3], 3));
    let photo = party.find(id).unwrap();
    assert_eq!((photo.file_id, photo.file_name.as_str()), (newer.id, "img_1.jpg"));
    assert!(photo.hidden && photo.wall.is_some() && photo.source_id == Some(party.folder));
    assert_eq!(party.versions(id), [newer.id, id]);
    // No photo arrived, but pages and searches have to look again.
    let after = counters();
    assert_eq!(after.0, before.0);
    assert!(after.1 > before.1 && after.2 > before.2);
    // Both files are known, also to a folder that has the older one still.
    for content in [2, 3] {
        assert_eq!(party.record(party.folder(), "IMG_1.JPG", content), Err(Recorded::Known(id)));
    }
    assert!(party.store.read(|db| purges::list(db, NOW)).unwrap().is_empty());
}

#[test]
fn what_guests_kept_of_either_file_is_kept() {
    let party = Party::new();
    let user = party.store.add_user();
    let id = party.add(party.owner(), "IMG_1.JPG", 2, shot(120)).unwrap();
    let newer = party.receive(party.folder(), "IMG_1.jpg", 3);
    let keep = "insert into bookmark (id, user_id, photo_id, created_at_ms) values (?1, ?2, ?3, 1)";
    let new_id = newer.id;
    party.store.write(move |db| db.run(keep, (7_u32, user, new_id))).unwrap();
    party.index(&newer, shot(120), 3);
    let kept: Vec<PhotoId> = party.store.read(|db| db.all("select photo_id from bookmark", ())).unwrap();
    assert_eq!(kept, [id]);
}

#[test]
fn whichever_is_indexed_first_the_one_received_last_is_shown() {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let party = Party::new();
        let files = [1, 2, 3].map(|content| party.receive(party.folder(), "IMG_1.jpg", content));
        for at in order {
            party.index(&files[at], shot(120), at + 1);
        }
        assert_eq!(party.shown(), (vec![3], 3), "{order:?}");
        let id = files[order[0]].id;
        assert_eq!(party.versions(id), [files[2].id, files[1].id, files[0].id], "{order:?}");
    }
}

#[test]
fn other_captures_and_other_senders_stay_apart() {
    let party = Party::new();
    let shown = |name: &str, destination: Destination, capture: Capture| {
        let id = party.receive(destination, name, party.shown().0.len().try_into().unwrap());
        assert_eq!(party.index(&id, capture, 0), Some(id.id), "{name}");
    };
    shown("IMG_1.jpg", party.owner(), shot(120));
    // Sent twice by the owner: perhaps on purpose.
    shown("IMG_1.jpg", party.owner(), shot(120));
    // Of a burst without fractions, the names differ.
    shown("IMG_2.jpg", party.folder(), shot(120));
    shown("IMG_1.edited.jpg", party.folder(), shot(120));
    shown("IMG_1.jpg", party.folder(), shot(130));
    let body = CameraBody::of_serial("222");
    shown("IMG_1.jpg", party.folder(), Capture { camera_body: body, ..shot(120) });
    shown("IMG_1.jpg", party.folder(), Capture { camera: Some("Canon EOS R5".to_owned()), ..shot(120) });
    let unknown = Capture { camera: None, camera_body: None, ..shot(120) };
    shown("IMG_3.jpg", party.folder(), unknown.clone());
    shown("IMG_3.jpg", party.folder(), unknown);
    let changed = Capture { time_source: TimeSource::Changed, ..shot(120) };
    shown("IMG_4.jpg", party.folder(), changed.clone());
    shown("IMG_4.jpg", party.folder(), changed);
    let guest = Destination { sender: Some(Digest([9; 32])), ..party.owner() };
    shown("IMG_5.jpg", guest, shot(120));
    shown("IMG_5.jpg", party.folder(), shot(120));
    shown("IMG_6.CR3", party.folder(), shot(120));
    shown("IMG_6.CR3", party.folder(), shot(120));
}

#[test]
fn what_waits_for_approval_replaces_nothing() {
    let party = Party::new();
    let id = party.add(party.owner(), "IMG_1.jpg", 2, shot(120)).unwrap();
    let folder = party.folder;
    party.store.write(move |db| db.run("update source set held = true where id = ?1", [folder])).unwrap();
    let held = party.add(party.folder(), "IMG_1.jpg", 3, shot(120)).unwrap();
    assert!(party.find(held).unwrap().held && party.find(id).unwrap().file_id == id);
}

#[test]
fn the_raw_file_stays_with_the_photo() {
    for raw_first in [true, false] {
        let party = Party::new();
        let raw = party.receive(party.owner(), "IMG_1.CR3", 9);
        let older = party.receive(party.owner(), "IMG_1.JPG", 2);
        let mut files = [&raw, &older];
        if !raw_first {
            files.reverse();
        }
        for file in files {
            party.index(file, shot(120), 0);
        }
        party.add(party.folder(), "IMG_1.jpg", 3, shot(120));
        let photo = party.find(older.id).unwrap();
        assert_eq!(photo.companion.unwrap().id, raw.id);
        assert_eq!(party.shown(), (vec![3], 3));
    }
}

#[test]
fn the_owners_choice_stays_and_its_faces_are_found_again() {
    let party = Party::new();
    let id = party.add(party.owner(), "IMG_1.jpg", 2, shot(120)).unwrap();
    party.add(party.folder(), "IMG_1.jpg", 3, shot(120));
    assert!(!party.choose(id, PhotoId::random()));
    assert!(party.claim().is_none());
    assert!(party.choose(id, id));
    // Its faces are those of the other file for a moment; a worker has it already when the owner chooses again.
    let job = party.claim().unwrap();
    assert_eq!((job.photo.id, job.photo.file_id), (id, id));
    let newest = party.versions(id)[0];
    assert!(party.choose(id, newest));
    assert_eq!(party.index(&job.photo, shot(120), 2), None);
    party.store.write(move |db| indexing::give_up(db, &job, "late")).unwrap();
    let job = party.claim().unwrap();
    assert_eq!(job.photo.file_id, newest);
    assert!(party.choose(id, id));
    let job = party.claim().unwrap();
    assert_eq!(party.index(&job.photo, shot(120), 2), Some(id));
    assert!(party.claim().is_none());
    assert_eq!(party.shown(), (vec![2], 2));
    // A later export is there to be chosen.
    assert_eq!(party.add(party.folder(), "IMG_1.jpg", 4, shot(120)), None);
    assert_eq!(party.shown(), (vec![2], 2));
    assert_eq!(party.versions(id).len(), 3);
}

#[test]
fn a_worker_with_the_older_file_does_not_bring_its_faces_back() {
    let party = Party::new();
    let id = party.add(party.owner(), "IMG_1.jpg", 2, shot(120)).unwrap();
    let older = party.find(id).unwrap();
    let pack = party.store.write(|db| crate::store::packs::ensure(db, Digest([2; 32]), "next", 2)).unwrap();
    party.store.write(move |db| indexing::switch_pack(db, pack)).unwrap();
    party.add(party.folder(), "IMG_1.jpg", 3, shot(120));
    assert_eq!(party.index(&older, shot(120), 2), None);
    assert_eq!(party.shown(), (vec![3], 3));
    // What was to be done with the older file is over.
    assert!(party.store.write(move |db| indexing::claim(db, pack, NOW)).unwrap().is_none());
}

#[test]
fn files_of_versions_outlive_a_restart_and_go_with_the_photo_or_the_event() {
    for with_event in [true, false] {
        let party = Party::new();
        let id = party.add(party.owner(), "IMG_1.jpg", 2, shot(120)).unwrap();
        party.add(party.folder(), "IMG_1.jpg", 3, shot(120));
        let files = party.versions(id);
        let blobs: Vec<BlobKey> =
            files.iter().flat_map(|file| BlobKey::of_photo(*file, ImageFormat::Jpeg)).collect();
        assert_eq!(blobs.len(), 6);
        for key in &blobs {
            party.store.blobs().put(key, b"x").unwrap();
        }
        let event = party.event;
        let store = party.store.reopen();
        for key in &blobs {
            assert!(store.blobs().size(key).unwrap().is_some(), "{key}");
        }
        let gone = store.write(move |db| {
            if with_event { events::delete(db, event) } else { photos::delete(db, id).map(drop) }
        });
        gone.unwrap();
        store.purge_blobs().unwrap();
        for key in &blobs {
            assert_eq!(store.blobs().size(key).unwrap(), None, "{key}");
        }
    }
}
