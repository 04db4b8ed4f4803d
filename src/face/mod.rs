//! The face engine: finds the faces in an upright picture, each with detection, quality and
//! [`Embedding`](crate::domain::Embedding).
//!
//! The stages in order: `detect` (through `close_up` for large faces only), `align`, `quality`, `embed`. `pack` defines
//! the networks and their parameters; `plan` reads them, and `runtime` chooses what runs them (`cpu`, or a `backend`).
//! Only this module uses candle.
#![expect(clippy::missing_errors_doc, reason = "the error types document the causes")]

mod align;
mod backend;
mod close_up;
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
use detect::Detector;
use embed::Recogniser;

use crate::domain::{Detection, Digest, EmbeddingError, Face};
use crate::imaging::RgbImage;

pub use backend::BackendError;
pub use pack::{
    Channels, Contrast, DEFAULT_PACK, DetectorSpec, Download, Head, Normalisation, Pack, PackError, PackFile,
    RecogniserSpec, Source, VerifySpec, find_pack, list_packs,
};
pub use plan::PlanError;
pub use quality::{MIN_SELFIE_SIZE_PX, selfie_issues};
pub use timing::{instruction_set, time_network};

/// Why face detection or recognition failed. Never the picture's fault.
#[derive(Debug, thiserror::Error)]
pub enum FaceError {
    /// The pack or its files are missing or invalid.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A network failed to load or run.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// A tensor could not be moved to or from the device.
    #[error("the tensor computation failed")]
    Candle(#[from] candle_core::Error),
    /// The detector's outputs do not fit the head that its pack names.
    #[error("the detector's outputs do not fit head {0:?}")]
    Head(Head),
    /// The recogniser's output does not have the length that its pack states.
    #[error("the recogniser returned {0} numbers, which is not the length its pack states")]
    EmbeddingLength(usize),
    /// The recogniser's output cannot be normalised.
    #[error(transparent)]
    Embedding(#[from] EmbeddingError),
}

/// Configured overrides of a pack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaceOptions {
    /// Pictures are reduced to this long side before detection, in pixels.
    pub detector_long_side: u32,
    /// Overrides the pack's threshold.
    pub score_threshold: Option<f32>,
}

/// A pack's detector and recogniser, ready to run. Shared by all workers.
pub struct FaceEngine {
    pack: Pack,
    fingerprint: Digest,
    detector: Detector,
    recogniser: Recogniser,
}

impl FaceEngine {
    /// Loads and checks the pack's networks; those that are not embedded are in `models_folder/PACK/`.
    pub fn load(pack: Pack, models_folder: &Path, options: FaceOptions) -> Result<Self, FaceError> {
        let [detector, recogniser] = pack.files().map(|file| pack.read_model(models_folder, file));
        let (detector, recogniser) = (detector?, recogniser?);
        Self::from_files(pack, &detector, &recogniser, options)
    }

    /// Loads and checks the networks in the bytes of the pack's two files.
    pub fn from_files(
        pack: Pack,
        detector: &[u8],
        recogniser: &[u8],
        options: FaceOptions,
    ) -> Result<Self, FaceError> {
        let device = runtime::best_device();
        let fingerprint = pack.fingerprint(detector, recogniser);
        let detector = Detector::load(
            pack.detector.clone(),
            detector,
            options.detector_long_side,
            options.score_threshold,
            &device,
        )?;
        let recogniser = Recogniser::load(pack.recogniser.clone(), recogniser, &device)?;
        Ok(Self { pack, fingerprint, detector, recogniser })
    }

    /// The loaded pack.
    #[must_use]
    pub fn pack(&self) -> &Pack {
        &self.pack
    }

    /// Identifies the networks and parameters that an embedding came from; stored with each.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        self.fingerprint
    }

    /// Detects all faces in an upright picture, most confident first.
    pub fn detect(&self, image: &RgbImage) -> Result<Vec<Detection>, FaceError> {
        self.detector.detect(image)
    }

    /// Recognises a detected face; `None` if its landmarks are degenerate.
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
