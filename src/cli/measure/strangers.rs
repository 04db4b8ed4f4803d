//! Faces of strangers, added to an event to see how searches fare in a larger one.

use std::path::Path;

use anyhow::Context as _;

use crate::app::App;
use crate::domain::{
    Capture, Destination, Detection, Digest, Embedding, EventId, Face, FaceBox, ImageFormat, Landmarks,
    NewPhoto, PhotoId, PixelSize, Point, Quality,
};
use crate::store::indexing;

/// Photos recorded in one transaction.
const BATCH: usize = 500;

/// Reads embeddings of the app's pack: little-endian half floats, one embedding after the other.
pub(super) fn read(app: &App, file: &Path) -> anyhow::Result<Vec<Embedding>> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let each = 2 * app.engine.pack().recogniser.dimensions;
    anyhow::ensure!(
        !bytes.is_empty() && bytes.len().is_multiple_of(each),
        "`{}` has {} bytes, which is not a multiple of {each}, the size of an embedding",
        file.display(),
        bytes.len()
    );
    let read = bytes.chunks_exact(each).map(Embedding::from_f16_bytes);
    read.collect::<Result<_, _>>().with_context(|| format!("`{}` has an invalid embedding", file.display()))
}

/// `count` strangers: the known ones, and then blends of two of them each, which are as similar to others as they are.
pub(super) fn multiply(known: &[Embedding], count: usize) -> Vec<Embedding> {
    let mut all: Vec<Embedding> = known.iter().take(count).cloned().collect();
    // A linear congruential generator (Knuth, MMIX): the same strangers in every run.
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or_default() % below
    };
    while all.len() < count {
        let (a, b) = (&known[random(known.len())], &known[random(known.len())]);
        let sum = a.as_slice().iter().zip(b.as_slice()).map(|(a, b)| a + b).collect();
        all.extend(Embedding::normalised(sum).ok());
    }
    all
}

/// Records each stranger in a photo of their own, without a picture.
pub(super) fn add(app: &App, event_id: EventId, strangers: &[Embedding]) -> anyhow::Result<()> {
    for batch in strangers.chunks(BATCH) {
        add_photos(app, event_id, batch.chunks(1))?;
    }
    Ok(())
}

/// Records photos with these faces, without pictures, in one transaction.
pub(super) fn add_photos<'a>(
    app: &App,
    event_id: EventId,
    photos: impl Iterator<Item = &'a [Embedding]>,
) -> anyhow::Result<Vec<PhotoId>> {
    let photos: Vec<(NewPhoto, Vec<Face>)> =
        photos.map(|faces| (photo(event_id), faces.iter().map(face).collect())).collect();
    let (pack, now) = (app.pack_id, app.clock.now());
    let size = PixelSize { width: 100, height: 100 };
    let added = app.store.write(move |tx| {
        for (photo, faces) in &photos {
            indexing::record(tx, photo, now)?;
            indexing::index_photo(tx, photo.id, pack, size, &Capture::default(), faces)?;
        }
        Ok(photos.iter().map(|(photo, _)| photo.id).collect())
    });
    Ok(added?)
}

fn photo(event_id: EventId) -> NewPhoto {
    let id = PhotoId::random();
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&id.as_i64().to_le_bytes());
    let file_name = format!("stranger {id}");
    NewPhoto {
        id,
        destination: Destination::of_owner(event_id),
        file_name,
        digest: Digest(digest),
        size_bytes: 0,
        format: ImageFormat::Jpeg,
        written_at: None,
    }
}

fn face(embedding: &Embedding) -> Face {
    let bounds = FaceBox { x: 25.0, y: 25.0, w: 50.0, h: 50.0 };
    Face {
        detection: Detection { bounds, landmarks: Landmarks([Point::default(); 5]), score: 1.0 },
        quality: Quality { size_px: 50.0, sharpness: 100.0, yaw: 0.0 },
        embedding: embedding.clone(),
    }
}
