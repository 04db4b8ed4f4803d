//! An event moves: to a file and from it, and over HTTP to another FotoTa.
//!
//! An event file is a ZIP archive without compression:
//!
//! ```text
//! photos/ID.json              rows of a photo, with the names and hashes of its files
//! originals/AB/ID.jpg         files, named as in a data folder
//! derived/AB/ID.preview.jpg
//! event.json                  format, and all rows of the event but its photos'; last: a file without it is cut off
//! ```
//!
//! Over HTTP the same goes in parts: small event files, each of some photos; the last one has the event's rows too. The
//! receiving side says which photos it has; so an interrupted move goes on where it was.
//!
//! Invariant: a photo of which an original does not have the hash of its row is neither sent nor taken.

mod bring;
mod send;
mod write;

use std::io::Read;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::{PhotoId, Timestamp};
use crate::outbound::OutboundError;
use crate::signal::StopSignal;
use crate::store::StoreError;
use crate::store::moves::{EventRecords, MoveError};

pub use bring::{Brought, bring, event_of};
pub use send::{LISTING_ROUTE, Listing, Missing, PART_ROUTE, Sent, check_base_url, send};

pub use write::{Written, export};

/// Of event files as this version writes them.
const FORMAT: u32 = 1;
/// Name of the event's rows in a file.
const EVENT: &str = "event.json";
/// Rows of an event of 100,000 guests are smaller.
const MOST_JSON_BYTES: u64 = 256 << 20;

/// What `event.json` has.
#[derive(Serialize, Deserialize)]
struct Manifest {
    /// Of the file's layout.
    format: u32,
    /// Version of the program that wrote it.
    fotota: String,
    /// When.
    written_at: String,
    /// Whether this is the last part: the rows are there.
    is_last: bool,
    /// How many photos the event had.
    photos: u64,
    records: EventRecords,
}

impl Manifest {
    fn new(records: EventRecords, photos: usize, is_last: bool, now: Timestamp) -> Self {
        let (format, fotota) = (FORMAT, env!("CARGO_PKG_VERSION").to_owned());
        Self { format, fotota, written_at: now.to_string(), is_last, photos: photos as u64, records }
    }
}

/// Why an event was not moved.
#[derive(Debug, thiserror::Error)]
pub enum EventFileError {
    /// The data folder failed, or refuses the event.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be read or written.
    #[error("cannot use `{path}`")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It is no event file, or not all of one.
    #[error("this is no whole event file: {what}\nhint: write it again with `fotota event export`")]
    Damaged {
        /// What is wrong with it.
        what: String,
    },
    /// Its format is not known yet.
    #[error("the event file was written by a newer FotoTa (format {found})\nhint: use that version here too")]
    NewerFormat {
        /// Of the file.
        found: u32,
    },
    /// Another process brings an event.
    #[error("another event is being brought here\nhint: try again when it has come")]
    Busy,
    /// The event was deleted meanwhile.
    #[error("the event is gone")]
    EventGone,
    /// What was given as the address of the receiving side is none.
    #[error("`{address}` is not an address that `fotota event receive` printed")]
    Address {
        /// As given, without its token.
        address: String,
    },
    /// The receiving side does not answer.
    #[error("the other FotoTa does not answer\nhint: run the same command again, it goes on where it was")]
    Unreachable(#[source] OutboundError),
    /// The receiving side refuses.
    #[error("the other FotoTa refuses: {reason}")]
    Refused {
        /// As it says.
        reason: String,
    },
    /// The program ends.
    #[error("stopped\nhint: run the same command again, it goes on where it was")]
    Stopped,
}

impl From<MoveError> for EventFileError {
    fn from(error: MoveError) -> Self {
        Self::Store(error.into())
    }
}

impl From<zip::result::ZipError> for EventFileError {
    fn from(error: zip::result::ZipError) -> Self {
        Self::Damaged { what: error.to_string() }
    }
}

/// A photo that was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// File name as received.
    pub file_name: String,
    /// What is wrong.
    pub reason: String,
}

/// What work on an event file listens to and tells.
pub struct Watch<'a> {
    /// Ends the work between two photos.
    pub stop: &'a StopSignal,
    /// Is told how many photos are done, of how many.
    pub progress: &'a mut dyn FnMut(usize, usize),
}

impl Watch<'_> {
    fn tell(&mut self, done: usize, total: usize) -> Result<(), EventFileError> {
        (self.progress)(done, total);
        if self.stop.is_stopping() { Err(EventFileError::Stopped) } else { Ok(()) }
    }
}

/// Name of a photo's rows in a file.
fn name_of(photo: PhotoId) -> String {
    format!("photos/{photo}.json")
}

/// Reads rows, not more than fit into memory.
fn read_json<T: for<'de> Deserialize<'de>>(from: impl Read, name: &str) -> Result<T, EventFileError> {
    let mut bytes = Vec::new();
    let damaged =
        |error: &dyn std::fmt::Display| EventFileError::Damaged { what: format!("{name}: {error}") };
    from.take(MOST_JSON_BYTES + 1).read_to_end(&mut bytes).map_err(|error| damaged(&error))?;
    if bytes.len() as u64 > MOST_JSON_BYTES {
        return Err(damaged(&"too large"));
    }
    serde_json::from_slice(&bytes).map_err(|error| damaged(&error))
}
