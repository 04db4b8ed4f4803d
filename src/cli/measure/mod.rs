//! `fotota measure`: accuracy and speed on labelled photos, through the same code that guests use.

mod detection;
mod event;
mod network;
mod pairs;
mod rates;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use clap::Subcommand;

use super::ExitCode;
use super::app::App;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Whole searches: a folder with photos/, `selfies/NAME_N.jpg` and truth.json
    Event {
        /// That folder
        dir: PathBuf,
    },
    /// Same person or not: face crops `NAME_0001.jpg`, and a CSV of pairs (a,b,same)
    Pairs {
        /// Folder of the crops, or with the crops in images/
        dir: PathBuf,
        /// The CSV file, also looked for in that folder
        pairs: PathBuf,
    },
    /// Faces found in photos: a folder, and a CSV of how many there are (file,faces)
    Detection {
        /// Folder of the photos
        dir: PathBuf,
        /// The CSV file, also looked for in that folder
        counts: PathBuf,
    },
    /// Time of one network alone, on one core
    Network {
        /// An ONNX file
        model: PathBuf,
        /// Size of its input, in pixels
        #[arg(long, value_name = "WIDTHxHEIGHT")]
        size: network::Size,
        /// How often it runs
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
        runs: u32,
    },
}

pub(super) fn run(app: &App, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Event { dir } => event::run(app, &dir),
        Command::Pairs { dir, pairs } => pairs::run(app, &dir, &pairs),
        Command::Network { model, size, runs } => network::run(app, &model, size, runs),
        Command::Detection { dir, counts } => detection::run(app, &dir, &counts),
    }
}

/// The data rows of a CSV file without quoted fields, checked to have `columns`.
fn read_csv<const N: usize>(dir: &Path, file: &Path, columns: [&str; N]) -> anyhow::Result<Vec<[String; N]>> {
    let path = if file.exists() { file.to_owned() } else { dir.join(file) };
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let mut rows = text.lines().map(|line| line.split(',').map(|field| field.trim().to_owned()).collect());
    let header: Vec<String> = rows.next().unwrap_or_default();
    anyhow::ensure!(header == columns, "`{}` must begin with `{}`", path.display(), columns.join(","));
    rows.enumerate()
        .map(|(index, row): (usize, Vec<String>)| {
            <[String; N]>::try_from(row)
                .map_err(|_| anyhow::anyhow!("line {} of `{}` has not {N} fields", index + 2, path.display()))
        })
        .collect()
}

/// `work` on each item, on as many threads as the configuration says; results in the items' order.
fn in_parallel<T: Sync, R: Send>(
    app: &App,
    items: &[T],
    work: impl Fn(&T) -> anyhow::Result<R> + Sync,
) -> anyhow::Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        while let Some((index, item)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|i| Some((i, items.get(i)?)))
        {
            done.push((index, work(item)));
        }
        done
    };
    let mut results: Vec<(usize, anyhow::Result<R>)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..app.config.intake.worker_count()).map(|_| scope.spawn(worker)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    anyhow::ensure!(results.len() == items.len(), "a worker thread failed");
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
