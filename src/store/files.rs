//! Photos on disk. Layout of the data folder:
//!
//! ```text
//! fotota.db                      rows
//! incoming/ID.part               files being written; those of a recorded photo await their move
//! originals/AB/ID.jpg            photos as received, never changed
//! derived/AB/ID.preview.jpg      and ID.thumb.jpg
//! models/PACK/FILE.onnx          model packs that are not inside the executable
//! ```
//!
//! `AB` is the photo's number modulo 256 in hexadecimal, so that no folder grows huge. Names come from ids alone,
//! never from what a camera or a guest called the file.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::StoreError;
use crate::domain::{Digest, ImageFormat, PhotoId};

/// The folders of the photos.
#[derive(Debug)]
pub struct Files {
    root: PathBuf,
}

/// What was learnt of a file while it was taken in.
#[derive(Debug)]
pub struct Received {
    /// SHA-256 of all bytes.
    pub digest: Digest,
    /// Count of bytes.
    pub size_bytes: u64,
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
    pub(super) fn create(root: &Path) -> Result<Self, StoreError> {
        for folder in ["incoming", "originals", "derived"] {
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
        self.sharded("originals", id, format.extension())
    }

    /// Where a picture made from the photo lies.
    #[must_use]
    pub fn derived(&self, id: PhotoId, kind: Derived) -> PathBuf {
        self.sharded("derived", id, kind.suffix())
    }

    fn sharded(&self, folder: &str, id: PhotoId, suffix: &str) -> PathBuf {
        let shard = format!("{:02x}", id.as_i64() & 0xFF);
        self.root.join(folder).join(shard).join(format!("{id}.{suffix}"))
    }

    /// Copies a photo in, onto the disk itself. Until its row is committed it belongs to nobody: call
    /// [`Files::discard`] where it is not wanted.
    ///
    /// # Errors
    /// When `source` cannot be read ([`ReceiveError::Source`]), is longer than `max_bytes`, or the copy cannot be
    /// written. Nothing is left behind.
    pub fn receive(
        &self,
        id: PhotoId,
        source: &mut impl Read,
        max_bytes: u64,
    ) -> Result<Received, ReceiveError> {
        let path = self.incoming(id);
        let received = copy(source, &path, max_bytes);
        if received.is_err() {
            fs::remove_file(&path).ok();
        }
        received
    }

    /// Drops a received photo that was not wanted.
    pub fn discard(&self, id: PhotoId) {
        // Whatever remains is swept at the next start.
        fs::remove_file(self.incoming(id)).ok();
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
        let written = File::create(&temporary).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        if let Err(source) = written {
            fs::remove_file(&temporary).ok();
            return Err(StoreError::io(&temporary, source));
        }
        move_durably(&temporary, &self.derived(id, kind))
    }

    /// Deletes all files of a photo; those that are not there are no error.
    pub(crate) fn delete(&self, id: PhotoId, format: ImageFormat) -> Result<(), StoreError> {
        let derived = Derived::ALL.map(|kind| self.derived(id, kind));
        for path in [self.original(id, format), self.incoming(id)].into_iter().chain(derived) {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(at(&path)(error)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Deletes everything in `incoming` but the originals of `recorded` photos.
    pub(super) fn sweep_incoming(&self, recorded: impl Fn(PhotoId) -> bool) -> Result<(), StoreError> {
        let folder = self.root.join("incoming");
        for entry in fs::read_dir(&folder).map_err(at(&folder))? {
            let path = entry.map_err(at(&folder))?.path();
            let name =
                path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".part"));
            if !name.and_then(|name| name.parse().ok()).is_some_and(&recorded) {
                fs::remove_file(&path).map_err(at(&path))?;
            }
        }
        Ok(())
    }
}

/// Why a photo could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The sender's side.
    #[error("the file cannot be read")]
    Source(#[source] std::io::Error),
    /// Over the limit.
    #[error("the file is larger than the limit of {} MB", max_bytes / 1_000_000)]
    TooLarge {
        /// As configured.
        max_bytes: u64,
    },
    /// Our side.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn copy(source: &mut impl Read, path: &Path, max_bytes: u64) -> Result<Received, ReceiveError> {
    let mut file = File::create(path).map_err(at(path))?;
    let mut hash = Sha256::new();
    let mut size_bytes = 0;
    let mut buffer = vec![0; 256 << 10];
    loop {
        let count = match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(ReceiveError::Source(error)),
        };
        let bytes = &buffer[..count];
        size_bytes += count as u64;
        if size_bytes > max_bytes {
            return Err(ReceiveError::TooLarge { max_bytes });
        }
        hash.update(bytes);
        file.write_all(bytes).map_err(at(path))?;
    }
    file.sync_all().map_err(at(path))?;
    Ok(Received { digest: Digest(hash.finalize().into()), size_bytes })
}

/// Renames and presses the new name onto the disk.
fn move_durably(from: &Path, to: &Path) -> Result<(), StoreError> {
    let folder = to.parent().unwrap_or(to);
    fs::create_dir_all(folder).map_err(at(folder))?;
    fs::rename(from, to).map_err(at(from))?;
    // Windows cannot flush a folder and does not need to.
    #[cfg(unix)]
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))?;
    Ok(())
}

fn at(path: &Path) -> impl Fn(std::io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::io(&path, source)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_photo_moves_from_incoming_to_its_place_once() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::create(folder.path()).unwrap();
        let id = PhotoId::random();
        let received = files.receive(id, &mut &b"0123456789"[..], 10).unwrap();
        assert_eq!(received.size_bytes, 10);
        for _ in 0..2 {
            let path = files.promote(id, ImageFormat::Jpeg).unwrap();
            assert_eq!(fs::read(path).unwrap(), b"0123456789");
        }
        files.write_derived(id, Derived::Thumbnail, b"small").unwrap();
        files.delete(id, ImageFormat::Jpeg).unwrap();
        files.delete(id, ImageFormat::Jpeg).unwrap();
        assert!(!files.original(id, ImageFormat::Jpeg).exists());
        assert!(!files.derived(id, Derived::Thumbnail).exists());
        assert!(files.promote(id, ImageFormat::Jpeg).is_err());
    }

    #[test]
    fn a_refused_photo_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::create(folder.path()).unwrap();
        let refused = files.receive(PhotoId::random(), &mut &[0; 11][..], 10);
        assert!(matches!(refused, Err(ReceiveError::TooLarge { .. })));
        assert!(names(&folder.path().join("incoming")).is_empty());
    }

    #[test]
    fn the_sweep_keeps_recorded_photos_alone() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::create(folder.path()).unwrap();
        let (kept, dropped) = (PhotoId::random(), PhotoId::random());
        for id in [kept, dropped] {
            files.receive(id, &mut &b"x"[..], 10).unwrap();
        }
        let stray = folder.path().join("incoming").join(format!("{kept}.preview.jpg.part"));
        File::create(stray).unwrap();
        files.sweep_incoming(|id| id == kept).unwrap();
        assert_eq!(names(&folder.path().join("incoming")), [format!("{kept}.part")]);
    }
}
