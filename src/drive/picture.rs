//! One picture of a folder: downloads it, keeps the download until it is processed, decodes it, finds its faces.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::answer::Reference;
use super::api::Client;
use super::error::DriveError;
use super::retry::{Interruption, RetryPolicy};
use crate::app::App;
use crate::domain::{DriveMatch, DriveMatchId, FaceBox, PixelSize, reason_chain};
use crate::face::FaceError;
use crate::imaging::{self, Decoded, ImagingError};
use crate::pipeline::find_faces;
use crate::store::drive::faces::{DriveFace, Findings, as_recorded};
use crate::store::drive::files::{ListedFile, Refusal};
use crate::store::{BlobKey, DownloadName};

/// Why a picture was skipped.
#[derive(Debug)]
pub(super) struct Skipped {
    pub(super) refusal: Refusal,
    pub(super) reason: String,
}

impl Skipped {
    /// Drive may offer a thumbnail later, or serve the file to the next search.
    fn drive(reason: String) -> Self {
        Self { refusal: Refusal::ForNow, reason }
    }

    fn picture(reason: String) -> Self {
        Self { refusal: Refusal::Final, reason }
    }
}

/// Names a picture's download on disk.
pub(super) fn download_name(folder_id: &str, file: &ListedFile) -> DownloadName {
    DownloadName::new(folder_id, &file.id, &file.version)
}

/// The bytes of a picture, preferably of its thumbnail; from disk if it was downloaded before.
pub(super) fn download(
    retry: &RetryPolicy,
    client: &Client,
    name: &DownloadName,
    file: &ListedFile,
) -> Result<Result<Vec<u8>, Skipped>, Interruption> {
    let (blobs, key) = (retry.app.store.blobs(), BlobKey::DriveDownload(name.clone()));
    if let Some(bytes) = blobs.read(&key)? {
        return Ok(Ok(bytes));
    }
    let bytes = match thumbnail(retry, client, file)? {
        Some(bytes) => bytes,
        None if !file.readable => return Ok(Err(Skipped::drive(ImagingError::UnknownFormat.to_string()))),
        None => match original(retry, client, file)? {
            Ok(bytes) => bytes,
            // Without a thumbnail it will always be too large.
            Err(error @ DriveError::TooLarge { .. }) if file.thumbnail.is_none() => {
                return Ok(Err(Skipped::picture(error.to_string())));
            }
            Err(error) => return Ok(Err(Skipped::drive(error.to_string()))),
        },
    };
    if let Err(error) = imaging::sniff(&bytes) {
        return Ok(Err(Skipped::picture(error.to_string())));
    }
    blobs.put(&key, &bytes)?;
    Ok(Ok(bytes))
}

/// `None` if Drive has no thumbnail, does not serve it, or it is not a picture.
fn thumbnail(
    retry: &RetryPolicy,
    client: &Client,
    file: &ListedFile,
) -> Result<Option<Vec<u8>>, Interruption> {
    let Some(url) = &file.thumbnail else { return Ok(None) };
    match retry.run(|| client.thumbnail(url)) {
        Ok(answer) => Ok(answer.ok().filter(|bytes| imaging::sniff(bytes).is_ok())),
        // The original is served by other hosts.
        Err(interruption) if interruption.is_unanswered() => Ok(None),
        Err(interruption) => Err(interruption),
    }
}

fn original(
    retry: &RetryPolicy,
    client: &Client,
    file: &ListedFile,
) -> Result<Result<Vec<u8>, DriveError>, Interruption> {
    let max_bytes = client.max_file_bytes();
    if file.size_bytes.is_some_and(|size| size > max_bytes) {
        return Ok(Err(DriveError::TooLarge { max_bytes }));
    }
    let reference = Reference { id: file.id.clone(), resource_key: file.resource_key.clone() };
    retry.run(|| client.original(&reference))
}

/// A decoded picture with its faces.
pub(super) struct Analysed {
    pub(super) findings: Findings,
    pub(super) decoded: Decoded,
}

#[derive(Debug, thiserror::Error)]
enum AnalysisError {
    #[error(transparent)]
    Imaging(#[from] ImagingError),
    #[error(transparent)]
    Face(#[from] FaceError),
}

/// Decodes a picture. If the decoder panics, only this picture fails.
pub(super) fn decode(app: &App, bytes: &[u8]) -> Result<Decoded, Skipped> {
    catch_panics(|| Ok(imaging::decode_reduced(Cursor::new(bytes), app.limits, app.working_long_side)?))
}

/// Decodes a picture and finds its faces.
pub(super) fn analyse(app: &App, bytes: &[u8]) -> Result<Analysed, Skipped> {
    let decoded = decode(app, bytes)?;
    let found = catch_panics(|| Ok(find_faces(&app.engine, &decoded)?))?;
    let faces = found.into_iter().filter_map(|face| {
        let embedding = as_recorded(&face.embedding).ok()?;
        Some(DriveFace { bounds: face.detection.bounds, embedding })
    });
    let findings = Findings { pack_id: app.pack_id, size: decoded.full_size, faces: faces.collect() };
    Ok(Analysed { findings, decoded })
}

fn catch_panics<T>(work: impl FnOnce() -> Result<T, AnalysisError>) -> Result<T, Skipped> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(AnalysisError::Imaging(error))) => Err(Skipped::picture(reason_chain(&error))),
        Ok(Err(AnalysisError::Face(error))) => {
            Err(Skipped { refusal: Refusal::ForNow, reason: reason_chain(&error) })
        }
        Err(_) => Err(Skipped::picture("internal error while processing this picture".to_owned())),
    }
}

/// A copy of a picture as the user will see it.
pub(super) struct Copy {
    jpeg: Vec<u8>,
    size: PixelSize,
}

/// Creates a copy without metadata.
pub(super) fn copy(decoded: &Decoded) -> Result<Copy, Skipped> {
    let (jpeg, reduced) = catch_panics(|| Ok(imaging::preview(decoded)?))?;
    Ok(Copy { jpeg, size: reduced.size() })
}

impl Copy {
    /// Writes the copy to disk under a new id. The caller inserts its row.
    pub(super) fn write(
        &self,
        app: &App,
        (face, of): (FaceBox, PixelSize),
        similarity: f32,
    ) -> Result<DriveMatch, Interruption> {
        let id = DriveMatchId::random();
        app.store.put_first(&BlobKey::Copy(id), &self.jpeg)?;
        let face = scaled(face, of, self.size);
        Ok(DriveMatch { id, face, size: Some(self.size), similarity, created_at: app.clock.now() })
    }
}

/// Clips a box to a picture of size `from`, and scales it to the same picture of size `to`.
fn scaled(face: FaceBox, from: PixelSize, to: PixelSize) -> FaceBox {
    let FaceBox { x, y, w, h } = face.clipped(from.width as f32, from.height as f32);
    let across = to.width as f32 / from.width as f32;
    let down = to.height as f32 / from.height as f32;
    FaceBox { x: x * across, y: y * down, w: w * across, h: h * down }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panicking_decoder_fails_only_its_picture() {
        let Err(skipped) = catch_panics::<()>(|| panic!("simulated bug")) else { panic!("no error") };
        assert_eq!(skipped.refusal, Refusal::Final);
        assert_eq!(skipped.reason, "internal error while processing this picture");
    }

    #[test]
    fn boxes_follow_the_size_of_the_copy() {
        let (from, to) = (PixelSize { width: 4000, height: 3000 }, PixelSize { width: 2000, height: 1500 });
        let face = FaceBox { x: -100.0, y: 200.0, w: 300.0, h: 400.0 };
        let expected = FaceBox { x: 0.0, y: 100.0, w: 100.0, h: 200.0 };
        assert_eq!(scaled(face, from, to), expected);
    }
}
