//! Backups: copies of a data folder, taken while it is in use, verified and restored.
//!
//! A backup is a folder with the layout of a data folder, without what belongs to running processes and to uploads that
//! are not whole. `SHA256SUMS` has the hashes of its files, `backup.json` says what it is. Originals are immutable, and
//! all other blobs are replaced by renaming, so a file of the same size and modification time is the same file.
//!
//! Invariant: the backup before stays as it was, until the new one is whole on the disk.

mod durable;
mod folder;
mod manifest;
mod restore;
mod source;
mod sums;
mod take;
mod verify;

use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde::Serialize;

use crate::domain::Fault;
use crate::signal::StopSignal;
use crate::store::StoreError;

pub use crate::store::tables::stored_files::PhotoName;
pub use manifest::Manifest;
pub(in crate::store) use restore::check_not_interrupted;
pub use restore::restore;
pub use take::{Taken, take};
pub use verify::{Verdict, verify};

/// Why there is no backup, or why it cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The data folder or the backup's disk failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A backup in the data folder would be copied into itself.
    #[error(
        "the backup `{folder}` and the data folder `{data}` are inside each other\n\
         hint: choose a folder on another disk"
    )]
    InsideEachOther {
        /// Of the backup.
        folder: PathBuf,
        /// The data folder.
        data: PathBuf,
    },
    /// Perhaps a disk that is not mounted.
    #[error("there is no folder `{folder}` for the backup\nhint: is the disk connected?")]
    NoParent {
        /// The folder that is missing.
        folder: PathBuf,
    },
    /// The folder has files of somebody else.
    #[error("`{folder}` is not empty and is no backup\nhint: name a folder that does not exist yet")]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no `backup.json`, or none that can be read.
    #[error("`{folder}` is no backup: it has no valid `backup.json`")]
    NoBackup {
        /// The folder.
        folder: PathBuf,
    },
    /// The first backup into this folder was interrupted.
    #[error(
        "the first backup into `{folder}` did not end\nhint: run `fotota backup` again, it goes on where it was"
    )]
    NeverFinished {
        /// The folder.
        folder: PathBuf,
    },
    /// Its format is not known yet.
    #[error("the backup was taken by a newer FotoTa (format {found})\nhint: use that version")]
    NewerFormat {
        /// Of the backup.
        found: u32,
    },
    /// Another process writes it, or reads it.
    #[error("another process uses the backup `{folder}`\nhint: try again when it has ended")]
    Busy {
        /// The backup.
        folder: PathBuf,
    },
    /// The backup is of another data folder.
    #[error("`{folder}` is the backup of another data folder\nhint: choose a folder for each data folder")]
    OtherData {
        /// The backup.
        folder: PathBuf,
    },
    /// The list of hashes is damaged.
    #[error("`{path}` is damaged: not all of its lines are a hash and the name of a file")]
    BrokenSums {
        /// The list.
        path: PathBuf,
    },
    /// A restore never writes over a database.
    #[error(
        "`{folder}` has a database or photos already\n\
         hint: name a new folder by `--data`, or rename this one; nothing was changed"
    )]
    NotNew {
        /// The data folder.
        folder: PathBuf,
    },
    /// Without its database a backup is nothing.
    #[error("the database of the backup is damaged or missing\nhint: restore another backup")]
    NoDatabase,
    /// There is nothing to back up.
    #[error("`{folder}` has no database\nhint: is `--data` right?")]
    NoData {
        /// The data folder.
        folder: PathBuf,
    },
    /// The program ends.
    #[error("stopped")]
    Stopped,
}

/// A file that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Path within the folder.
    pub file: String,
    /// What is wrong with it.
    pub fault: Fault,
    /// The photo that it is of, if it is a photo's.
    pub photo: Option<PhotoName>,
    /// What else is known about it.
    pub note: Option<String>,
}

impl Problem {
    fn new(file: &str, fault: Fault, photo: Option<&Arc<PhotoName>>) -> Self {
        Self { file: file.to_owned(), fault, photo: photo.map(|photo| PhotoName::clone(photo)), note: None }
    }

    fn with_note(self, note: &str) -> Self {
        Self { note: Some(note.to_owned()), ..self }
    }
}

/// How far the work is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Files that are done.
    pub done: u64,
    /// All files.
    pub total: u64,
}

/// What work on a backup listens to and tells.
pub struct Watch<'a> {
    /// Ends the work between two pieces of a file.
    pub stop: &'a StopSignal,
    /// Is told about each file.
    pub progress: &'a mut (dyn FnMut(Progress) + Send),
}

impl Watch<'_> {
    fn tell(&mut self, done: usize, total: usize) -> Result<(), BackupError> {
        (self.progress)(Progress { done: done as u64, total: total as u64 });
        if self.stop.is_stopping() { Err(BackupError::Stopped) } else { Ok(()) }
    }

    /// Does `work` with each item and tells about it; the results in the same order. On two threads: while one waits
    /// for a disk the other one hashes.
    fn each<I: Sync, T: Send>(
        &mut self,
        items: &[I],
        work: impl Fn(&I) -> Result<T, BackupError> + Sync,
    ) -> Result<Vec<T>, BackupError> {
        let turns = Mutex::new((0, self));
        // The next item; after an error there is none.
        let next = || -> Result<_, BackupError> {
            let mut turns = turns.lock().unwrap_or_else(PoisonError::into_inner);
            let (at, watch) = &mut *turns;
            let Some(item) = items.get(*at) else { return Ok(None) };
            watch.tell(*at, items.len())?;
            *at += 1;
            Ok(Some((*at, item)))
        };
        let end = || turns.lock().unwrap_or_else(PoisonError::into_inner).0 = items.len();
        let share = || -> Result<_, BackupError> {
            let mut done = Vec::new();
            while let Some((at, item)) = next()? {
                done.push((at, work(item).inspect_err(|_| end())?));
            }
            Ok(done)
        };
        let (own, other) = thread::scope(|threads| {
            let other = threads.spawn(share);
            (share(), other.join().unwrap_or_else(|panic| resume_unwind(panic)))
        });
        let (mut done, other) = (own?, other?);
        done.extend(other);
        done.sort_unstable_by_key(|(at, _)| *at);
        Ok(done.into_iter().map(|(_, result)| result).collect())
    }
}

/// What a folder says about the backup in it; `None` if none was ever begun there, or the disk is not there.
///
/// # Errors
/// If its `backup.json` cannot be read.
pub fn look(folder: &Path) -> Result<Option<Manifest>, BackupError> {
    folder::look(folder)
}

#[cfg(test)]
mod tests;
