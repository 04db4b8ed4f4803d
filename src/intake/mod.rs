//! Accepts photos: from bytes anywhere to a recorded photo with its job, or an error that says why not.
//!
//! Invariant: when [`accept`], [`accept_upload`] or [`Upload::finish`] returns a photo, its bytes are fsynced and its
//! row is committed. When they return an error, nothing of it remains, except an upload in pieces as it was.

mod clutter;
mod folder;
mod stream;
mod upload;

use std::io::{BufReader, ErrorKind, Read};

use crate::domain::{Destination, Digest, ImageFormat, NewPhoto, PhotoId, Timestamp};
use crate::imaging::{ImagingError, check_raw};
use crate::store::indexing::{self, Recorded};
use crate::store::{BlobKey, Incoming, Received, Store, StoreError, damage, photo_files};

pub use crate::imaging::{HEAD_BYTES, Wholeness, is_whole};
pub use clutter::{CLUTTER, Clutter};
pub use folder::{Listing, RejectedFile, list_files};
pub use stream::PieceBuffer;
pub use upload::accept_upload;

/// An accepted file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// A photo that the event did not have.
    New(PhotoId),
    /// The event has the same bytes already, as this photo.
    Known(PhotoId),
}

/// Why a file was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// It cannot be read.
    #[error("the file cannot be read")]
    Source(#[source] std::io::Error),
    /// It is no picture, or none that FotoTa reads.
    #[error(transparent)]
    Imaging(#[from] ImagingError),
    /// It is over the limit.
    #[error("the file is larger than the limit of {} MB", max_bytes / 1_000_000)]
    TooLarge {
        /// As configured.
        max_bytes: u64,
    },
    /// It could not be stored or recorded.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl IntakeError {
    /// The error, if it lies with the server or the event and not with the file: the next file would meet it too.
    ///
    /// # Errors
    /// Itself, if it lies with the file.
    pub fn server_fault(self) -> Result<StoreError, Self> {
        match self {
            Self::Store(error) => Ok(error),
            other => Err(other),
        }
    }
}

/// A file that is received bit by bit; nothing of it remains when it is dropped before [`Upload::finish`].
pub struct Upload {
    store: Store,
    destination: Destination,
    id: PhotoId,
    buffer: PieceBuffer,
    /// Of a file in a folder.
    written_at: Option<Timestamp>,
    /// `None` until the first piece is written.
    incoming: Option<Incoming>,
}

impl Upload {
    /// Without any bytes yet.
    #[must_use]
    pub fn new(store: Store, destination: Destination, max_bytes: u64) -> Self {
        Self {
            store,
            destination,
            id: PhotoId::random(),
            buffer: PieceBuffer::new(max_bytes),
            written_at: None,
            incoming: None,
        }
    }

    /// Gathers the next bytes in memory; videos and sidecars are refused by their first ones.
    ///
    /// # Errors
    /// When the file is too large or no picture.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), IntakeError> {
        self.buffer.push(bytes)
    }

    /// Whether it is time to [`Upload::flush`].
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.buffer.is_full()
    }

    /// Writes what was gathered to the disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        // What is too short to tell is not worth a write.
        self.buffer.known_format().map_or(Ok(()), |format| self.write(format))
    }

    fn write(&mut self, format: ImageFormat) -> Result<(), StoreError> {
        let (store, id, incoming) = (&self.store, self.id, &mut self.incoming);
        self.buffer.flush(|piece| match incoming {
            Some(incoming) => incoming.write(piece),
            None => incoming.insert(store.receive_photo(id, format)?).write(piece),
        })
    }

    /// The file is whole: records the photo, unless the event has the same bytes already.
    ///
    /// # Errors
    /// When it is no picture or cannot be stored, or when the event is closed.
    pub fn finish(mut self, file_name: &str, now: Timestamp) -> Result<Accepted, IntakeError> {
        let format = self.buffer.format()?;
        self.write(format)?;
        let received = self.incoming.ok_or(StoreError::Closed)?.finish()?;
        check(&self.store, self.id, format)?;
        let digest = received.digest;
        let photo = new_photo(self.id, self.destination, file_name, &received, format);
        let photo = NewPhoto { written_at: self.written_at, ..photo };
        let recorded = self.store.write(move |tx| indexing::record(tx, &photo, now));
        settle(&self.store, (self.id, format), digest, recorded)
    }
}

/// Discards the received bytes of photo `id` if they are a raw file that can never be shown.
fn check(store: &Store, id: PhotoId, format: ImageFormat) -> Result<(), IntakeError> {
    if format == ImageFormat::Raw
        && let Some(file) = store.blobs().open(&BlobKey::Original(id, format))?
        && let Err(error) = check_raw(BufReader::new(file))
    {
        store.blobs().probe()?;
        store.blobs().discard(id, format);
        return Err(error.into());
    }
    Ok(())
}

fn new_photo(
    id: PhotoId,
    destination: Destination,
    file_name: &str,
    received: &Received,
    format: ImageFormat,
) -> NewPhoto {
    let Received { digest, size_bytes } = *received;
    let (file_name, written_at) = (file_name.to_owned(), None);
    NewPhoto { id, destination, file_name, digest, size_bytes, format, written_at }
}

/// Keeps the received bytes of photo `id` if they are needed, and discards them if not.
fn settle(
    store: &Store,
    (id, format): (PhotoId, ImageFormat),
    digest: Digest,
    recorded: Result<Recorded, StoreError>,
) -> Result<Accepted, IntakeError> {
    match recorded {
        Ok(Recorded::New) => Ok(Accepted::New(id)),
        Ok(Recorded::Again(known)) => {
            store.blobs().replace_received(id, known, format)?;
            Ok(Accepted::Known(known))
        }
        Ok(Recorded::Known(known)) => {
            replace_damaged(store, id, known, digest)?;
            store.blobs().discard(id, format);
            Ok(Accepted::Known(known))
        }
        Err(error) => {
            // A row without its bytes would be a photo that is lost. Bytes without a row go at the next start.
            if !error.may_be_committed() {
                store.blobs().discard(id, format);
            }
            Err(error.into())
        }
    }
}

/// Puts received bytes in place of a known original that has lost them.
fn replace_damaged(store: &Store, id: PhotoId, known: PhotoId, digest: Digest) -> Result<(), StoreError> {
    let files = store.read(|db| photo_files::list_of(db, known))?;
    let Some(file) = files.into_iter().find(|file| file.digest == digest) else { return Ok(()) };
    let original = file.original();
    let has_size = |size| file.size_bytes.is_none_or(|bytes| bytes == size);
    let is_damaged = store.read(|db| damage::list_of(db, known))?.contains(&original)
        || !matches!(store.blobs().size(&original), Ok(Some(size)) if has_size(size));
    if is_damaged {
        store.blobs().replace_received(id, file.file_id, file.format)?;
        store.blobs().promote(file.file_id, file.format)?;
        let key = original.clone();
        store.write(move |db| damage::forget(db, &key))?;
        if store.read(|db| photo_files::list_of(db, known))?.iter().all(|file| file.original() != original) {
            // Deleted meanwhile: what was put back goes too.
            store.blobs().delete_durably(&[original])?;
        }
    }
    Ok(())
}

/// Accepts one file.
///
/// # Errors
/// When it cannot be read, is no picture, is too large or cannot be stored, or when the event is closed or its source
/// may bring no more.
pub fn accept(
    store: &Store,
    destination: Destination,
    file_name: &str,
    source: impl Read,
    max_bytes: u64,
    now: Timestamp,
) -> Result<Accepted, IntakeError> {
    copy(Upload::new(store.clone(), destination, max_bytes), file_name, source, now)
}

/// Accepts one file of a folder, which was written last at `written_at`.
///
/// # Errors
/// As [`accept`].
pub fn accept_written(
    store: &Store,
    destination: Destination,
    (file_name, written_at): (&str, Option<Timestamp>),
    source: impl Read,
    max_bytes: u64,
    now: Timestamp,
) -> Result<Accepted, IntakeError> {
    let upload = Upload { written_at, ..Upload::new(store.clone(), destination, max_bytes) };
    copy(upload, file_name, source, now)
}

fn copy(
    mut upload: Upload,
    file_name: &str,
    mut source: impl Read,
    now: Timestamp,
) -> Result<Accepted, IntakeError> {
    let mut buffer = vec![0; 256 << 10];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return upload.finish(file_name, now),
            Ok(count) => upload.push(&buffer[..count])?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(IntakeError::Source(error)),
        }
        if upload.is_full() {
            upload.flush()?;
        }
    }
}
