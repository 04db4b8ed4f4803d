//! `fotota models list`: the packs, their licences, and how to get those that are not here.

use super::super::invocation::Invocation;
use super::super::{ExitCode, output};
use crate::face::{Pack, PackFile};

pub(super) fn run(cli: &Invocation) -> anyhow::Result<ExitCode> {
    let packs = cli.packs()?;
    if cli.json {
        let views: Vec<_> = packs.iter().map(|pack| view(cli, pack)).collect();
        output::json(&views);
        return Ok(ExitCode::Done);
    }
    for pack in &packs {
        let mark = if pack.name == cli.config.face.pack { "*" } else { " " };
        let warning = if pack.commercial_use { "" } else { "  NON-COMMERCIAL, needs --accept-license" };
        output::line(&format!("{mark} {:<10} {}", pack.name, pack.summary));
        output::line(&format!("  {:<10} licence: {}{warning}", "", pack.licence));
        output::line(&format!("  {:<10} {}", "", place(cli, pack)));
    }
    Ok(ExitCode::Done)
}

fn is_present(cli: &Invocation, pack: &Pack) -> bool {
    pack.files().into_iter().all(|file| pack.read_model(&cli.models_folder(), file).is_ok())
}

/// The files that are not in the executable.
fn outside(pack: &Pack) -> impl Iterator<Item = PackFile<'_>> {
    pack.files().into_iter().filter(|file| !file.embedded)
}

/// Size of all files that are not in the executable; `None` if one of them cannot be downloaded.
fn download_bytes(pack: &Pack) -> Option<u64> {
    outside(pack).map(|file| file.download().map(|download| download.bytes)).sum()
}

fn place(cli: &Invocation, pack: &Pack) -> String {
    if outside(pack).next().is_none() {
        return "in the executable".to_owned();
    }
    if is_present(cli, pack) {
        return "present".to_owned();
    }
    if let Some(bytes) = download_bytes(pack) {
        return format!("`fotota models fetch {}` downloads {}", pack.name, indicatif::DecimalBytes(bytes));
    }
    let names = outside(pack).map(|file| match file.source {
        Some(source) => format!("{} ({})", file.name, source.url),
        None => file.name.to_owned(),
    });
    let names = names.collect::<Vec<_>>().join(" and ");
    format!("get {names}, then run `fotota models add {} FOLDER`", pack.name)
}

fn view(cli: &Invocation, pack: &Pack) -> serde_json::Value {
    serde_json::json!({
        "name": pack.name,
        "summary": pack.summary,
        "licence": pack.licence,
        "terms": pack.terms,
        "commercial_use": pack.commercial_use,
        "embedded": outside(pack).next().is_none(),
        "present": is_present(cli, pack),
        "download_bytes": download_bytes(pack),
        "match_threshold": pack.match_threshold,
        "files": pack.files().map(|file| file.name),
    })
}
