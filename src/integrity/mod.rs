//! Whether the files of photos are as they were stored, and repair of what can be made again: an original is compared
//! with the hash of its row, preview and thumbnail are decoded. Disks get old, and the power fails.
//!
//! Invariant: an original is never written or deleted here. What is damaged in the end is recorded for the studio.

use crate::domain::{Fault, Timestamp, reason_chain};
use crate::imaging::{self, DecodeLimits, ImagingError};
use crate::store::photo_files::{self, PhotoFile};
use crate::store::{Blob, BlobKey, Blobs, Store, StoreError, damage};

/// How closely to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Whether each file is there and has its size.
    Quick,
    /// Whether its bytes are right.
    Deep,
}

/// A file that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub blob: BlobKey,
    /// What is wrong.
    pub fault: Fault,
    /// Whether it was made again.
    pub is_repaired: bool,
}

/// Why a picture could not be made again.
#[derive(Debug, thiserror::Error)]
enum RepairError {
    #[error(transparent)]
    Imaging(#[from] ImagingError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Checks the original, preview and thumbnail of a file.
#[must_use]
pub fn check(blobs: &Blobs, file: &PhotoFile, limits: DecodeLimits, depth: Depth) -> Vec<Found> {
    let mut checked = vec![(file.original(), check_original(blobs, file, depth))];
    if file.has_pictures {
        for blob in [BlobKey::Preview(file.file_id), BlobKey::Thumbnail(file.file_id)] {
            let sound = check_picture(blobs, &blob, limits, depth);
            checked.push((blob, sound));
        }
    }
    let found = checked.into_iter().filter_map(|(blob, sound)| sound.err().map(|fault| (blob, fault)));
    found.map(|(blob, fault)| Found { blob, fault, is_repaired: false }).collect()
}

fn check_original(blobs: &Blobs, file: &PhotoFile, depth: Depth) -> Result<(), Fault> {
    let opened = open(blobs, &file.original())?;
    if file.size_bytes.is_some_and(|expected| expected != opened.size_bytes()) {
        return Err(Fault::Changed);
    }
    if depth == Depth::Quick {
        return Ok(());
    }
    let digest = opened.digest().map_err(|_| Fault::Unreadable)?;
    if digest == file.digest { Ok(()) } else { Err(Fault::Changed) }
}

fn check_picture(blobs: &Blobs, blob: &BlobKey, limits: DecodeLimits, depth: Depth) -> Result<(), Fault> {
    let opened = open(blobs, blob)?;
    if opened.size_bytes() == 0 {
        return Err(Fault::Damaged);
    }
    if depth == Depth::Quick {
        return Ok(());
    }
    match imaging::decode(opened, limits) {
        Ok(decoded) if !decoded.is_damaged => Ok(()),
        // These say nothing about the file.
        Err(ImagingError::TooSlow | ImagingError::TooMuchMemory { .. } | ImagingError::Abandoned) => Ok(()),
        _ => Err(Fault::Damaged),
    }
}

fn open(blobs: &Blobs, blob: &BlobKey) -> Result<Blob, Fault> {
    blobs.open(blob).map_err(|_| Fault::Unreadable)?.ok_or(Fault::Missing)
}

/// Checks files, repairs them and records what stays damaged.
#[derive(Clone, Copy)]
pub struct Upkeep<'a> {
    /// Rows and files.
    pub store: &'a Store,
    /// Limits for decoding pictures.
    pub limits: DecodeLimits,
    /// Least long side of a working picture, in pixels: previews come out as when the photo was indexed.
    pub working_long_side: u32,
}

impl Upkeep<'_> {
    /// Checks a file; makes its preview and thumbnail again where they are damaged and something is left to make them
    /// from. What was not known before is logged.
    ///
    /// # Errors
    /// When the database fails, or the bucket is away.
    pub fn check(&self, file: &PhotoFile, depth: Depth, now: Timestamp) -> Result<Vec<Found>, StoreError> {
        let mut found = check(self.store.blobs(), file, self.limits, depth);
        if !found.is_empty() {
            // A bucket may have been away for a moment.
            self.store.blobs().probe()?;
            found = check(self.store.blobs(), file, self.limits, depth);
        }
        let known = self.store.read(|db| damage::list_of(db, file.photo_id))?;
        if found.is_empty() && known.is_empty() {
            return Ok(found);
        }
        if !found.is_empty() && !self.is_current(file)? {
            // Deleted meanwhile, or it has other files now.
            return Ok(Vec::new());
        }
        if let Err(error) = self.repair(file, &mut found) {
            let error = reason_chain(&error);
            tracing::warn!(photo.id = %file.photo_id, error, "a picture could not be made again");
        }
        self.record(file, &found, &known, depth, now)?;
        Ok(found)
    }

    fn is_current(&self, file: &PhotoFile) -> Result<bool, StoreError> {
        let files = self.store.read(|db| photo_files::list_of(db, file.photo_id))?;
        Ok(files.iter().any(|current| current.original() == file.original()))
    }

    fn repair(&self, file: &PhotoFile, found: &mut [Found]) -> Result<(), RepairError> {
        let (preview, thumbnail) = (BlobKey::Preview(file.file_id), BlobKey::Thumbnail(file.file_id));
        let is_damaged = |blob: &BlobKey| found.iter().any(|other| other.blob == *blob);
        if !is_damaged(&preview) && !is_damaged(&thumbnail) {
            return Ok(());
        }
        let blobs = self.store.blobs();
        let open = |blob: BlobKey| blobs.open(&blob)?.ok_or(StoreError::MissingBlob(blob));
        let mut pictures = Vec::new();
        if !is_damaged(&file.original()) {
            let original =
                imaging::decode_reduced(open(file.original())?, self.limits, self.working_long_side)?;
            let (bytes, reduced) = imaging::preview(&original)?;
            pictures.extend([(preview, bytes), (thumbnail, imaging::thumbnail(&reduced)?)]);
        } else if !is_damaged(&preview) {
            let reduced = imaging::decode(open(preview)?, self.limits)?;
            pictures.push((thumbnail, imaging::thumbnail(&reduced)?));
        }
        for (blob, bytes) in pictures {
            if let Some(damaged) = found.iter_mut().find(|other| other.blob == blob) {
                blobs.put(&blob, &bytes)?;
                damaged.is_repaired = true;
                let (fault, photo) = (damaged.fault.words(), file.photo_id);
                tracing::warn!(photo.id = %photo, %blob, "a picture that {fault} was made again");
            }
        }
        if !self.is_current(file)? {
            // Written since the deletion.
            for damaged in found.iter().filter(|damaged| damaged.is_repaired) {
                blobs.delete(&damaged.blob)?;
            }
        }
        Ok(())
    }

    fn record(
        &self,
        file: &PhotoFile,
        found: &[Found],
        known: &[BlobKey],
        depth: Depth,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let own = [file.original(), BlobKey::Preview(file.file_id), BlobKey::Thumbnail(file.file_id)];
        for blob in own {
            let damaged = found.iter().find(|damaged| damaged.blob == blob);
            let is_known = known.contains(&blob);
            match damaged.filter(|damaged| !damaged.is_repaired).map(|damaged| damaged.fault) {
                Some(fault) => {
                    let (row, key) = (file.clone(), blob.clone());
                    if self.store.write(move |db| damage::record(db, &row, &key, fault, now))? {
                        tracing::warn!(photo.id = %file.photo_id, %blob, "a file of a photo {}", fault.words());
                    }
                }
                // A quick look cannot say that the bytes are right.
                None if is_known && (depth == Depth::Deep || damaged.is_some()) => {
                    let key = blob.clone();
                    self.store.write(move |db| damage::forget(db, &key))?;
                    tracing::info!(photo.id = %file.photo_id, %blob, "a damaged file of a photo is whole again");
                }
                None => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
