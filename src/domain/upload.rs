//! A file on its way into an event, in pieces.

use super::{EventId, Timestamp, UploadId};

/// A file that is being uploaded in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingUpload {
    /// Public number.
    pub id: UploadId,
    /// The event it is for.
    pub event_id: EventId,
    /// The uploader's name for it, without folders.
    pub file_name: String,
    /// How long the whole file is.
    pub size_bytes: u64,
    /// When it began.
    pub created_at: Timestamp,
    /// Forgotten after it, unless the next piece comes.
    pub expires_at: Timestamp,
}
