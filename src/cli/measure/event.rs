//! Whole searches: imports the photos into a temporary event, searches it with each selfie, and compares the results
//! with the truth.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::super::import::{describe, import_with_bar};
use super::super::invocation::Invocation;
use super::super::output::{chain, ms};
use super::super::search::find_sure;
use super::super::{ExitCode, output};
use crate::app::App;
use crate::domain::{Event, EventId, FaceBox};
use crate::import::ImportSummary;
use crate::search::{SearchError, SearchTimes};
use crate::store::{events, faces};

#[derive(Deserialize)]
struct Truth {
    /// The photos each guest is in.
    guests: BTreeMap<String, HashSet<String>>,
    /// The faces of each photo.
    #[serde(default)]
    photos: HashMap<String, PhotoTruth>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum PhotoTruth {
    Count(usize),
    Faces(Vec<FaceTruth>),
}

#[derive(Deserialize)]
struct FaceTruth {
    /// x, y, width, height of a square around the face.
    #[serde(rename = "box")]
    square: [f32; 4],
}

/// The result of one selfie.
#[derive(Serialize)]
struct SelfieResult {
    selfie: String,
    expected: usize,
    right: usize,
    wrong: Vec<String>,
    missed: Vec<String>,
    /// Why the selfie was refused.
    refused: Option<String>,
}

impl SelfieResult {
    fn recall(&self) -> f64 {
        self.right as f64 / self.expected.max(1) as f64
    }

    /// `None` if nothing was found.
    fn precision(&self) -> Option<f64> {
        let found = self.right + self.wrong.len();
        (found > 0).then(|| self.right as f64 / found as f64)
    }
}

pub(super) fn run(cli: &Invocation, dir: &Path) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(dir.join("truth.json"))
        .with_context(|| format!("cannot read `truth.json` in `{}`", dir.display()))?;
    let truth: Truth = serde_json::from_str(&text).context("`truth.json` has an unexpected format")?;
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    let app = cli.in_folder(folder.path()).open()?;
    let event = Event::new("measured".to_owned(), None, app.clock.now());
    let event_id = event.id;
    app.store.write(move |tx| events::insert(tx, &event))?;
    let summary = import_with_bar(cli, &app, event_id, &[dir.join("photos")])?;
    let mut results = Vec::new();
    let mut times = SearchTimes::default();
    let searching = Instant::now();
    for (guest, photos) in &truth.guests {
        for selfie in selfies(dir, guest)? {
            results.push(search(cli, &app, event_id, &selfie, photos, &mut times)?);
        }
    }
    anyhow::ensure!(!results.is_empty(), "there are no selfies in `{}`", dir.display());
    let elapsed = searching.elapsed();
    let detection = compare_faces(&app, event_id, &truth)?;
    let report = Report { summary: &summary, results: &results, times, elapsed, detection };
    report.print(cli.json);
    Ok(ExitCode::Done)
}

/// `selfies/NAME_N.*`, in order.
fn selfies(dir: &Path, guest: &str) -> anyhow::Result<Vec<PathBuf>> {
    let folder = dir.join("selfies");
    let entries =
        std::fs::read_dir(&folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    let is_of_guest = |path: &PathBuf| {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        stem.rsplit_once('_').is_some_and(|(name, _)| name == guest)
    };
    let mut paths: Vec<PathBuf> = paths.into_iter().filter(is_of_guest).collect();
    paths.sort();
    Ok(paths)
}

fn search(
    cli: &Invocation,
    app: &App,
    event_id: EventId,
    path: &Path,
    expected: &HashSet<String>,
    total: &mut SearchTimes,
) -> anyhow::Result<SelfieResult> {
    let selfie = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut times = SearchTimes::default();
    let mut result = SelfieResult {
        selfie,
        expected: expected.len(),
        right: 0,
        wrong: Vec::new(),
        missed: expected.iter().cloned().collect(),
        refused: None,
    };
    result.missed.sort();
    let embedding = match cli.embed_selfie(&app.engine, path, &mut times) {
        Ok(embedding) => embedding,
        Err(error) if matches!(error.downcast_ref(), Some(SearchError::Selfie(_))) => {
            result.refused = Some(chain(&error));
            return Ok(result);
        }
        Err(error) => return Err(error),
    };
    let compare = Instant::now();
    for found in find_sure(app, event_id, &embedding)? {
        let file_name = found.photo.file_name;
        if expected.contains(&file_name) {
            result.right += 1;
            result.missed.retain(|name| *name != file_name);
        } else {
            result.wrong.push(file_name);
        }
    }
    total.decode += times.decode;
    total.detect += times.detect;
    total.recognise += times.recognise;
    total.compare += compare.elapsed();
    Ok(result)
}

/// Labelled faces, those of them that were found, and other faces that were found.
#[derive(Clone, Copy, Default, Serialize)]
struct DetectionResult {
    labelled: usize,
    found: usize,
    surplus: usize,
}

fn compare_faces(app: &App, event_id: EventId, truth: &Truth) -> anyhow::Result<DetectionResult> {
    let mut by_photo: HashMap<String, Vec<FaceBox>> = HashMap::new();
    for (file_name, bounds) in app.store.read(|connection| faces::list_boxes(connection, event_id))? {
        by_photo.entry(file_name).or_default().push(bounds);
    }
    let mut result = DetectionResult::default();
    for (file_name, photo) in &truth.photos {
        let detected = by_photo.remove(file_name).unwrap_or_default();
        let (labelled, found) = match photo {
            PhotoTruth::Count(count) => (*count, detected.len().min(*count)),
            PhotoTruth::Faces(faces) => {
                let is_found = |face: &&FaceTruth| {
                    let [x, y, w, h] = face.square;
                    detected
                        .iter()
                        .map(FaceBox::centre)
                        .any(|centre| (x..x + w).contains(&centre.x) && (y..y + h).contains(&centre.y))
                };
                (faces.len(), faces.iter().filter(is_found).count())
            }
        };
        result.labelled += labelled;
        result.found += found;
        result.surplus += detected.len().saturating_sub(found);
    }
    Ok(result)
}

struct Report<'a> {
    summary: &'a ImportSummary,
    results: &'a [SelfieResult],
    times: SearchTimes,
    elapsed: std::time::Duration,
    detection: DetectionResult,
}

impl Report<'_> {
    fn print(&self, as_json: bool) {
        let count = self.results.len() as f64;
        let recall = self.results.iter().map(SelfieResult::recall).sum::<f64>() / count;
        let precisions: Vec<f64> = self.results.iter().filter_map(SelfieResult::precision).collect();
        let precision = precisions.iter().sum::<f64>() / precisions.len().max(1) as f64;
        let photos = self.summary.imported.max(1) as f64;
        let stages: Vec<(&str, f64)> = self
            .summary
            .times
            .stages()
            .into_iter()
            .map(|(name, time)| (name, (ms(time) / photos * 10.0).round() / 10.0))
            .collect();
        let each = |time: std::time::Duration| (ms(time) / count * 10.0).round() / 10.0;
        let selfie_ms = [
            ("decode", each(self.times.decode)),
            ("detect", each(self.times.detect)),
            ("recognise", each(self.times.recognise)),
            ("compare", each(self.times.compare)),
            ("with_reading", each(self.elapsed)),
        ];
        if as_json {
            return output::json(&serde_json::json!({
                "recall": recall,
                "precision": precision,
                "selfies_without_match": self.results.len() - precisions.len(),
                "detection": self.detection,
                "selfies": self.results,
                "photos": self.summary.imported,
                "faces": self.summary.faces,
                "rejected": self.summary.rejected.len(),
                "import_seconds": self.summary.elapsed.as_secs_f64(),
                "ms_per_photo": stages.iter().copied().collect::<BTreeMap<_, _>>(),
                "ms_per_selfie": selfie_ms.iter().copied().collect::<BTreeMap<_, _>>(),
            }));
        }
        output::line(&describe(self.summary));
        for result in self.results {
            output::line(&describe_selfie(result));
        }
        let join = |pairs: &[(&str, f64)]| {
            pairs.iter().map(|(name, ms)| format!("{name} {ms}")).collect::<Vec<_>>().join(", ")
        };
        output::line(&format!("ms per photo (one core): {}", join(&stages)));
        output::line(&format!("ms per selfie: {}", join(&selfie_ms)));
        let DetectionResult { labelled, found, surplus } = self.detection;
        output::line(&format!("faces: {found} of {labelled} labelled found, {surplus} others found"));
        output::line(&format!(
            "mean over {} selfies: recall {recall:.3}, precision {precision:.3} \
             ({} found nothing, without precision)",
            self.results.len(),
            self.results.len() - precisions.len()
        ));
    }
}

fn describe_selfie(result: &SelfieResult) -> String {
    let precision = result.precision().map_or("   - ".to_owned(), |precision| format!("{precision:.3}"));
    let mut text = format!(
        "{:<32} recall {:.3} ({}/{})  precision {precision}",
        result.selfie,
        result.recall(),
        result.right,
        result.expected
    );
    for (what, names) in [("wrong", &result.wrong), ("missed", &result.missed)] {
        if !names.is_empty() {
            text = format!("{text}  {what}: {}", names.join(" "));
        }
    }
    match &result.refused {
        Some(reason) => format!("{text}  refused: {reason}"),
        None => text,
    }
}
