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
use crate::store::faces;

/// One size of the event.
#[derive(serde::Serialize)]
struct Size {
    faces: usize,
    means: Means,
    /// The first search, which reads all faces.
    cold_ms: f64,
    p50_ms: f64,
    p95_ms: f64,
}

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
        let (cold, _) = search(&event, &selfies[0])?;
        let results = selfies.iter().map(|one| search(&event, one)).collect::<anyhow::Result<Vec<_>>>()?;
        let (mut elapsed, outcomes): (Vec<Duration>, Vec<Outcome>) = results.into_iter().unzip();
        elapsed.sort_unstable();
        let size = Size {
            faces: own + added,
            means: Means::of(&outcomes),
            cold_ms: ms(cold),
            p50_ms: ms(elapsed[elapsed.len() / 2]),
            p95_ms: ms(elapsed[elapsed.len() * 95 / 100]),
        };
        if !cli.json {
            output::line(&format!(
                "{} faces: recall {:.3}, precision {:.3}, wrong photos {:.2}, recall with maybe {:.3}; first search \
                 {} ms, then p50 {} ms, p95 {} ms",
                size.faces,
                size.means.recall,
                size.means.precision,
                size.means.wrong_photos,
                size.means.recall_with_maybe,
                size.cold_ms,
                size.p50_ms,
                size.p95_ms
            ));
        }
        sizes.push(size);
    }
    if cli.json {
        output::json(&sizes);
    }
    Ok(ExitCode::Done)
}

fn search(
    event: &Labelled,
    (selfie, photos): &(Embedding, HashSet<String>),
) -> anyhow::Result<(Duration, Outcome)> {
    let start = Instant::now();
    let found = event.search(std::slice::from_ref(selfie))?;
    Ok((start.elapsed(), Outcome::of(String::new(), &found.matches, photos)))
}
