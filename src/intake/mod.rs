//! A photo comes in: from bytes anywhere to a recorded photo with its job, or a refusal that says why.
//!
//! Invariant: when [`take_in`] returns a photo, its bytes are on the disk and its row is committed; when it returns an
//! error, nothing of it remains.

mod folder;

use std::io::{Cursor, Read};

use crate::domain::{EventId, NewPhoto, PhotoId, Timestamp};
use crate::imaging::{ImagingError, sniff};
use crate::store::photos::{self, Recorded};
use crate::store::{ReceiveError, Store, StoreError};

pub use folder::{Refused, list_files};

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
    // Videos and sidecars are refused by their first bytes, before anything is copied.
    let mut head = Vec::with_capacity(32);
    source.by_ref().take(32).read_to_end(&mut head).map_err(IntakeError::Source)?;
    let format = sniff(&head)?;
    let id = PhotoId::random();
    let received = store.files().receive(id, &mut Cursor::new(head).chain(source), max_bytes)?;
    let photo = NewPhoto {
        id,
        event_id,
        file_name: file_name.to_owned(),
        digest: received.digest,
        size_bytes: received.size_bytes,
        format,
    };
    let recorded = store.write(move |tx| photos::record(tx, &photo, now));
    match recorded {
        Ok(Recorded::New) => Ok(Accepted::New(id)),
        Ok(Recorded::Again(known)) => {
            store.files().replace_received(id, known)?;
            Ok(Accepted::Known(known))
        }
        Ok(Recorded::Known(known)) => {
            store.files().discard(id);
            Ok(Accepted::Known(known))
        }
        Err(error) => {
            store.files().discard(id);
            Err(error.into())
        }
    }
}
