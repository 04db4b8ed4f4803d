//! Blobs as files of the data folder.

mod delete;
mod receive;
mod secrets;
mod uploads;

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::{BLOB_FOLDERS, BlobKey};
use crate::domain::random_bytes;
use crate::store::{StoreError, StoreResult, private};

#[cfg(target_os = "linux")]
use rustix::io::ReadWriteFlags;

pub(super) use receive::IncomingFile;
pub(super) use uploads::UploadFile;

/// Blobs as files of a data folder.
#[derive(Debug)]
pub(in crate::store) struct Folder {
    root: PathBuf,
}

/// A blob's file, open for reading.
#[derive(Debug)]
pub(super) struct OpenFile {
    file: File,
    size_bytes: u64,
}

impl OpenFile {
    fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        let size_bytes = file.metadata()?.len();
        Ok(Self { file, size_bytes })
    }

    /// Its size when it was opened; blobs do not change, except uploads.
    pub(super) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// The bytes from `position` on that the system has in memory, at most as many as fit into `buffer`: how many.
    /// `None` where reading might wait for the disk; always on other systems than Linux, and on some file systems.
    pub(super) fn read_ready(&self, buffer: &mut [u8], position: u64) -> Option<usize> {
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

impl Read for OpenFile {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Seek for OpenFile {
    fn seek(&mut self, position: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(position)
    }
}

impl Folder {
    pub(super) fn create(root: &Path) -> StoreResult<Self> {
        for folder in BLOB_FOLDERS.into_iter().chain(["incoming"]) {
            let path = root.join(folder);
            private::create_folder(&path)?;
        }
        Ok(Self::of(root))
    }

    /// Those of a data folder that is not opened, to look at.
    pub(super) fn of(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    fn path(&self, key: &BlobKey) -> PathBuf {
        self.root.join(key.to_string())
    }

    /// Opens a blob; `None` if there is none. An original is found wherever it is: it is recorded before
    /// [`Blobs::promote`] moves it.
    pub(super) fn open(&self, key: &BlobKey) -> StoreResult<Option<OpenFile>> {
        self.find(key, OpenFile::open)
    }

    /// All bytes of a blob; `None` if there is none.
    pub(super) fn read(&self, key: &BlobKey) -> StoreResult<Option<Vec<u8>>> {
        self.find(key, |path| fs::read(path))
    }

    /// The first bytes of a blob, at most `limit`; `None` if there is none.
    pub(super) fn read_head(&self, key: &BlobKey, limit: usize) -> StoreResult<Option<Vec<u8>>> {
        self.find(key, |path| {
            let mut head = Vec::with_capacity(limit);
            File::open(path)?.take(limit as u64).read_to_end(&mut head)?;
            Ok(head)
        })
    }

    /// Size of a blob in bytes; `None` if there is none.
    pub(super) fn size(&self, key: &BlobKey) -> StoreResult<Option<u64>> {
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
    pub(super) fn put(&self, key: &BlobKey, bytes: &[u8]) -> StoreResult<()> {
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
