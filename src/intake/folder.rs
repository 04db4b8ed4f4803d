//! Files named on a command line: themselves, and everything below folders.

use std::fs;
use std::path::{Path, PathBuf};

use crate::store::{DATA_FOLDER_ENTRIES, DATABASE};

/// A file or folder that could not be taken, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// As the user would name it.
    pub path: PathBuf,
    /// One sentence.
    pub reason: String,
}

/// All files at and below `paths`, each folder's in the order of their names, so that every run meets them in the
/// same order; and what could not be listed. Hidden files, links to folders and what FotoTa
/// itself keeps in a data folder are left out.
#[must_use]
pub fn list_files(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<Refused>) {
    let (mut files, mut refused) = (Vec::new(), Vec::new());
    for path in paths {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => walk(path, &mut files, &mut refused),
            Ok(metadata) => take(path.clone(), metadata.is_file(), &mut files, &mut refused),
            Err(error) => refused.push(refusal(path, &error)),
        }
    }
    (files, refused)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>, refused: &mut Vec<Refused>) {
    let entries = fs::read_dir(folder).and_then(std::iter::Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => return refused.push(refusal(folder, &error)),
    };
    if entries.iter().any(|entry| entry.file_name() == DATABASE) {
        let is_ours = |entry: &fs::DirEntry| {
            let name = entry.file_name();
            DATA_FOLDER_ENTRIES.iter().any(|ours| name.to_string_lossy().starts_with(ours))
        };
        entries.retain(|entry| !is_ours(entry));
    }
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&path, files, refused),
            Ok(kind) if kind.is_symlink() && path.is_dir() => {}
            Ok(_) => {
                let is_file = path.is_file();
                take(path, is_file, files, refused);
            }
            Err(error) => refused.push(refusal(&path, &error)),
        }
    }
}

/// Pipes and sockets would keep the reader waiting.
fn take(path: PathBuf, is_file: bool, files: &mut Vec<PathBuf>, refused: &mut Vec<Refused>) {
    if is_file {
        files.push(path);
    } else {
        refused.push(Refused { path, reason: "neither a file nor a folder".to_owned() });
    }
}

fn refusal(path: &Path, error: &std::io::Error) -> Refused {
    Refused { path: path.to_owned(), reason: format!("cannot be read: {error}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_in_order_and_skips_what_is_hidden_or_ours() {
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
        let (files, refused) = list_files(&[root.path().to_owned(), missing.clone()]);
        let names: Vec<_> =
            files.iter().map(|file| file.strip_prefix(root.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["a.jpg", "b/10.jpg", "b/2.jpg", "data/c.jpg"]);
        assert_eq!(refused.len(), 1);
        assert_eq!(refused[0].path, missing);
    }
}
