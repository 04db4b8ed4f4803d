//! Takes one file of a hot folder into its event, if it is whole.
//!
//! Invariant: what becomes a photo had the same size and time before its structure was checked and after its last byte
//! was copied.

use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::Path;
use std::time::Duration;

use super::look::stamp_of;
use super::pace::Pace;
use super::writers::Writer;
use crate::domain::{Destination, FileOutcome, FileStamp, ImageFormat, Timestamp, reason_chain};
use crate::imaging::{ImagingError, sniff};
use crate::intake::{Accepted, HEAD_BYTES, IntakeError, Wholeness, accept_written, is_whole};
use crate::store::{Store, StoreError};

/// What a file turned out to be.
#[derive(Debug)]
pub(super) enum Taken {
    /// It is a photo of the event now, or was before.
    Accepted(Accepted),
    /// It will not become one unless it changes.
    Settled(FileOutcome),
    /// It is not ready, for this reason.
    Waits(String),
    /// It has another size or time by now, or is gone.
    Changed,
}

/// A file that has rested.
pub(super) struct Rested<'a> {
    pub(super) path: &'a Path,
    pub(super) stamp: FileStamp,
    pub(super) rest: Duration,
}

/// Where it goes.
pub(super) struct Target<'a> {
    pub(super) store: &'a Store,
    pub(super) destination: &'a Destination,
    pub(super) max_file_bytes: u64,
    pub(super) now: Timestamp,
}

const INCOMPLETE: &str = "the file is not complete; copy it again if nobody writes to it any more";
const IN_USE: &str = "a program still has the file open for writing";
const EMPTY: &str = "the file is still empty";

impl Rested<'_> {
    /// Copies, fsyncs and records it. An error concerns all files, not this one.
    pub(super) fn take(
        &self,
        target: &Target,
        pace: &Pace,
        writer: impl FnOnce(&Path) -> Writer,
    ) -> Result<Taken, StoreError> {
        let checked =
            File::open(self.path).and_then(|mut file| Ok((self.check(&mut file, pace, writer)?, file)));
        let file = match checked {
            Ok((None, file)) => file,
            Ok((Some(other), _)) => return Ok(other),
            Err(error) => return Ok(self.unreadable(&error)),
        };
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let unchanged = Unchanged { file, path: self.path, stamp: self.stamp };
        let Target { store, destination, max_file_bytes, now } = target;
        let written_at = Some(Timestamp::from_unix_ms(self.stamp.modified_ns / 1_000_000));
        let (destination, written) = ((*destination).clone(), (name.as_ref(), written_at));
        match accept_written(store, destination, written, unchanged, *max_file_bytes, *now) {
            Ok(accepted) => Ok(Taken::Accepted(accepted)),
            Err(IntakeError::Source(error)) => Ok(self.unreadable(&error)),
            Err(error) => error.server_fault().map_or_else(|own| Ok(self.refused(&reason_chain(&own))), Err),
        }
    }

    /// `None` if it is whole.
    fn check(
        &self,
        file: &mut File,
        pace: &Pace,
        writer: impl FnOnce(&Path) -> Writer,
    ) -> io::Result<Option<Taken>> {
        // An open file is asked again on network drives, whose listings may be old.
        if stamp_of(&file.metadata()?) != self.stamp {
            return Ok(Some(Taken::Changed));
        }
        let mut head = Vec::with_capacity(HEAD_BYTES);
        file.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
        file.rewind()?;
        let waits = |reason: &str| Ok(Some(Taken::Waits(reason.to_owned())));
        let has_rested_long = self.rest >= pace.long_rest;
        let format = match sniff(&head) {
            Ok(format) => format,
            // Others are not photos that are still to come.
            Err(_) if head.iter().all(|byte| *byte == 0) && self.is_named_as_photo() => return waits(EMPTY),
            // Its first bytes may not all be there.
            Err(error) if has_rested_long => return Ok(Some(self.no_photo(&error))),
            Err(error) => return waits(&error.to_string()),
        };
        match (is_whole(format, file.try_clone()?), writer(self.path)) {
            (Wholeness::Cut, _) => return waits(INCOMPLETE),
            (Wholeness::Unknown, Writer::Some) => return waits(IN_USE),
            // More may come behind the picture, such as a video; some programs never close what they have written.
            (Wholeness::Whole, Writer::Some) if !has_rested_long => return waits(IN_USE),
            (Wholeness::Unknown, Writer::Unknown) if !has_rested_long => return waits(INCOMPLETE),
            (Wholeness::Whole, _) | (Wholeness::Unknown, Writer::Unknown | Writer::None) => {}
        }
        file.rewind()?;
        Ok(None)
    }

    fn no_photo(&self, error: &ImagingError) -> Taken {
        if self.is_named_as_photo() {
            self.refused(&error.to_string())
        } else {
            Taken::Settled(FileOutcome::Other)
        }
    }

    #[expect(clippy::unused_self, reason = "as its siblings")]
    fn refused(&self, reason: &str) -> Taken {
        Taken::Settled(FileOutcome::Refused(reason.to_owned()))
    }

    fn is_named_as_photo(&self) -> bool {
        let ending = self.path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        ImageFormat::of_ending(&ending).is_some()
    }

    fn unreadable(&self, error: &io::Error) -> Taken {
        match stamp_at(self.path) {
            Ok(stamp) if stamp == self.stamp => Taken::Waits(format!("the file cannot be read: {error}")),
            _ => Taken::Changed,
        }
    }
}

fn stamp_at(path: &Path) -> io::Result<FileStamp> {
    fs::metadata(path).map(|metadata| stamp_of(&metadata))
}

/// A file that fails to end if it was changed while it was read.
struct Unchanged<'a> {
    file: File,
    path: &'a Path,
    stamp: FileStamp,
}

impl Read for Unchanged<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        let is_at_end = read == 0 && !buffer.is_empty();
        if is_at_end {
            let (length, at) = (self.stamp.size_bytes, self.file.stream_position()?);
            // By its name too: another file may have taken its place.
            let same = stamp_of(&self.file.metadata()?) == self.stamp && stamp_at(self.path)? == self.stamp;
            if at != length || !same {
                return Err(io::Error::other("the file was changed while it was copied"));
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_that_changes_while_it_is_copied_has_no_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        let copy = |disturb: &dyn Fn()| {
            File::create(&path).unwrap().write_all(&[7; 1000]).unwrap();
            let stamp = stamp_at(&path).unwrap();
            let mut unchanged = Unchanged { file: File::open(&path).unwrap(), path: &path, stamp };
            let mut bytes = vec![0; 500];
            unchanged.read_exact(&mut bytes).unwrap();
            disturb();
            unchanged.read_to_end(&mut bytes)
        };
        assert_eq!(copy(&|| {}).unwrap(), 500);
        let append = || File::options().append(true).open(&path).unwrap().write_all(b"more").unwrap();
        assert!(copy(&append).is_err());
        let cut = || File::options().write(true).open(&path).unwrap().set_len(700).unwrap();
        assert!(copy(&cut).is_err());
        let replace = || {
            let other = folder.path().join("b.jpg");
            File::create(&other).unwrap().write_all(&[8; 1001]).unwrap();
            fs::rename(other, &path).unwrap();
        };
        assert!(copy(&replace).is_err());
        assert!(copy(&|| fs::remove_file(&path).unwrap()).is_err());
    }
}
