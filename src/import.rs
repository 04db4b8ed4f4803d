//! Import of files and folders into an event. At the end every file is accepted, a duplicate or rejected, and every
//! accepted photo is searchable or has failed for a stated reason.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::app::App;
use crate::domain::{Destination, EventId, PhotoId, PhotoState, Timestamp, reason_chain};
use crate::intake::{Accepted, IntakeError, Listing, RejectedFile, accept_written, list_files};
use crate::pipeline::{self, IndexEvent, StageTimes};
use crate::store::{StoreError, faces, photos};

/// How often the store is checked for photos that another process has indexed.
const POLL: Duration = Duration::from_secs(1);

/// How an import runs.
#[derive(Clone, Copy, Debug)]
pub struct ImportOptions {
    /// The event that gets the photos.
    pub event_id: EventId,
    /// Parallel jobs.
    pub workers: usize,
    /// Larger files are rejected.
    pub max_file_bytes: u64,
    /// Also what is left out otherwise: hidden files, recycle bins, thumbnails of devices.
    pub all: bool,
}

/// The result of an import.
#[derive(Clone, Debug, Default)]
pub struct ImportSummary {
    /// Photos that became searchable, also those that an interrupted import had accepted.
    pub imported: usize,
    /// Files that the event had already, byte for byte.
    pub duplicates: usize,
    /// Files and folders that were not accepted, and photos that could not be indexed.
    pub rejected: Vec<RejectedFile>,
    /// Files that nobody means, such as those in recycle bins.
    pub left_out: usize,
    /// Faces of the imported photos.
    pub faces: u64,
    /// The whole import.
    pub elapsed: Duration,
    /// The time of each stage, summed over all workers.
    pub times: StageTimes,
}

/// The progress of an import, in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportProgress {
    /// Files found.
    pub total: usize,
    /// Those of them that are finished, whatever the result.
    pub settled: usize,
}

struct Import<'a> {
    app: &'a App,
    options: ImportOptions,
    summary: ImportSummary,
    total: usize,
    settled: usize,
    /// Pending photos, each with its file.
    open: HashMap<PhotoId, PathBuf>,
    done: Vec<PhotoId>,
}

/// Imports all files at and below `paths`; calls `observe` after each step.
///
/// # Errors
/// When the data folder fails. What was imported stays; the same call continues from there.
pub fn import(
    app: &App,
    options: ImportOptions,
    paths: &[PathBuf],
    observe: &mut dyn FnMut(ImportProgress),
) -> Result<ImportSummary, StoreError> {
    let start = Instant::now();
    let Listing { files, rejected, left_out } = list_files(paths, options.all);
    let summary = ImportSummary { rejected, left_out, ..ImportSummary::default() };
    let total = files.len();
    let mut import =
        Import { app, options, summary, total, settled: 0, open: HashMap::new(), done: Vec::new() };
    let (sender, events) = channel();
    // The receiver may be gone when the import has failed.
    let indexing = pipeline::start(app, options.workers, move |event| drop(sender.send(event)));
    for file in files {
        import.accept(file)?;
        indexing.handle().signal.wake();
        for event in events.try_iter() {
            import.handle(event)?;
        }
        observe(import.progress());
    }
    while !import.open.is_empty() {
        match events.recv_timeout(POLL) {
            Ok(event) => import.handle(event)?,
            Err(RecvTimeoutError::Timeout) => import.check_store()?,
            Err(RecvTimeoutError::Disconnected) => return Err(StoreError::Closed),
        }
        observe(import.progress());
    }
    drop(indexing);
    import.summary.faces = app.store.read(|db| faces::count_in_photos(db, import.done.iter().copied()))?;
    import.summary.elapsed = start.elapsed();
    Ok(import.summary)
}

impl Import<'_> {
    fn progress(&self) -> ImportProgress {
        ImportProgress { total: self.total, settled: self.settled }
    }

    fn accept(&mut self, file: PathBuf) -> Result<(), StoreError> {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let ImportOptions { event_id, max_file_bytes, .. } = self.options;
        let accepted = std::fs::File::open(&file).map_err(IntakeError::Source).and_then(|source| {
            let (now, destination) = (self.app.clock.now(), Destination::of_owner(event_id));
            let modified = source.metadata().and_then(|metadata| metadata.modified());
            let written = (name.as_str(), modified.ok().map(Timestamp::of_system));
            accept_written(&self.app.store, destination, written, source, max_file_bytes, now)
        });
        match accepted {
            Ok(Accepted::New(id)) => {
                self.open.insert(id, file);
            }
            Ok(Accepted::Known(id)) => {
                let known = self.app.store.read(|db| photos::find(db, id))?;
                let waits = known.is_some_and(|photo| photo.state == PhotoState::Pending);
                if waits && !self.open.contains_key(&id) && !self.done.contains(&id) {
                    self.open.insert(id, file);
                } else {
                    self.summary.duplicates += 1;
                    self.settled += 1;
                }
            }
            Err(error) => {
                let theirs = match error.server_fault() {
                    Ok(ours) => return Err(ours),
                    Err(theirs) => theirs,
                };
                let (reason, is_unreadable) =
                    (reason_chain(&theirs), matches!(theirs, IntakeError::Source(_)));
                self.summary.rejected.push(RejectedFile { path: file, reason, is_unreadable });
                self.settled += 1;
            }
        }
        Ok(())
    }

    fn handle(&mut self, event: IndexEvent) -> Result<(), StoreError> {
        match event {
            IndexEvent::Indexed { photo_id, times, .. } => {
                self.summary.times.add(&times);
                self.settle(photo_id, None);
            }
            IndexEvent::Failed { photo_id, reason } => self.settle(photo_id, Some(reason)),
            IndexEvent::Retrying { photo_id, reason } => {
                tracing::warn!(photo.id = %photo_id, reason, "indexing a photo failed, retrying");
            }
            IndexEvent::Blocked(error) => return Err(error),
        }
        Ok(())
    }

    /// Settles photos that another process has indexed or deleted.
    fn check_store(&mut self) -> Result<(), StoreError> {
        for id in self.open.keys().copied().collect::<Vec<_>>() {
            match self.app.store.read(|db| photos::find(db, id))?.map(|photo| photo.state) {
                Some(PhotoState::Pending) => {}
                Some(PhotoState::Indexed) => self.settle(id, None),
                Some(PhotoState::Failed(reason)) => self.settle(id, Some(reason)),
                None => self.settle(id, Some("the photo was deleted during the import".to_owned())),
            }
        }
        Ok(())
    }

    fn settle(&mut self, id: PhotoId, failure: Option<String>) {
        // Workers also index photos of other imports, and photos of a former pack again.
        let Some(path) = self.open.remove(&id) else {
            if let Some(reason) = failure {
                tracing::warn!(photo.id = %id, reason, "a photo cannot be indexed");
            }
            return;
        };
        self.settled += 1;
        match failure {
            None => {
                self.summary.imported += 1;
                self.done.push(id);
            }
            Some(reason) => {
                self.summary.rejected.push(RejectedFile { path, reason, is_unreadable: false });
            }
        }
    }
}
