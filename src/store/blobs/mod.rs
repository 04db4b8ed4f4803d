//! Stored bytes: photos and what is made of them, selfies, copies, uploads. Callers name them by [`BlobKey`] and read
//! them through [`Blob`]; only this module knows that they are files. Logos are small and change with their event's
//! row, so they are columns of the database.
//!
//! Layout of the data folder:
//!
//! ```text
//! fotota.db                      rows
//! fotota.db.schema-N             rows as they were before an upgrade, for a while
//! incoming/ID.part               files being written; those of a recorded photo wait to be moved
//! uploads/ID.part                files that arrive in pieces, as far as they have come
//! originals/AB/ID.jpg            photos as received, never changed
//! derived/AB/ID.preview.jpg      and ID.thumb.jpg
//! selfies/AB/ID.jpg              what users search with, without metadata
//! drive/AB/ID.jpg                copies of pictures that users' searches found in Google Drive
//! drive/downloads/HASH           pictures of Google Drive whose faces are being searched
//! secrets/NAME.key               what tokens and signed URLs are signed with
//! secrets/NAME.pem, NAME.json    keys and certificates, an account at a certificate authority
//! secrets/folder-id.txt          identifies the data folder and its backups
//! secrets/erasures-last.txt      the last entry of the record of what was erased
//! models/PACK/FILE.onnx          model packs that are not inside the executable
//! ```
//!
//! `AB` is the id modulo 256 in hexadecimal, so that no folder grows huge. Names come from ids alone, never from what a
//! camera or a guest called the file.

mod delete;
mod key;
mod receive;
mod uploads;

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::domain::random_bytes;
use crate::store::{StoreError, StoreResult, private};

#[cfg(target_os = "linux")]
use rustix::io::ReadWriteFlags;

pub use key::{BlobKey, DownloadName};
pub use receive::{Incoming, Received};
pub use uploads::UploadFile;

/// What the names in a data folder begin with.
pub const DATA_FOLDER_ENTRIES: [&str; 11] = [
    "fotota.db",
    "lock",
    "server.",
    "incoming",
    "uploads",
    "originals",
    "derived",
    "selfies",
    "drive",
    "secrets",
    "models",
];

/// The folders that hold blobs, downloads of Drive included.
pub(in crate::store) const BLOB_FOLDERS: [&str; 5] = ["originals", "derived", "selfies", "drive", "uploads"];

/// All blobs of a data folder.
#[derive(Debug)]
pub struct Blobs {
    root: PathBuf,
}

/// A stored blob, open for reading.
#[derive(Debug)]
pub struct Blob {
    file: File,
    size_bytes: u64,
}

impl Blob {
    /// Its size when it was opened; blobs do not change, except uploads.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// The bytes from `position` on that the system has in memory, at most as many as fit into `buffer`: how many.
    /// `None` where reading might wait for the disk; always on other systems than Linux, and on some file systems.
    #[must_use]
    pub fn read_ready(&self, buffer: &mut [u8], position: u64) -> Option<usize> {
        #[cfg(target_os = "linux")]
        {
            let mut buffers = [std::io::IoSliceMut::new(buffer)];
            let read = rustix::io::preadv2(&self.file, &mut buffers, position, ReadWriteFlags::NOWAIT);
            read.ok().filter(|bytes| *bytes > 0)
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = (buffer, position);
            None
        }
    }
}

impl Read for Blob {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Seek for Blob {
    fn seek(&mut self, position: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(position)
    }
}

impl Blobs {
    pub(in crate::store) fn create(root: &Path) -> StoreResult<Self> {
        for folder in BLOB_FOLDERS.into_iter().chain(["incoming"]) {
            let path = root.join(folder);
            private::create_folder(&path)?;
        }
        Ok(Self::of(root))
    }

    /// Those of a data folder that is not opened, to look at.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    fn path(&self, key: &BlobKey) -> PathBuf {
        self.root.join(key.to_string())
    }

    /// Opens a blob; `None` if there is none. An original is found wherever it is: it is recorded before
    /// [`Blobs::promote`] moves it.
    pub fn open(&self, key: &BlobKey) -> StoreResult<Option<Blob>> {
        self.find(key, |path| {
            let file = File::open(path)?;
            let size_bytes = file.metadata()?.len();
            Ok(Blob { file, size_bytes })
        })
    }

    /// All bytes of a blob; `None` if there is none.
    pub fn read(&self, key: &BlobKey) -> StoreResult<Option<Vec<u8>>> {
        self.find(key, |path| fs::read(path))
    }

    /// The first bytes of a blob, at most `limit`; `None` if there is none.
    pub fn read_head(&self, key: &BlobKey, limit: usize) -> StoreResult<Option<Vec<u8>>> {
        self.find(key, |path| {
            let mut head = Vec::with_capacity(limit);
            File::open(path)?.take(limit as u64).read_to_end(&mut head)?;
            Ok(head)
        })
    }

    /// Size of a blob in bytes; `None` if there is none.
    pub fn size(&self, key: &BlobKey) -> StoreResult<Option<u64>> {
        self.find(key, |path| Ok(fs::metadata(path)?.len()))
    }

    /// Calls `look` with where the blob is; `None` if there is none.
    pub(in crate::store) fn find<T>(
        &self,
        key: &BlobKey,
        look: impl Fn(&Path) -> std::io::Result<T>,
    ) -> StoreResult<Option<T>> {
        let path = self.path(key);
        let places = match key {
            // It may be moved between the first two attempts.
            BlobKey::Original(id, _) => vec![path.clone(), self.incoming(*id), path],
            _ => vec![path],
        };
        for path in places {
            match look(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                found => return found.map(Some).map_err(at(&path)),
            }
        }
        Ok(None)
    }

    /// Stores a blob, whole or not at all, fsynced. On an error what was there before stays.
    pub fn put(&self, key: &BlobKey, bytes: &[u8]) -> StoreResult<()> {
        let name = format!("{}.put.part", u64::from_le_bytes(random_bytes()));
        let temporary = self.root.join("incoming").join(name);
        let written = private::create(&temporary).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        if let Err(source) = written {
            fs::remove_file(&temporary).ok();
            return Err(StoreError::io(&temporary, source));
        }
        move_durably(&temporary, &self.path(key))
    }

    /// All blobs in a folder; other files there are skipped.
    pub(in crate::store) fn list(&self, folder: &str) -> StoreResult<Vec<BlobKey>> {
        let (mut keys, mut folders) = (Vec::new(), vec![folder.to_owned()]);
        while let Some(folder) = folders.pop() {
            for path in list_folder(&self.root.join(&folder))? {
                let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
                let name = format!("{folder}/{name}");
                match name.parse() {
                    Ok(key) => keys.push(key),
                    Err(()) if path.is_dir() => folders.push(name),
                    Err(()) => {}
                }
            }
        }
        Ok(keys)
    }
}

/// What is in a folder; nothing if there is none, as in a data folder that was restored and not opened yet.
fn list_folder(folder: &Path) -> StoreResult<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(at(folder))?,
    };
    entries.map(|entry| Ok(entry.map_err(at(folder))?.path())).collect()
}

/// Deletes a file; it is no error if there is none.
pub(in crate::store) fn remove(path: &Path) -> StoreResult<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}

/// Renames a file and fsyncs the new name.
pub(in crate::store) fn move_durably(from: &Path, to: &Path) -> StoreResult<()> {
    let folder = to.parent().unwrap_or(to);
    if !folder.exists() {
        private::create_folder(folder)?;
        sync_folder(folder.parent().unwrap_or(folder))?;
    }
    fs::rename(from, to).map_err(at(from))?;
    sync_folder(folder)
}

/// Fsyncs the names in a folder. Windows cannot do that and does not need to.
#[cfg_attr(not(unix), expect(clippy::unnecessary_wraps, reason = "only Unix can fail here"))]
pub(in crate::store) fn sync_folder(folder: &Path) -> StoreResult<()> {
    #[cfg(unix)]
    File::open(folder).and_then(|opened| opened.sync_all()).map_err(at(folder))?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

pub(in crate::store) fn at(path: &Path) -> impl Fn(std::io::Error) -> StoreError {
    move |source| StoreError::io(path, source)
}

#[cfg(test)]
mod tests;
