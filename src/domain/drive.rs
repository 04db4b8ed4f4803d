//! A user's search of a Google Drive folder, and what it found.

use std::str::FromStr;

use super::{DriveMatchId, DriveSearchId, FaceBox, Timestamp, UserId};

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriveStatus {
    /// It waits its turn, or for Google.
    Pending,
    /// It is being worked on.
    Processing,
    /// Every picture of the folder was compared or given up.
    Completed,
    /// It ended without that; its message says why.
    Failed,
}

impl DriveStatus {
    const ALL: [Self; 4] = [Self::Pending, Self::Processing, Self::Completed, Self::Failed];

    /// In answers and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing more will happen.
    #[must_use]
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

impl FromStr for DriveStatus {
    type Err = ();

    /// From [`DriveStatus::as_str`].
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(())
    }
}

/// Pictures of the folder; all 0 until the folder was listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DriveCounts {
    /// In the folder and below it.
    pub total: u32,
    /// Those that were searched for faces or given up.
    pub done: u32,
    /// Those that were given up.
    pub failed: u32,
}

/// One user's search of one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriveSearch {
    /// Public number.
    pub id: DriveSearchId,
    /// Whose it is; nobody else sees it.
    pub user_id: UserId,
    /// Drive's id of the folder.
    pub folder_id: String,
    /// The folder's name, when it was last asked for.
    pub folder_name: String,
    /// The link as the user gave it.
    pub url: String,
    /// How far it has come.
    pub status: DriveStatus,
    /// For the user: what is being done, or why it failed.
    pub message: String,
    /// How far it has come, in pictures.
    pub counts: DriveCounts,
    /// When the user asked for it.
    pub created_at: Timestamp,
}

/// A picture the user is in, of which there is a copy of our own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DriveMatch {
    /// Public number; names the copy.
    pub id: DriveMatchId,
    /// The face, in pixels of the copy.
    pub face: FaceBox,
    /// Cosine similarity of that face, in `-1.0..=1.0`.
    pub similarity: f32,
    /// When it was found.
    pub created_at: Timestamp,
}
