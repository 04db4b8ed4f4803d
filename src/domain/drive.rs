//! A user's search of a Google Drive folder, and its matches.

use std::str::FromStr;

use super::{DriveMatchId, DriveSearchId, FaceBox, PixelSize, Timestamp, UserId};

/// Status of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriveStatus {
    /// Queued, or postponed.
    Pending,
    /// Running.
    Processing,
    /// Every picture of the folder was compared or given up.
    Completed,
    /// Ended early; the message says why.
    Failed,
}

impl DriveStatus {
    const ALL: [Self; 4] = [Self::Pending, Self::Processing, Self::Completed, Self::Failed];

    /// The text in the API and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for DriveStatus {
    type Err = ();

    /// From [`DriveStatus::as_str`].
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(())
    }
}

/// Numbers of pictures in the folder; all 0 until it is listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DriveCounts {
    /// In the folder and its subfolders.
    pub total: u32,
    /// Processed: searched for faces, or given up.
    pub done: u32,
    /// Given up.
    pub failed: u32,
}

/// One user's search of one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriveSearch {
    /// Public number.
    pub id: DriveSearchId,
    /// The user, who alone can see it.
    pub user_id: UserId,
    /// Drive's id of the folder.
    pub folder_id: String,
    /// The folder's name when it was last requested.
    pub folder_name: String,
    /// The link that the user pasted.
    pub url: String,
    /// Current status.
    pub status: DriveStatus,
    /// For the user: the current step, or why it failed.
    pub message: String,
    /// Progress in pictures.
    pub counts: DriveCounts,
    /// Creation time.
    pub created_at: Timestamp,
}

/// A picture that the user appears in, stored as a copy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DriveMatch {
    /// Public number; also names the copy.
    pub id: DriveMatchId,
    /// The face, in pixels of the copy.
    pub face: FaceBox,
    /// Size of the copy; `None` for copies of versions that did not record it.
    pub size: Option<PixelSize>,
    /// Cosine similarity of that face, in `-1.0..=1.0`.
    pub similarity: f32,
    /// When it was found.
    pub created_at: Timestamp,
}
