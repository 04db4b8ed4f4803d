//! Keeps the data folder to the user who runs the program: folders 0700 and files 0600 on Unix. Memory cards have no
//! permissions; who has the card has the photos too.

use std::fs::{self, OpenOptions};
use std::path::Path;

use super::blobs::{DATA_FOLDER_ENTRIES, at};
use super::{DATABASE, StoreResult};

/// Rights of the group and of all others.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

/// How files of the data folder are created.
pub(super) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Creates a new file for writing.
pub(super) fn create(path: &Path) -> std::io::Result<fs::File> {
    options().write(true).create_new(true).open(path)
}

/// Creates a folder in the data folder, unless it exists.
pub(super) fn create_folder(path: &Path) -> StoreResult<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(at(path))
}

/// Creates the data folder. What an earlier version or a copy has left open to other users is closed to them; the
/// folder itself last, so that an interrupted run is repeated.
pub(super) fn claim(folder: &Path) -> StoreResult<()> {
    if !folder.exists() {
        if let Some(parent) = folder.parent() {
            fs::create_dir_all(parent).map_err(at(parent))?;
        }
        return create_folder(folder);
    }
    if is_private(folder) {
        return Ok(());
    }
    let log = ["-wal", "-shm"].map(|ending| format!("{DATABASE}{ending}"));
    let mut entries = DATA_FOLDER_ENTRIES.into_iter().chain(log.iter().map(String::as_str));
    let closed = entries.try_for_each(|name| close(&folder.join(name)));
    if let Err(error) = closed.and_then(|()| restrict(folder, 0o700)) {
        tracing::warn!(%error, "other users of this computer may be able to read the data folder");
    }
    Ok(())
}

/// Whether other users of this computer are kept out.
pub(super) fn is_private(folder: &Path) -> bool {
    #[cfg(unix)]
    {
        let mode =
            fs::metadata(folder).map(|found| std::os::unix::fs::PermissionsExt::mode(&found.permissions()));
        mode.is_ok_and(|mode| mode & OTHERS == 0)
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        true
    }
}

/// A file, or a folder with everything in it.
fn close(path: &Path) -> std::io::Result<()> {
    let kind = match fs::symlink_metadata(path) {
        Ok(found) => found.file_type(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if kind.is_dir() {
        for entry in fs::read_dir(path)? {
            close(&entry?.path())?;
        }
        restrict(path, 0o700)
    } else if kind.is_file() {
        restrict(path, 0o600)
    } else {
        // A link leads out of the data folder.
        Ok(())
    }
}

#[cfg_attr(not(unix), expect(clippy::unnecessary_wraps, reason = "only Unix can fail here"))]
fn restrict(path: &Path, mode: u32) -> std::io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))?;
    #[cfg(not(unix))]
    let _ = (path, mode);
    Ok(())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use super::*;
    use crate::domain::{PhotoId, UploadId};
    use crate::store::testing::TestStore;
    use crate::store::{BlobKey, SecretName};

    /// What other users may read, write or list.
    fn open_paths(folder: &Path) -> Vec<PathBuf> {
        let (mut folders, mut open, mut seen) = (vec![folder.to_owned()], Vec::new(), 0);
        while let Some(path) = folders.pop() {
            seen += 1;
            let found = fs::metadata(&path).unwrap();
            if found.permissions().mode() & 0o077 != 0 {
                open.push(path.clone());
            }
            if found.is_dir() {
                folders.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
        }
        assert!(seen > 10, "{seen}");
        open
    }

    fn open_everything(folder: &Path) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                open_everything(&entry);
            } else {
                restrict(&entry, 0o644).unwrap();
            }
        }
        restrict(folder, 0o755).unwrap();
    }

    #[test]
    fn new_and_existing_data_is_kept_from_other_users() {
        let store = TestStore::in_folder();
        store.add_event();
        store.secret(SecretName::Access).unwrap();
        store.blobs().put(&BlobKey::Preview(PhotoId::random()), b"preview").unwrap();
        store.blobs().append_upload(UploadId::random()).unwrap().write(b"piece").unwrap();
        let _incoming = store.blobs().receive_here(PhotoId::random()).unwrap();
        let folder = store.folder().to_owned();
        assert_eq!(open_paths(&folder), [""; 0].map(PathBuf::from));
        assert!(folder.join("fotota.db-wal").exists());
        // Of an earlier version.
        open_everything(&folder);
        assert!(!is_private(&folder) && open_paths(&folder).len() > 10);
        let store = store.reopen();
        assert!(is_private(&folder));
        assert_eq!(open_paths(store.folder()), [""; 0].map(PathBuf::from));
    }
}
