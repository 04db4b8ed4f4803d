//! One picture of a folder: its bytes from Drive, kept on disk until they are worked on; its pixels; its faces.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::answer::Reference;
use super::api::Client;
use super::error::DriveError;
use super::patience::{Ending, Patience};
use crate::domain::{DriveMatch, DriveMatchId, FaceBox, PixelSize, reason_chain};
use crate::face::FaceError;
use crate::imaging::{self, Decoded, ImagingError};
use crate::pipeline::{Context, find_faces};
use crate::store::drive::faces::{DriveFace, Findings, as_recorded};
use crate::store::drive::files::{ListedFile, Refusal};
use crate::store::{BlobKey, DownloadName};

/// Why there is nothing to see in a picture, in words.
#[derive(Debug)]
pub(super) struct Unseen {
    pub(super) refusal: Refusal,
    pub(super) reason: String,
}

impl Unseen {
    /// Drive may make a smaller picture of it later, or give it to the next search.
    fn drive(reason: String) -> Self {
        Self { refusal: Refusal::ForNow, reason }
    }

    fn picture(reason: String) -> Self {
        Self { refusal: Refusal::Final, reason }
    }
}

/// Where a picture's download lies.
pub(super) fn download_name(folder_id: &str, file: &ListedFile) -> DownloadName {
    DownloadName::new(folder_id, &file.id, &file.version)
}

/// The bytes of a picture, the smaller one where there is one; from the disk where they were downloaded before.
pub(super) fn download(
    patience: &Patience,
    client: &Client,
    name: &DownloadName,
    file: &ListedFile,
) -> Result<Result<Vec<u8>, Unseen>, Ending> {
    let (blobs, key) = (patience.context.store.blobs(), BlobKey::DriveDownload(name.clone()));
    if let Some(bytes) = blobs.read(&key)? {
        return Ok(Ok(bytes));
    }
    let bytes = match smaller(patience, client, file)? {
        Some(bytes) => bytes,
        None if !file.readable => return Ok(Err(Unseen::drive(ImagingError::UnknownFormat.to_string()))),
        None => match whole(patience, client, file)? {
            Ok(bytes) => bytes,
            // Without a smaller picture it stays too large.
            Err(error @ DriveError::TooLarge { .. }) if file.thumbnail.is_none() => {
                return Ok(Err(Unseen::picture(error.to_string())));
            }
            Err(error) => return Ok(Err(Unseen::drive(error.to_string()))),
        },
    };
    if let Err(error) = imaging::sniff(&bytes) {
        return Ok(Err(Unseen::picture(error.to_string())));
    }
    blobs.put(&key, &bytes)?;
    Ok(Ok(bytes))
}

/// `None` where Drive has no smaller picture, does not give it, or it is none.
fn smaller(patience: &Patience, client: &Client, file: &ListedFile) -> Result<Option<Vec<u8>>, Ending> {
    let Some(address) = &file.thumbnail else { return Ok(None) };
    match patience.ask(|| client.thumbnail(address)) {
        Ok(answer) => Ok(answer.ok().filter(|bytes| imaging::sniff(bytes).is_ok())),
        // The file itself lies on other computers.
        Err(ending) if ending.is_unanswered() => Ok(None),
        Err(ending) => Err(ending),
    }
}

fn whole(
    patience: &Patience,
    client: &Client,
    file: &ListedFile,
) -> Result<Result<Vec<u8>, DriveError>, Ending> {
    let max_bytes = client.max_file_bytes();
    if file.size_bytes.is_some_and(|size| size > max_bytes) {
        return Ok(Err(DriveError::TooLarge { max_bytes }));
    }
    let reference = Reference { id: file.id.clone(), resource_key: file.resource_key.clone() };
    patience.ask(|| client.original(&reference))
}

/// A picture that was looked at.
pub(super) struct Seen {
    pub(super) findings: Findings,
    pub(super) decoded: Decoded,
}

#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error(transparent)]
    Imaging(#[from] ImagingError),
    #[error(transparent)]
    Face(#[from] FaceError),
}

/// Decodes a picture. A decoder that panics does so for this picture alone.
pub(super) fn decode(context: &Context, bytes: &[u8]) -> Result<Decoded, Unseen> {
    guarded(|| Ok(imaging::decode_reduced(bytes, context.limits, context.working_long_side)?))
}

/// Decodes a picture and finds its faces.
pub(super) fn look(context: &Context, bytes: &[u8]) -> Result<Seen, Unseen> {
    let decoded = decode(context, bytes)?;
    let found = guarded(|| Ok(find_faces(&context.engine, &decoded)?))?;
    let faces = found.into_iter().filter_map(|face| {
        let embedding = as_recorded(&face.embedding).ok()?;
        Some(DriveFace { bounds: face.detection.bounds, embedding })
    });
    let findings = Findings { pack_id: context.pack_id, size: decoded.full_size, faces: faces.collect() };
    Ok(Seen { findings, decoded })
}

fn guarded<T>(work: impl FnOnce() -> Result<T, LookError>) -> Result<T, Unseen> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(LookError::Imaging(error))) => Err(Unseen::picture(reason_chain(&error))),
        Ok(Err(LookError::Face(error))) => {
            Err(Unseen { refusal: Refusal::ForNow, reason: reason_chain(&error) })
        }
        Err(_) => Err(Unseen::picture("the program failed while it worked on this picture".to_owned())),
    }
}

/// A copy of a picture as the user will see it, and its size.
pub(super) struct Copy {
    jpeg: Vec<u8>,
    size: PixelSize,
}

/// Makes a copy of our own, without metadata.
pub(super) fn copy(decoded: &Decoded) -> Result<Copy, Unseen> {
    let (jpeg, reduced) = guarded(|| Ok(imaging::preview(decoded)?))?;
    Ok(Copy { jpeg, size: reduced.size() })
}

impl Copy {
    /// Writes the copy under a name of its own. Its row is not there yet: until then it belongs to nobody.
    pub(super) fn write(
        &self,
        context: &Context,
        (face, of): (FaceBox, PixelSize),
        similarity: f32,
    ) -> Result<DriveMatch, Ending> {
        let id = DriveMatchId::random();
        context.store.blobs().put(&BlobKey::Copy(id), &self.jpeg)?;
        let face = scaled(face, of, self.size);
        Ok(DriveMatch { id, face, similarity, created_at: context.clock.now() })
    }
}

/// A box of a picture in one size, clipped to its edges, in another size of it.
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
    fn a_decoder_that_panics_gives_up_its_picture_alone() {
        let Err(unseen) = guarded::<()>(|| panic!("as a bug would")) else { panic!("it went on") };
        assert_eq!(unseen.refusal, Refusal::Final);
        assert_eq!(unseen.reason, "the program failed while it worked on this picture");
    }

    #[test]
    fn boxes_follow_the_size_of_the_copy() {
        let (from, to) = (PixelSize { width: 4000, height: 3000 }, PixelSize { width: 2000, height: 1500 });
        let face = FaceBox { x: -100.0, y: 200.0, w: 300.0, h: 400.0 };
        let expected = FaceBox { x: 0.0, y: 100.0, w: 100.0, h: 200.0 };
        assert_eq!(scaled(face, from, to), expected);
    }
}
