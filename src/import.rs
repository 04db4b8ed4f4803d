//! Files and folders into an event, to the end: every file is taken in, already there or refused, and every photo
//! taken in is searchable or has failed for a reason.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use crate::domain::{EventId, PhotoId, PhotoState, reason_chain};
use crate::intake::{Accepted, IntakeError, RejectedFile, accept, list_files};
use crate::pipeline::{Context, Pipeline, Progress, StageTimes};
use crate::store::{StoreError, faces, photos};

/// How often the store is asked about photos that another process may have indexed.
const POLL: Duration = Duration::from_secs(1);

/// Where to, and how.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The event that gets the photos.
    pub event_id: EventId,
    /// Photos worked on at once.
    pub workers: usize,
    /// Larger files are refused.
    pub max_file_bytes: u64,
}

/// What an import did.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Photos that became searchable, among them those that an interrupted import had left.
    pub imported: usize,
    /// Files whose bytes the event had already.
    pub duplicates: usize,
    /// Files and folders that were not taken, and photos that could not be indexed.
    pub rejected: Vec<RejectedFile>,
    /// Faces of the imported photos.
    pub faces: u64,
    /// From first to last.
    pub elapsed: Duration,
    /// Work of all workers together.
    pub times: StageTimes,
}

/// How far an import has come, in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Files found.
    pub total: usize,
    /// Of them, those with which nothing more will happen.
    pub settled: usize,
}

struct Import<'a> {
    context: &'a Context,
    options: Options,
    summary: Summary,
    total: usize,
    settled: usize,
    /// Photos that are not searchable yet, with the file each came from.
    open: HashMap<PhotoId, PathBuf>,
    done: Vec<PhotoId>,
}

/// Imports all files at and below `paths`; `observe` hears of each step.
///
/// # Errors
/// When the data folder fails: what was imported by then stays, and the same call goes on from there.
pub fn import(
    context: &Context,
    options: Options,
    paths: &[PathBuf],
    observe: &mut dyn FnMut(Position),
) -> Result<Summary, StoreError> {
    let start = Instant::now();
    let (files, refused) = list_files(paths);
    let summary = Summary { rejected: refused, ..Summary::default() };
    let total = files.len();
    let mut import =
        Import { context, options, summary, total, settled: 0, open: HashMap::new(), done: Vec::new() };
    let (pipeline, progress) = Pipeline::start(context, options.workers);
    for file in files {
        import.take(file)?;
        pipeline.wake();
        for step in progress.try_iter() {
            import.note(step)?;
        }
        observe(import.position());
    }
    while !import.open.is_empty() {
        match progress.recv_timeout(POLL) {
            Ok(step) => import.note(step)?,
            Err(RecvTimeoutError::Timeout) => import.ask_store()?,
            Err(RecvTimeoutError::Disconnected) => return Err(StoreError::Closed),
        }
        observe(import.position());
    }
    drop(pipeline);
    import.summary.faces =
        context.store.read(|connection| faces::count_in_photos(connection, import.done.iter().copied()))?;
    import.summary.elapsed = start.elapsed();
    Ok(import.summary)
}

impl Import<'_> {
    fn position(&self) -> Position {
        Position { total: self.total, settled: self.settled }
    }

    fn take(&mut self, file: PathBuf) -> Result<(), StoreError> {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Options { event_id, max_file_bytes, .. } = self.options;
        let accepted = std::fs::File::open(&file).map_err(IntakeError::Source).and_then(|source| {
            let now = self.context.clock.now();
            accept(&self.context.store, event_id, &name, source, max_file_bytes, now)
        });
        match accepted {
            Ok(Accepted::New(id)) => {
                self.open.insert(id, file);
            }
            Ok(Accepted::Known(id)) => {
                let known = self.context.store.read(|connection| photos::find(connection, id))?;
                let waits = known.is_some_and(|photo| photo.state == PhotoState::Pending);
                if waits && !self.open.contains_key(&id) && !self.done.contains(&id) {
                    self.open.insert(id, file);
                } else {
                    self.summary.duplicates += 1;
                    self.settled += 1;
                }
            }
            Err(error) => {
                let reason = match error.server_fault() {
                    Ok(ours) => return Err(ours),
                    Err(theirs) => reason_chain(&theirs),
                };
                self.summary.rejected.push(RejectedFile { path: file, reason });
                self.settled += 1;
            }
        }
        Ok(())
    }

    fn note(&mut self, step: Progress) -> Result<(), StoreError> {
        match step {
            Progress::Indexed { photo_id, times, .. } => {
                self.summary.times.add(&times);
                self.settle(photo_id, None);
            }
            Progress::Failed { photo_id, reason } => self.settle(photo_id, Some(reason)),
            Progress::Retrying { photo_id, reason } => {
                tracing::warn!(photo.id = %photo_id, reason, "a photo could not be indexed and is tried again");
            }
            Progress::Blocked(error) => return Err(error),
        }
        Ok(())
    }

    /// Photos that another process took are settled too.
    fn ask_store(&mut self) -> Result<(), StoreError> {
        for id in self.open.keys().copied().collect::<Vec<_>>() {
            match self.context.store.read(|connection| photos::find(connection, id))?.map(|photo| photo.state)
            {
                Some(PhotoState::Pending) => {}
                Some(PhotoState::Indexed) => self.settle(id, None),
                Some(PhotoState::Failed(reason)) => self.settle(id, Some(reason)),
                None => self.settle(id, Some("the photo was deleted meanwhile".to_owned())),
            }
        }
        Ok(())
    }

    fn settle(&mut self, id: PhotoId, failure: Option<String>) {
        // Photos of an earlier import may be among those that the workers report.
        let Some(path) = self.open.remove(&id) else { return };
        self.settled += 1;
        match failure {
            None => {
                self.summary.imported += 1;
                self.done.push(id);
            }
            Some(reason) => self.summary.rejected.push(RejectedFile { path, reason }),
        }
    }
}
