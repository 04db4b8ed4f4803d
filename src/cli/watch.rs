//! `fotota watch`: what is written into a folder becomes photos of an event, until Ctrl-C.

use std::collections::VecDeque;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};

use super::invocation::{Invocation, find_event};
use super::{ExitCode, output, stop_request};
use crate::app::App;
use crate::domain::{SourceTrouble, Timestamp};
use crate::pipeline::{self, IndexEvent};
use crate::signal::StopSignal;
use crate::store::{events, progress};
use crate::watch::{self, Report};

/// Between two lines on the terminal.
const INTERVAL: Duration = Duration::from_millis(500);
const MINUTE: Duration = Duration::from_mins(1);

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Id, share code or exact name
    event: String,
    /// Folder that a camera, a program or a person puts photos into; sub-folders count
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Who takes these photos, for guests [default: the event's photographer]
    #[arg(long, value_name = "NAME")]
    credit: Option<String>,
}

/// What the terminal shows.
#[derive(Default)]
struct Shown {
    report: Report,
    /// When the photos of the last minute came.
    recent: VecDeque<Instant>,
}

pub(super) fn run(cli: &Invocation, options: &Options) -> anyhow::Result<ExitCode> {
    let app = cli.open()?;
    let event = find_event(&app.store, &options.event)?;
    events::check_open(&event)?;
    let folder = std::path::absolute(&options.folder).context("cannot find the current folder")?;
    let source_id = watch::find_or_create(&app, event.id, &folder, options.credit.as_deref())
        .with_context(|| format!("cannot watch `{}`", folder.display()))?;
    let indexing = pipeline::start(&app, cli.config.intake.worker_count(), note_failure);
    let (stop, index_now) = (StopSignal::default(), indexing.handle().signal.clone());
    let shown = Arc::new(Mutex::new(Shown::default()));
    std::thread::scope(|scope| -> anyhow::Result<()> {
        let (shown, stop, app) = (&shown, &stop, &app);
        scope.spawn(move || {
            watch::watch(app, source_id, stop, &mut |report| {
                index_now.wake();
                lock(shown).update(report);
            });
            // The source was deleted in the studio.
            stop.stop();
        });
        scope.spawn(move || show(app, shown, stop));
        let ended = wait_for_end(stop);
        stop.stop();
        ended
    })?;
    output::note("stopping: waiting for photos being indexed");
    drop(indexing);
    let Report { photos, known, waiting, .. } = lock(&shown).report.clone();
    if cli.json {
        output::json(&serde_json::json!({ "photos": photos, "known": known, "waiting": waiting }));
    } else {
        output::line(&format!("{photos} photos, {known} known already, {waiting} files not complete"));
    }
    Ok(ExitCode::Done)
}

fn note_failure(event: IndexEvent) {
    match event {
        IndexEvent::Indexed { .. } => {}
        IndexEvent::Retrying { photo_id, reason } | IndexEvent::Failed { photo_id, reason } => {
            tracing::warn!(photo.id = %photo_id, reason, "a photo could not be indexed");
        }
        IndexEvent::Blocked(error) => tracing::error!(%error, "indexing is blocked"),
    }
}

/// Until Ctrl-C, or until there is nothing to watch any more.
fn wait_for_end(stop: &StopSignal) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let over = async {
            while !stop.is_stopping() {
                tokio::time::sleep(INTERVAL).await;
            }
        };
        tokio::select! {
            () = stop_request::listen()? => {}
            () = over => {}
        }
        Ok(())
    })
}

/// On a terminal one line that changes; elsewhere a line whenever the trouble changes.
fn show(app: &App, shown: &Mutex<Shown>, stop: &StopSignal) {
    let on_terminal = std::io::stderr().is_terminal();
    let bar = ProgressBar::new_spinner().with_style(ProgressStyle::default_spinner());
    let mut noted = None;
    loop {
        let report = lock(shown).report.clone();
        if report.trouble != noted {
            let note = report.trouble.as_ref().map_or_else(|| "the trouble is over".to_owned(), describe);
            bar.suspend(|| output::note(&note));
            noted.clone_from(&report.trouble);
        }
        if on_terminal {
            // The next attempt may succeed.
            let to_index = app.store.read(|db| progress::of_queue(db, app.clock.now()));
            let to_index = to_index.map_or(0, |queue| queue.pending);
            bar.set_message(lock(shown).line(to_index, app.clock.now()));
            bar.tick();
        }
        if stop.pause(INTERVAL) {
            return bar.finish_and_clear();
        }
    }
}

fn lock(shown: &Mutex<Shown>) -> std::sync::MutexGuard<'_, Shown> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shown {
    fn update(&mut self, report: &Report) {
        let now = Instant::now();
        (self.report.photos..report.photos).for_each(|_| self.recent.push_back(now));
        self.report = report.clone();
    }

    fn line(&mut self, to_index: u64, now: Timestamp) -> String {
        self.recent.retain(|came| came.elapsed() < MINUTE);
        let Report { photos, waiting, last, trouble, .. } = &self.report;
        let mut parts = vec![
            format!("photos: {photos}"),
            format!("{} a minute", self.recent.len()),
            format!("waiting: {waiting}"),
            format!("to index: {to_index}"),
        ];
        if let Some((name, at)) = last {
            parts.push(format!("last: {name}, {} s ago", now.since(*at).as_secs()));
        }
        if let Some((trouble, _)) = trouble {
            parts.push(words(*trouble).to_owned());
        }
        parts.join(" · ")
    }
}

fn describe((trouble, detail): &(SourceTrouble, String)) -> String {
    format!("trouble: {}: {detail}", words(*trouble))
}

fn words(trouble: SourceTrouble) -> &'static str {
    match trouble {
        SourceTrouble::FolderMissing => "the folder is not there; photos come when it is back",
        SourceTrouble::FolderUnreadable => "the folder cannot be read",
        SourceTrouble::FileIncomplete => "a file is not complete",
        SourceTrouble::FileRefused => "a file is no photo that can be taken",
        SourceTrouble::TransferBroken => "a transfer has ended early",
        SourceTrouble::WrongPassword => "somebody tried a wrong password",
        SourceTrouble::Full => "the source has brought as many photos as it may",
        SourceTrouble::EventClosed => "the event is closed; open it again in the studio",
        SourceTrouble::DiskFull => "the disk is full; free some space, nothing is lost",
        SourceTrouble::Internal => "the data folder cannot be used",
    }
}
