//! Errors of model packs.

use std::path::PathBuf;

use super::DEFAULT_PACK;
use crate::domain::Digest;

/// Why a pack cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The list of packs is invalid.
    #[error("the list of model packs is invalid")]
    List(#[source] toml::de::Error),
    /// The user's own list of packs cannot be read.
    #[error("cannot read the list of model packs `{path}`")]
    ListFile {
        /// Configured path.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// No such pack.
    #[error("there is no model pack `{name}`\nhint: known packs are {known}")]
    Unknown {
        /// Requested name.
        name: String,
        /// Names of the known packs.
        known: String,
    },
    /// A pack names an unknown alignment template.
    #[error("model pack `{pack}` names the unknown alignment template `{template}`")]
    UnknownTemplate {
        /// Name of the pack.
        pack: String,
        /// Name of the template.
        template: String,
    },
    /// A parameter is out of range.
    #[error("model pack `{pack}`: {reason}")]
    Contract {
        /// Name of the pack.
        pack: String,
        /// Key and valid range.
        reason: &'static str,
    },
    /// The pack's licence must be accepted first.
    #[error(
        "model pack `{pack}` may not be used commercially (licence: {licence})\n\
         hint: give `--accept-license` if you only use it as its licence allows"
    )]
    LicenceNotAccepted {
        /// Name of the pack.
        pack: String,
        /// Its licence.
        licence: String,
    },
    /// A file cannot be read.
    #[error(
        "cannot read the model `{path}`\n\
         hint: `fotota models list` says how to get it, or choose the pack `{DEFAULT_PACK}`"
    )]
    File {
        /// Expected path.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// A file is damaged, or not the one that the pack describes.
    #[error("the model `{file}` has SHA-256 {found}, expected {expected}")]
    Checksum {
        /// File name.
        file: String,
        /// Checksum of the file.
        found: Digest,
        /// Checksum in the pack.
        expected: String,
    },
}
