//! `fotota secrets`: rotates the secrets that sign tokens, URLs and cookies.

use clap::{Subcommand, ValueEnum};

use super::invocation::Invocation;
use super::{ExitCode, audit, output};
use crate::domain::AuditAction;
use crate::store::{Blobs, SecretName, has_secret};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Replace secrets; takes effect when the server restarts
    Rotate {
        /// Secrets to rotate [default: all]
        which: Vec<Which>,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Which {
    /// Revoke access tokens; apps refresh them without signing in
    Access,
    /// Revoke refresh tokens; apps must sign in again
    Refresh,
    /// Revoke event tokens, picture URLs, device cookies, entry keys and wall keys; past entries (visits) stay valid
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

pub(super) fn run(cli: &Invocation, command: &Command) -> anyhow::Result<ExitCode> {
    let Command::Rotate { which } = command;
    let store = cli.open_store()?;
    let names: Vec<SecretName> = match which[..] {
        [] => SecretName::SIGNING.to_vec(),
        _ => which.iter().copied().map(SecretName::from).collect(),
    };
    for name in &names {
        store.rotate_secret(*name)?;
    }
    audit::record(&store, AuditAction::SecretsRotate, None)?;
    let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    if cli.json {
        output::json(&serde_json::json!({ "rotated": names }));
    } else {
        output::note(&format!("rotated: {}\nhint: restart a running server to use them", names.join(", ")));
    }
    Ok(ExitCode::Done)
}

/// For `fotota doctor`.
pub(super) fn check(cli: &Invocation) -> String {
    let has = |name| {
        let blobs = Blobs::look(&cli.data, cli.config.storage.places().bucket);
        blobs.and_then(|blobs| has_secret(&blobs, name)).unwrap_or(false)
    };
    if SecretName::SIGNING.into_iter().all(has) {
        "present; `fotota secrets rotate` replaces them".to_owned()
    } else {
        "the next start creates them".to_owned()
    }
}
