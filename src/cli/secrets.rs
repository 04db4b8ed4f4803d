//! `fotota secrets`: what tokens and addresses are signed with.

use clap::{Subcommand, ValueEnum};

use super::app::App;
use super::{ExitCode, output};
use crate::store::SecretName;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make secrets anew: what the old ones signed is good no longer, from the next start of the server on
    Rotate {
        /// Which; without it, all
        which: Vec<Which>,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Which {
    /// Access tokens: apps ask for new ones by themselves
    Access,
    /// Refresh tokens: apps must sign in again
    Refresh,
    /// Event tokens and addresses of photos: events must be entered again
    Event,
}

impl From<Which> for SecretName {
    fn from(which: Which) -> Self {
        match which {
            Which::Access => Self::Access,
            Which::Refresh => Self::Refresh,
            Which::Event => Self::Event,
        }
    }
}

pub(super) fn run(app: &App, command: &Command) -> anyhow::Result<ExitCode> {
    let Command::Rotate { which } = command;
    let store = app.open_store()?;
    let names: Vec<SecretName> = match which[..] {
        [] => SecretName::ALL.to_vec(),
        _ => which.iter().copied().map(SecretName::from).collect(),
    };
    for name in &names {
        store.rotate_secret(*name)?;
    }
    let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    if app.json {
        output::json(&serde_json::json!({ "rotated": names }));
    } else {
        output::note(&format!(
            "made anew: {}\nhint: a server that runs must be started again to use them",
            names.join(", ")
        ));
    }
    Ok(ExitCode::Done)
}
