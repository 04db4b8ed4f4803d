//! `fotota backup`, `fotota verify` and `fotota restore`.

use std::path::PathBuf;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::invocation::Invocation;
use super::output::counted;
use super::{ExitCode, output};
use crate::domain::{Clock, SystemClock};
use crate::signal::StopSignal;
use crate::store::backup::{self, BackupError, Problem, Progress, Verdict, Watch};
use crate::store::{DATABASE, StoreError};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Folder of the backup, new or with the backup before, on another disk
    #[arg(value_name = "BACKUP")]
    folder: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct Existing {
    /// Folder of the backup
    #[arg(value_name = "BACKUP")]
    folder: PathBuf,
}

pub(super) fn take(cli: &Invocation, options: &Options) -> anyhow::Result<ExitCode> {
    if cli.config.storage.url.is_none() && !cli.data.join(DATABASE).exists() {
        return Err(BackupError::NoData { folder: cli.data.clone() }.into());
    }
    let (store, begun) = (cli.open_store()?, Instant::now());
    let folder = &options.folder;
    let taken = with_bar(|watch| backup::take(&store, folder, SystemClock.now(), watch))?;
    let manifest = &taken.manifest;
    let seconds = (begun.elapsed().as_secs_f64() * 100.0).round() / 100.0;
    if cli.json {
        output::json(&json!({
            "backup": manifest, "new_files": taken.new_files, "new_bytes": taken.new_bytes,
            "deleted": taken.deleted, "problems": taken.problems, "seconds": seconds,
        }));
    } else {
        print(&taken.problems);
        output::line(&format!(
            "backed up {} of {}: {} ({} MB) new, {} deleted, in {seconds:.1} s",
            counted(manifest.photos, "photo", "photos"),
            counted(manifest.events, "event", "events"),
            counted(taken.new_files, "file", "files"),
            taken.new_bytes / 1_000_000,
            taken.deleted,
        ));
    }
    Ok(exit_code(&taken.problems))
}

pub(super) fn verify(cli: &Invocation, options: &Existing) -> anyhow::Result<ExitCode> {
    let verdict = with_bar(|watch| backup::verify(&options.folder, watch))?;
    report(cli, &verdict, "verified");
    if !verdict.problems.is_empty() && !cli.json {
        output::note("hint: delete the damaged files and run `fotota backup` again, it copies them again");
    }
    Ok(exit_code(&verdict.problems))
}

pub(super) fn restore(cli: &Invocation, options: &Existing) -> anyhow::Result<ExitCode> {
    if cli.config.storage.url.is_some() {
        let instead = "restore a copy of the data folder, and `pg_dump`'s file with `psql` or `pg_restore`";
        return Err(StoreError::OnServer { task: "a restore", instead }.into());
    }
    let verdict = with_bar(|watch| backup::restore(&options.folder, &cli.data, watch))?;
    report(cli, &verdict, "restored");
    Ok(exit_code(&verdict.problems))
}

/// Works with a progress bar on a terminal.
fn with_bar<T>(work: impl FnOnce(&mut Watch) -> Result<T, BackupError>) -> anyhow::Result<T> {
    let style = "{bar:30} {pos}/{len} files  {per_sec}  {eta} left";
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(style)?);
    let mut progress = |Progress { done, total }| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let done = work(&mut Watch { stop: &StopSignal::default(), progress: &mut progress });
    bar.finish_and_clear();
    Ok(done?)
}

fn report(cli: &Invocation, verdict: &Verdict, done: &str) {
    let Verdict { manifest, files, bytes, problems } = verdict;
    if cli.json {
        output::json(&json!({ "backup": manifest, "files": files, "bytes": bytes, "problems": problems }));
        return;
    }
    print(problems);
    let taken_at = manifest.taken_at.as_ref().map_or_else(String::new, |time| format!(", taken at {time}"));
    let found = match problems.len() {
        0 => "all as they should be".to_owned(),
        count => format!("{} NOT as they should be", counted(count as u64, "file", "files")),
    };
    output::line(&format!(
        "{done} {} ({} MB){taken_at}: {found}",
        counted(*files, "file", "files"),
        bytes / 1_000_000
    ));
}

fn print(problems: &[Problem]) {
    for Problem { file, fault, photo, note } in problems {
        let photo = photo.as_ref();
        let photo = photo.map_or_else(String::new, |of| format!(" of {} in {}", of.file_name, of.event));
        let note = note.as_ref().map_or_else(String::new, |note| format!(": {note}"));
        output::note(&format!("{file}{photo} {}{note}", fault.words()));
    }
}

fn exit_code(problems: &[Problem]) -> ExitCode {
    if problems.is_empty() { ExitCode::Done } else { ExitCode::Failed }
}
