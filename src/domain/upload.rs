//! A resumable upload.

use super::{Destination, Timestamp, UploadId};

/// A file that is being uploaded in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingUpload {
    /// Public number.
    pub id: UploadId,
    /// Where the photo goes, and from whom it comes.
    pub destination: Destination,
    /// File name as given by the client, without folders.
    pub file_name: String,
    /// Size of the complete file.
    pub size_bytes: u64,
    /// Creation time.
    pub created_at: Timestamp,
    /// Deleted at this time, unless another piece arrives.
    pub expires_at: Timestamp,
}
