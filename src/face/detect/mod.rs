//! From an upright picture to the faces in it: letterbox, network, head, non-maximum suppression.

mod centerface;
mod letterbox;
mod nms;
mod scrfd;
mod yunet;

use candle_core::{Device, Tensor};

use super::FaceError;
use super::backend::{self, Backend};
use super::pack::{DetectorSpec, Head};
use crate::domain::Detection;
use crate::imaging::RgbImage;
use letterbox::Letterbox;
use nms::suppress_overlaps;

/// Two detections that overlap more than this (intersection over union) are the same face.
const MAX_OVERLAP: f32 = 0.3;

/// One output of a detector: its dimensions and numbers, row-major.
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

/// A detector ready to run.
pub(crate) struct Detector {
    spec: DetectorSpec,
    backend: Box<dyn Backend>,
    /// Pictures are reduced to this long side, in pixels.
    long_side: u32,
    score_threshold: f32,
}

impl Detector {
    /// Loads the network; a thumbnail-sized run proves that its outputs are those of its head.
    pub(crate) fn load(
        spec: DetectorSpec,
        onnx: &[u8],
        long_side: u32,
        score_threshold: Option<f32>,
        device: &Device,
    ) -> Result<Self, FaceError> {
        let backend = backend::load(onnx, device)?;
        let score_threshold = score_threshold.unwrap_or(spec.score_threshold);
        let detector = Self { spec, backend, long_side, score_threshold };
        detector.detect(&RgbImage::new(64, 64))?;
        Ok(detector)
    }

    /// Faces of an upright picture, in its pixels, most confident first; their boxes may reach over its edges.
    pub(crate) fn detect(&self, image: &RgbImage) -> Result<Vec<Detection>, FaceError> {
        let letterbox = Letterbox::new(image, self.long_side, &self.spec);
        let input = letterbox.tensor(self.spec.normalisation(), self.backend.device())?;
        let outputs = self.backend.run(&input)?;
        let outputs = outputs.iter().map(Output::read).collect::<candle_core::Result<Vec<_>>>()?;
        let size = letterbox.input_size();
        let found = match self.spec.head {
            Head::CenterFace => centerface::decode(&outputs, size, self.score_threshold),
            Head::YuNet => yunet::decode(&outputs, size, self.score_threshold),
            Head::Scrfd => scrfd::decode(&outputs, size, self.score_threshold),
        };
        let found = found.ok_or(FaceError::Head(self.spec.head))?;
        Ok(suppress_overlaps(found, MAX_OVERLAP).iter().map(|face| letterbox.to_picture(face)).collect())
    }
}
