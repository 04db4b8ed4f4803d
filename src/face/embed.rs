//! From an aligned crop to an [`Embedding`]: one forward pass of the recogniser.

use candle_core::Device;

use super::FaceError;
use super::backend::{self, Backend};
use super::pack::RecogniserSpec;
use super::pixels;
use crate::domain::Embedding;
use crate::imaging::RgbImage;

/// A recogniser ready to run.
pub(crate) struct Recogniser {
    spec: RecogniserSpec,
    backend: Box<dyn Backend>,
}

impl Recogniser {
    /// Loads the network; a run on a grey crop proves that its output has the pack's length.
    pub(crate) fn load(spec: RecogniserSpec, onnx: &[u8], device: &Device) -> Result<Self, FaceError> {
        let backend = backend::load(onnx, device)?;
        let recogniser = Self { spec, backend };
        let side = recogniser.spec.input_size;
        recogniser.embed(&RgbImage::from_pixel(side, side, image::Rgb([128; 3])))?;
        Ok(recogniser)
    }

    /// `crop` is square, of the pack's input size.
    pub(crate) fn embed(&self, crop: &RgbImage) -> Result<Embedding, FaceError> {
        let input = pixels::to_tensor(crop, self.spec.normalisation(), self.backend.device())?;
        let outputs = self.backend.run(&input)?;
        let [output] = &outputs[..] else { return Err(FaceError::EmbeddingLength(0)) };
        let values: Vec<f32> = output.flatten_all()?.to_vec1()?;
        if values.len() != self.spec.dimensions {
            return Err(FaceError::EmbeddingLength(values.len()));
        }
        Ok(Embedding::normalised(values)?)
    }
}
