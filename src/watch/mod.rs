//! Hot folders: whatever is written into a folder becomes photos of its event, from tethered cameras, exports, memory
//! cards and network drives.
//!
//! A folder is looked at regularly, and at once when the system tells of a change. A file counts when its size and time
//! have rested between two looks and its own structure says that it is whole; never after a time alone. Files that
//! are settled are remembered, so that a restart reads nothing again.
//!
//! Invariant: a file that is cut off never becomes a photo; every whole one becomes one once.

mod configured;
mod events;
mod folder;
mod look;
mod memory;
mod pace;
mod take;
#[cfg(test)]
mod tests;
mod writers;

use std::collections::HashMap;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::app::{App, Duty, Service, ServiceHandle};
use crate::domain::{SourceId, reason_chain};
use crate::signal::StopSignal;
use crate::store::{Lock, StoreError, source_files};

use folder::{Folder, Tools};
use pace::Pace;

pub use configured::find_or_create;
pub use folder::Report;

/// Name of the service.
pub const SERVICE: &str = "hot folders";
/// How often new sources are looked for.
const NEW_SOURCES: Duration = Duration::from_secs(2);
/// A look into the folder of a server that is gone may take minutes.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Watches all hot folders but for those of `fotota watch`, each on a thread of its own: none waits for another's slow
/// drive. Those of the configuration are made sources first. One process does so of all that share the rows.
#[must_use]
pub fn start(app: &App) -> Service {
    let app = app.clone();
    let service = Service::start(SERVICE, app.clock.clone(), 1, move |service| supervise(&app, service));
    service.with_stop_timeout(STOP_TIMEOUT)
}

/// Watches one hot folder until the signal stops it or the source is deleted.
pub fn watch(app: &App, source_id: SourceId, signal: &StopSignal, observe: &mut dyn FnMut(&Report)) {
    Folder::new(tools(app), source_id, signal.clone()).run(observe);
}

fn tools(app: &App) -> Tools {
    let max_file_bytes = app.config.intake.max_file_bytes();
    Tools { store: app.store.clone(), clock: app.clock.clone(), max_file_bytes, pace: Pace::USUAL }
}

struct Watch {
    signal: StopSignal,
    thread: JoinHandle<()>,
}

fn supervise(app: &App, service: &ServiceHandle) {
    let mut duty = Duty::new(&app.store, Lock::HotFolders);
    while duty.wait(service) {
        if let Err(error) = configured::apply(app) {
            tracing::error!(
                cause = reason_chain(&error),
                "the hot folders of the configuration cannot be recorded"
            );
        }
        watch_all(app, service, &mut duty);
    }
}

/// Until the service is stopped, or another process has the duty.
fn watch_all(app: &App, service: &ServiceHandle, duty: &mut Duty) {
    let mut watches = HashMap::new();
    while !service.signal.is_stopping() && duty.is_mine(service) {
        if let Err(error) = keep_all_watched(app, service, &mut watches) {
            service.record_error(reason_chain(&error));
        }
        service.signal.pause(NEW_SOURCES);
    }
    for watch in watches.values() {
        watch.signal.stop();
    }
    for watch in watches.into_values() {
        watch.thread.join().ok();
    }
}

fn keep_all_watched(
    app: &App,
    service: &ServiceHandle,
    watches: &mut HashMap<SourceId, Watch>,
) -> Result<(), StoreError> {
    // A thread that ended without being asked to begins again, also after a panic.
    watches.retain(|_, watch| !watch.thread.is_finished());
    for source_id in app.store.read(source_files::list_served)? {
        if watches.contains_key(&source_id) {
            continue;
        }
        let (signal, service) = (StopSignal::default(), service.clone());
        let mut folder = Folder::new(tools(app), source_id, signal.clone());
        let thread = std::thread::spawn(move || {
            let mut photos = 0;
            folder.run(&mut |report| {
                (photos..report.photos).for_each(|_| service.complete_one());
                photos = report.photos;
            });
        });
        watches.insert(source_id, Watch { signal, thread });
    }
    Ok(())
}
