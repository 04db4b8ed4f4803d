//! Search of public Google Drive folders by face: from a link and a face to copies of the pictures the person is in.
//!
//! `link` reads what the user pasted, `api` asks Drive, `answer` and `error` read its answers. `worker` does the
//! searches one after the other: `listing` finds a folder's pictures, `picture` gets one of them and finds its faces,
//! `job` compares and copies. What is done is kept at once: a search goes on where it was stopped, and a folder's faces
//! serve all who search it.
//!
//! Invariant: logs and errors hold neither the server's key nor a link, nor the name of a folder or a file.

mod answer;
mod api;
mod error;
mod job;
mod link;
mod listing;
mod patience;
mod picture;
#[cfg(test)]
mod tests;
mod worker;

pub use api::{Client, Folder};
pub use error::DriveError;
pub use link::FolderLink;
pub use worker::{FIRST_PAUSE, Settings, Worker};
