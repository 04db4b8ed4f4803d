//! Indexing of one photo, stage by stage.

use std::io::Cursor;
use std::time::{Duration, Instant};

use crate::app::App;
use crate::domain::{Detection, Face, Photo, PhotoState, PixelSize, TimeCode};
use crate::face::{FaceEngine, FaceError};
use crate::imaging::{self, CodeInPicture, Decoded, ImagingError, QUICK_LONG_SIDE};
use crate::store::indexing::{self, Found, Job};
use crate::store::{BlobKey, StoreError, camera_clocks, events};

/// The time of each stage, for one photo or many.
#[derive(Clone, Copy, Debug, Default)]
pub struct StageTimes {
    /// Reading and decoding the file to upright pixels.
    pub decode: Duration,
    /// Finding the faces.
    pub detect: Duration,
    /// Computing their embeddings.
    pub recognise: Duration,
    /// Encoding and writing preview and thumbnail.
    pub derive: Duration,
    /// Committing.
    pub store: Duration,
}

impl StageTimes {
    /// Name and time of each stage, in order.
    #[must_use]
    pub fn stages(&self) -> [(&'static str, Duration); 5] {
        [
            ("decode", self.decode),
            ("detect", self.detect),
            ("recognise", self.recognise),
            ("derive", self.derive),
            ("store", self.store),
        ]
    }

    /// Adds each stage.
    pub fn add(&mut self, other: &Self) {
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
    /// A fault of the picture: no attempt can succeed.
    #[error(transparent)]
    Imaging(#[from] ImagingError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Face(#[from] FaceError),
}

/// A photo whose stages succeeded.
pub(super) struct Indexed {
    pub(super) faces: usize,
    pub(super) times: StageTimes,
    /// `false`: another worker has the photo, or it was deleted. Nothing is stored then, but its files may be.
    pub(super) is_published: bool,
}

pub(super) fn index(app: &App, job: &Job) -> Result<Indexed, IndexError> {
    let photo = &job.photo;
    let mut times = StageTimes::default();
    let blobs = app.store.blobs();
    let decoded = timed(&mut times.decode, || -> Result<_, IndexError> {
        blobs.promote(photo.file_id, photo.format)?;
        let key = BlobKey::Original(photo.file_id, photo.format);
        let file = blobs.open(&key)?.ok_or_else(|| StoreError::MissingBlob(key.clone()))?;
        match imaging::decode_reduced(file, app.limits, app.working_long_side) {
            Ok(decoded) if !decoded.is_damaged => Ok(decoded),
            Ok(_) | Err(ImagingError::Damaged(_)) => {
                // Reading may have failed midway: with all bytes in memory it is the picture's fault.
                let bytes = blobs.read(&key)?.ok_or(StoreError::MissingBlob(key))?;
                Ok(imaging::decode_reduced(Cursor::new(bytes), app.limits, app.working_long_side)?)
            }
            Err(error) => Err(error.into()),
        }
    })?;
    let event = photo.event_id;
    // The owner has set an end to faces: none are looked for, not even to be dropped.
    let detections = if app.store.read(|db| events::have_ended_faces(db, event))? {
        Vec::new()
    } else {
        timed(&mut times.detect, || app.engine.detect(&decoded.pixels))?
    };
    let faces = timed(&mut times.recognise, || recognise(&app.engine, &decoded, &detections))?;
    let new = timed(&mut times.derive, || -> Result<Option<(PixelSize, Option<TimeCode>)>, IndexError> {
        if photo.state == PhotoState::Indexed {
            // Only its faces change.
            return Ok(None);
        }
        let (preview, reduced) = imaging::preview(&decoded)?;
        blobs.put(&BlobKey::Preview(photo.file_id), &preview)?;
        blobs.put(&BlobKey::Thumbnail(photo.file_id), &imaging::thumbnail(&reduced)?)?;
        Ok(Some((reduced.size(), find_time_code(app, photo, &reduced)?)))
    })?;
    let (preview, time_code) = new.unzip();
    let (pack, job, count) = (app.pack_id, job.clone(), faces.len());
    let found = Found {
        size: decoded.full_size,
        preview,
        capture: decoded.capture,
        faces,
        is_damaged: decoded.is_damaged,
        time_code: time_code.flatten(),
    };
    let publish = || app.store.write(move |db| indexing::publish(db, &job, pack, &found));
    let is_published = timed(&mut times.store, publish)?;
    Ok(Indexed { faces: count, times, is_published })
}

/// The time code in a photo, if one was shown not long before it arrived: others need not be looked at.
fn find_time_code(app: &App, photo: &Photo, preview: &Decoded) -> Result<Option<TimeCode>, StoreError> {
    if !app.store.read(|db| camera_clocks::may_show_code(db, photo))? {
        return Ok(None);
    }
    match imaging::read_time_code(&preview.pixels, QUICK_LONG_SIDE) {
        CodeInPicture::Time(code) => Ok(Some(code)),
        CodeInPicture::Other | CodeInPicture::None => Ok(None),
    }
}

/// The faces of a picture, in pixels of its file.
///
/// # Errors
/// When a network fails.
pub(crate) fn find_faces(engine: &FaceEngine, decoded: &Decoded) -> Result<Vec<Face>, FaceError> {
    recognise(engine, decoded, &engine.detect(&decoded.pixels)?)
}

fn recognise(
    engine: &FaceEngine,
    decoded: &Decoded,
    detections: &[Detection],
) -> Result<Vec<Face>, FaceError> {
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
