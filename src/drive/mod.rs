//! Face search in public Google Drive folders: from a link and a face to copies of the pictures that match.
//!
//! `link` parses what the user pasted, `api` sends requests to Drive, `answer` and `error` parse the responses, `retry`
//! repeats failed requests. `worker` runs the searches one at a time: `listing` finds a folder's pictures, `picture`
//! downloads one and finds its faces, `job` compares and copies. Progress is stored at every step: an interrupted
//! search continues where it stopped, and a folder's faces are shared by all its searches.
//!
//! Invariant: logs and errors contain neither the server's key nor a link, nor the name of a folder or a file.

use std::time::Duration;

mod answer;
mod api;
mod error;
mod job;
mod link;
mod listing;
mod picture;
mod retry;
#[cfg(test)]
mod tests;
mod worker;

pub use api::{Client, Folder};
pub use error::DriveError;
pub use link::FolderLink;
pub use worker::{SERVICE, start};

/// The pause before the first retry of a request, doubled for each further one.
pub const FIRST_PAUSE: Duration = Duration::from_secs(1);
