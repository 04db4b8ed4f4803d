//! Photos on disk. Layout of the data folder:
//!
//! ```text
//! fotota.db                      rows
//! incoming/ID.part               files being written; those of a recorded photo await their move
//! uploads/ID.part                files being uploaded in pieces, as far as they have come
//! originals/AB/ID.jpg            photos as received, never changed
//! derived/AB/ID.preview.jpg      and ID.thumb.jpg
//! selfies/AB/ID.jpg              what users search with, without metadata
//! drive/AB/ID.jpg                copies of pictures that users' searches found in Google Drive
//! drive/downloads/HASH           pictures of Google Drive whose faces are being searched
//! secrets/NAME.key               what tokens and addresses are signed with
//! models/PACK/FILE.onnx          model packs that are not inside the executable
//! ```
//!
//! `AB` is the number modulo 256 in hexadecimal, so that no folder grows huge. Names come from ids alone,
//! never from what a camera or a guest called the file.

mod drive;
mod receive;
mod secrets;
mod selfies;
mod uploads;

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::domain::{ImageFormat, PhotoId};
use crate::store::StoreError;

pub use drive::DownloadName;
pub use receive::{Incoming, ReceiveError, Received};
pub use secrets::SecretName;
pub use uploads::UploadFile;

/// What the names in a data folder begin with.
pub const OURS: [&str; 10] = [
    "fotota.db",
    "lock",
    "incoming",
    "uploads",
    "originals",
    "derived",
    "selfies",
    "drive",
    "secrets",
    "models",
];

/// The folders of the photos.
#[derive(Debug)]
pub struct Files {
    root: PathBuf,
}

/// A picture made from a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derived {
    /// Fills a screen.
    Preview,
    /// Fills a place in a grid.
    Thumbnail,
}

impl Derived {
    const ALL: [Self; 2] = [Self::Preview, Self::Thumbnail];

    fn suffix(self) -> &'static str {
        match self {
            Self::Preview => "preview.jpg",
            Self::Thumbnail => "thumb.jpg",
        }
    }
}

impl Files {
    pub(in crate::store) fn create(root: &Path) -> Result<Self, StoreError> {
        for folder in ["incoming", "uploads", "originals", "derived", "selfies", "drive"] {
            let path = root.join(folder);
            fs::create_dir_all(&path).map_err(at(&path))?;
        }
        Ok(Self { root: root.to_owned() })
    }

    fn incoming(&self, id: PhotoId) -> PathBuf {
        self.root.join("incoming").join(format!("{id}.part"))
    }

    /// Where the photo lies as received, once [`Files::promote`] has moved it there.
    #[must_use]
    pub fn original(&self, id: PhotoId, format: ImageFormat) -> PathBuf {
        self.sharded("originals", id.as_i64(), format.extension())
    }

    /// Where the photo lies now: it is recorded before it is moved to its place.
    #[must_use]
    pub fn find_original(&self, id: PhotoId, format: ImageFormat) -> PathBuf {
        let (incoming, place) = (self.incoming(id), self.original(id, format));
        if place.exists() { place } else { incoming }
    }

    /// Where a picture made from the photo lies.
    #[must_use]
    pub fn derived(&self, id: PhotoId, kind: Derived) -> PathBuf {
        self.sharded("derived", id.as_i64(), kind.suffix())
    }

    fn sharded(&self, folder: &str, id: i64, suffix: &str) -> PathBuf {
        let shard = format!("{:02x}", id & 0xFF);
        self.root.join(folder).join(shard).join(format!("{id}.{suffix}"))
    }

    /// Begins to take a photo in, onto the disk itself. Until its row is committed it belongs to nobody: call
    /// [`Files::discard`] where it is not wanted.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn receive(&self, id: PhotoId, max_bytes: u64) -> Result<Incoming, StoreError> {
        Incoming::create(self.incoming(id), max_bytes)
    }

    /// Drops a received photo that was not wanted.
    pub fn discard(&self, id: PhotoId) {
        // Whatever remains is swept at the next start.
        fs::remove_file(self.incoming(id)).ok();
    }

    /// Lets a received photo take the place of another with the same bytes, which may have been lost.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub fn replace_received(&self, received: PhotoId, known: PhotoId) -> Result<(), StoreError> {
        move_durably(&self.incoming(received), &self.incoming(known))
    }

    /// Moves a recorded photo to its place; does nothing where it already is there.
    ///
    /// # Errors
    /// When it is in neither place, or cannot be moved.
    pub fn promote(&self, id: PhotoId, format: ImageFormat) -> Result<PathBuf, StoreError> {
        let (from, to) = (self.incoming(id), self.original(id, format));
        if from.exists() || !to.exists() {
            move_durably(&from, &to)?;
        }
        Ok(to)
    }

    /// Writes a picture made from a photo, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written; what was there before stays.
    pub fn write_derived(&self, id: PhotoId, kind: Derived, bytes: &[u8]) -> Result<(), StoreError> {
        let temporary = self.root.join("incoming").join(format!("{id}.{}.part", kind.suffix()));
        write_whole(&temporary, &self.derived(id, kind), bytes)
    }

    /// Deletes all files of a photo; those that are not there are no error.
    pub(crate) fn delete(&self, id: PhotoId, format: ImageFormat) -> Result<(), StoreError> {
        let derived = Derived::ALL.map(|kind| self.derived(id, kind));
        // In the order in which a worker moves them, so that none slips through.
        [self.incoming(id), self.original(id, format)]
            .into_iter()
            .chain(derived)
            .try_for_each(|path| remove(&path))
    }

    /// Deletes what a killed process left: files that belong to no photo of `known`, and copies in `incoming` of what
    /// has reached its place. A file that cannot be deleted is left for the next time.
    pub(in crate::store) fn sweep(&self, known: &HashMap<PhotoId, ImageFormat>) -> Result<(), StoreError> {
        for path in list(&self.root.join("incoming"))? {
            let owner = owner(&path).filter(|_| path.extension().is_some_and(|ending| ending == "part"));
            let is_whole_name =
                path.file_stem().is_some_and(|stem| stem.to_string_lossy().parse::<PhotoId>().is_ok());
            let awaits_its_move = owner
                .is_some_and(|id| known.get(&id).is_some_and(|format| !self.original(id, *format).exists()));
            if !(is_whole_name && awaits_its_move) {
                remove_or_warn(&path);
            }
        }
        for folder in ["originals", "derived"] {
            for shard in list(&self.root.join(folder))? {
                for path in list(&shard)? {
                    if owner(&path).is_some_and(|id| !known.contains_key(&id)) {
                        remove_or_warn(&path);
                    }
                }
            }
        }
        Ok(())
    }
}

/// What is in a folder.
fn list(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let entries = fs::read_dir(folder).map_err(at(folder))?;
    entries.map(|entry| Ok(entry.map_err(at(folder))?.path())).collect()
}

/// The photo whose number the file's name begins with.
fn owner(path: &Path) -> Option<PhotoId> {
    owner_of(path)
}

/// Whose number the file's name begins with.
fn owner_of<T: std::str::FromStr>(path: &Path) -> Option<T> {
    path.file_name()?.to_str()?.split('.').next()?.parse().ok()
}

/// Deletes a file; that it is not there is no error.
fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}

fn remove_or_warn(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::warn!(path = %path.display(), %error, "a file that is no longer needed could not be deleted");
    }
}

/// Writes a file whole or not at all; `temporary` is on the same disk and swept at every start.
fn write_whole(temporary: &Path, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let written = File::create(temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    if let Err(source) = written {
        fs::remove_file(temporary).ok();
        return Err(StoreError::io(temporary, source));
    }
    move_durably(temporary, path)
}

/// Renames and presses the new name onto the disk.
fn move_durably(from: &Path, to: &Path) -> Result<(), StoreError> {
    let folder = to.parent().unwrap_or(to);
    if !folder.exists() {
        fs::create_dir_all(folder).map_err(at(folder))?;
        sync_folder(folder.parent().unwrap_or(folder))?;
    }
    fs::rename(from, to).map_err(at(from))?;
    sync_folder(folder)
}

/// Presses the names in a folder onto the disk. Windows cannot do that and does not need to.
#[cfg_attr(not(unix), expect(clippy::unnecessary_wraps, reason = "only Unix can fail here"))]
fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    File::open(folder).and_then(|opened| opened.sync_all()).map_err(at(folder))?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

fn at(path: &Path) -> impl Fn(std::io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::io(&path, source)
}

#[cfg(test)]
mod tests;
