//! Converts pixels to network inputs.

use candle_core::{Device, Tensor};

use super::pack::{Channels, Normalisation};
use crate::imaging::RgbImage;

/// A tensor `[1, 3, height, width]`, normalised for the network.
pub(super) fn to_tensor(
    image: &RgbImage,
    normalisation: Normalisation,
    device: &Device,
) -> candle_core::Result<Tensor> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let order = match normalisation.channels {
        Channels::Rgb => [0, 1, 2],
        Channels::Bgr => [2, 1, 0],
    };
    let mut data = vec![0.0; 3 * width * height];
    for (plane, channel) in data.chunks_exact_mut((width * height).max(1)).zip(order) {
        let (pixels, _) = image.as_raw().as_chunks::<3>();
        for (value, pixel) in plane.iter_mut().zip(pixels) {
            *value = (f32::from(pixel[channel]) - normalisation.mean) * normalisation.scale;
        }
    }
    Tensor::from_vec(data, (1, 3, height, width), device)
}
