//! One hot folder: looks at it again and again, takes what has come to rest, and says what is wrong.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::events::Events;
use super::look::{Look, NoLook, look};
use super::memory::Memory;
use super::pace::Pace;
use super::take::{Rested, Taken, Target};
use super::writers::Writers;
use crate::domain::{
    Clock, Destination, FileOutcome, Source, SourceFile, SourceId, SourceTrouble, Timestamp, Trouble,
    reason_chain,
};
use crate::intake::Accepted;
use crate::signal::StopSignal;
use crate::store::{Store, StoreError, events, source_files, sources};

/// Files are taken for so long before the next look: others come to rest meanwhile.
const TAKING: Duration = Duration::from_secs(5);
/// How often the database learns that the folder is looked at.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);
/// A look may take this share of the time: a large folder on a slow drive is looked at less often.
const SHARE_OF_LOOKS: u32 = 4;

/// What hot folders work with. Cheap to clone.
#[derive(Clone)]
pub(super) struct Tools {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) max_file_bytes: u64,
    pub(super) pace: Pace,
}

/// What is wrong, with a file's name or a reason.
type Named = (SourceTrouble, String);

/// How a round ended.
struct Ended {
    trouble: Option<Named>,
    pause: Duration,
}

/// What a hot folder has done so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files that became photos.
    pub photos: u64,
    /// Files that the event had already, byte for byte.
    pub known: u64,
    /// Files that are not whole yet, or not looked into.
    pub waiting: usize,
    /// The file that became a photo last, and when.
    pub last: Option<(String, Timestamp)>,
    /// What is wrong at the moment, and with which file.
    pub trouble: Option<(SourceTrouble, String)>,
}

/// What comes after a round.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another round after this pause.
    Round(Duration),
    /// None: the source was deleted.
    Over,
}

/// A hot folder under watch.
pub(super) struct Folder {
    tools: Tools,
    source_id: SourceId,
    signal: StopSignal,
    begin: Instant,
    /// `None` until it was read from the database.
    memory: Option<Memory>,
    events: Option<Events>,
    report: Report,
    /// The trouble that the database has, once it was recorded.
    recorded: Option<Named>,
    has_recorded: bool,
    seen_at: Option<Instant>,
}

impl Folder {
    pub(super) fn new(tools: Tools, source_id: SourceId, signal: StopSignal) -> Self {
        Self {
            tools,
            source_id,
            signal,
            begin: Instant::now(),
            memory: None,
            events: None,
            report: Report::default(),
            recorded: None,
            has_recorded: false,
            seen_at: None,
        }
    }

    /// Rounds until the signal stops them or the source is gone.
    pub(super) fn run(&mut self, observe: &mut dyn FnMut(&Report)) {
        while !self.signal.is_stopping() {
            let wake_ups = self.signal.wake_ups();
            let Next::Round(pause) = self.round(observe) else { return };
            // Many changes come together.
            let breath = pause.min(self.tools.pace.rest / 2);
            self.signal.pause(breath);
            self.signal.wait(wake_ups, pause.saturating_sub(breath));
        }
    }

    /// Looks once and takes what has rested; never fails for good.
    pub(super) fn round(&mut self, observe: &mut dyn FnMut(&Report)) -> Next {
        let pace = self.tools.pace;
        let (trouble, next) = match self.try_round(observe) {
            Ok(Some(Ended { trouble, pause })) => (trouble, Next::Round(pause)),
            Ok(None) => return Next::Over,
            // Paused since.
            Err(StoreError::SourcePaused) => return Next::Round(pace.poll),
            Err(error) if error.is_busy() => return Next::Round(pace.rest),
            Err(error) => (Some(trouble_of(&error)), Next::Round(pace.blocked)),
        };
        self.report.trouble = trouble;
        observe(&self.report);
        if let Err(error) = self.record() {
            tracing::warn!(cause = reason_chain(&error), "the state of a hot folder cannot be recorded");
        }
        next
    }

    /// `None` if there is no source any more.
    fn try_round(&mut self, observe: &mut dyn FnMut(&Report)) -> Result<Option<Ended>, StoreError> {
        let (pace, id) = (self.tools.pace, self.source_id);
        let Some(source) = self.tools.store.read(|db| sources::find(db, id))? else { return Ok(None) };
        let Some(folder) = source.folder.as_ref().map(PathBuf::from) else { return Ok(None) };
        if source.paused {
            return Ok(Some(Ended { trouble: None, pause: pace.poll }));
        }
        if self.memory.is_none() {
            self.memory = Some(Memory::new(self.tools.store.read(|db| source_files::list(db, id))?));
        }
        let event = self.tools.store.read(|db| events::find(db, source.event_id))?;
        if let Some(event) = event.filter(|event| event.closed_at.is_some()) {
            let trouble = Some((SourceTrouble::EventClosed, event.name));
            return Ok(Some(Ended { trouble, pause: pace.poll }));
        }
        let begin = Instant::now();
        let looked = match look(&folder) {
            Ok(looked) => looked,
            Err(reason) => {
                // Events of a folder that comes back are those of another one.
                self.events = None;
                let trouble = match reason {
                    NoLook::Missing => (SourceTrouble::FolderMissing, folder.display().to_string()),
                    NoLook::Unreadable(why) => (SourceTrouble::FolderUnreadable, why),
                };
                return Ok(Some(Ended { trouble: Some(trouble), pause: pace.poll }));
            }
        };
        if self.events.is_none() {
            self.events = Events::of(&folder, &self.signal);
        }
        let pause_at_least = begin.elapsed() * SHARE_OF_LOOKS;
        let took_all = self.take(&source, &folder, &looked, observe)?;
        let now = self.begin.elapsed();
        let Some(memory) = &self.memory else { return Ok(None) };
        self.report.waiting = memory.waiting();
        let pause = match memory.waiting() {
            _ if !took_all => Duration::ZERO,
            0 => pace.poll,
            _ => pace.rest,
        };
        let named = |(path, why): (&Path, &str)| format!("{}: {why}", path.display());
        let trouble = looked
            .unreadable
            .map(|why| (SourceTrouble::FolderUnreadable, why))
            .or_else(|| memory.stuck(now, &pace).map(|stuck| (SourceTrouble::FileIncomplete, named(stuck))))
            .or_else(|| memory.refused().map(|refused| (SourceTrouble::FileRefused, named(refused))));
        Ok(Some(Ended { trouble, pause: pause.max(pause_at_least) }))
    }

    /// Takes what has rested; `false` if there is more.
    fn take(
        &mut self,
        source: &Source,
        folder: &Path,
        looked: &Look,
        observe: &mut dyn FnMut(&Report),
    ) -> Result<bool, StoreError> {
        let Tools { store, clock, max_file_bytes, pace } = &self.tools;
        let Some(memory) = &mut self.memory else { return Ok(true) };
        if looked.unreadable.is_none() {
            let forgotten = memory.forget_others(&looked.files).into_iter();
            let forgotten: Vec<_> = forgotten.filter_map(|path| path.to_str().map(str::to_owned)).collect();
            let id = self.source_id;
            if !forgotten.is_empty() {
                store.write(move |db| source_files::forget(db, id, &forgotten))?;
            }
        }
        let due = memory.see(&looked.files, self.begin.elapsed(), pace);
        let (until, mut writers) = (Instant::now() + TAKING, None);
        let destination = Destination::from(source);
        for due in due {
            if self.signal.is_stopping() || Instant::now() > until {
                return Ok(false);
            }
            let (path, found) = (folder.join(&due.found.path), due.found);
            let rested = Rested { path: &path, stamp: found.stamp, rest: due.rested };
            let now = clock.now();
            let target = Target { store, destination: &destination, max_file_bytes: *max_file_bytes, now };
            let taken = rested
                .take(&target, pace, |path| writers.get_or_insert_with(|| Writers::below(folder)).of(path))?;
            let outcome = match taken {
                Taken::Waits(why) => {
                    memory.wait(&found.path, self.begin.elapsed(), pace, why);
                    continue;
                }
                Taken::Changed => {
                    memory.begin_again(&found.path);
                    continue;
                }
                Taken::Settled(outcome) => outcome,
                Taken::Accepted(accepted) => {
                    match accepted {
                        Accepted::New(_) => {
                            self.report.photos += 1;
                            self.report.last = Some((found.path.display().to_string(), now));
                        }
                        Accepted::Known(_) => self.report.known += 1,
                    }
                    FileOutcome::Photo
                }
            };
            memory.settle(&found, outcome.clone());
            // A name that is no text is read again after a restart.
            if let Some(path) = found.path.to_str().map(str::to_owned) {
                let (id, file) = (self.source_id, SourceFile { path, stamp: found.stamp, outcome });
                store.write(move |db| source_files::remember(db, id, &file))?;
            }
            self.report.waiting = memory.waiting();
            observe(&self.report);
        }
        Ok(true)
    }

    /// Writes what has changed about the source.
    fn record(&mut self) -> Result<(), StoreError> {
        let (id, now) = (self.source_id, self.tools.clock.now());
        let is_there = !matches!(self.report.trouble, Some((SourceTrouble::FolderMissing, _)));
        if is_there && self.seen_at.is_none_or(|seen_at| seen_at.elapsed() >= SIGN_OF_LIFE) {
            self.tools.store.write(move |db| sources::record_seen(db, id, now))?;
            self.seen_at = Some(Instant::now());
        }
        if self.has_recorded && self.recorded == self.report.trouble {
            return Ok(());
        }
        let trouble = self.report.trouble.clone();
        // Names of files do not belong into the log.
        match &trouble {
            Some((kind, _)) => {
                tracing::warn!(source.id = %id, trouble = kind.as_str(), "something is wrong with a hot folder");
            }
            None if self.has_recorded => {
                tracing::info!(source.id = %id, "a hot folder is all right again");
            }
            None => {}
        }
        self.tools.store.write(move |db| match &trouble {
            Some((kind, detail)) => sources::record_trouble(
                db,
                id,
                &Trouble { kind: *kind, detail: Some(detail.clone()), at: now },
            ),
            None => sources::clear_trouble(db, id),
        })?;
        (self.recorded, self.has_recorded) = (self.report.trouble.clone(), true);
        Ok(())
    }
}

/// What all files would meet.
fn trouble_of(error: &StoreError) -> Named {
    let trouble = match error {
        StoreError::DiskFull { .. } => SourceTrouble::DiskFull,
        StoreError::EventClosed { .. } => SourceTrouble::EventClosed,
        StoreError::SourceFull { .. } => SourceTrouble::Full,
        _ => SourceTrouble::Internal,
    };
    (trouble, reason_chain(error))
}
