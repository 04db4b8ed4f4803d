//! Copies of files with their hashes, and how they get onto the disk.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::BackupError;
use crate::domain::Digest;
use crate::signal::StopSignal;
use crate::store::blobs::at;

/// Read at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Why a file was not copied.
pub(super) enum CopyError {
    /// The file cannot be read to its end.
    Unreadable(std::io::Error),
    /// The copy cannot be written, or the copy is to stop.
    Stop(BackupError),
}

/// Reads a file to its end, and writes it if there is `to`; returns hash and size. Before the copy gets its name, call
/// [`sync_tree`].
pub(super) fn copy(
    from: &mut impl Read,
    to: Option<(&mut File, &Path)>,
    stop: &StopSignal,
) -> Result<(Digest, u64), CopyError> {
    let (mut hash, mut size, mut buffer) = (Sha256::new(), 0, vec![0; CHUNK_BYTES]);
    let mut to = to;
    loop {
        if stop.is_stopping() {
            return Err(CopyError::Stop(BackupError::Stopped));
        }
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                hash.update(&buffer[..count]);
                size += count as u64;
                if let Some((file, path)) = &mut to {
                    file.write_all(&buffer[..count]).map_err(|error| stopped(path, error))?;
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(CopyError::Unreadable(error)),
        }
    }
    // Elsewhere than on Linux there is no call for a whole disk.
    #[cfg(not(target_os = "linux"))]
    if let Some((file, path)) = &mut to {
        file.sync_all().map_err(|error| stopped(path, error))?;
    }
    Ok((Digest(hash.finalize().into()), size))
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
            let bytes: Vec<u8> = (0..=250).cycle().take(length).collect();
            let whole = (Digest(Sha256::digest(&bytes).into()), length as u64);
            let mut to = File::create(&path).unwrap();
            let copied = copy(&mut bytes.as_slice(), Some((&mut to, &path)), &StopSignal::default());
            assert_eq!(copied.map_err(|_| ()), Ok(whole), "{length}");
            assert!(std::fs::read(&path).unwrap() == bytes, "{length}");
            assert_eq!(hash(&path, &StopSignal::default()).unwrap(), Some(whole), "{length}");
        }
    }
}
