//! The files and folders that a session knows: what it has sent itself, and its camera's files that are not whole yet.

use std::collections::{BTreeMap, BTreeSet};

use super::paths;
use crate::domain::{PhotoId, Timestamp};

/// More are forgotten, the oldest first.
const MAX_FILES: usize = 2000;
/// More folders are not listed.
const MAX_FOLDERS: usize = 500;

/// A file that became a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    /// `None`: the event had the same bytes already, under a name of its own.
    pub(super) photo: Option<PhotoId>,
    pub(super) size_bytes: u64,
    pub(super) at: Timestamp,
}

/// A line of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) name: String,
    /// `None`: a folder.
    pub(super) size_bytes: Option<u64>,
    pub(super) at: Timestamp,
}

/// By their paths.
#[derive(Default)]
pub(super) struct Files {
    sent: BTreeMap<String, Sent>,
    folders: BTreeSet<String>,
}

impl Files {
    pub(super) fn find(&self, path: &str) -> Option<&Sent> {
        self.sent.get(path)
    }

    pub(super) fn add(&mut self, path: String, sent: Sent) {
        if self.sent.len() >= MAX_FILES
            && let Some(oldest) =
                self.sent.iter().min_by_key(|(_, sent)| sent.at).map(|(path, _)| path.clone())
        {
            self.sent.remove(&oldest);
        }
        self.sent.insert(path, sent);
    }

    pub(super) fn remove(&mut self, path: &str) -> Option<Sent> {
        self.sent.remove(path)
    }

    pub(super) fn add_folder(&mut self, path: String) {
        if self.folders.len() < MAX_FOLDERS {
            self.folders.insert(path);
        }
    }

    pub(super) fn has_folder(&self, path: &str) -> bool {
        path == "/" || self.folders.contains(path)
    }

    /// What lies in a folder, with `parts`, which are not whole, by path, size and time.
    pub(super) fn list(
        &self,
        folder: &str,
        parts: &[(String, u64, Timestamp)],
        now: Timestamp,
    ) -> Vec<Listed> {
        let name_in = |path: &str| {
            let (parent, name) = paths::split(path);
            (parent == folder).then(|| name.to_owned())
        };
        let folders = self
            .folders
            .iter()
            .filter_map(|path| Some(Listed { name: name_in(path)?, size_bytes: None, at: now }));
        let sent = self.sent.iter().filter_map(|(path, sent)| {
            Some(Listed { name: name_in(path)?, size_bytes: Some(sent.size_bytes), at: sent.at })
        });
        let parts = parts.iter().filter(|(path, ..)| !self.sent.contains_key(path)).filter_map(
            |(path, size_bytes, at)| {
                Some(Listed { name: name_in(path)?, size_bytes: Some(*size_bytes), at: *at })
            },
        );
        folders.chain(sent).chain(parts).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_lists_its_own_files_and_the_oldest_are_forgotten() {
        let (mut files, at) = (Files::default(), Timestamp::from_unix_ms);
        let sent = |ms| Sent { photo: None, size_bytes: 7, at: at(ms) };
        files.add_folder("/DCIM".into());
        files.add("/DCIM/A.JPG".into(), sent(1));
        files.add("/B.JPG".into(), sent(2));
        let parts = [("/DCIM/C.JPG".into(), 3, at(3)), ("/DCIM/A.JPG".into(), 4, at(4))];
        let list = |files: &Files, folder: &str| -> Vec<(String, Option<u64>)> {
            let listed = files.list(folder, &parts, at(9));
            listed.into_iter().map(|listed| (listed.name, listed.size_bytes)).collect()
        };
        assert_eq!(list(&files, "/"), [("DCIM".into(), None), ("B.JPG".into(), Some(7))]);
        assert_eq!(list(&files, "/DCIM"), [("A.JPG".into(), Some(7)), ("C.JPG".into(), Some(3))]);
        assert!(list(&files, "/other").is_empty() && files.has_folder("/") && !files.has_folder("/other"));
        for n in 0..MAX_FILES {
            files.add(format!("/{n}"), sent(100));
        }
        assert!(files.sent.len() == MAX_FILES && files.find("/DCIM/A.JPG").is_none());
    }
}
