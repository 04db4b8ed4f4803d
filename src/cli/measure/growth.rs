//! How searches fare when an event grows: the same selfies among 1, 10 and 100 times as many faces.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::ExitCode;
use super::super::invocation::Invocation;
use super::super::output::{self, ms};
use super::event::{Labelled, Means, Outcome};
use super::strangers;
use crate::domain::Embedding;
use crate::search::Searcher;
use crate::store::{faces, photos};

/// One size of the event.
#[derive(serde::Serialize)]
struct Size {
    faces: usize,
    means: Means,
    /// The first search, which reads all faces.
    cold_ms: f64,
    p50_ms: f64,
    p95_ms: f64,
    memory: Memory,
    /// Adding one photo: recording its faces until they are committed, and bringing memory up to date.
    added: Added,
}

/// What the event takes in memory.
#[derive(serde::Serialize)]
struct Memory {
    /// As computed from the number of faces.
    bytes: usize,
    /// By how much the first search made the process larger; known on Linux only.
    growth_bytes: Option<usize>,
}

/// Times of adding a photo.
#[derive(serde::Serialize)]
struct Added {
    photos: usize,
    p50_ms: f64,
    p95_ms: f64,
    /// Of the median: bringing memory up to date.
    memory_p50_ms: f64,
}

/// Photos that are added to measure how long one takes.
const ADDED_PHOTOS: usize = 40;
/// Faces of each.
const ADDED_FACES: usize = 5;

pub(super) fn run(
    cli: &Invocation,
    dir: &Path,
    distractors: &Path,
    times: &[u16],
) -> anyhow::Result<ExitCode> {
    let (mut event, _) = Labelled::import(cli, dir, tempfile::tempdir()?)?;
    let known = strangers::read(&event.app, distractors)?;
    let selfies = event.usable_selfies()?;
    anyhow::ensure!(!selfies.is_empty(), "there are no selfies in `{}`", dir.display());
    let own = event.app.store.read(|db| faces::count(db, event.event_id, event.app.pack_id))?;
    let all = strangers::multiply(
        &known,
        (own + known.len()) * usize::from(times.iter().copied().max().unwrap_or(1)) - own,
    );
    let (mut sizes, mut added) = (Vec::new(), 0);
    for times in times {
        let wanted = (own + known.len()) * usize::from(*times) - own;
        strangers::add(&event.app, event.event_id, &all[added.min(wanted)..wanted])?;
        added = wanted;
        // With nothing in memory.
        let current = (event.app.pack_id, *event.app.search.rule());
        event.app.search = Arc::new(Searcher::new(current, Vec::new(), event.app.config.face.memory_bytes()));
        let before = resident_bytes();
        let (cold, _) = search(&event, &selfies[0])?;
        let growth_bytes = before.and_then(|before| Some(resident_bytes()?.saturating_sub(before)));
        let memory = Memory { bytes: event.app.search.memory_bytes(), growth_bytes };
        let results = selfies.iter().map(|one| search(&event, one)).collect::<anyhow::Result<Vec<_>>>()?;
        let (elapsed, outcomes): (Vec<Duration>, Vec<Outcome>) = results.into_iter().unzip();
        let (p50_ms, p95_ms) = percentiles(elapsed);
        let faces = own + added;
        let means = Means::of(&outcomes);
        let added = add_photos(&event, &known)?;
        let size = Size { faces, means, cold_ms: ms(cold), p50_ms, p95_ms, memory, added };
        if !cli.json {
            size.print();
        }
        sizes.push(size);
    }
    if cli.json {
        output::json(&sizes);
    }
    Ok(ExitCode::Done)
}

impl Size {
    fn print(&self) {
        let Self { faces, means, cold_ms, p50_ms, p95_ms, memory, added } = self;
        output::line(&format!(
            "{faces} faces: recall {:.3}, precision {:.3}, wrong photos {:.2}, recall with maybe {:.3}; first search \
             {cold_ms} ms, then p50 {p50_ms} ms, p95 {p95_ms} ms",
            means.recall, means.precision, means.wrong_photos, means.recall_with_maybe,
        ));
        let mb = |bytes: usize| format!("{:.1} MB", bytes as f64 / 1e6);
        let growth = memory.growth_bytes.map_or_else(|| "unknown".to_owned(), mb);
        output::line(&format!("  in memory: {} computed, growth of the process {growth}", mb(memory.bytes)));
        let Added { photos, p50_ms, p95_ms, memory_p50_ms } = added;
        output::line(&format!(
            "  {photos} more photos of {ADDED_FACES} faces, each: p50 {p50_ms} ms, p95 {p95_ms} ms; bringing memory up \
             to date takes {memory_p50_ms} ms of it"
        ));
    }
}

/// The median and the 95th of a hundred, in milliseconds.
fn percentiles(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort_unstable();
    (ms(times[times.len() / 2]), ms(times[times.len() * 95 / 100]))
}

/// Adds photos one by one, as if they were being indexed while a guest's page is open, and deletes them again.
fn add_photos(event: &Labelled, faces: &[Embedding]) -> anyhow::Result<Added> {
    let (app, mut ids) = (&event.app, Vec::new());
    let (mut whole, mut memory) = (Vec::new(), Vec::new());
    for faces in faces.chunks_exact(ADDED_FACES).take(ADDED_PHOTOS) {
        let start = Instant::now();
        let photos = strangers::add_photos(app, event.event_id, std::iter::once(faces))?;
        let committed = Instant::now();
        app.store.read(|db| {
            let faces = faces::list_in_photo(db, photos[0])?;
            app.search.prepare(db, event.event_id, &faces)
        })?;
        whole.push(start.elapsed());
        memory.push(committed.elapsed());
        ids.extend(photos);
    }
    app.store.write(move |tx| ids.iter().try_for_each(|id| photos::delete(tx, *id).map(drop)))?;
    anyhow::ensure!(!whole.is_empty(), "there are fewer than {ADDED_FACES} faces of strangers");
    let photos = whole.len();
    let ((p50_ms, p95_ms), (memory_p50_ms, _)) = (percentiles(whole), percentiles(memory));
    Ok(Added { photos, p50_ms, p95_ms, memory_p50_ms })
}

/// Memory of this process that is not on the disk.
fn resident_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()? * 1024)
}

fn search(
    event: &Labelled,
    (selfie, photos): &(Embedding, HashSet<String>),
) -> anyhow::Result<(Duration, Outcome)> {
    let start = Instant::now();
    let found = event.search(std::slice::from_ref(selfie))?;
    Ok((start.elapsed(), Outcome::of(String::new(), &found.matches, photos)))
}
