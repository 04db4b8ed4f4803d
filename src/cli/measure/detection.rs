//! Face detection: compares the number of faces found with the true number.

use std::path::Path;

use anyhow::Context as _;

use super::super::invocation::Invocation;
use super::super::{ExitCode, output};
use super::{in_parallel, read_csv};

pub(super) fn run(cli: &Invocation, dir: &Path, counts: &Path) -> anyhow::Result<ExitCode> {
    let rows = read_csv(dir, counts, ["file", "faces"])?;
    let engine = cli.load_engine()?;
    let photos = in_parallel(cli, &rows, |[file, faces]| {
        let listed: usize = faces.parse().with_context(|| format!("`{faces}` is not a number of faces"))?;
        let picture = cli.read_picture(&dir.join(file))?;
        Ok((file.clone(), listed, engine.detect(&picture.pixels)?))
    })?;
    let (mut listed_total, mut found_total, mut missing, mut surplus) = (0, 0, 0, 0);
    let mut views = Vec::new();
    for (file, listed, found) in photos {
        listed_total += listed;
        found_total += found.len();
        missing += listed.saturating_sub(found.len());
        surplus += found.len().saturating_sub(listed);
        if cli.json {
            let boxes: Vec<_> = found
                .iter()
                .map(|face| {
                    let pixels = output::PixelBox::from(face.bounds);
                    serde_json::json!({ "score": face.score, "box": pixels })
                })
                .collect();
            views.push(serde_json::json!({ "file": file, "listed": listed, "faces": boxes }));
        } else if found.len() != listed {
            output::line(&format!("{file}: {listed} listed, {} found", found.len()));
        }
    }
    if cli.json {
        output::json(&serde_json::json!({
            "photos": views, "listed": listed_total, "found": found_total, "missing": missing, "surplus": surplus,
        }));
    } else {
        output::line(&format!(
            "{listed_total} faces listed, {found_total} found; \
             {missing} too few in some photos, {surplus} too many in others"
        ));
    }
    Ok(ExitCode::Done)
}
