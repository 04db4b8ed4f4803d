//! `fotota import`: imports files and folders into an event.

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::invocation::{Invocation, find_event};
use super::output::counted;
use super::{ExitCode, output};
use crate::app::App;
use crate::domain::EventId;
use crate::import::{self, ImportOptions, ImportSummary};
use crate::store::events;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Id, share code or exact name
    event: String,
    /// Photos and folders of photos; duplicates are detected by content
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Also hidden files, recycle bins and thumbnails of devices
    #[arg(long)]
    all: bool,
}

#[derive(Serialize)]
struct SummaryView<'a> {
    imported: usize,
    duplicates: usize,
    rejected: Vec<RejectedView<'a>>,
    left_out: usize,
    faces: u64,
    seconds: f64,
}

#[derive(Serialize)]
struct RejectedView<'a> {
    path: String,
    reason: &'a str,
}

pub(super) fn run(cli: &Invocation, options: &Options) -> anyhow::Result<ExitCode> {
    let app = cli.open()?;
    let event = find_event(&app.store, &options.event)?;
    events::check_open(&event)?;
    let summary = import_with_bar(cli, &app, event.id, &options.paths, options.all)?;
    if cli.json {
        output::json(&view(&summary));
    } else {
        print(&summary);
    }
    let unreadable = summary.rejected.iter().filter(|refused| refused.is_unreadable).count();
    if unreadable > 0 {
        let files = counted(unreadable as u64, "file", "files");
        output::note(&format!(
            "{files} could not be read\nhint: is the disk or card still there? Run the same command again, it takes \
             what is missing"
        ));
    }
    let nothing = summary.imported + summary.duplicates == 0 && !summary.rejected.is_empty();
    Ok(match nothing {
        true => ExitCode::NothingImported,
        false if unreadable > 0 => ExitCode::FilesUnreadable,
        false => ExitCode::Done,
    })
}

/// Imports, with a progress bar on a terminal.
pub(super) fn import_with_bar(
    cli: &Invocation,
    app: &App,
    event_id: EventId,
    paths: &[PathBuf],
    all: bool,
) -> anyhow::Result<ImportSummary> {
    let intake = &cli.config.intake;
    let (workers, max_file_bytes) = (intake.worker_count(), intake.max_file_bytes());
    let options = ImportOptions { event_id, workers, max_file_bytes, all };
    let style = "{bar:30} {pos}/{len} photos  {per_sec}  {eta} left";
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(style)?);
    let summary = import::import(app, options, paths, &mut |progress| {
        bar.set_length(progress.total as u64);
        bar.set_position(progress.settled as u64);
    });
    bar.finish_and_clear();
    Ok(summary?)
}

fn view(summary: &ImportSummary) -> SummaryView<'_> {
    SummaryView {
        imported: summary.imported,
        duplicates: summary.duplicates,
        rejected: summary
            .rejected
            .iter()
            .map(|refused| RejectedView { path: refused.path.display().to_string(), reason: &refused.reason })
            .collect(),
        left_out: summary.left_out,
        faces: summary.faces,
        seconds: (summary.elapsed.as_secs_f64() * 100.0).round() / 100.0,
    }
}

fn print(summary: &ImportSummary) {
    for refused in &summary.rejected {
        output::note(&format!("rejected  {}: {}", refused.path.display(), refused.reason));
    }
    if summary.left_out > 0 {
        let files =
            if summary.left_out == 1 { "1 file".to_owned() } else { format!("{} files", summary.left_out) };
        output::note(&format!(
            "left out  {files}: hidden, in recycle bins, or thumbnails that devices make (--all takes them)"
        ));
    }
    output::line(&describe(summary));
}

/// The summary in one line.
pub(super) fn describe(summary: &ImportSummary) -> String {
    let seconds = summary.elapsed.as_secs_f64();
    format!(
        "{} photos imported with {} faces, {} duplicates, {} rejected, in {seconds:.1} s ({:.1} photos/s)",
        summary.imported,
        summary.faces,
        summary.duplicates,
        summary.rejected.len(),
        summary.imported as f64 / seconds.max(1e-9)
    )
}
