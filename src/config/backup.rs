//! Configuration of regular backups.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::{Check, ConfigError};
use crate::domain::Timestamp;

/// Regular backups of a running server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Backup {
    /// Folder of a backup that was begun by hand; unset: no regular backups.
    pub folder: Option<PathBuf>,
    /// Minutes from one backup to the next.
    pub every_minutes: u32,
}

impl Default for Backup {
    fn default() -> Self {
        Self { folder: None, every_minutes: 60 }
    }
}

impl Backup {
    /// Time from one backup to the next.
    #[must_use]
    pub fn interval(&self) -> Duration {
        Duration::from_secs(u64::from(self.every_minutes) * 60)
    }

    /// Whether a backup taken then is so old that somebody should look.
    #[must_use]
    pub fn is_old(&self, taken_at: Timestamp, now: Timestamp) -> bool {
        now.since(taken_at) > self.interval() * 3
    }

    pub(super) fn check(&self, check: &Check) -> Result<(), ConfigError> {
        let minutes = self.every_minutes;
        check((1..=10_080).contains(&minutes), "backup.every_minutes", &minutes, "1 to 10080, a week")?;
        let is_named = self.folder.as_ref().is_none_or(|folder| !folder.as_os_str().is_empty());
        check(is_named, "backup.folder", &"empty", "a path, or no such line")
    }
}
