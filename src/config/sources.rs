//! Configuration of hot folders.

use std::path::PathBuf;

use serde::Deserialize;

use super::{Check, ConfigError};
use crate::domain::EventId;

/// A hot folder: whatever is written into it becomes photos of an event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HotFolder {
    /// The event's id.
    pub event: String,
    /// Where the photos come.
    pub folder: PathBuf,
    /// What the studio calls it; unset: the folder's name.
    pub name: Option<String>,
    /// Who takes its photos, for guests; unset: the event's photographer.
    pub credit: Option<String>,
}

impl HotFolder {
    /// The event that gets the photos.
    #[must_use]
    pub fn event_id(&self) -> Option<EventId> {
        self.event.parse().ok()
    }

    pub(super) fn check(&self, check: &Check) -> Result<(), ConfigError> {
        check(
            self.event_id().is_some(),
            "source.event",
            &self.event,
            "an event's id: see `fotota event list`",
        )?;
        let folder = self.folder.display();
        check(self.folder.to_str().is_some_and(|path| !path.is_empty()), "source.folder", &folder, "a path")
    }
}
