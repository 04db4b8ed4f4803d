//! A blob in a bucket, open for reading: one object, or the pieces of an upload one behind the other.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use object_store::path::Path;
use object_store::{GetRange, ObjectMeta};

use super::{Bucket, PART_BYTES};

/// Fetched at first; twice as much each time that reading goes on, up to [`PART_BYTES`].
const FIRST_BYTES: u64 = 256 << 10;

/// Reads a blob by ranges.
pub(in crate::store::blobs) struct Objects {
    bucket: Bucket,
    /// Where each object lies in the blob.
    places: Vec<(Range<u64>, Path)>,
    position: u64,
    /// Bytes that were fetched, and where they begin.
    fetched: (u64, Vec<u8>),
    next_bytes: u64,
}

impl Objects {
    pub(super) fn new(bucket: Bucket, objects: Vec<ObjectMeta>) -> Self {
        let mut end = 0;
        let places = objects.into_iter().map(|object| {
            let start = end;
            end += object.size;
            (start..end, object.location)
        });
        let places = places.collect();
        Self { bucket, places, position: 0, fetched: (0, Vec::new()), next_bytes: FIRST_BYTES }
    }

    /// Of all objects together.
    pub(in crate::store::blobs) fn size_bytes(&self) -> u64 {
        self.places.last().map_or(0, |(place, _)| place.end)
    }

    /// What was fetched from the position on.
    fn ready(&self) -> &[u8] {
        let (start, bytes) = &self.fetched;
        let skipped = self.position.checked_sub(*start).and_then(|skipped| usize::try_from(skipped).ok());
        skipped.and_then(|skipped| bytes.get(skipped..)).unwrap_or_default()
    }

    /// Fetches what lies at the position; nothing at the end.
    fn fetch(&mut self) -> io::Result<()> {
        let goes_on = self.position == self.fetched.0 + self.fetched.1.len() as u64;
        self.next_bytes = if goes_on { (self.next_bytes * 2).min(PART_BYTES as u64) } else { FIRST_BYTES };
        let at = self.position;
        let Some((place, path)) = self.places.iter().find(|(place, _)| place.contains(&at)) else {
            return Ok(());
        };
        let end = (at + self.next_bytes).min(place.end);
        let range = GetRange::Bounded(at - place.start..end - place.start);
        let bytes = self.bucket.get(path, Some(range)).map_err(io::Error::other)?;
        self.fetched = (at, bytes.ok_or(io::ErrorKind::NotFound)?);
        Ok(())
    }
}

impl Read for Objects {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ready().is_empty() && !buffer.is_empty() {
            self.fetch()?;
        }
        let ready = self.ready();
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Objects {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        let moved = match position {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.size_bytes().checked_add_signed(by),
        };
        self.position = moved.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl std::fmt::Debug for Objects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.places.iter().map(|(_, path)| path.as_ref())).finish()
    }
}
