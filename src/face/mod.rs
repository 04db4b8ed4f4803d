//! The face engine: from an upright picture to its faces, each with place, quality and
//! [`Embedding`](crate::domain::Embedding).
//!
//! Data passes through the files in this order: `detect` (with `plan`, `backend` and `cpu` under it), `align`,
//! `quality`, `embed`; `pack` says which networks and with which parameters. This is the only module that names candle.

mod align;
mod backend;
mod cpu;
mod detect;
mod embed;
#[cfg(test)]
mod golden_tests;
mod pack;
mod pixels;
mod plan;
mod quality;
mod runtime;
mod timing;

use std::path::Path;

use align::{Similarity, warp};
use detect::{Detector, merge};
use embed::Recogniser;

use crate::domain::{Detection, Digest, EmbeddingError, Face};
use crate::imaging::{RgbImage, padded, resize};

pub use backend::BackendError;
pub use pack::{
    Channels, Contrast, DEFAULT_PACK, DetectorSpec, Head, Normalisation, Pack, PackError, RecogniserSpec,
    VerifySpec, find_pack, list_packs,
};
pub use plan::PlanError;
pub use quality::selfie_issues;
pub use timing::{instruction_set, time_network};

/// Why faces could not be found or recognised; never the fault of the picture.
#[derive(Debug, thiserror::Error)]
pub enum FaceError {
    /// The pack's files are missing or wrong.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A network did not load or run.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// A tensor did not reach the device, or did not come back.
    #[error("the tensor computation failed")]
    Candle(#[from] candle_core::Error),
    /// A detector whose outputs are not those of the head its pack names.
    #[error("the detector's outputs are not those of head {0:?}")]
    Head(Head),
    /// A recogniser whose output is not as long as its pack says.
    #[error("the recogniser gave {0} numbers, another count than its pack says")]
    EmbeddingLength(usize),
    /// A recogniser that gave no direction.
    #[error(transparent)]
    Embedding(#[from] EmbeddingError),
}

/// What the configuration can change about a pack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaceOptions {
    /// Pictures are reduced to this long side before detection, in pixels.
    pub detector_long_side: u32,
    /// In place of the pack's.
    pub score_threshold: Option<f32>,
}

/// A face that takes more than this share of the picture is what a close-up was taken for.
const CLOSE_ENOUGH: f32 = 0.05;
/// A close-up is reduced to this long side before it gets a border, in pixels.
const CLOSE_UP_MAX_SIDE: u32 = 1024;
/// Long side to which a close-up with a border is reduced, in pixels: the face is large, so few will do.
const CLOSE_UP_LONG_SIDE: u32 = 384;

/// A pack ready to run, shared by all workers.
pub struct FaceEngine {
    pack: Pack,
    fingerprint: Digest,
    detector: Detector,
    recogniser: Recogniser,
}

impl FaceEngine {
    /// Loads and checks the pack's networks; those that are not embedded lie in `models_folder/PACK/`.
    ///
    /// # Errors
    /// When a file is missing, another one, or not the kind of network that the pack describes.
    pub fn load(pack: Pack, models_folder: &Path, options: FaceOptions) -> Result<Self, FaceError> {
        let device = runtime::best_device();
        let detector = Detector::load(
            pack.detector.clone(),
            &pack.read_model(models_folder, &pack.detector.file)?,
            options.detector_long_side,
            options.score_threshold,
            &device,
        )?;
        let recogniser = Recogniser::load(
            pack.recogniser.clone(),
            &pack.read_model(models_folder, &pack.recogniser.file)?,
            &device,
        )?;
        let fingerprint = pack.fingerprint(models_folder)?;
        Ok(Self { pack, fingerprint, detector, recogniser })
    }

    /// The pack it runs.
    #[must_use]
    pub fn pack(&self) -> &Pack {
        &self.pack
    }

    /// What its vectors are tagged with.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        self.fingerprint
    }

    /// Where faces are in an upright picture, most confident first.
    ///
    /// # Errors
    /// When a network does not run.
    pub fn detect(&self, image: &RgbImage) -> Result<Vec<Detection>, FaceError> {
        self.detector.detect(image)
    }

    /// Like [`FaceEngine::detect`], for selfies and portraits: a face that fills the picture is found only with
    /// some room around it, so where no large face is found the picture is tried again with a border.
    ///
    /// # Errors
    /// When a network does not run.
    pub fn detect_close_up(&self, image: &RgbImage) -> Result<Vec<Detection>, FaceError> {
        let mut found = self.detector.detect(image)?;
        let picture_area = image.width() as f32 * image.height() as f32;
        if found.iter().any(|face| face.bounds.area() > CLOSE_ENOUGH * picture_area) {
            return Ok(found);
        }
        // Reduced first, so that the border costs little whatever the picture's shape.
        let longest = image.width().max(image.height());
        let factor = (CLOSE_UP_MAX_SIDE as f32 / longest as f32).min(1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most the size it had"
        )]
        let side = |size: u32| ((size as f32 * factor) as u32).max(1);
        let reduced = resize(image, side(image.width()), side(image.height()));
        let border = reduced.width().max(reduced.height()) / 2;
        let again = self.detector.detect_within(&padded(&reduced, border), CLOSE_UP_LONG_SIDE)?;
        let shift = -(border as f32) / factor;
        found.extend(again.iter().map(|face| face.mapped(1.0 / factor, shift, shift)));
        Ok(merge(found))
    }

    /// Recognises one detected face; `None` when its landmarks make no sense.
    ///
    /// # Errors
    /// When a network does not run.
    pub fn recognise(&self, image: &RgbImage, detection: &Detection) -> Result<Option<Face>, FaceError> {
        let Some(transform) = Similarity::fit(&self.pack.template, &detection.landmarks) else {
            return Ok(None);
        };
        let crop = warp(image, &transform, self.pack.recogniser.input_size);
        let quality = quality::assess(detection, &crop);
        let embedding = self.recogniser.embed(&crop)?;
        Ok(Some(Face { detection: *detection, quality, embedding }))
    }
}
