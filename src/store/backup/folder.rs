//! The folder of a backup. Files that are new get their place at once, where the backup before does not name them.
//! Whatever takes the place of something waits in `next.part` until all of it is on the disk; then that folder is
//! renamed to `next`, which is the moment when the new backup is the backup, and its files are moved to their places.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::manifest::{MANIFEST, Manifest};
use super::sums::{self, FOLDERS, SUMS, Sums};
use super::{BackupError, durable};
use crate::store::blobs::{at, sync_folder};
use crate::store::{DATABASE, private};

const LOCK: &str = "backup.lock";
const STAGING: &str = "next.part";
const COMMITTED: &str = "next";

/// A backup's folder, locked.
pub(super) struct Folder {
    root: PathBuf,
    /// `None` on a disk that cannot be written.
    _lock: Option<File>,
}

impl Folder {
    /// For writing: creates the folder, unless it exists, and finishes what was interrupted.
    pub(super) fn claim(root: &Path, data: &Path, data_folder: &str) -> Result<Self, BackupError> {
        let root = resolve(root)?;
        let data = data.canonicalize().map_err(at(data))?;
        if root.starts_with(&data) || data.starts_with(&root) {
            return Err(BackupError::InsideEachOther { folder: root, data });
        }
        if !root.exists() {
            private::create_folder(&root)?;
        }
        if !root.join(MANIFEST).exists() && !is_empty(&root)? {
            return Err(BackupError::NotEmpty { folder: root });
        }
        let path = root.join(LOCK);
        let lock = private::options().create(true).append(true).open(&path).map_err(at(&path))?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(BackupError::Busy { folder: root }),
            Err(TryLockError::Error(error)) => return Err(at(&path)(error).into()),
            Ok(()) => {}
        }
        let folder = Self { root, _lock: Some(lock) };
        folder.finish_commit()?;
        folder.clear_staging()?;
        match folder.manifest()? {
            Some(found) if found.data_folder != data_folder => {
                return Err(BackupError::OtherData { folder: folder.root });
            }
            Some(_) => {}
            None => {
                let text = Manifest::begun(data_folder.to_owned()).print();
                folder.write_staged(MANIFEST, text.as_bytes())?;
                folder.place_new(MANIFEST, MANIFEST)?;
                sync_folder(&folder.root)?;
            }
        }
        Ok(folder)
    }

    /// For reading a backup that was taken.
    pub(super) fn open(root: &Path) -> Result<(Self, Manifest), BackupError> {
        let lock = File::open(root.join(LOCK)).ok();
        // Where locks are unknown nobody has one.
        if let Some(Err(TryLockError::WouldBlock)) = lock.as_ref().map(File::try_lock_shared) {
            return Err(BackupError::Busy { folder: root.to_owned() });
        }
        let folder = Self { root: root.to_owned(), _lock: lock };
        match folder.manifest()? {
            Some(manifest) if manifest.taken_at.is_some() => Ok((folder, manifest)),
            Some(_) => Err(BackupError::NeverFinished { folder: folder.root }),
            None => Err(BackupError::NoBackup { folder: folder.root }),
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Where a file of the backup is: in its place, or still on its way there.
    pub(super) fn find(&self, name: &str) -> PathBuf {
        let moving = self.root.join(COMMITTED).join(name);
        if moving.exists() { moving } else { self.root.join(name) }
    }

    fn manifest(&self) -> Result<Option<Manifest>, BackupError> {
        Manifest::read(&self.find(MANIFEST))
    }

    /// The hashes; none before the first backup was taken.
    pub(super) fn sums(&self) -> Result<Sums, BackupError> {
        let path = self.find(SUMS);
        if path.exists() { sums::read(&path) } else { Ok(Sums::new()) }
    }

    /// Where a file is prepared.
    pub(super) fn staged(&self, name: &str) -> Result<PathBuf, BackupError> {
        let path = self.root.join(STAGING).join(name);
        private::create_folder(path.parent().unwrap_or(&path))?;
        Ok(path)
    }

    pub(super) fn write_staged(&self, name: &str, bytes: &[u8]) -> Result<(), BackupError> {
        let path = self.staged(name)?;
        let written = private::create(&path).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        Ok(written.map_err(at(&path))?)
    }

    /// Gives a prepared file its place, where nothing is.
    pub(super) fn place_new(&self, staged: &str, name: &str) -> Result<(), BackupError> {
        let (from, to) = (self.root.join(STAGING).join(staged), self.root.join(name));
        if let Some(folder) = to.parent().filter(|folder| !folder.exists()) {
            private::create_folder(folder)?;
        }
        fs::rename(&from, &to).map_err(at(&from))?;
        // Renaming a file to another name of itself does nothing.
        fs::remove_file(&from).ok();
        Ok(())
    }

    pub(super) fn clear_staging(&self) -> Result<(), BackupError> {
        let path = self.root.join(STAGING);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(at(&path)(error).into()),
            _ => Ok(()),
        }
    }

    /// What was prepared is the backup now.
    pub(super) fn commit(&self) -> Result<(), BackupError> {
        let staging = self.root.join(STAGING);
        durable::sync_tree(&self.root)?;
        fs::rename(&staging, self.root.join(COMMITTED)).map_err(at(&staging))?;
        sync_folder(&self.root)?;
        self.finish_commit()
    }

    /// Moves the files of a backup that is complete to their places.
    fn finish_commit(&self) -> Result<(), BackupError> {
        let committed = self.root.join(COMMITTED);
        if !committed.exists() {
            return Ok(());
        }
        let mut folders = BTreeSet::from([self.root.clone()]);
        for name in list(&committed, "")? {
            let to = self.root.join(&name);
            let folder = to.parent().unwrap_or(&to);
            private::create_folder(folder)?;
            folders.insert(folder.to_owned());
            fs::rename(committed.join(&name), &to).map_err(at(&to))?;
        }
        for folder in &folders {
            sync_folder(folder)?;
        }
        fs::remove_dir_all(&committed).map_err(at(&committed))?;
        Ok(sync_folder(&self.root)?)
    }

    /// Deletes the files that the backup does not name; returns how many.
    pub(super) fn delete_others(&self, sums: &Sums) -> Result<u64, BackupError> {
        let mut deleted = 0;
        for folder in FOLDERS {
            if !self.root.join(folder).exists() {
                continue;
            }
            for name in list(&self.root, folder)?.into_iter().filter(|name| !sums.contains_key(name)) {
                let path = self.root.join(name);
                fs::remove_file(&path).map_err(at(&path))?;
                deleted += 1;
            }
        }
        Ok(deleted)
    }
}

/// The paths of all files below a folder of `root`, within `root`. Names that are no text are left out.
pub(super) fn list(root: &Path, folder: &str) -> Result<Vec<String>, BackupError> {
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        let path = root.join(&folder);
        for entry in fs::read_dir(&path).map_err(at(&path))? {
            let entry = entry.map_err(at(&path))?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            let kind = entry.file_type().map_err(at(&path))?;
            if kind.is_dir() {
                folders.push(name);
            } else if kind.is_file() {
                files.push(name);
            }
        }
    }
    Ok(files)
}

/// The path without links and dots. Only the last folder may be missing: if its parent is missing, so is the disk.
fn resolve(path: &Path) -> Result<PathBuf, BackupError> {
    if path.exists() {
        return Ok(path.canonicalize().map_err(at(path))?);
    }
    let absolute = std::path::absolute(path).map_err(at(path))?;
    let (Some(parent), Some(name)) = (absolute.parent(), absolute.file_name()) else {
        return Err(at(path)(ErrorKind::InvalidFilename.into()).into());
    };
    let parent = parent.canonicalize().map_err(|_| BackupError::NoParent { folder: parent.to_owned() })?;
    Ok(parent.join(name))
}

/// Whether a first backup may be written there: what one that was killed at its very beginning has left is nothing.
fn is_empty(root: &Path) -> Result<bool, BackupError> {
    let mut entries = fs::read_dir(root).map_err(at(root))?;
    Ok(entries
        .all(|entry| entry.is_ok_and(|entry| entry.file_name() == LOCK || entry.file_name() == STAGING)))
}

/// Whether a backup was begun by hand in this folder, and what it says about itself.
pub(super) fn look(root: &Path) -> Result<Option<Manifest>, BackupError> {
    Folder { root: root.to_owned(), _lock: None }.manifest()
}

/// Path of the database within a backup.
pub(super) fn database(folder: &Folder) -> PathBuf {
    folder.find(DATABASE)
}
