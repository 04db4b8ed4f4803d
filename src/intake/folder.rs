//! Finds the files to import: those named on the command line, and all below the folders named there.

use std::fs;
use std::path::{Path, PathBuf};

use super::clutter::CLUTTER;
use crate::store::{DATA_FOLDER_ENTRIES, Store};

/// A file or folder that was rejected, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedFile {
    /// As the user would name it.
    pub path: PathBuf,
    /// One sentence.
    pub reason: String,
    /// Whether it may be fine, and could not be read: its disk or card is damaged, or was pulled out.
    pub is_unreadable: bool,
}

/// What was found at and below some paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The files, sorted by name within each folder so that every run has the same order.
    pub files: Vec<PathBuf>,
    /// What could not be listed.
    pub rejected: Vec<RejectedFile>,
    /// How many files were left out, because nobody means them: see [`list_files`].
    pub left_out: usize,
}

/// All files at and below `paths`, but for FotoTa's own in a data folder, and behind links to folders. Unless `all`
/// is wanted, it leaves out hidden files, recycle bins, thumbnails of devices and files of operating systems; what
/// `paths` name is always meant.
#[must_use]
pub fn list_files(paths: &[PathBuf], all: bool) -> Listing {
    let mut listing = Listing::default();
    for path in paths {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => listing.walk(path, all),
            Ok(metadata) => listing.add(path.clone(), metadata.is_file()),
            Err(error) => listing.rejected.push(rejection(path, &error)),
        }
    }
    listing
}

impl Listing {
    fn walk(&mut self, folder: &Path, all: bool) {
        let entries = fs::read_dir(folder).and_then(std::iter::Iterator::collect::<Result<Vec<_>, _>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => return self.rejected.push(rejection(folder, &error)),
        };
        if Store::is_data_folder(folder) {
            let is_own = |entry: &fs::DirEntry| {
                let name = entry.file_name();
                DATA_FOLDER_ENTRIES.iter().any(|own| name.to_string_lossy().starts_with(own))
            };
            entries.retain(|entry| !is_own(entry));
        }
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !all && CLUTTER.has_folder(&name) => {
                    let mut inside = Self::default();
                    inside.walk(&path, true);
                    self.left_out += inside.files.len();
                }
                Ok(kind) if kind.is_dir() => self.walk(&path, all),
                Ok(kind) if kind.is_symlink() && path.is_dir() => {}
                Ok(_) if !all && CLUTTER.has_file(&name) => self.left_out += 1,
                Ok(_) => {
                    let is_file = path.is_file();
                    self.add(path, is_file);
                }
                Err(error) => self.rejected.push(rejection(&path, &error)),
            }
        }
    }

    /// Rejects pipes and sockets, which would block the reader.
    fn add(&mut self, path: PathBuf, is_file: bool) {
        if is_file {
            self.files.push(path);
        } else {
            self.rejected.push(RejectedFile {
                path,
                reason: "neither a file nor a folder".to_owned(),
                is_unreadable: false,
            });
        }
    }
}

fn rejection(path: &Path, error: &std::io::Error) -> RejectedFile {
    let reason = format!("cannot be read: {error}");
    RejectedFile { path: path.to_owned(), reason, is_unreadable: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_in_order_and_leaves_out_what_nobody_means() {
        let root = tempfile::tempdir().unwrap();
        for file in [
            "b/2.jpg",
            "b/10.jpg",
            "a.jpg",
            ".hidden/x.jpg",
            "$RECYCLE.BIN/S-1-5-21/$RABCDE.JPG",
            "b/@eaDir/2.jpg/SYNOPHOTO_THUMB_XL.jpg",
            "b/MVI_1.THM",
            "data/fotota.db",
            "data/originals/1.jpg",
            "data/c.jpg",
        ] {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::File::create(path).unwrap();
        }
        let names = |listing: &Listing| -> Vec<String> {
            let below = |file: &PathBuf| file.strip_prefix(root.path()).unwrap().to_str().unwrap().to_owned();
            listing.files.iter().map(below).collect()
        };
        let missing = root.path().join("missing");
        let listing = list_files(&[root.path().to_owned(), missing.clone()], false);
        assert_eq!(names(&listing), ["a.jpg", "b/10.jpg", "b/2.jpg", "data/c.jpg"]);
        assert_eq!(listing.left_out, 4);
        assert_eq!(listing.rejected.len(), 1);
        assert_eq!(listing.rejected[0].path, missing);
        let all = list_files(&[root.path().to_owned()], true);
        assert_eq!((names(&all).len(), all.left_out), (8, 0));
        // What is named is meant.
        let bin = list_files(&[root.path().join("$RECYCLE.BIN"), root.path().join("b/MVI_1.THM")], false);
        assert_eq!(names(&bin), ["$RECYCLE.BIN/S-1-5-21/$RABCDE.JPG", "b/MVI_1.THM"]);
    }
}
