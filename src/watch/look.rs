//! One look at a hot folder: which files there are, how long they are and when they were changed. Nothing is read.

use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::domain::{FileStamp, reason_chain};
use crate::intake::{Listing, list_files};

pub(super) fn stamp_of(metadata: &Metadata) -> FileStamp {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let modified_ns = modified.and_then(|since| i64::try_from(since.as_nanos()).ok()).unwrap_or(0);
    FileStamp { size_bytes: metadata.len(), modified_ns }
}

/// A file in a hot folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Within the hot folder.
    pub(super) path: PathBuf,
    pub(super) stamp: FileStamp,
}

/// What is in a hot folder at one moment.
#[derive(Debug, Default)]
pub(super) struct Look {
    pub(super) files: Vec<Found>,
    /// A folder below it that cannot be listed, and why.
    pub(super) unreadable: Option<String>,
}

/// Why there is nothing to look at.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoLook {
    /// The folder is not there: a card or a drive was taken out.
    Missing,
    /// It is there and cannot be listed.
    Unreadable(String),
}

/// What programs call a file that they have not finished, by the ending of its name.
const TEMPORARY: [&str; 7] = [".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download"];

pub(super) fn look(folder: &Path) -> Result<Look, NoLook> {
    match fs::read_dir(folder) {
        Ok(_) => {}
        Err(error) if is_gone(error.kind()) => return Err(NoLook::Missing),
        Err(error) => return Err(NoLook::Unreadable(reason_chain(&error))),
    }
    let Listing { files, rejected, .. } = list_files(&[folder.to_owned()], false);
    let mut look = Look {
        unreadable: rejected.first().map(|rejected| {
            let below = rejected.path.strip_prefix(folder).unwrap_or(&rejected.path);
            format!("{}: {}", below.display(), rejected.reason)
        }),
        ..Look::default()
    };
    for path in files.into_iter().filter(|path| !is_temporary(path)) {
        // One that has gone since is not there.
        if let (Ok(metadata), Ok(below)) = (fs::metadata(&path), path.strip_prefix(folder)) {
            look.files.push(Found { path: below.to_owned(), stamp: stamp_of(&metadata) });
        }
    }
    Ok(look)
}

/// Drives that are pulled out, and servers that are gone, are so in many ways.
fn is_gone(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::StaleNetworkFileHandle
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::TimedOut
    )
}

fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    name.starts_with('~') || name.ends_with('~') || TEMPORARY.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_sub_folders_count_and_clutter_and_temporary_ones_do_not() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.jpg", "day 2/b.JPG", ".hidden.jpg", "$RECYCLE.BIN/c.jpg", "d.jpg.part", "~e.jpg"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::File::create(path).unwrap().set_len(5).unwrap();
        }
        let found = look(folder.path()).unwrap();
        let paths: Vec<_> = found.files.iter().map(|found| found.path.to_str().unwrap()).collect();
        assert_eq!(paths, ["a.jpg", "day 2/b.JPG"]);
        assert!(found.files.iter().all(|found| found.stamp.size_bytes == 5 && found.stamp.modified_ns > 0));
        assert_eq!(found.unreadable, None);
    }

    #[test]
    fn a_folder_that_is_not_there_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(look(&folder.path().join("card")).unwrap_err(), NoLook::Missing);
        let file = folder.path().join("file");
        fs::File::create(&file).unwrap();
        assert_eq!(look(&file).unwrap_err(), NoLook::Missing);
    }
}
