//! Why a pack's files could not be fetched or added.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::domain::Digest;
use crate::face::{FaceError, PackError};
use crate::outbound::http::StatusCode;
use crate::outbound::{OutboundError, is_temporary};

/// Why a pack's files could not be fetched or added.
#[derive(Debug, thiserror::Error)]
pub enum PackFilesError {
    /// Too little is known of files to download them.
    #[error(
        "`{files}` cannot be fetched: address, SHA-256 or exact size is not known\n\
         hint: get the file yourself, then run `fotota models add {pack} FOLDER`"
    )]
    NotKnown {
        /// Name of the pack.
        pack: String,
        /// File names.
        files: String,
    },
    /// A file is not that of the pack.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A network does not run.
    #[error(transparent)]
    Face(#[from] FaceError),
    /// The server cannot be asked.
    #[error("cannot download `{url}`\nhint: {}", request_hint(.source))]
    Request {
        /// Address of the file.
        url: String,
        /// Cause.
        source: OutboundError,
    },
    /// The server does not send the file.
    #[error("the server of `{url}` answers {status}\nhint: {}", status_hint(*.status))]
    Status {
        /// Address of the file.
        url: String,
        /// Status of its response.
        status: StatusCode,
    },
    /// The connection broke, and could not be continued.
    #[error("the download of `{file}` was cut off after {received} of {bytes} bytes\nhint: {CONTINUE}")]
    CutOff {
        /// File name.
        file: String,
        /// Bytes that were kept.
        received: u64,
        /// Size of the file.
        bytes: u64,
        /// Cause.
        source: std::io::Error,
    },
    /// What was received is not the file, and was deleted.
    #[error(
        "the server sent another file than `{file}`: {found} bytes, expected {expected}\nhint: {OTHER_FILE}"
    )]
    WrongSize {
        /// File name.
        file: String,
        /// Size of what the server sends, as far as it was received.
        found: u64,
        /// Size in the pack.
        expected: u64,
    },
    /// What was received is not the file, and was deleted.
    #[error(
        "the server sent another file than `{file}`: SHA-256 {found}, expected {expected}\nhint: {OTHER_FILE}"
    )]
    WrongChecksum {
        /// File name.
        file: String,
        /// SHA-256 of what was received.
        found: Digest,
        /// SHA-256 in the pack.
        expected: String,
    },
    /// Another process writes the same file.
    #[error("`{0}` is being written by another fotota\nhint: wait until it has finished")]
    Busy(PathBuf),
    /// A file cannot be written.
    #[error("cannot write `{path}`\nhint: {}", disk_hint(.source))]
    Disk {
        /// Path.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
}

const CONTINUE: &str = "run the same command again; it continues where it stopped";
const OTHER_FILE: &str =
    "what was received is deleted; try again, or get the file elsewhere and use `fotota models add`";

fn request_hint(error: &OutboundError) -> &'static str {
    match error {
        OutboundError::ForeignHost(_) | OutboundError::Redirect => {
            "the file has moved to a host that the pack does not name; get it elsewhere and use `fotota models add`"
        }
        _ => {
            "fetching needs the internet; on another computer, get the files and use `fotota models add` here"
        }
    }
}

fn status_hint(status: StatusCode) -> &'static str {
    if is_temporary(status) {
        "try again later; what was received is kept"
    } else {
        "the file cannot be had there any more; get it elsewhere and use `fotota models add`"
    }
}

fn disk_hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "free some space on the disk, then run the same command again"
        }
        _ => "choose a folder that can be written: `--data`, or `face.models_folder` in the configuration",
    }
}

pub(super) fn at(path: &Path) -> impl Fn(std::io::Error) -> PackFilesError {
    move |source| PackFilesError::Disk { path: path.to_owned(), source }
}
