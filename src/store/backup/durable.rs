//! Copies of files with their hashes, and how they get onto the disk.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::{mem, thread};

use sha2::{Digest as _, Sha256};

use super::BackupError;
use crate::domain::Digest;
use crate::signal::StopSignal;
use crate::store::blobs::at;

/// Read at once. Long enough that a thread for each of them costs little, and most originals are several.
const CHUNK_BYTES: usize = 256 << 10;

/// Why a file was not copied.
pub(super) enum CopyError {
    /// The file cannot be read to its end.
    Unreadable(std::io::Error),
    /// The copy cannot be written, or the copy is to stop.
    Stop(BackupError),
}

/// Reads a file to its end, and writes it if there is `to`; returns hash and size. A chunk is hashed while it is
/// written and the next one is read. Before the copy gets its name, call [`sync_tree`].
pub(super) fn copy(
    from: &mut impl Read,
    to: Option<(&mut File, &Path)>,
    stop: &StopSignal,
) -> Result<(Digest, u64), CopyError> {
    let (mut hash, mut size, mut to) = (Sha256::new(), 0, to);
    let (mut chunk, mut next) = (Vec::with_capacity(CHUNK_BYTES), Vec::new());
    read_chunk(from, &mut chunk)?;
    while !chunk.is_empty() {
        if stop.is_stopping() {
            return Err(CopyError::Stop(BackupError::Stopped));
        }
        let mut go_on = || {
            if let Some((file, path)) = &mut to {
                file.write_all(&chunk).map_err(|error| stopped(path, error))?;
            }
            read_chunk(from, &mut next)
        };
        if chunk.len() < CHUNK_BYTES {
            hash.update(&chunk);
            go_on()?;
        } else {
            thread::scope(|threads| {
                threads.spawn(|| hash.update(&chunk));
                go_on()
            })?;
        }
        size += chunk.len() as u64;
        mem::swap(&mut chunk, &mut next);
    }
    // Elsewhere than on Linux there is no call for a whole disk.
    #[cfg(not(target_os = "linux"))]
    if let Some((file, path)) = &mut to {
        file.sync_all().map_err(|error| stopped(path, error))?;
    }
    Ok((Digest(hash.finalize().into()), size))
}

/// The next bytes of a file, as many as a chunk holds; none at its end.
fn read_chunk(from: &mut impl Read, chunk: &mut Vec<u8>) -> Result<(), CopyError> {
    chunk.clear();
    from.by_ref().take(CHUNK_BYTES as u64).read_to_end(chunk).map(drop).map_err(CopyError::Unreadable)
}

fn stopped(path: &Path, error: std::io::Error) -> CopyError {
    CopyError::Stop(at(path)(error).into())
}

/// Hash and size of a file; `None` if there is none, or if it cannot be read.
pub(super) fn hash(path: &Path, stop: &StopSignal) -> Result<Option<(Digest, u64)>, BackupError> {
    let Ok(mut file) = File::open(path) else { return Ok(None) };
    match copy(&mut file, None, stop) {
        Ok(found) => Ok(Some(found)),
        Err(CopyError::Unreadable(_)) => Ok(None),
        Err(CopyError::Stop(error)) => Err(error),
    }
}

/// Forces all files below a folder, and their names, onto the disk.
pub(super) fn sync_tree(root: &Path) -> Result<(), BackupError> {
    #[cfg(target_os = "linux")]
    File::open(root).and_then(|folder| Ok(rustix::fs::syncfs(folder)?)).map_err(at(root))?;
    #[cfg(not(target_os = "linux"))]
    {
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            crate::store::blobs::sync_folder(&folder)?;
            for entry in std::fs::read_dir(&folder).map_err(at(&folder))? {
                let path = entry.map_err(at(&folder))?.path();
                if path.is_dir() {
                    folders.push(path);
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_any_length_have_the_bytes_and_the_hash_of_their_source() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy");
        for length in
            [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 5]
        {
            let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let whole = (Digest(Sha256::digest(&bytes).into()), length as u64);
            let mut to = File::create(&path).unwrap();
            let copied = copy(&mut bytes.as_slice(), Some((&mut to, &path)), &StopSignal::default());
            assert_eq!(copied.map_err(|_| ()), Ok(whole), "{length}");
            assert!(std::fs::read(&path).unwrap() == bytes, "{length}");
            assert_eq!(hash(&path, &StopSignal::default()).unwrap(), Some(whole), "{length}");
        }
    }
}
