//! A photo comes in: from bytes anywhere to a recorded photo with its job, or a refusal that says why.
//!
//! Invariant: when [`take_in`], [`take_in_upload`] or [`Upload::finish`] returns a photo, its bytes are on the disk and
//! its row is committed; when it returns an error, nothing of it remains (of an upload in pieces: what there was).

mod folder;
mod pieces;

use std::io::{ErrorKind, Read};

use crate::domain::{EventId, ImageFormat, NewPhoto, PhotoId, Timestamp};
use crate::imaging::{ImagingError, sniff};
use crate::store::photos::{self, Recorded};
use crate::store::{Incoming, ReceiveError, Store, StoreError};

pub use folder::{Refused, list_files};
pub use pieces::take_in_upload;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// A photo that the event did not have.
    New(PhotoId),
    /// The event has the same bytes already, as this photo.
    Known(PhotoId),
}

/// Why a file was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// It cannot be read.
    #[error("the file cannot be read")]
    Source(#[source] std::io::Error),
    /// It is no picture, or none that FotoTa reads.
    #[error(transparent)]
    Imaging(#[from] ImagingError),
    /// It could not be copied.
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    /// It could not be recorded.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl IntakeError {
    /// The error, where it lies with us and not with the file: the next file would meet it too.
    ///
    /// # Errors
    /// Itself, where it lies with the file.
    pub fn into_ours(self) -> Result<StoreError, Self> {
        match self {
            Self::Store(error) | Self::Receive(ReceiveError::Store(error)) => Ok(error),
            other => Err(other),
        }
    }
}

/// A file on its way into an event, piece by piece; nothing of it remains when it is dropped before its end.
pub struct Upload {
    store: Store,
    event_id: EventId,
    id: PhotoId,
    max_bytes: u64,
    /// The first bytes, until it is known what they are.
    head: Vec<u8>,
    body: Option<(ImageFormat, Incoming)>,
}

/// So many bytes tell every kind of picture.
pub const HEAD_BYTES: usize = 32;

impl Upload {
    /// Begins with nothing.
    #[must_use]
    pub fn new(store: Store, event_id: EventId, max_bytes: u64) -> Self {
        let head = Vec::with_capacity(HEAD_BYTES);
        Self { store, event_id, id: PhotoId::random(), max_bytes, head, body: None }
    }

    /// Appends the next bytes. Videos and sidecars are refused by their first ones, before anything is written.
    ///
    /// # Errors
    /// When it is no picture, too large, or cannot be kept.
    pub fn write(&mut self, mut bytes: &[u8]) -> Result<(), IntakeError> {
        if self.body.is_none() {
            let (head, rest) = bytes.split_at(bytes.len().min(HEAD_BYTES - self.head.len()));
            self.head.extend_from_slice(head);
            if self.head.len() < HEAD_BYTES {
                return Ok(());
            }
            self.begin()?;
            bytes = rest;
        }
        match &mut self.body {
            Some((_, incoming)) => Ok(incoming.write(bytes)?),
            None => Ok(()),
        }
    }

    fn begin(&mut self) -> Result<(), IntakeError> {
        let format = sniff(&self.head)?;
        let mut incoming = self.store.blobs().receive(self.id, self.max_bytes)?;
        incoming.write(&self.head)?;
        self.body = Some((format, incoming));
        Ok(())
    }

    /// That was all: records the photo, unless the event has the same bytes already.
    ///
    /// # Errors
    /// When it is no picture, or cannot be kept.
    pub fn finish(mut self, file_name: &str, now: Timestamp) -> Result<Accepted, IntakeError> {
        if self.body.is_none() {
            self.begin()?;
        }
        let Self { store, event_id, id, body: Some((format, incoming)), .. } = self else {
            return Err(StoreError::Closed.into());
        };
        let received = incoming.finish()?;
        let photo = NewPhoto {
            id,
            event_id,
            file_name: file_name.to_owned(),
            digest: received.digest,
            size_bytes: received.size_bytes,
            format,
        };
        let recorded = store.write(move |tx| photos::record(tx, &photo, now));
        settle(&store, id, recorded)
    }
}

/// What becomes of the received file `id`, now that it was recorded, or was not.
fn settle(
    store: &Store,
    id: PhotoId,
    recorded: Result<Recorded, StoreError>,
) -> Result<Accepted, IntakeError> {
    match recorded {
        Ok(Recorded::New) => Ok(Accepted::New(id)),
        Ok(Recorded::Again(known)) => {
            store.blobs().replace_received(id, known)?;
            Ok(Accepted::Known(known))
        }
        Ok(Recorded::Known(known)) => {
            store.blobs().discard(id);
            Ok(Accepted::Known(known))
        }
        Err(error) => {
            store.blobs().discard(id);
            Err(error.into())
        }
    }
}

/// Takes one file into an event.
///
/// # Errors
/// When it cannot be read, is no picture, too large, or cannot be kept.
pub fn take_in(
    store: &Store,
    event_id: EventId,
    file_name: &str,
    mut source: impl Read,
    max_bytes: u64,
    now: Timestamp,
) -> Result<Accepted, IntakeError> {
    let mut upload = Upload::new(store.clone(), event_id, max_bytes);
    let mut buffer = vec![0; 256 << 10];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return upload.finish(file_name, now),
            Ok(count) => upload.write(&buffer[..count])?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(IntakeError::Source(error)),
        }
    }
}
