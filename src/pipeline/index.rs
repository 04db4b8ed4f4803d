//! One photo through all stages.

use std::time::{Duration, Instant};

use super::Context;
use crate::domain::{Detection, Face, Photo};
use crate::face::{FaceEngine, FaceError};
use crate::imaging::{self, Decoded, ImagingError};
use crate::store::{BlobKey, StoreError, faces};

/// Time that one photo, or many together, spent in each stage.
#[derive(Clone, Copy, Debug, Default)]
pub struct StageTimes {
    /// From the disk.
    pub read: Duration,
    /// To upright pixels.
    pub decode: Duration,
    /// Where the faces are.
    pub detect: Duration,
    /// Who they are.
    pub recognise: Duration,
    /// Preview and thumbnail, onto the disk.
    pub derive: Duration,
    /// The commit.
    pub store: Duration,
}

impl StageTimes {
    /// Name and time of each stage, in order.
    #[must_use]
    pub fn stages(&self) -> [(&'static str, Duration); 6] {
        [
            ("read", self.read),
            ("decode", self.decode),
            ("detect", self.detect),
            ("recognise", self.recognise),
            ("derive", self.derive),
            ("store", self.store),
        ]
    }

    /// Stage by stage.
    pub fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.decode += other.decode;
        self.detect += other.detect;
        self.recognise += other.recognise;
        self.derive += other.derive;
        self.store += other.store;
    }
}

/// Why a photo was not indexed.
#[derive(Debug, thiserror::Error)]
pub(super) enum IndexError {
    /// The picture's own fault: another attempt would end the same way.
    #[error(transparent)]
    Imaging(#[from] ImagingError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Face(#[from] FaceError),
}

/// Returns how many faces the photo has.
pub(super) fn index(context: &Context, photo: &Photo) -> Result<(usize, StageTimes), IndexError> {
    let mut times = StageTimes::default();
    let blobs = context.store.blobs();
    let bytes = timed(&mut times.read, || {
        blobs.promote(photo.id, photo.format)?;
        let key = BlobKey::Original(photo.id, photo.format);
        blobs.read(&key)?.ok_or(StoreError::MissingBlob(key))
    })?;
    let (decoded, capture) = timed(&mut times.decode, || {
        let decoded = imaging::decode_reduced(&bytes, context.limits, context.working_long_side);
        decoded.map(|decoded| (decoded, imaging::read_capture(&bytes)))
    })?;
    drop(bytes);
    let detections = timed(&mut times.detect, || context.engine.detect(&decoded.pixels))?;
    let found = timed(&mut times.recognise, || recognise(&context.engine, &decoded, &detections))?;
    timed(&mut times.derive, || -> Result<(), IndexError> {
        let (preview, reduced) = imaging::preview(&decoded)?;
        blobs.put(&BlobKey::Preview(photo.id), &preview)?;
        blobs.put(&BlobKey::Thumbnail(photo.id), &imaging::thumbnail(&reduced)?)?;
        Ok(())
    })?;
    let (id, pack_id, size, count) = (photo.id, context.pack_id, decoded.full_size, found.len());
    timed(&mut times.store, || {
        context.store.write(move |tx| faces::index_photo(tx, id, pack_id, size, &capture, &found))
    })?;
    Ok((count, times))
}

/// The faces of a picture, with their places in pixels of the file's picture.
///
/// # Errors
/// When a network does not run.
pub(crate) fn find_faces(engine: &FaceEngine, decoded: &Decoded) -> Result<Vec<Face>, FaceError> {
    recognise(engine, decoded, &engine.detect(&decoded.pixels)?)
}

fn recognise(
    engine: &FaceEngine,
    decoded: &Decoded,
    detections: &[Detection],
) -> Result<Vec<Face>, FaceError> {
    // Whoever asks where a face is means the file's picture.
    let reduction = decoded.reduction();
    let faces = detections.iter().filter_map(|found| engine.recognise(&decoded.pixels, found).transpose());
    faces
        .map(|face| face.map(|face| Face { detection: face.detection.mapped(reduction, 0.0, 0.0), ..face }))
        .collect()
}

fn timed<T>(total: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    *total += start.elapsed();
    result
}
