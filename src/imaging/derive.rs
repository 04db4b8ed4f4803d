//! What guests see of a photo: a preview and a thumbnail, JPEG without any metadata but the colour profile.

use image::ImageEncoder;
use image::codecs::jpeg::JpegEncoder;

use super::resize::resize_to_look_at;
use super::{Decoded, ImagingError, RgbImage};

/// Long side of a preview, in pixels: fills a phone or a laptop screen.
pub const PREVIEW_LONG_SIDE: u32 = 2048;
/// Long side of a thumbnail, in pixels: a third of a phone's width at three device pixels a point.
pub const THUMBNAIL_LONG_SIDE: u32 = 400;
/// JPEG quality of both; above it files grow faster than they look better.
const QUALITY: u8 = 82;

/// JPEG of at most [`PREVIEW_LONG_SIDE`], and the pixels it was made of.
///
/// # Errors
/// When the encoder fails.
pub fn preview(photo: &Decoded) -> Result<(Vec<u8>, Decoded), ImagingError> {
    let reduced =
        Decoded { pixels: fit(&photo.pixels, PREVIEW_LONG_SIDE), icc_profile: photo.icc_profile.clone() };
    Ok((encode(&reduced)?, reduced))
}

/// JPEG of at most [`THUMBNAIL_LONG_SIDE`]; make it of the preview's pixels, which are fewer.
///
/// # Errors
/// When the encoder fails.
pub fn thumbnail(preview: &Decoded) -> Result<Vec<u8>, ImagingError> {
    let pixels = fit(&preview.pixels, THUMBNAIL_LONG_SIDE);
    encode(&Decoded { pixels, icc_profile: preview.icc_profile.clone() })
}

/// Reduced to the long side; smaller pictures stay as they are.
fn fit(image: &RgbImage, long_side: u32) -> RgbImage {
    let longest = image.width().max(image.height());
    if longest <= long_side {
        return image.clone();
    }
    let side = |size: u32| (u64::from(size) * u64::from(long_side) / u64::from(longest)).max(1);
    let side = |size: u32| u32::try_from(side(size)).unwrap_or(long_side);
    resize_to_look_at(image, side(image.width()), side(image.height()))
}

fn encode(picture: &Decoded) -> Result<Vec<u8>, ImagingError> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    if let Some(profile) = &picture.icc_profile {
        // A profile that the format cannot hold only costs exact colours.
        encoder.set_icc_profile(profile.clone()).ok();
    }
    let (width, height) = picture.pixels.dimensions();
    encoder
        .write_image(picture.pixels.as_raw(), width, height, image::ExtendedColorType::Rgb8)
        .map_err(ImagingError::Encode)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::{DecodeLimits, decode};
    use super::*;

    #[test]
    fn sizes_fit_and_the_colour_profile_stays() {
        let photo = Decoded {
            pixels: RgbImage::new(3000, 2000),
            icc_profile: Some([[7; 16].as_slice(), b"RGB ", &[7; 280]].concat()),
        };
        let (jpeg, reduced) = preview(&photo).unwrap();
        assert_eq!(reduced.pixels.dimensions(), (2048, 1365));
        let again = decode(&jpeg, DecodeLimits { max_pixels: 10_000_000 }).unwrap();
        assert_eq!(again.icc_profile, photo.icc_profile);
        let small = decode(&thumbnail(&reduced).unwrap(), DecodeLimits { max_pixels: 1_000_000 }).unwrap();
        assert_eq!(small.pixels.dimensions(), (400, 266));
    }
}
