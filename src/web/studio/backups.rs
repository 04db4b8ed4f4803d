//! The regular backups, as the studio shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::services::{BackupStatus, TroubleKind};

/// What is wrong with the regular backups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BackupTrouble {
    /// The disk is not connected, or has no backup that was begun by hand.
    Away,
    /// See `reason`.
    Failed,
    /// The last one was taken, but files of the data folder are damaged or missing.
    Damaged,
}

/// The regular backups.
#[derive(Serialize, ToSchema)]
pub(crate) struct Backups {
    /// When the last one was taken, as far as the server knows.
    #[schema(required = true)]
    taken_at: Option<String>,
    /// Whether one is being taken.
    running: bool,
    #[schema(required = true)]
    trouble: Option<BackupTrouble>,
    /// Since when there is trouble.
    #[schema(required = true)]
    trouble_since: Option<String>,
    /// Why the last attempt failed, in English.
    #[schema(required = true)]
    reason: Option<String>,
    /// Files of the data folder that are damaged or missing.
    damaged_files: u64,
}

impl From<BackupStatus> for Backups {
    fn from(status: BackupStatus) -> Self {
        let (mut reason, mut damaged_files) = (None, 0);
        let since = status.trouble.as_ref().map(|trouble| trouble.since.to_string());
        let trouble = status.trouble.map(|trouble| match trouble.kind {
            TroubleKind::Away => BackupTrouble::Away,
            TroubleKind::Failed(text) => {
                reason = Some(text);
                BackupTrouble::Failed
            }
            TroubleKind::Damaged(files) => {
                damaged_files = files;
                BackupTrouble::Damaged
            }
        });
        Self {
            taken_at: status.taken_at.map(|time| time.to_string()),
            running: status.is_running,
            trouble,
            trouble_since: since,
            reason,
            damaged_files,
        }
    }
}
