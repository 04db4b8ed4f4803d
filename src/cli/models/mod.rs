//! `fotota models`: lists the model packs, gets their files and verifies them.

mod fetch;
mod list;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use sha2::{Digest as _, Sha256};

use super::invocation::Invocation;
use super::{ExitCode, output};
use crate::domain::Digest;
use crate::face::{FaceEngine, Pack, PackFile, find_pack};
use crate::packs;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the model packs with their licences
    List,
    /// Download the files of a pack, after you accept its terms
    Fetch {
        /// Name of the pack
        pack: String,
    },
    /// Take the files of a pack from a folder
    Add {
        /// Name of the pack
        pack: String,
        /// Folder with its files
        folder: PathBuf,
    },
    /// Check the files of the configured pack and run its networks
    Verify,
}

pub(super) fn run(cli: &Invocation, command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::List => list::run(cli),
        Command::Fetch { pack } => fetch::run(cli, pack),
        Command::Add { pack, folder } => add(cli, pack, folder),
        Command::Verify => verify(cli, &cli.pack()?),
    }
}

fn add(cli: &Invocation, name: &str, folder: &Path) -> anyhow::Result<ExitCode> {
    let pack = find_pack(cli.packs()?, name, cli.config.face.accept_license)?;
    packs::add(&pack, &cli.models_folder(), folder, cli.config.face.options())?;
    report(cli, &pack)
}

fn verify(cli: &Invocation, pack: &Pack) -> anyhow::Result<ExitCode> {
    // Loading runs each network once and checks its outputs.
    FaceEngine::load(pack.clone(), &cli.models_folder(), cli.config.face.options())?;
    report(cli, pack)
}

/// Prints the files of a pack whose networks run.
fn report(cli: &Invocation, pack: &Pack) -> anyhow::Result<ExitCode> {
    let mut files = Vec::new();
    for file @ PackFile { name, sha256, .. } in pack.files() {
        let bytes = pack.read_model(&cli.models_folder(), file)?;
        let digest = Digest(Sha256::digest(&bytes).into()).to_string();
        let verdict = if sha256.is_some() { "as expected" } else { "unknown to this pack" };
        if !cli.json {
            output::line(&format!("{name}  SHA-256 {digest}, {verdict}"));
        }
        files.push(serde_json::json!({ "file": name, "sha256": digest, "expected": sha256 }));
    }
    if cli.json {
        output::json(&serde_json::json!({ "pack": pack.name, "files": files, "runs": true }));
    } else {
        output::line(&format!("pack `{}`: both networks run", pack.name));
        if pack.name != cli.config.face.pack {
            output::note(&format!(
                "to use it, set `pack = \"{}\"` below [face] in the configuration",
                pack.name
            ));
        }
    }
    Ok(ExitCode::Done)
}
