//! Verification: the listed pairs of face crops, and as impostors all pairs of crops with different names.

use std::collections::HashMap;
use std::path::Path;

use super::super::invocation::Invocation;
use super::super::{ExitCode, output};
use super::rates::{best_accuracy, true_accept_rate};
use super::{in_parallel, read_csv};
use crate::domain::Embedding;
use crate::face::FaceEngine;
use crate::search::SearchTimes;

pub(super) fn run(cli: &Invocation, dir: &Path, pairs: &Path) -> anyhow::Result<ExitCode> {
    let rows = read_csv(dir, pairs, ["a", "b", "same"])?;
    let images = dir.join("images");
    let folder = if images.is_dir() { images } else { dir.to_owned() };
    let mut names: Vec<&String> = rows.iter().flat_map(|[a, b, _]| [a, b]).collect();
    names.sort();
    names.dedup();
    let engine = cli.load_engine()?;
    let found = in_parallel(cli, &names, |name| embed(cli, &engine, &folder.join(name)))?;
    let embeddings: HashMap<&String, Embedding> =
        names.iter().zip(found).filter_map(|(name, found)| Some((*name, found?))).collect();

    let (mut genuine, mut different, mut unusable) = (Vec::new(), Vec::new(), 0);
    for [a, b, same] in &rows {
        let (Some(a), Some(b)) = (embeddings.get(a), embeddings.get(b)) else {
            unusable += 1;
            continue;
        };
        let of_kind = if same == "1" { &mut genuine } else { &mut different };
        of_kind.push(a.similarity(b));
    }
    let impostor = impostors(&embeddings);
    let (accuracy, accuracy_threshold) = best_accuracy(&genuine, &different);
    // A pair whose face was missed is never accepted.
    let listed_same = rows.iter().filter(|[_, _, same]| same == "1").count();
    genuine.resize(listed_same, -1.0);
    let rates = [1e-2, 1e-3, 1e-4].map(|rate| (rate, true_accept_rate(&genuine, &impostor, rate)));
    if cli.json {
        let rates: Vec<_> = rates
            .iter()
            .map(|(rate, (tar, threshold))| {
                serde_json::json!({ "fmr": rate, "tar": tar, "threshold": threshold })
            })
            .collect();
        output::json(&serde_json::json!({
            "pairs": rows.len(), "pairs_without_face": unusable, "faces_missed": names.len() - embeddings.len(),
            "accuracy": accuracy, "accuracy_threshold": accuracy_threshold,
            "impostor_pairs": impostor.len(), "rates": rates,
        }));
    } else {
        output::line(&format!(
            "{} crops, no face in {}; {} pairs, {unusable} of them unusable",
            names.len(),
            names.len() - embeddings.len(),
            rows.len()
        ));
        output::line(&format!("accuracy {accuracy:.4} at the best threshold, {accuracy_threshold:.3}"));
        for (rate, (tar, threshold)) in rates {
            output::line(&format!(
                "TAR {tar:.4} at FMR {rate:.0e} (threshold {threshold:.3}, {} impostor pairs)",
                impostor.len()
            ));
        }
    }
    Ok(ExitCode::Done)
}

fn embed(cli: &Invocation, engine: &FaceEngine, path: &Path) -> anyhow::Result<Option<Embedding>> {
    let found = cli.find_selfie_faces(engine, path, &mut SearchTimes::default())?;
    // Other faces in the crop are smaller: if none is clearly the main one, the largest counts.
    let main = found
        .main()
        .ok()
        .or_else(|| found.faces.iter().max_by(|a, b| a.bounds.area().total_cmp(&b.bounds.area())));
    let Some(main) = main else { return Ok(None) };
    Ok(engine.recognise(&found.picture.pixels, main)?.map(|face| face.embedding))
}

/// Similarities of all pairs of crops whose names differ before `_NUMBER.jpg`, highest first.
fn impostors(embeddings: &HashMap<&String, Embedding>) -> Vec<f32> {
    let mut named: Vec<(&str, &Embedding)> = embeddings
        .iter()
        .map(|(file, embedding)| (file.rsplit_once('_').map_or(file.as_str(), |(name, _)| name), embedding))
        .collect();
    named.sort_by_key(|(name, _)| *name);
    let mut similarities = Vec::new();
    for (index, (name, a)) in named.iter().enumerate() {
        let others = named[index + 1..].iter().filter(|(other, _)| other != name);
        similarities.extend(others.map(|(_, b)| a.similarity(b)));
    }
    similarities.sort_by(|a, b| b.total_cmp(a));
    similarities
}
