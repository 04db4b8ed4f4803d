//! A folder into all its pictures: page by page, through its folders and what shortcuts lead to, breadth first, each
//! once, whatever circles they make.

use std::collections::{HashSet, VecDeque};

use super::answer::{Entry, Reference};
use super::api::Client;
use super::error::DriveError;
use super::patience::{Ending, Patience};
use crate::store::drive::files::ListedFile;

/// A folder with more folders and pages than this is no album.
const MAX_PAGES: u32 = 50_000;

/// What is in a folder and below it.
pub(super) struct Listing {
    pub(super) files: Vec<ListedFile>,
    /// Whether Drive says that this is all.
    pub(super) is_whole: bool,
}

/// Everything that can be searched in a folder and below it.
pub(super) fn list(patience: &Patience, client: &Client, root: Reference) -> Result<Listing, Ending> {
    let mut is_whole = true;
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
            let page = match patience.ask(|| client.children(&folder, token.as_deref()))? {
                Ok(page) => page,
                Err(DriveError::NotReachable | DriveError::Denied { .. }) if is_root => {
                    return Err(Ending::failed(&DriveError::NotReachable));
                }
                // A shortcut leads to places that the folder's owner does not rule. In the middle of a folder it is
                // no such place, but trouble: what was listed is not the whole.
                Err(DriveError::NotReachable | DriveError::Denied { status: 403 }) if token.is_none() => {
                    tracing::info!(search.id = %patience.search_id, "a folder below is not shared and left out");
                    break;
                }
                Err(error) => return Err(Ending::failed(&error)),
            };
            if page.incomplete {
                is_whole = false;
                tracing::warn!(search.id = %patience.search_id, "Drive did not list the whole folder");
            }
            for entry in page.entries {
                match entry {
                    Entry::Folder(folder) if folders_seen.insert(folder.id.clone()) => {
                        waiting.push_back(folder);
                    }
                    Entry::Picture(file) => pictures.add(file)?,
                    Entry::PictureElsewhere(target) if !pictures.seen.contains(&target.id) => {
                        if let Some(file) = describe(patience, client, target)? {
                            pictures.add(file)?;
                        }
                    }
                    Entry::Folder(_) | Entry::PictureElsewhere(_) | Entry::Other => {}
                }
            }
            match page.next {
                // The same page again would never end.
                Some(next) if token.as_ref() != Some(&next) => token = Some(next),
                _ => break,
            }
        }
        is_root = false;
    }
    Ok(Listing { files: pictures.found, is_whole })
}

/// A picture that a shortcut leads to. One that cannot be reached is listed all the same, so that it is counted among
/// those that Drive does not give.
fn describe(patience: &Patience, client: &Client, target: Reference) -> Result<Option<ListedFile>, Ending> {
    match patience.ask(|| client.picture(&target))? {
        Ok(file) => Ok(file),
        Err(DriveError::NotReachable | DriveError::Denied { .. }) => Ok(Some(ListedFile {
            id: target.id,
            resource_key: target.resource_key,
            version: "not reachable".to_owned(),
            size_bytes: None,
            thumbnail: None,
            readable: true,
        })),
        Err(error) => Err(Ending::failed(&error)),
    }
}

struct Pictures {
    found: Vec<ListedFile>,
    seen: HashSet<String>,
    max: u32,
}

impl Pictures {
    /// A picture may lie in several folders, or be in one and led to from another.
    fn add(&mut self, file: ListedFile) -> Result<(), Ending> {
        if self.seen.insert(file.id.clone()) {
            self.found.push(file);
        }
        if self.found.len() as u64 > u64::from(self.max) { Err(self.too_many()) } else { Ok(()) }
    }

    fn too_many(&self) -> Ending {
        Ending::failed(&DriveError::TooMany { max_files: self.max })
    }
}
