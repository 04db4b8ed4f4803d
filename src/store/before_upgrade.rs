//! The database as it was before an upgrade, for those who have to go back.
//!
//! Nothing that was deleted may live on in it: it ends when a photo, a selfie, a face or a copy from Drive is deleted,
//! and anyway after some days.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use super::blobs::{at, move_durably, remove, sync_folder};
use super::sql::sqlite;
use super::{BlobKey, DATABASE, StoreResult, private};
use crate::domain::Timestamp;

/// Its schema's version follows.
const PREFIX: &str = "fotota.db.schema-";
/// Enough to notice that an upgrade went wrong.
const KEPT: Duration = Duration::from_hours(72);

/// Copies the database if it is about to be migrated.
pub(super) fn keep(connection: &Connection, folder: &Path) -> StoreResult<()> {
    let (found, known) = sqlite::check_version(connection)?;
    if found == 0 || found == known {
        return Ok(());
    }
    forget(folder)?;
    let written = folder.join(format!("{DATABASE}.part"));
    remove(&written)?;
    let file = private::create(&written).map_err(at(&written))?;
    let copied = sqlite::snapshot(&folder.join(DATABASE), &written)
        .and_then(|()| file.sync_all().map_err(at(&written)))
        .and_then(|()| move_durably(&written, &folder.join(format!("{PREFIX}{found}"))));
    if copied.is_err() {
        remove(&written)?;
    }
    copied
}

/// Deletes copies, because something else was deleted.
pub(super) fn forget_with(deleted: &[BlobKey], folder: &Path) -> StoreResult<()> {
    let is_personal = |key: &BlobKey| match key {
        BlobKey::Original(..) | BlobKey::Selfie(_) | BlobKey::Copy(_) => true,
        BlobKey::Preview(_) | BlobKey::Thumbnail(_) | BlobKey::DriveDownload(_) | BlobKey::Upload(_) => false,
    };
    if deleted.iter().any(is_personal) { forget(folder) } else { Ok(()) }
}

/// Deletes copies after their time.
pub(super) fn forget_old(folder: &Path, now: Timestamp) -> StoreResult<()> {
    let is_old = |path: &PathBuf| {
        let written = fs::metadata(path).and_then(|found| found.modified());
        written.is_ok_and(|written| now.since(Timestamp::of_system(written)) > KEPT)
    };
    let mut old = copies(folder)?;
    old.retain(is_old);
    delete(&old, folder)
}

/// Deletes all copies.
pub(super) fn forget(folder: &Path) -> StoreResult<()> {
    delete(&copies(folder)?, folder)
}

/// None of them comes back after a power failure.
fn delete(copies: &[PathBuf], folder: &Path) -> StoreResult<()> {
    copies.iter().try_for_each(|path| remove(path))?;
    if copies.is_empty() { Ok(()) } else { sync_folder(folder) }
}

fn copies(folder: &Path) -> StoreResult<Vec<PathBuf>> {
    let mut copies = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let entry = entry.map_err(at(folder))?;
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            copies.push(entry.path());
        }
    }
    Ok(copies)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ImageFormat, PhotoId};

    /// A data folder with a database of that version.
    fn folder(version: i64) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let database = Connection::open(folder.path().join(DATABASE)).unwrap();
        database.pragma_update(None, "user_version", version).unwrap();
        database.execute_batch("create table kept (x); insert into kept values (7)").unwrap();
        folder
    }

    fn keep_in(folder: &Path) {
        keep(&Connection::open(folder.join(DATABASE)).unwrap(), folder).unwrap();
    }

    #[test]
    fn an_old_database_is_copied_and_replaces_an_older_copy() {
        let folder = folder(2);
        let path = folder.path().join(format!("{PREFIX}2"));
        fs::File::create(folder.path().join(format!("{PREFIX}1"))).unwrap();
        keep_in(folder.path());
        assert_eq!(copies(folder.path()).unwrap(), std::slice::from_ref(&path));
        let copy = Connection::open(path).unwrap();
        assert_eq!(copy.query_row("select x from kept", [], |row| row.get(0)), Ok(7));
        assert_eq!(copy.pragma_query_value(None, "user_version", |row| row.get(0)), Ok(2));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else is left behind");
    }

    #[test]
    fn new_and_current_databases_are_not_copied() {
        let latest = sqlite::check_version(&Connection::open_in_memory().unwrap()).unwrap().1;
        for version in [0, latest] {
            let folder = folder(version);
            keep_in(folder.path());
            assert!(copies(folder.path()).unwrap().is_empty());
        }
    }

    #[test]
    fn a_copy_ends_after_its_time_and_with_what_is_deleted() {
        let (folder, photo) = (folder(2), PhotoId::random());
        keep_in(folder.path());
        let path = &copies(folder.path()).unwrap()[0];
        let written = Timestamp::of_system(fs::metadata(path).unwrap().modified().unwrap());
        forget_old(folder.path(), written.plus(KEPT)).unwrap();
        forget_with(&[BlobKey::Preview(photo)], folder.path()).unwrap();
        assert!(path.exists());
        forget_old(folder.path(), written.plus(KEPT * 2)).unwrap();
        assert!(!path.exists());
        keep_in(folder.path());
        forget_with(&[BlobKey::Original(photo, ImageFormat::Jpeg)], folder.path()).unwrap();
        assert!(!path.exists());
    }
}
