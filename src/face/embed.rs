//! Computes the [`Embedding`] of an aligned crop: one forward pass of the recogniser.

use candle_core::Device;

use super::FaceError;
use super::backend::Backend;
use super::pack::{Contrast, RecogniserSpec};
use super::{pixels, quality, runtime};
use crate::domain::Embedding;
use crate::imaging::RgbImage;

/// A recogniser ready to run.
pub(crate) struct Recogniser {
    spec: RecogniserSpec,
    backend: Box<dyn Backend>,
}

impl Recogniser {
    /// Loads the network and checks the length of its output by running it on a grey crop.
    pub(crate) fn load(spec: RecogniserSpec, onnx: &[u8], device: &Device) -> Result<Self, FaceError> {
        let side = spec.input_size as usize;
        let backend = runtime::load(onnx, [1, 3, side, side], device)?;
        let recogniser = Self { spec, backend };
        let side = recogniser.spec.input_size;
        recogniser.embed(&RgbImage::from_pixel(side, side, image::Rgb([128; 3])))?;
        Ok(recogniser)
    }

    /// `crop` is a square of the pack's input size.
    pub(crate) fn embed(&self, crop: &RgbImage) -> Result<Embedding, FaceError> {
        let adjusted = self.spec.contrast.map(|contrast| adjust_contrast(crop, contrast));
        let crop = adjusted.as_ref().unwrap_or(crop);
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

/// Least standard deviation assumed, so that flat crops are not amplified to noise.
const MIN_DEVIATION: f32 = 8.0;

/// Brings the face region to the pack's mean and standard deviation, so that the network sees dark and pale faces with
/// the same contrast.
fn adjust_contrast(crop: &RgbImage, target: Contrast) -> RgbImage {
    let (columns, rows) = quality::face_region(crop);
    let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
    for y in rows {
        for value in columns.clone().flat_map(|x| crop.get_pixel(x, y).0.map(f32::from)) {
            sum += value;
            squares += value * value;
            count += 1.0;
        }
    }
    let mean = sum / count;
    let deviation = (squares / count - mean * mean).max(0.0).sqrt().max(MIN_DEVIATION);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
    let table: [u8; 256] = std::array::from_fn(|value| {
        ((value as f32 - mean) * target.deviation / deviation + target.mean).round().clamp(0.0, 255.0) as u8
    });
    let mut adjusted = crop.clone();
    adjusted.iter_mut().for_each(|value| *value = table[usize::from(*value)]);
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dark_crop_and_its_brighter_copy_become_similar() {
        let crop = |scale: u32| {
            RgbImage::from_fn(112, 112, |x, y| image::Rgb([u8::try_from(scale * (x + y) / 4).unwrap(); 3]))
        };
        let target = Contrast { mean: 127.0, deviation: 55.0 };
        let (dark, bright) = (adjust_contrast(&crop(2), target), adjust_contrast(&crop(4), target));
        let largest = dark.iter().zip(bright.iter()).map(|(a, b)| a.abs_diff(*b)).max();
        // One level of the dark crop becomes about four.
        assert!(largest.unwrap() <= 8, "{largest:?}");
    }
}
