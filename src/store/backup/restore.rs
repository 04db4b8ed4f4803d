//! Makes a data folder of a backup. Until all of it is there, a file marks the folder, and nobody can open it.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;

use super::durable::{self, CopyError};
use super::folder::{self, Folder};
use super::manifest::MANIFEST;
use super::verify::{Verdict, compare, rows};
use super::{BackupError, Watch};
use crate::domain::{Digest, Fault};
use crate::signal::StopSignal;
use crate::store::blobs::{BLOB_FOLDERS, at, remove, sync_folder};
use crate::store::erasing::RESTORED;
use crate::store::secrets::LAST_ERASURE;
use crate::store::sql::sqlite;
use crate::store::{DATABASE, StoreError, StoreResult, private};

/// Marks a data folder that is not whole yet.
const MARK: &str = "restore.unfinished";

/// A data folder that is opened is not a backup, and not half of one.
pub(in crate::store) fn check_not_interrupted(data: &Path) -> StoreResult<()> {
    if data.join(MARK).exists() {
        return Err(StoreError::RestoreInterrupted);
    }
    if data.join(MANIFEST).exists() { Err(StoreError::IsBackup { folder: data.to_owned() }) } else { Ok(()) }
}

/// Copies a backup into a new data folder, or goes on with that. Files that are damaged or missing in the backup are
/// reported; those that are damaged are restored as they are.
///
/// # Errors
/// If the data folder is not new, the backup has no database, or a disk fails or is full.
pub fn restore(backup: &Path, data: &Path, watch: &mut Watch) -> Result<Verdict, BackupError> {
    sqlite::register_vector_extension();
    let (folder, manifest) = Folder::open(backup)?;
    let mut sums = folder.sums()?;
    let database = folder::database(&folder);
    let hashed = durable::hash(&database, watch.stop)?;
    if hashed.is_none() || hashed.map(|(digest, _)| digest) != sums.remove(DATABASE) {
        return Err(BackupError::NoDatabase);
    }
    sqlite::check_version(&sqlite::open_for_inspection(&database)?)?;
    begin(data)?;
    let path = data.join("lock");
    let lock = private::options().create(true).append(true).open(&path).map_err(at(&path))?;
    lock.try_lock().map_err(|_| BackupError::Busy { folder: data.to_owned() })?;
    let mut verdict = Verdict { manifest, files: 1, bytes: 0, problems: Vec::new() };
    let names: Vec<_> = sums.iter().collect();
    let stop = watch.stop;
    let brought = watch.each(&names, |(name, digest)| {
        let from = folder.find(name);
        Ok(match bring(&from, &data.join(name), **digest, stop)? {
            Some(size) => (Some(size), None),
            None if from.exists() => (None, Some(Fault::Damaged)),
            None => (None, Some(Fault::Missing)),
        })
    })?;
    verdict.add(&names, brought);
    // Of a database that is not there any more.
    for ending in ["-wal", "-shm"] {
        fs::remove_file(data.join(format!("{DATABASE}{ending}"))).ok();
    }
    let (_, files) = rows(&database)?;
    compare(&mut verdict.problems, &files, &sums);
    let (digest, size) = hashed.ok_or(BackupError::NoDatabase)?;
    if bring(&database, &data.join(DATABASE), digest, watch.stop)?.is_none() {
        return Err(BackupError::NoDatabase);
    }
    verdict.bytes += size;
    note(data)?;
    durable::sync_tree(data)?;
    let mark = data.join(MARK);
    fs::remove_file(&mark).map_err(at(&mark))?;
    sync_folder(data)?;
    Ok(verdict)
}

/// Marks the data folder, which must be new or marked.
fn begin(data: &Path) -> Result<(), BackupError> {
    let mark = data.join(MARK);
    if mark.exists() {
        return Ok(());
    }
    let has_files = |name: &&str| folder::list(data, name).is_ok_and(|files| !files.is_empty());
    if data.join(DATABASE).exists() || data.join(MANIFEST).exists() || BLOB_FOLDERS.iter().any(has_files) {
        return Err(BackupError::NotNew { folder: data.to_owned() });
    }
    private::claim(data)?;
    let made = private::create(&mark).and_then(|mut file| {
        file.write_all(b"A restore into this folder has not ended: run it again.\n")?;
        file.sync_all()
    });
    made.map_err(at(&mark))?;
    Ok(sync_folder(data)?)
}

/// Says in the data folder that its record of what was erased is a backup's: later entries are missing.
fn note(data: &Path) -> StoreResult<()> {
    let secrets = data.join("secrets");
    private::create_folder(&secrets)?;
    let path = secrets.join(LAST_ERASURE);
    remove(&path)?;
    let written = private::create(&path).and_then(|mut file| {
        file.write_all(RESTORED.as_bytes())?;
        file.sync_all()
    });
    written.map_err(at(&path))
}

/// Copies a file, unless the same one is there; its size, or `None` if it is not what it should be.
fn bring(from: &Path, to: &Path, digest: Digest, stop: &StopSignal) -> Result<Option<u64>, BackupError> {
    if let Some((there, size)) = durable::hash(to, stop)?
        && there == digest
    {
        return Ok(Some(size));
    }
    let Ok(mut source) = File::open(from) else { return Ok(None) };
    let mut part = to.as_os_str().to_owned();
    part.push(".part");
    let part = Path::new(&part);
    private::create_folder(to.parent().unwrap_or(to))?;
    match fs::remove_file(part) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(at(part)(error).into()),
        _ => {}
    }
    let mut copy = private::create(part).map_err(at(part))?;
    let copied = match durable::copy(&mut source, Some((&mut copy, part)), stop) {
        Ok(copied) => Some(copied),
        Err(CopyError::Unreadable(_)) => None,
        Err(CopyError::Stop(error)) => return Err(error),
    };
    if let Ok(modified) = source.metadata().and_then(|found| found.modified()) {
        // The next backup knows the file by it.
        copy.set_modified(modified).ok();
    }
    fs::rename(part, to).map_err(at(to))?;
    Ok(copied.filter(|(found, _)| *found == digest).map(|(_, size)| size))
}
