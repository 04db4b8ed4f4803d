//! Copies single files into a backup.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::BackupError;
use super::durable::{self, CopyError};
use super::folder::Folder;
use super::sums::Sums;
use crate::domain::{Digest, Fault};
use crate::signal::StopSignal;
use crate::store::blobs::at;
use crate::store::{BlobKey, Blobs, StoreResult, private};

/// Disks of cameras keep times to hundredths of a second, or to two seconds.
const COARSE_NS: u32 = 10_000_000;
const COARSEST: Duration = Duration::from_secs(2);

/// A file of the data folder.
pub(super) enum Source {
    Blob(BlobKey),
    Path(PathBuf),
}

impl Source {
    /// Calls `look` with where the file is; `None` if there is none.
    fn find<T>(&self, blobs: &Blobs, look: impl Fn(&Path) -> std::io::Result<T>) -> StoreResult<Option<T>> {
        match self {
            Self::Blob(key) => blobs.folder().find(key, look),
            Self::Path(path) => match look(path) {
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                found => found.map(Some).map_err(at(path)),
            },
        }
    }
}

/// A file in the backup, and what is wrong with its source.
#[derive(Clone, Copy)]
pub(super) struct Copied {
    /// `None`: the backup has no such file.
    pub(super) kept: Option<(Digest, u64)>,
    pub(super) fault: Option<Fault>,
    /// Whether what the backup has is as it was received, although the source is not.
    pub(super) is_good: bool,
}

impl Copied {
    pub(super) fn whole(kept: (Digest, u64)) -> Self {
        Self { kept: Some(kept), fault: None, is_good: true }
    }

    /// Something is wrong with the source; `kept` is what the backup has.
    fn of_bad(fault: Fault, kept: Option<(Digest, u64)>, received: Option<Digest>) -> Self {
        let is_good = kept.is_some_and(|(digest, _)| received.is_none_or(|right| right == digest));
        Self { kept, fault: Some(fault), is_good }
    }
}

/// Copies files, each once. Threads share it.
pub(super) struct Copier<'a> {
    pub(super) blobs: &'a Blobs,
    pub(super) folder: &'a Folder,
    /// Of the backup before.
    pub(super) before: Sums,
    /// Whether the disk is that of the data folder, and has hard links.
    pub(super) can_link: AtomicBool,
    pub(super) done: Mutex<HashMap<String, Copied>>,
    /// Files that were begun.
    pub(super) begun: AtomicU64,
    /// Files that were not in the backup before, and their bytes.
    pub(super) new: (AtomicU64, AtomicU64),
}

impl Copier<'_> {
    /// Brings a file into the backup, unless it is there. `received`: the hash that its bytes should have.
    pub(super) fn take(
        &self,
        name: &str,
        source: &Source,
        received: Option<Digest>,
        stop: &StopSignal,
    ) -> Result<Copied, BackupError> {
        let done = || self.done.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(done) = done().get(name) {
            return Ok(*done);
        }
        let copied = self.bring(name, source, received, stop)?;
        // What is missing may come, or its row may go.
        if copied.fault != Some(Fault::Missing) {
            done().insert(name.to_owned(), copied);
        }
        Ok(copied)
    }

    fn bring(
        &self,
        name: &str,
        source: &Source,
        received: Option<Digest>,
        stop: &StopSignal,
    ) -> Result<Copied, BackupError> {
        let place = self.folder.root().join(name);
        let there = fs::metadata(&place).ok().filter(fs::Metadata::is_file);
        let known = there.as_ref().and_then(|found| Some((*self.before.get(name)?, found.len())));
        let stat = |path: &Path| {
            let found = fs::metadata(path)?;
            Ok((found.len(), found.modified()?))
        };
        let Some((size, modified)) = source.find(self.blobs, stat)? else {
            return Ok(Copied::of_bad(Fault::Missing, known, received));
        };
        if let Some(there) = &there
            && there.len() == size
            && there.modified().is_ok_and(|time| is_same(modified, time))
        {
            // Without a hash it is of a backup that was killed.
            let kept = if known.is_some() { known } else { durable::hash(&place, stop)? };
            let found = Copied::of_bad(Fault::Changed, kept, received);
            if let Some(kept) = kept.filter(|_| found.is_good) {
                return Ok(Copied::whole(kept));
            }
            if known.is_some() {
                return Ok(found);
            }
        }
        // What is new needs no folder, which would have to be deleted for each of them.
        let new = format!("new-{}", self.begun.fetch_add(1, Ordering::Relaxed));
        let staged = self.folder.staged(if known.is_some() { name } else { &new })?;
        let (digest, size) = match self.copy(source, &staged, stop) {
            Ok(Some(copied)) => copied,
            Ok(None) => return Ok(Copied::of_bad(Fault::Missing, known, received)),
            Err(CopyError::Stop(error)) => return Err(error),
            Err(CopyError::Unreadable(error)) => {
                tracing::warn!(file = name, %error, "a file cannot be read for the backup");
                fs::remove_file(&staged).ok();
                return Ok(Copied::of_bad(Fault::Unreadable, known, received));
            }
        };
        let is_damaged = received.is_some_and(|right| right != digest);
        if is_damaged && known.is_some_and(|(before, _)| Some(before) == received) {
            fs::remove_file(&staged).map_err(at(&staged))?;
            return Ok(Copied::of_bad(Fault::Changed, known, received));
        }
        if known.is_none() {
            self.folder.place_new(&new, name)?;
        }
        self.new.0.fetch_add(1, Ordering::Relaxed);
        self.new.1.fetch_add(size, Ordering::Relaxed);
        let kept = (digest, size);
        Ok(if is_damaged {
            Copied::of_bad(Fault::Changed, Some(kept), received)
        } else {
            Copied::whole(kept)
        })
    }

    /// Links the file, or copies it; `None` if there is none.
    fn copy(
        &self,
        source: &Source,
        staged: &Path,
        stop: &StopSignal,
    ) -> Result<Option<(Digest, u64)>, CopyError> {
        let failed = |error| CopyError::Stop(BackupError::Store(error));
        fs::remove_file(staged).ok();
        if self.can_link.load(Ordering::Relaxed) {
            match source.find(self.blobs, |path| fs::hard_link(path, staged)) {
                Ok(Some(())) => {
                    let mut file = File::open(staged).map_err(CopyError::Unreadable)?;
                    return durable::copy(&mut file, None, stop).map(Some);
                }
                Ok(None) => return Ok(None),
                Err(_) => self.can_link.store(false, Ordering::Relaxed),
            }
        }
        let open = |path: &Path| {
            let file = File::open(path)?;
            let modified = file.metadata()?.modified()?;
            Ok((file, modified))
        };
        let Some((mut from, modified)) = source.find(self.blobs, open).map_err(failed)? else {
            return Ok(None);
        };
        let mut to = private::create(staged).map_err(|error| failed(at(staged)(error)))?;
        let copied = durable::copy(&mut from, Some((&mut to, staged)), stop)?;
        // Where times cannot be set, the file is copied again by the next backup.
        to.set_modified(modified).ok();
        Ok(Some(copied))
    }
}

/// Whether a copy has the time of its source, as far as its disk can keep it.
fn is_same(source: SystemTime, copy: SystemTime) -> bool {
    let apart = source.duration_since(copy).or_else(|_| copy.duration_since(source));
    let fraction = copy.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.subsec_nanos());
    source == copy || fraction.is_multiple_of(COARSE_NS) && apart.is_ok_and(|apart| apart < COARSEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_compared_as_exactly_as_the_disk_keeps_them() {
        let at = |ns| SystemTime::UNIX_EPOCH + Duration::from_nanos(ns);
        let source = at(1_700_000_001_234_567_891);
        assert!(is_same(source, source) && is_same(source, at(1_700_000_001_230_000_000)));
        assert!(is_same(source, at(1_700_000_000_000_000_000)));
        assert!(
            !is_same(source, at(1_700_000_001_234_567_890))
                && !is_same(source, at(1_699_999_999_000_000_000))
        );
    }
}
