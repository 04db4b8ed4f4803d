//! `fotota reindex`: rebuilds the search index from the stored faces.

use super::invocation::Invocation;
use super::{ExitCode, output};
use crate::store::packs;

pub(super) fn run(cli: &Invocation) -> anyhow::Result<ExitCode> {
    let vectors = cli.open_store()?.write(packs::reindex)?;
    if cli.json {
        output::json(&serde_json::json!({ "vectors": vectors }));
    } else {
        output::line(&format!("the search index has {vectors} faces"));
    }
    Ok(ExitCode::Done)
}
