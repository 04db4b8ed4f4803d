//! `fotota models`: lists the model packs and verifies their files.

use clap::Subcommand;
use sha2::{Digest as _, Sha256};

use super::invocation::Invocation;
use super::{ExitCode, output};
use crate::domain::Digest;
use crate::face::{FaceEngine, Pack};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the model packs with their licences
    List,
    /// Check the files of the configured pack and run its networks
    Verify,
}

pub(super) fn run(cli: &Invocation, command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::List => list(cli),
        Command::Verify => verify(cli),
    }
}

fn list(cli: &Invocation) -> anyhow::Result<ExitCode> {
    let packs = cli.packs()?;
    let present = |pack: &Pack| {
        [&pack.detector.file, &pack.recogniser.file]
            .iter()
            .all(|file| pack.read_model(&cli.models_folder(), file).is_ok())
    };
    if cli.json {
        let views: Vec<_> = packs
            .iter()
            .map(|pack| {
                serde_json::json!({
                    "name": pack.name,
                    "summary": pack.summary,
                    "licence": pack.licence,
                    "commercial_use": pack.commercial_use,
                    "embedded": pack.embedded,
                    "present": present(pack),
                    "match_threshold": pack.match_threshold,
                    "files": [pack.detector.file, pack.recogniser.file],
                })
            })
            .collect();
        output::json(&views);
        return Ok(ExitCode::Done);
    }
    for pack in &packs {
        let mark = if pack.name == cli.config.face.pack { "*" } else { " " };
        let place = match (pack.embedded, present(pack)) {
            (true, _) => "in the executable".to_owned(),
            (false, true) => "present".to_owned(),
            (false, false) => format!(
                "put {} and {} into `{}`",
                pack.detector.file,
                pack.recogniser.file,
                cli.models_folder().join(&pack.name).display()
            ),
        };
        let warning = if pack.commercial_use { "" } else { "  NON-COMMERCIAL, needs --accept-license" };
        output::line(&format!("{mark} {:<10} {}", pack.name, pack.summary));
        output::line(&format!("  {:<10} licence: {}{warning}", "", pack.licence));
        output::line(&format!("  {:<10} {place}", ""));
    }
    Ok(ExitCode::Done)
}

fn verify(cli: &Invocation) -> anyhow::Result<ExitCode> {
    let pack = cli.pack()?;
    let mut files = Vec::new();
    let expected =
        [(&pack.detector.file, &pack.detector.sha256), (&pack.recogniser.file, &pack.recogniser.sha256)];
    for (file, known) in expected {
        let bytes = pack.read_model(&cli.models_folder(), file)?;
        let digest = Digest(Sha256::digest(&bytes).into()).to_string();
        let verdict = if known.is_some() { "as expected" } else { "unknown to this pack" };
        if !cli.json {
            output::line(&format!("{file}  SHA-256 {digest}, {verdict}"));
        }
        files.push(serde_json::json!({ "file": file, "sha256": digest, "expected": known }));
    }
    // Loading runs each network once and checks its outputs.
    FaceEngine::load(pack.clone(), &cli.models_folder(), cli.config.face.options())?;
    if cli.json {
        output::json(&serde_json::json!({ "pack": pack.name, "files": files, "runs": true }));
    } else {
        output::line(&format!("pack `{}`: both networks run", pack.name));
    }
    Ok(ExitCode::Done)
}
