//! Detects the faces in an upright picture: letterbox, network, head, non-maximum suppression, and a second look at
//! each candidate if the pack defines one.

mod centerface;
mod letterbox;
mod nms;
mod scrfd;
mod verify;
mod yunet;

use candle_core::{Device, Tensor};

use super::backend::Backend;
use super::pack::{DetectorSpec, Head};
use super::{FaceError, pixels, runtime};
use crate::domain::Detection;
use crate::imaging::RgbImage;
use letterbox::Letterbox;
use nms::suppress_overlaps;

/// Detections with a larger overlap (intersection over union) are the same face.
const MAX_OVERLAP: f32 = 0.3;

/// Largest number of faces per photo, so that none occupies a worker for minutes.
const MAX_FACES: usize = 1000;

/// Side of the picture that checks a detector when it is loaded, in pixels; a multiple of every pack's `multiple_of`.
const PROBE_SIDE: u32 = 64;

/// One output of a detector, row-major.
struct Output {
    shape: Vec<usize>,
    data: Vec<f32>,
}

impl Output {
    fn read(tensor: &Tensor) -> candle_core::Result<Self> {
        Ok(Self { shape: tensor.dims().to_vec(), data: tensor.flatten_all()?.to_vec1()? })
    }
}

/// Size of a network's input, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct InputSize {
    width: usize,
    height: usize,
}

/// Each face once, most confident first: two candidates may be the same face.
pub(crate) fn merge(found: Vec<Detection>) -> Vec<Detection> {
    suppress_overlaps(found, MAX_OVERLAP)
}

/// A detector ready to run.
pub(crate) struct Detector {
    spec: DetectorSpec,
    backend: Box<dyn Backend>,
    /// Pictures are reduced to this long side, in pixels.
    long_side: u32,
    score_threshold: f32,
}

impl Detector {
    /// Loads the network and checks that its outputs fit its head by running it on a small picture.
    pub(crate) fn load(
        spec: DetectorSpec,
        onnx: &[u8],
        long_side: u32,
        score_threshold: Option<f32>,
        device: &Device,
    ) -> Result<Self, FaceError> {
        let side = spec.fixed_size.unwrap_or(PROBE_SIDE);
        let backend = runtime::load(onnx, [1, 3, side as usize, side as usize], device)?;
        let score_threshold = score_threshold.unwrap_or(spec.score_threshold);
        let detector = Self { spec, backend, long_side, score_threshold };
        detector.detect(&RgbImage::new(PROBE_SIDE, PROBE_SIDE))?;
        Ok(detector)
    }

    /// Faces of an upright picture, in its pixels, most confident first. Boxes may extend over its edges.
    pub(crate) fn detect(&self, image: &RgbImage) -> Result<Vec<Detection>, FaceError> {
        let mut found = Vec::new();
        for candidate in self.look(image, self.long_side)? {
            found.extend(self.look_again(image, &candidate)?);
        }
        Ok(merge(found))
    }

    /// Candidates of the first look, with the picture reduced to `long_side`. If no second look corrects their
    /// landmarks, the picture is not reduced more than in `detect`.
    pub(crate) fn look(&self, image: &RgbImage, long_side: u32) -> Result<Vec<Detection>, FaceError> {
        let long_side = if self.spec.verify.is_some() { long_side } else { self.long_side };
        let letterbox = Letterbox::new(image, long_side, &self.spec);
        let found = self.run(&letterbox.canvas, self.score_threshold)?;
        Ok(found.iter().map(|face| letterbox.to_picture(face)).collect())
    }

    /// The candidate as the second look finds it, if at all; unchanged if the pack defines no second look.
    pub(crate) fn look_again(
        &self,
        image: &RgbImage,
        candidate: &Detection,
    ) -> Result<Option<Detection>, FaceError> {
        match self.spec.verify {
            Some(spec) => verify::verify(self, spec, image, candidate),
            None => Ok(Some(*candidate)),
        }
    }

    /// Faces of a picture whose size the network accepts, overlaps suppressed.
    fn run(&self, canvas: &RgbImage, score_threshold: f32) -> Result<Vec<Detection>, FaceError> {
        let input = pixels::to_tensor(canvas, self.spec.normalisation(), self.backend.device())?;
        let outputs = self.backend.run(&input)?;
        let outputs = outputs.iter().map(Output::read).collect::<candle_core::Result<Vec<_>>>()?;
        let size = InputSize { width: canvas.width() as usize, height: canvas.height() as usize };
        let found = match self.spec.head {
            Head::CenterFace => centerface::decode(&outputs, size, score_threshold),
            Head::YuNet => yunet::decode(&outputs, size, score_threshold),
            Head::Scrfd => scrfd::decode(&outputs, size, score_threshold),
        };
        let mut found = found.ok_or(FaceError::Head(self.spec.head))?;
        found.retain(Detection::is_finite);
        let mut faces = suppress_overlaps(found, MAX_OVERLAP);
        faces.truncate(MAX_FACES);
        Ok(faces)
    }
}
