//! Finds the files to import: those named on the command line, and all below the folders named there.

use std::fs;
use std::path::{Path, PathBuf};

use crate::store::{DATA_FOLDER_ENTRIES, DATABASE};

/// A file or folder that was rejected, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedFile {
    /// As the user would name it.
    pub path: PathBuf,
    /// One sentence.
    pub reason: String,
}

/// All files at and below `paths`, sorted by name within each folder so that every run has the same order; and what
/// could not be listed. Skips hidden files, links to folders, and FotoTa's own files in a data folder.
#[must_use]
pub fn list_files(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<RejectedFile>) {
    let (mut files, mut rejected) = (Vec::new(), Vec::new());
    for path in paths {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => walk(path, &mut files, &mut rejected),
            Ok(metadata) => add(path.clone(), metadata.is_file(), &mut files, &mut rejected),
            Err(error) => rejected.push(rejection(path, &error)),
        }
    }
    (files, rejected)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>, rejected: &mut Vec<RejectedFile>) {
    let entries = fs::read_dir(folder).and_then(std::iter::Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => return rejected.push(rejection(folder, &error)),
    };
    if entries.iter().any(|entry| entry.file_name() == DATABASE) {
        let is_own = |entry: &fs::DirEntry| {
            let name = entry.file_name();
            DATA_FOLDER_ENTRIES.iter().any(|own| name.to_string_lossy().starts_with(own))
        };
        entries.retain(|entry| !is_own(entry));
    }
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&path, files, rejected),
            Ok(kind) if kind.is_symlink() && path.is_dir() => {}
            Ok(_) => {
                let is_file = path.is_file();
                add(path, is_file, files, rejected);
            }
            Err(error) => rejected.push(rejection(&path, &error)),
        }
    }
}

/// Rejects pipes and sockets, which would block the reader.
fn add(path: PathBuf, is_file: bool, files: &mut Vec<PathBuf>, rejected: &mut Vec<RejectedFile>) {
    if is_file {
        files.push(path);
    } else {
        rejected.push(RejectedFile { path, reason: "neither a file nor a folder".to_owned() });
    }
}

fn rejection(path: &Path, error: &std::io::Error) -> RejectedFile {
    RejectedFile { path: path.to_owned(), reason: format!("cannot be read: {error}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_in_order_and_skips_hidden_files_and_fototas_own() {
        let root = tempfile::tempdir().unwrap();
        for file in [
            "b/2.jpg",
            "b/10.jpg",
            "a.jpg",
            ".hidden/x.jpg",
            "data/fotota.db",
            "data/originals/1.jpg",
            "data/c.jpg",
        ] {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::File::create(path).unwrap();
        }
        let missing = root.path().join("missing");
        let (files, rejected) = list_files(&[root.path().to_owned(), missing.clone()]);
        let names: Vec<_> =
            files.iter().map(|file| file.strip_prefix(root.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["a.jpg", "b/10.jpg", "b/2.jpg", "data/c.jpg"]);
        assert_eq!(rejected.len(), 1);
        assert_eq!(rejected[0].path, missing);
    }
}
