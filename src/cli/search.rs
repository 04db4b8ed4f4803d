//! `fotota search`: the photos of an event that a person is in.

use std::path::PathBuf;
use std::time::Instant;

use serde::Serialize;

use super::app::App;
use super::output::{PixelBox, ms};
use super::{ExitCode, output};
use crate::search::{Match, Query, SearchTimes, embed_selfie, find_photos};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Id, share code or exact name
    event: String,
    /// A picture of the person
    selfie: PathBuf,
    /// Least cosine similarity, 0 to 1; higher shows fewer wrong photos and misses more right ones
    #[arg(long, value_name = "T", value_parser = share)]
    threshold: Option<f32>,
    /// Show at most so many photos, the most similar ones
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

fn share(text: &str) -> Result<f32, String> {
    let value: f32 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&value) { Ok(value) } else { Err("expected 0 to 1".to_owned()) }
}

#[derive(Serialize)]
pub(super) struct MatchView {
    photo_id: i64,
    file_name: String,
    similarity: f32,
    face: PixelBox,
}

impl From<Match> for MatchView {
    fn from(found: Match) -> Self {
        Self {
            photo_id: found.photo_id.as_i64(),
            file_name: found.file_name,
            similarity: found.similarity,
            face: found.face.into(),
        }
    }
}

#[derive(Serialize)]
struct Timings {
    decode: f64,
    detect: f64,
    recognise: f64,
    compare: f64,
    total: f64,
}

pub(super) fn run(app: &App, options: &Options) -> anyhow::Result<ExitCode> {
    let context = app.open()?;
    let event = App::find_event(&context.store, &options.event)?;
    let start = Instant::now();
    let selfie = app.read_picture(&options.selfie)?;
    let decode = start.elapsed();
    let mut times = SearchTimes::default();
    let embedding = embed_selfie(&context.engine, &selfie, &mut times)?;
    let threshold = options.threshold.unwrap_or_else(|| app.match_threshold(&context.engine));
    let compare = Instant::now();
    let query = Query { event_id: event.id, pack_id: context.pack_id, embedding: &embedding, threshold };
    let mut matches = find_photos(&context.store, query)?;
    times.compare = compare.elapsed();
    let timings = Timings {
        decode: ms(decode),
        detect: ms(times.detect),
        recognise: ms(times.recognise),
        compare: ms(times.compare),
        total: ms(start.elapsed()),
    };
    matches.truncate(options.limit.unwrap_or(usize::MAX));
    if app.json {
        let matches: Vec<MatchView> = matches.into_iter().map(MatchView::from).collect();
        output::json(&serde_json::json!({
            "event_id": event.id.as_i64(),
            "matches": matches,
            "timings_ms": timings,
        }));
    } else {
        for found in &matches {
            output::line(&format!(
                "{:.3}  {}  (photo {})",
                found.similarity, found.file_name, found.photo_id
            ));
        }
        output::note(&format!("{} photos in {} ms", matches.len(), timings.total));
    }
    Ok(ExitCode::Done)
}
