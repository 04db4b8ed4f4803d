//! From pixels to the numbers that networks take.

use candle_core::{Device, Tensor};

use super::pack::{Channels, Normalisation};
use crate::imaging::RgbImage;

/// `[1, 3, height, width]`, normalised as the network wants it.
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
    let mut data = Vec::with_capacity(3 * width * height);
    for channel in order {
        let values = image.as_raw().iter().skip(channel).step_by(3);
        data.extend(values.map(|v| (f32::from(*v) - normalisation.mean) * normalisation.scale));
    }
    Tensor::from_vec(data, (1, 3, height, width), device)
}
