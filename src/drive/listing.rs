//! Lists all pictures of a folder: page by page and breadth first, through subfolders and shortcuts, each once, even if
//! shortcuts form a circle.

use std::collections::{HashSet, VecDeque};

use super::answer::{Entry, Reference};
use super::api::Client;
use super::error::DriveError;
use super::retry::{Interruption, RetryPolicy};
use crate::store::drive::files::ListedFile;

/// Most pages of folder listings that one search requests.
const MAX_PAGES: u32 = 50_000;

/// The pictures in a folder and its subfolders.
pub(super) struct Listing {
    pub(super) files: Vec<ListedFile>,
    /// Whether Drive searched the whole folder.
    pub(super) is_complete: bool,
}

/// All pictures in a folder and its subfolders.
pub(super) fn list(retry: &RetryPolicy, client: &Client, root: Reference) -> Result<Listing, Interruption> {
    let mut is_complete = true;
    let mut folders_seen = HashSet::from([root.id.clone()]);
    let mut waiting = VecDeque::from([root]);
    let mut pictures = Pictures { found: Vec::new(), seen: HashSet::new(), max: client.max_files() };
    let mut pages = 0;
    let mut is_root = true;
    while let Some(folder) = waiting.pop_front() {
        let mut token: Option<String> = None;
        loop {
            pages += 1;
            if pages > MAX_PAGES {
                return Err(pictures.too_many());
            }
            let page = match retry.run(|| client.children(&folder, token.as_deref()))? {
                Ok(page) => page,
                Err(DriveError::NotReachable | DriveError::Denied { .. }) if is_root => {
                    return Err(Interruption::failed(&DriveError::NotReachable));
                }
                // A shortcut may lead to a folder that is not shared. After the first page it is an error: the listing
                // would be incomplete.
                Err(DriveError::NotReachable | DriveError::Denied { status: 403 }) if token.is_none() => {
                    tracing::info!(search.id = %retry.search_id, "skipped a subfolder that is not shared");
                    break;
                }
                Err(error) => return Err(Interruption::failed(&error)),
            };
            if page.incomplete {
                is_complete = false;
                tracing::warn!(search.id = %retry.search_id, "Drive returned an incomplete listing");
            }
            for entry in page.entries {
                match entry {
                    Entry::Folder(folder) if folders_seen.insert(folder.id.clone()) => {
                        waiting.push_back(folder);
                    }
                    Entry::Picture(file) => pictures.add(file)?,
                    Entry::PictureShortcut(target) if !pictures.seen.contains(&target.id) => {
                        if let Some(file) = describe(retry, client, target)? {
                            pictures.add(file)?;
                        }
                    }
                    Entry::Folder(_) | Entry::PictureShortcut(_) | Entry::Other => {}
                }
            }
            match page.next {
                // A repeated token would loop forever.
                Some(next) if token.as_ref() != Some(&next) => token = Some(next),
                _ => break,
            }
        }
        is_root = false;
    }
    Ok(Listing { files: pictures.found, is_complete })
}

/// The picture that a shortcut leads to. An unreachable one is listed too, so that it is counted as failed.
fn describe(
    retry: &RetryPolicy,
    client: &Client,
    target: Reference,
) -> Result<Option<ListedFile>, Interruption> {
    match retry.run(|| client.picture(&target))? {
        Ok(file) => Ok(file),
        Err(DriveError::NotReachable | DriveError::Denied { .. }) => Ok(Some(ListedFile {
            id: target.id,
            resource_key: target.resource_key,
            version: "not reachable".to_owned(),
            size_bytes: None,
            thumbnail: None,
            readable: true,
        })),
        Err(error) => Err(Interruption::failed(&error)),
    }
}

struct Pictures {
    found: Vec<ListedFile>,
    seen: HashSet<String>,
    max: u32,
}

impl Pictures {
    /// A picture may be in several folders, or in one and the target of a shortcut in another.
    fn add(&mut self, file: ListedFile) -> Result<(), Interruption> {
        if self.seen.insert(file.id.clone()) {
            self.found.push(file);
        }
        if self.found.len() as u64 > u64::from(self.max) { Err(self.too_many()) } else { Ok(()) }
    }

    fn too_many(&self) -> Interruption {
        Interruption::failed(&DriveError::TooMany { max_files: self.max })
    }
}
