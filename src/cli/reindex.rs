//! `fotota reindex`: the vector index anew, from the faces of record.

use super::app::App;
use super::{ExitCode, output};
use crate::store::packs;

pub(super) fn run(app: &App) -> anyhow::Result<ExitCode> {
    let vectors = app.open_store()?.write(packs::reindex)?;
    if app.json {
        output::json(&serde_json::json!({ "vectors": vectors }));
    } else {
        output::line(&format!("the vector index holds {vectors} faces"));
    }
    Ok(ExitCode::Done)
}
