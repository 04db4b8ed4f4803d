//! `fotota measure`: accuracy and speed on labelled photos, measured with the production code.

mod detection;
mod event;
mod growth;
mod network;
mod pairs;
mod rates;
mod strangers;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use clap::Subcommand;

use super::ExitCode;
use super::invocation::Invocation;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Measure whole searches: a folder with photos/, `selfies/NAME_N.jpg` and truth.json
    Event {
        /// The folder
        dir: PathBuf,
        /// Faces of strangers to add: embeddings of the default pack, little-endian half floats
        #[arg(long, value_name = "FILE")]
        distractors: Option<PathBuf>,
        /// Another such folder, whose guests are not in the photos: they are searched for too
        #[arg(long, value_name = "DIR")]
        absent: Option<PathBuf>,
    },
    /// Measure the searches of such a folder in an event with 1, 10 and 100 times as many faces
    Growth {
        /// The folder
        dir: PathBuf,
        /// Faces of strangers, as above; for more faces than these they are blended
        #[arg(long, value_name = "FILE")]
        distractors: PathBuf,
        /// Multiples of the faces of the folder and the file together, ascending
        #[arg(long, value_name = "N", value_delimiter = ',', default_values_t = [1, 10, 100],
            value_parser = clap::value_parser!(u16).range(1..))]
        times: Vec<u16>,
    },
    /// Measure verification: face crops `NAME_0001.jpg` and a CSV file of pairs (a,b,same)
    Pairs {
        /// Folder with the crops, or with the crops in images/
        dir: PathBuf,
        /// CSV file, may be in that folder
        pairs: PathBuf,
    },
    /// Measure face detection: photos and a CSV file of face counts (file,faces)
    Detection {
        /// Folder with the photos
        dir: PathBuf,
        /// CSV file, may be in that folder
        counts: PathBuf,
    },
    /// Measure the speed of one network on one core
    Network {
        /// ONNX file
        model: PathBuf,
        /// Input size in pixels
        #[arg(long, value_name = "WIDTHxHEIGHT")]
        size: network::Size,
        /// Number of runs
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
        runs: u32,
    },
}

pub(super) fn run(cli: &Invocation, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Event { dir, distractors, absent } => {
            event::run(cli, &dir, distractors.as_deref(), absent.as_deref())
        }
        Command::Growth { dir, distractors, times } => growth::run(cli, &dir, &distractors, &times),
        Command::Pairs { dir, pairs } => pairs::run(cli, &dir, &pairs),
        Command::Network { model, size, runs } => network::run(cli, &model, size, runs),
        Command::Detection { dir, counts } => detection::run(cli, &dir, &counts),
    }
}

/// The data rows of a CSV file without quoted fields, checked to have `columns`.
fn read_csv<const N: usize>(dir: &Path, file: &Path, columns: [&str; N]) -> anyhow::Result<Vec<[String; N]>> {
    let path = if file.exists() { file.to_owned() } else { dir.join(file) };
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let mut rows = text.lines().map(|line| line.split(',').map(|field| field.trim().to_owned()).collect());
    let header: Vec<String> = rows.next().unwrap_or_default();
    anyhow::ensure!(
        header == columns,
        "`{}` must start with the header `{}`",
        path.display(),
        columns.join(",")
    );
    rows.enumerate()
        .map(|(index, row): (usize, Vec<String>)| {
            <[String; N]>::try_from(row).map_err(|_| {
                anyhow::anyhow!("line {} of `{}` does not have {N} fields", index + 2, path.display())
            })
        })
        .collect()
}

/// Runs `work` on each item, with the configured number of threads; results in the order of the items.
fn in_parallel<T: Sync, R: Send>(
    cli: &Invocation,
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
        let threads: Vec<_> = (0..cli.config.intake.worker_count()).map(|_| scope.spawn(worker)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    anyhow::ensure!(results.len() == items.len(), "a worker thread failed");
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
