//! Clean-up after a process that was killed, while no other process has the data folder open: leases end, and blobs
//! without a row are deleted.
//!
//! Invariant: an original is deleted only because its deletion was recorded. One without a row stays: its row may have
//! been lost with a database that was damaged, replaced by an older one, or not fsynced when the power failed.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::domain::{DriveMatchId, ImageFormat, PhotoId, SelfieId, UploadId};
use crate::store::blobs::BLOB_FOLDERS;
use crate::store::sql::{Database, Reader};
use crate::store::tables::{drive, jobs, packs, photos, purges, selfies, uploads};
use crate::store::{BlobKey, Blobs, DATABASE, DownloadName, StoreError, StoreResult};

/// What rows of the database name.
pub(super) struct Named {
    photos: HashMap<PhotoId, ImageFormat>,
    companions: HashSet<PhotoId>,
    selfies: HashSet<SelfieId>,
    uploads: HashSet<UploadId>,
    copies: HashSet<DriveMatchId>,
    downloads: HashSet<DownloadName>,
}

impl Named {
    pub(super) fn list(db: &Reader) -> StoreResult<Self> {
        let (copies, downloads) = drive::list_known(db)?;
        Ok(Self {
            photos: photos::list_formats(db)?,
            companions: photos::list_companions(db)?,
            selfies: selfies::list_ids(db)?,
            uploads: uploads::list_ids(db)?,
            copies,
            downloads,
        })
    }

    pub(super) fn has(&self, key: &BlobKey) -> bool {
        match key {
            BlobKey::Original(id, ImageFormat::Raw) if self.companions.contains(id) => true,
            BlobKey::Original(id, _) | BlobKey::Preview(id) | BlobKey::Thumbnail(id) => {
                self.photos.contains_key(id)
            }
            BlobKey::Selfie(id) => self.selfies.contains(id),
            BlobKey::Copy(id) => self.copies.contains(id),
            BlobKey::DriveDownload(name) => self.downloads.contains(name),
            BlobKey::Upload(id) => self.uploads.contains(id),
        }
    }

    /// The selfies and copies, each of which has a file.
    pub(super) fn pictures(&self) -> impl Iterator<Item = BlobKey> {
        let selfies = self.selfies.iter().map(|id| BlobKey::Selfie(*id));
        selfies.chain(self.copies.iter().map(|id| BlobKey::Copy(*id)))
    }
}

/// An error where there are photos and no database, before anything is created in its place.
pub(super) fn refuse_without_database(database: &Path, blobs: &Blobs) -> StoreResult<()> {
    let problem = match std::fs::metadata(database) {
        Ok(found) if found.len() > 0 => return Ok(()),
        Ok(_) => "its database is empty",
        Err(_) => "its database is missing",
    };
    let files = blobs.list("originals")?.len() + blobs.folder().count_incoming()?;
    lost(database, files, problem)
}

fn lost(database: &Path, files: usize, problem: &'static str) -> StoreResult<()> {
    let folder = database.parent().unwrap_or(database).to_owned();
    if files == 0 { Ok(()) } else { Err(StoreError::DatabaseLost { folder, files, problem }) }
}

pub(super) fn recover(database: &Database, folder: &Path, blobs: &Blobs) -> StoreResult<()> {
    // Others may be at work on a server's rows, beside another data folder.
    let is_alone = database.is_alone();
    let (named, mut purge) = database.write(move |db| {
        if is_alone {
            jobs::release_all(db)?;
            drive::queue::release_all(db)?;
        }
        Ok((Named::list(db)?, purges::list_known(db)?))
    })?;
    let mut nameless = Vec::new();
    // What a bucket has without a row is in the records of what is to be deleted.
    let folders: &[&str] = if blobs.are_in_bucket() { &["drive"] } else { &BLOB_FOLDERS };
    for folder in folders {
        nameless.extend(blobs.folder().list(folder)?.into_iter().filter(|key| !named.has(key)));
    }
    nameless.retain(|key| !purge.contains(key));
    let (originals, others): (Vec<_>, Vec<_>) =
        nameless.into_iter().partition(|key| matches!(key, BlobKey::Original(..)));
    if named.photos.is_empty() && database.is_shared() && !originals.is_empty() {
        return Err(StoreError::ForeignFolder { folder: folder.to_owned(), files: originals.len() });
    }
    if named.photos.is_empty() {
        lost(&folder.join(DATABASE), originals.len(), "its database knows no photo")?;
    }
    if !originals.is_empty() {
        tracing::warn!(
            files = originals.len(),
            "the database does not know some files in `originals`; `fotota doctor --deep` names them"
        );
    }
    blobs.folder().sweep_incoming(&named.photos)?;
    if blobs.are_in_bucket() {
        // The rest goes with the next purge, which knows that others write to the bucket too.
        purge.clear();
    }
    purge.extend(others);
    let deleted = blobs.delete_all(purge.into_iter().collect());
    database.write(move |tx| purges::finish(tx, &deleted, None))
}

/// Rebuilds the vector index if it does not match the faces.
pub(super) fn repair_vectors(database: &Database) -> StoreResult<()> {
    // The comparison only reads; the lock for writing is taken only when there is something to repair.
    if database.read(packs::are_indexed)? {
        return Ok(());
    }
    tracing::warn!("the vector index does not match the faces and is rebuilt");
    database.write(packs::reindex).map(drop)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::store::testing::TestStore;
    use crate::store::{Durability, Store};

    #[test]
    fn blobs_of_known_photos_stay_and_all_others_but_originals_are_deleted() {
        let store = TestStore::in_folder();
        let event = store.add_event();
        let (waiting, promoted) = (store.receive(event, b"a"), store.receive(event, b"b"));
        store.blobs().promote(promoted, ImageFormat::Jpeg).unwrap();
        let orphan = PhotoId::random();
        let kept = [
            BlobKey::Original(promoted, ImageFormat::Jpeg),
            BlobKey::Preview(promoted),
            BlobKey::Thumbnail(promoted),
        ];
        let lost = BlobKey::Original(orphan, ImageFormat::Png);
        let orphans = [
            BlobKey::Thumbnail(orphan),
            BlobKey::Selfie(SelfieId::random()),
            BlobKey::Upload(UploadId::random()),
        ];
        for key in kept[1..].iter().chain(&orphans).chain([&lost]) {
            store.blobs().put(key, b"x").unwrap();
        }
        let incoming = store.folder().join("incoming");
        for name in [format!("{orphan}.part"), format!("{promoted}.part"), format!("{waiting}.put.part")] {
            std::fs::File::create(incoming.join(name)).unwrap();
        }
        let store = store.reopen();
        let waiting = BlobKey::Original(waiting, ImageFormat::Jpeg);
        for key in kept.iter().chain([&waiting, &lost]) {
            assert!(store.blobs().size(key).unwrap().is_some(), "{key}");
        }
        for key in &orphans {
            assert_eq!(store.blobs().size(key).unwrap(), None, "{key}");
        }
        assert_eq!(std::fs::read_dir(incoming).unwrap().count(), 1);
    }

    type Lose = fn(&Path);

    #[test]
    fn photos_without_a_database_that_knows_them_are_left_alone() {
        let lose: [(&str, Lose); 4] = [
            ("is missing", |database| std::fs::remove_file(database).unwrap()),
            ("is empty", |database| drop(std::fs::File::create(database).unwrap())),
            ("knows no photo", |database| {
                Connection::open(database).unwrap().execute_batch("delete from photo").unwrap();
            }),
            ("is damaged", |database| {
                std::fs::File::options().write(true).open(database).unwrap().set_len(40_000).unwrap();
            }),
        ];
        for (problem, lose) in lose {
            let store = TestStore::in_folder();
            let event = store.add_event();
            let photo = store.receive(event, b"a");
            store.blobs().promote(photo, ImageFormat::Jpeg).unwrap();
            let preview = BlobKey::Preview(photo);
            store.blobs().put(&preview, b"x").unwrap();
            let (folder, database) = store.close();
            lose(&folder.path().join(database));
            // Again and again: the first attempt changes nothing that the second goes by.
            for _ in 0..2 {
                let refused = Store::open(folder.path(), Durability::Normal).err().unwrap().to_string();
                assert!(refused.contains(problem) && refused.contains("hint: "), "{refused}");
            }
            let blobs = Blobs::look(folder.path(), None).unwrap();
            for key in [BlobKey::Original(photo, ImageFormat::Jpeg), preview] {
                assert!(blobs.size(&key).unwrap().is_some(), "{problem}: {key}");
            }
        }
    }

    #[test]
    fn an_event_whose_photos_were_all_deleted_does_not_look_lost() {
        let store = TestStore::in_folder();
        let event = store.add_event();
        let photo = store.receive(event, b"a");
        store.blobs().promote(photo, ImageFormat::Jpeg).unwrap();
        // Killed between the commit and the purge.
        assert!(store.write(move |db| photos::delete(db, photo)).unwrap());
        let store = store.reopen();
        assert_eq!(store.blobs().size(&BlobKey::Original(photo, ImageFormat::Jpeg)).unwrap(), None);
    }
}
