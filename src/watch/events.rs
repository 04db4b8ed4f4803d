//! Tells a hot folder's thread that something has happened there. A help only: network drives and some others tell
//! nothing, and looks come regularly anyway.

use std::path::Path;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _, recommended_watcher};

use crate::signal::StopSignal;

/// Wakes a thread when something in a folder changes, until it is dropped.
pub(super) struct Events {
    _watcher: RecommendedWatcher,
}

impl Events {
    /// `None` if the system does not tell about this folder.
    pub(super) fn of(folder: &Path, signal: &StopSignal) -> Option<Self> {
        let signal = signal.clone();
        let wake = move |event: notify::Result<notify::Event>| {
            // Reading the files is an event too.
            let is_change = event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_)));
            if is_change {
                signal.wake();
            }
        };
        let mut watcher = recommended_watcher(wake).ok()?;
        watcher.watch(folder, RecursiveMode::Recursive).ok()?;
        Some(Self { _watcher: watcher })
    }
}
