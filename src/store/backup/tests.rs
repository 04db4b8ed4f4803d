//! Backups of a data folder in use, on the same disk and on another one.

use std::fs::{self, File};
use std::io::Write;

use tempfile::TempDir;

use super::take::take_by;
use super::*;
use crate::domain::{EventId, ImageFormat, PhotoId, SelfieId, UploadId};
use crate::store::testing::{NOW, TestStore};
use crate::store::{BlobKey, Durability, SecretName, Store, events, photos, selfies};

/// A data folder and where its backups go.
struct World {
    store: TestStore,
    event: EventId,
    disk: TempDir,
    can_link: bool,
}

/// On the same disk, and on another.
fn worlds() -> [World; 2] {
    [true, false].map(|can_link| {
        let store = TestStore::in_folder();
        let event = store.add_event();
        store.secret(SecretName::Event).unwrap();
        World { event, store, disk: tempfile::tempdir().unwrap(), can_link }
    })
}

impl World {
    fn add(&self, bytes: &[u8]) -> PhotoId {
        self.store.receive(self.event, bytes)
    }

    fn add_promoted(&self, bytes: &[u8]) -> PhotoId {
        let id = self.add(bytes);
        self.store.blobs().promote(id, ImageFormat::Jpeg).unwrap();
        id
    }

    fn root(&self) -> PathBuf {
        self.disk.path().join("backup")
    }

    fn try_take(&self, progress: &mut (dyn FnMut(Progress) + Send)) -> Result<Taken, BackupError> {
        let mut watch = Watch { stop: &StopSignal::default(), progress };
        take_by(&self.store, &self.root(), NOW, &mut watch, self.can_link)
    }

    fn take(&self) -> Taken {
        self.try_take(&mut |_| ()).unwrap()
    }

    fn verify(&self) -> Vec<Problem> {
        quietly(|watch| verify(&self.root(), watch)).unwrap().problems
    }

    fn has(&self, key: &BlobKey) -> bool {
        self.root().join(key.to_string()).exists()
    }

    fn restore(&self) -> Result<Verdict, BackupError> {
        quietly(|watch| restore(&self.root(), &self.disk.path().join("data"), watch))
    }

    fn restored(&self) -> Store {
        Store::open(&self.disk.path().join("data"), Durability::Normal).unwrap()
    }
}

fn quietly<T>(work: impl FnOnce(&mut Watch) -> T) -> T {
    work(&mut Watch { stop: &StopSignal::default(), progress: &mut |_| () })
}

fn original(id: PhotoId) -> BlobKey {
    BlobKey::Original(id, ImageFormat::Jpeg)
}

/// Other bytes of the same length in a new file of the same name, as from another disk.
fn replace(path: &Path) {
    let length = fs::metadata(path).unwrap().len();
    fs::remove_file(path).unwrap();
    File::create(path).unwrap().write_all(&vec![7; usize::try_from(length).unwrap()]).unwrap();
}

#[test]
fn a_backup_has_what_rows_name_and_becomes_a_data_folder_again() {
    for world in worlds() {
        let (waiting, promoted) = (world.add(b"a"), world.add_promoted(b"b"));
        let selfie = BlobKey::Selfie(SelfieId::random());
        for key in [&BlobKey::Preview(promoted), &selfie, &BlobKey::Preview(PhotoId::random())] {
            world.store.blobs().put(key, b"x").unwrap();
        }
        world.store.blobs().append_upload(UploadId::random()).unwrap().write(b"piece").unwrap();
        let taken = world.take();
        // Two originals, a preview, a secret, the folder's id, the database.
        assert_eq!((taken.manifest.files, taken.manifest.photos, taken.manifest.events), (6, 2, 1));
        assert_eq!((taken.problems, taken.new_files), (vec![], 5));
        assert!(world.has(&original(waiting)) && !world.has(&selfie), "no row names the selfie");
        let mut names: Vec<_> =
            fs::read_dir(world.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        let expected =
            ["SHA256SUMS", "backup.json", "backup.lock", "derived", "fotota.db", "originals", "secrets"];
        assert_eq!(names, expected);
        assert_eq!(world.verify(), []);
        assert_eq!(world.restore().unwrap().problems, []);
        let restored = world.restored();
        for (id, bytes) in [(waiting, b"\xFF\xD8\xFF\xE0a"), (promoted, b"\xFF\xD8\xFF\xE0b")] {
            assert_eq!(restored.blobs().read(&original(id)).unwrap().unwrap(), bytes);
        }
        let secret = SecretName::Event;
        assert_eq!(restored.secret(secret).unwrap(), world.store.secret(secret).unwrap());
        assert_eq!(restored.folder_id().unwrap(), world.store.folder_id().unwrap());
        assert_eq!(restored.read(events::list).unwrap().len(), 1);
    }
}

#[test]
fn files_are_copied_once_and_deleted_ones_go() {
    for world in worlds() {
        let (kept, deleted) = (world.add_promoted(b"a"), world.add_promoted(b"b"));
        let user = world.store.add_user();
        let selfie = SelfieId::random();
        world.store.blobs().put(&BlobKey::Selfie(selfie), b"face").unwrap();
        let refused = selfies::Content::Refused("selfie.no_face".into());
        world.store.write(move |db| selfies::replace(db, user, selfie, &refused, "1", NOW)).unwrap();
        world.take();
        let again = world.take();
        assert_eq!((again.new_files, again.new_bytes, again.deleted), (0, 0, 0));
        assert!(world.has(&BlobKey::Selfie(selfie)));
        world.store.write(move |db| photos::delete(db, deleted)).unwrap();
        world.store.write(move |db| selfies::delete(db, user)).unwrap();
        world.store.purge_blobs().unwrap();
        world.store.rotate_secret(SecretName::Event).unwrap();
        let taken = world.take();
        assert_eq!((taken.new_files, taken.deleted, taken.problems), (1, 2, vec![]));
        assert!(world.has(&original(kept)) && !world.has(&original(deleted)));
        assert!(!world.has(&BlobKey::Selfie(selfie)));
        // In place of the secret before, too.
        assert_eq!(world.verify(), []);
        world.restore().unwrap();
        let secret = SecretName::Event;
        assert_eq!(world.restored().secret(secret).unwrap(), world.store.secret(secret).unwrap());
    }
}

#[test]
fn what_is_deleted_during_a_backup_is_not_missing() {
    for world in worlds() {
        let ids = [world.add_promoted(b"a"), world.add_promoted(b"b"), world.add_promoted(b"c")];
        let store = &world.store;
        let mut is_deleted = false;
        let taken = world.try_take(&mut |progress| {
            if progress.done == 1 && !is_deleted {
                is_deleted = true;
                store
                    .write(move |db| ids.iter().try_for_each(|id| photos::delete(db, *id).map(drop)))
                    .unwrap();
                store.purge_blobs().unwrap();
            }
        });
        let taken = taken.unwrap();
        assert_eq!((taken.manifest.photos, taken.problems), (0, vec![]));
        assert!(ids.iter().all(|id| !world.has(&original(*id))));
        assert_eq!(world.verify(), []);
    }
}

#[test]
fn a_damaged_original_is_named_and_does_not_replace_a_good_copy() {
    for world in worlds() {
        let (good, bad) = (world.add_promoted(b"a"), world.add_promoted(b"b"));
        let path = |id| world.store.folder().join(original(id).to_string());
        replace(&path(bad));
        let name = PhotoName { file_name: "a.jpg".into(), event: "test".into() };
        let is_named = |problems: &[Problem], id| {
            let [problem] = problems else { return false };
            problem.file == original(id).to_string() && problem.photo.as_ref() == Some(&name)
        };
        for _ in 0..2 {
            let taken = world.take();
            assert!(is_named(&taken.problems, bad), "{:?}", taken.problems);
            assert_eq!(taken.manifest.problems, 1);
        }
        // Better than nothing, but known to be damaged.
        assert!(world.has(&original(bad)) && is_named(&world.verify(), bad));
        // What is repaired is copied again.
        world.store.blobs().put(&original(bad), b"\xFF\xD8\xFF\xE0b").unwrap();
        assert_eq!((world.take().problems, world.verify()), (vec![], vec![]));
        replace(&path(good));
        assert!(is_named(&world.take().problems, good));
        assert_eq!(world.verify(), []);
        // Nor does one that is missing.
        fs::remove_file(path(good)).unwrap();
        let taken = world.take();
        assert!(is_named(&taken.problems, good) && taken.problems[0].fault == Fault::Missing);
        assert_eq!(world.restore().unwrap().problems, []);
    }
}

#[test]
fn a_backup_that_ends_early_leaves_the_one_before() {
    for world in worlds() {
        let first = world.add_promoted(b"a");
        world.take();
        let second = world.add_promoted(b"b");
        world.store.rotate_secret(SecretName::Event).unwrap();
        world.store.write(move |db| photos::delete(db, first)).unwrap();
        let stop = StopSignal::default();
        let mut watch = Watch { stop: &stop, progress: &mut |_| stop.stop() };
        let stopped = take_by(&world.store, &world.root(), NOW, &mut watch, world.can_link);
        assert!(matches!(stopped, Err(BackupError::Stopped)));
        assert_eq!(world.verify(), []);
        assert!(world.has(&original(first)));
        assert_eq!(world.take().manifest.photos, 1);
        assert!(world.has(&original(second)) && world.verify().is_empty());
        // Killed while its files were moved to their places.
        let next = world.root().join("next");
        fs::create_dir(&next).unwrap();
        for name in ["SHA256SUMS", "fotota.db"] {
            fs::rename(world.root().join(name), next.join(name)).unwrap();
        }
        assert_eq!(world.verify(), []);
        world.take();
        assert!(!next.exists() && world.verify().is_empty());
    }
}

#[test]
fn a_restore_that_was_interrupted_goes_on_and_the_folder_is_closed_until_then() {
    let [world, _] = worlds();
    let ids = [world.add_promoted(b"a"), world.add_promoted(b"b")];
    world.take();
    let data = world.disk.path().join("data");
    let stop = StopSignal::default();
    let mut watch = Watch {
        stop: &stop,
        progress: &mut |progress| {
            if progress.done == 1 {
                stop.stop();
            }
        },
    };
    assert!(matches!(restore(&world.root(), &data, &mut watch), Err(BackupError::Stopped)));
    assert!(matches!(Store::open(&data, Durability::Normal), Err(StoreError::RestoreInterrupted)));
    world.restore().unwrap();
    let restored = world.restored();
    assert!(ids.iter().all(|id| restored.blobs().size(&original(*id)).unwrap() == Some(5)));
    assert!(matches!(world.restore(), Err(BackupError::NotNew { .. })));
    let opened = Store::open(&world.root(), Durability::Normal);
    assert!(matches!(opened, Err(StoreError::IsBackup { .. })));
}

#[test]
fn folders_of_others_are_refused() {
    let [world, other] = worlds();
    let take = |root: &Path| quietly(|watch| take(&world.store, root, NOW, watch)).map(drop);
    let data = world.store.folder();
    for inside in [data.to_owned(), data.join("backup"), data.parent().unwrap().to_owned()] {
        assert!(matches!(take(&inside), Err(BackupError::InsideEachOther { .. })), "{}", inside.display());
    }
    assert!(matches!(take(&world.disk.path().join("no/disk")), Err(BackupError::NoParent { .. })));
    File::create(world.disk.path().join("mine")).unwrap();
    assert!(matches!(take(world.disk.path()), Err(BackupError::NotEmpty { .. })));
    other.take();
    assert!(matches!(take(&other.root()), Err(BackupError::OtherData { .. })));
    world.take();
    let lock = File::open(world.root().join("backup.lock")).unwrap();
    lock.lock().unwrap();
    assert!(matches!(take(&world.root()), Err(BackupError::Busy { .. })));
    assert_eq!(look(&world.root()).unwrap().unwrap().photos, 0);
    assert_eq!(look(world.disk.path()).unwrap(), None);
}
