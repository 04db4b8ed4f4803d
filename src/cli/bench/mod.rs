//! `fotota bench`: the speed of imports and searches on this computer, measured with the production code.

pub(super) mod photos;
mod venue;

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;

use super::demo::sample_selfies;
use super::import::import_with_bar;
use super::invocation::Invocation;
use super::output::ms;
use super::search::find_sure;
use super::{ExitCode, output};
use crate::app::App;
use crate::domain::{Event, EventId};
use crate::face::instruction_set;
use crate::imaging::decode_reduced;
use crate::import::ImportSummary;
use crate::search::{SearchTimes, embed_selfie};
use crate::store::events;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Options {
    #[command(subcommand)]
    what: Option<What>,
    /// Folder of photos to import [default: generated photos of 24 megapixels with five faces]
    #[arg(long, value_name = "DIR")]
    photos: Option<PathBuf>,
    /// Number of photos to generate
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(2..=10_000))]
    count: u16,
    /// Selfie to search with [default: one of the sample event]
    #[arg(long, value_name = "FILE")]
    selfie: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// An evening: cameras send photos while guests have the event open; from the shutter to the phone
    Venue(venue::Options),
}

/// Number of searches measured without an import.
const IDLE_SEARCHES: usize = 20;

/// Times of searches, from the selfie's bytes to the list of photos.
#[derive(Serialize)]
struct Searches {
    count: usize,
    median_ms: f64,
    p95_ms: f64,
}

#[derive(Serialize)]
struct Report {
    instruction_set: &'static str,
    workers: usize,
    start_ms: f64,
    photos: usize,
    faces: u64,
    photos_per_second: f64,
    photos_per_second_per_core: f64,
    faces_per_second: f64,
    /// Mean of each stage on one core.
    ms_per_photo: Vec<(&'static str, f64)>,
    /// Share of the stages' time that is not JPEG entropy decoding, which is unavoidable.
    share_beside_entropy_decoding: f64,
    searches_alone: Searches,
    searches_during_import: Option<Searches>,
}

pub(super) fn run(cli: &Invocation, options: &Options) -> anyhow::Result<ExitCode> {
    if let Some(What::Venue(options)) = &options.what {
        return venue::run(cli, options);
    }
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    let paths = if let Some(dir) = &options.photos {
        list(dir)?
    } else {
        output::note(&format!("generating {} photos of 24 megapixels", options.count));
        photos::make(folder.path(), options.count.into())?
    };
    anyhow::ensure!(paths.len() > 1, "at least two photos are needed");
    let selfie = match &options.selfie {
        Some(path) => std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?,
        None => sample_selfies().next().context("the executable does not contain its selfies")?.into_owned(),
    };
    let start = Instant::now();
    let app = cli.in_folder(&folder.path().join("data")).open()?;
    let start = start.elapsed();
    // The first half without searches, the second with them.
    let (alone, crowded) = paths.split_at(paths.len() / 2);
    output::note("importing without searches");
    let bench = Bench { cli, app: &app, event_id: new_event(&app)?, selfie };
    let summary = import_with_bar(cli, &app, bench.event_id, alone, false)?;
    anyhow::ensure!(summary.imported > 0, "no photo could be imported");
    let idle = (0..IDLE_SEARCHES).map(|_| bench.search()).collect::<anyhow::Result<Vec<_>>>()?;
    output::note("importing during continuous searches");
    let busy = bench.search_during_import(crowded)?;
    let entropy = alone.iter().find_map(|photo| bench.entropy_decoding(photo)).unwrap_or_default();
    let report = Report::new(cli, start, &summary, entropy, &idle, &busy);
    if cli.json {
        output::json(&report);
    } else {
        report.print();
    }
    Ok(ExitCode::Done)
}

fn list(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(dir).with_context(|| format!("cannot list `{}`", dir.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.retain(|path| path.is_file());
    paths.sort();
    Ok(paths)
}

fn new_event(app: &App) -> anyhow::Result<EventId> {
    let event = Event::new("measured".to_owned(), None, app.clock.now());
    let event_id = event.id;
    app.store.write(move |tx| events::insert(tx, &event))?;
    Ok(event_id)
}

struct Bench<'a> {
    cli: &'a Invocation,
    app: &'a App,
    event_id: EventId,
    selfie: Vec<u8>,
}

impl Bench<'_> {
    /// The server's search for a guest.
    fn search(&self) -> anyhow::Result<Duration> {
        let start = Instant::now();
        let (app, mut times) = (self.app, SearchTimes::default());
        let embedding =
            embed_selfie(&app.engine, &self.selfie, app.limits, app.working_long_side, &mut times)?;
        find_sure(app, self.event_id, embedding.into())?;
        Ok(start.elapsed())
    }

    fn search_during_import(&self, paths: &[PathBuf]) -> anyhow::Result<Vec<Duration>> {
        let running = AtomicBool::new(true);
        std::thread::scope(|scope| {
            let guest = scope.spawn(|| {
                let mut times = Vec::new();
                while running.load(Ordering::Relaxed) {
                    times.push(self.search()?);
                }
                anyhow::Ok(times)
            });
            let imported = import_with_bar(self.cli, self.app, self.event_id, paths, false);
            running.store(false, Ordering::Relaxed);
            imported?;
            guest.join().map_err(|_| anyhow::anyhow!("the searching thread failed"))?
        })
    }

    /// Time to decode a photo to an eighth of its size, which is mostly entropy decoding; `None` if it is not a JPEG.
    fn entropy_decoding(&self, photo: &Path) -> Option<Duration> {
        let bytes = std::fs::read(photo).ok()?;
        let start = Instant::now();
        let decoded = decode_reduced(Cursor::new(bytes), self.app.limits, 1).ok()?;
        let is_reduced = decoded.size() != decoded.full_size;
        is_reduced.then(|| start.elapsed())
    }
}

impl Searches {
    fn new(times: &[Duration]) -> Option<Self> {
        let mut sorted = times.to_vec();
        sorted.sort_unstable();
        // Nearest-rank percentile.
        let at = |share: usize| sorted.get((sorted.len() * share).div_ceil(100).saturating_sub(1));
        Some(Self { count: sorted.len(), median_ms: ms(*at(50)?), p95_ms: ms(*at(95)?) })
    }
}

impl Report {
    fn new(
        cli: &Invocation,
        start: Duration,
        summary: &ImportSummary,
        entropy: Duration,
        idle: &[Duration],
        busy: &[Duration],
    ) -> Self {
        let workers = cli.config.intake.worker_count();
        let photos = summary.imported.max(1) as f64;
        let seconds = summary.elapsed.as_secs_f64();
        let stages = summary.times.stages();
        let all: f64 = stages.iter().map(|(_, time)| time.as_secs_f64()).sum();
        let round = |value: f64| (value * 100.0).round() / 100.0;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(workers);
        Self {
            instruction_set: instruction_set(),
            workers,
            start_ms: ms(start),
            photos: summary.imported,
            faces: summary.faces,
            photos_per_second: round(photos / seconds),
            photos_per_second_per_core: round(photos / seconds / cores as f64),
            faces_per_second: round(summary.faces as f64 / seconds),
            ms_per_photo: stages.map(|(name, time)| (name, round(ms(time) / photos))).to_vec(),
            share_beside_entropy_decoding: round(1.0 - photos * entropy.as_secs_f64() / all),
            searches_alone: Searches::new(idle).unwrap_or(Searches { count: 0, median_ms: 0.0, p95_ms: 0.0 }),
            searches_during_import: Searches::new(busy),
        }
    }

    fn print(&self) {
        let line = |name: &str, text: String| output::line(&format!("{name:<22}{text}"));
        line("instructions", format!("{}, {} workers", self.instruction_set, self.workers));
        line("models loaded in", format!("{} ms", self.start_ms));
        line(
            "import",
            format!(
                "{} photos/s ({} per core), {} faces/s; {} photos with {} faces",
                self.photos_per_second,
                self.photos_per_second_per_core,
                self.faces_per_second,
                self.photos,
                self.faces
            ),
        );
        let stages: Vec<String> = self.ms_per_photo.iter().map(|(name, ms)| format!("{name} {ms}")).collect();
        line("ms per photo", stages.join(", "));
        let share = 100.0 * self.share_beside_entropy_decoding;
        line("not entropy decoding", format!("{share:.0} % of that time"));
        let searches = |searches: &Searches| {
            format!(
                "median {} ms, p95 {} ms ({} searches)",
                searches.median_ms, searches.p95_ms, searches.count
            )
        };
        line("selfie to results", searches(&self.searches_alone));
        if let Some(during) = &self.searches_during_import {
            line("  during an import", searches(during));
        }
    }
}
