//! `fotota search`: an event's photos of a person.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::bail;
use serde::Serialize;

use super::invocation::{Invocation, find_event};
use super::output::{PixelBox, ms};
use super::{ExitCode, output};
use crate::app::App;
use crate::domain::EventId;
use crate::search::{FaceCodes, Match, Query, SearchError, SearchTimes};
use crate::store::StoreError;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Id, share code or exact name
    event: String,
    /// Picture of the person
    selfie: PathBuf,
    /// Minimum cosine similarity, 0 to 1; higher values show fewer wrong photos and miss more right ones
    #[arg(long, value_name = "T", value_parser = share)]
    threshold: Option<f32>,
    /// Show at most N photos, the most similar ones
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
            photo_id: found.photo.id.as_i64(),
            file_name: found.photo.file_name,
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

pub(super) fn run(cli: &Invocation, options: &Options) -> anyhow::Result<ExitCode> {
    let mut cli = cli.clone();
    cli.config.face.match_threshold = options.threshold.or(cli.config.face.match_threshold);
    let app = cli.open()?;
    let event = find_event(&app.store, &options.event)?;
    if event.faces_deleted_at.is_some() {
        bail!(
            "the faces of event `{}` were deleted at their date: nobody can be found in its photos",
            event.name
        );
    }
    let start = Instant::now();
    let mut times = SearchTimes::default();
    let selfie = cli.find_selfie_faces(&app.engine, &options.selfie, &mut times)?;
    let recognise = Instant::now();
    let codes = app.embed(&selfie, selfie.main().map_err(SearchError::Selfie)?, event.id)?;
    times.recognise = recognise.elapsed();
    let compare = Instant::now();
    let mut matches = find_sure(&app, event.id, codes)?;
    times.compare = compare.elapsed();
    let timings = Timings {
        decode: ms(times.decode),
        detect: ms(times.detect),
        recognise: ms(times.recognise),
        compare: ms(times.compare),
        total: ms(start.elapsed()),
    };
    matches.truncate(options.limit.unwrap_or(usize::MAX));
    if cli.json {
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
                found.similarity, found.photo.file_name, found.photo.id
            ));
        }
        output::note(&format!("{} photos in {} ms", matches.len(), timings.total));
    }
    Ok(ExitCode::Done)
}

/// The sure matches, most similar first.
pub(super) fn find_sure(app: &App, event_id: EventId, selfie: FaceCodes) -> Result<Vec<Match>, StoreError> {
    let query = Query { event_id, selfies: &[selfie], denied: &HashSet::new(), with_hidden: false };
    Ok(app.store.read(|db| app.search.find_photos(db, query))?.sure())
}
