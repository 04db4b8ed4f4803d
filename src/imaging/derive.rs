//! Previews, medium pictures and thumbnails: JPEG files without any metadata except a colour profile that is not sRGB.

use std::io::{Read, Seek};

use super::resize::resize_for_display;
use super::{DecodeLimits, Decoded, ImagingError, RgbImage, Stamp, colour_profile, decode_reduced, jpeg};
use crate::domain::PixelSize;

/// Long side of a preview, in pixels: fills a phone or a laptop screen.
pub const PREVIEW_LONG_SIDE: u32 = 2048;
/// Long side of a medium picture, in pixels: fills a phone's screen until somebody zooms in.
pub const MEDIUM_LONG_SIDE: u32 = 1024;
/// Long side of a thumbnail, in pixels: a third of a phone's width at three device pixels per point.
pub const THUMBNAIL_LONG_SIDE: u32 = 400;

/// JPEG quality of previews and medium pictures; above it, files grow faster than they look better.
const PREVIEW_QUALITY: u8 = 82;
/// JPEG quality of thumbnails, which are not shown at full size: saves a seventh of the bytes.
const THUMBNAIL_QUALITY: u8 = 75;

/// A JPEG of at most [`PREVIEW_LONG_SIDE`], and its pixels before encoding.
pub fn preview(photo: &Decoded) -> Result<(Vec<u8>, Decoded), ImagingError> {
    let reduced = fitted(photo, PREVIEW_LONG_SIDE);
    Ok((jpeg::encode(&reduced, PREVIEW_QUALITY)?, reduced))
}

/// A JPEG of at most [`THUMBNAIL_LONG_SIDE`]; fastest from the preview's pixels.
pub fn thumbnail(preview: &Decoded) -> Result<Vec<u8>, ImagingError> {
    Ok(jpeg::encode_smaller(&fitted(preview, THUMBNAIL_LONG_SIDE), THUMBNAIL_QUALITY)?)
}

/// A JPEG of at most [`MEDIUM_LONG_SIDE`] of a preview's file, with the watermark if there is one.
pub fn medium(
    preview: impl Read + Seek,
    limits: DecodeLimits,
    stamp: Option<&Stamp>,
) -> Result<Vec<u8>, ImagingError> {
    let mut reduced = fitted(&decode_reduced(preview, limits, MEDIUM_LONG_SIDE)?, MEDIUM_LONG_SIDE);
    if let Some(stamp) = stamp {
        stamp.draw(&mut reduced.pixels);
    }
    Ok(jpeg::encode(&reduced, PREVIEW_QUALITY)?)
}

fn fitted(photo: &Decoded, long_side: u32) -> Decoded {
    let pixels = fit(&photo.pixels, long_side);
    let icc_profile = photo.icc_profile.clone().filter(|profile| !colour_profile::is_srgb(profile));
    Decoded { icc_profile, ..Decoded::of(pixels, photo.full_size) }
}

/// Reduces a picture to `long_side`; smaller pictures are unchanged.
fn fit(image: &RgbImage, long_side: u32) -> RgbImage {
    let size = PixelSize { width: image.width(), height: image.height() };
    let PixelSize { width, height } = fitted_size(size, long_side);
    if (width, height) == image.dimensions() {
        image.clone()
    } else {
        resize_for_display(image, width, height)
    }
}

/// The size of a photo's preview, if the photo was not reduced when it was decoded.
#[must_use]
pub fn preview_size(full_size: PixelSize) -> PixelSize {
    fitted_size(full_size, PREVIEW_LONG_SIDE)
}

fn fitted_size(size: PixelSize, long_side: u32) -> PixelSize {
    let longest = size.width.max(size.height);
    if longest <= long_side {
        return size;
    }
    let reduced = |side: u32| {
        let reduced = (u64::from(side) * u64::from(long_side) / u64::from(longest)).max(1);
        u32::try_from(reduced).unwrap_or(long_side)
    };
    PixelSize { width: reduced(size.width), height: reduced(size.height) }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::RgbaImage;

    use super::super::colour_profile::tests::named;
    use super::super::decode;
    use super::super::testing::jpeg_with_exif;
    use super::*;
    use crate::domain::{Corner, Watermark};

    #[test]
    fn sizes_fit_and_the_colour_profile_is_kept() {
        let size = PixelSize { width: 3000, height: 2000 };
        let photo = Decoded {
            icc_profile: Some(named("Display P3")),
            ..Decoded::of(RgbImage::new(3000, 2000), size)
        };
        let (jpeg, reduced) = preview(&photo).unwrap();
        assert_eq!(reduced.pixels.dimensions(), (2048, 1365));
        assert_eq!(preview_size(photo.full_size), reduced.size());
        let again = decode(Cursor::new(&jpeg), DecodeLimits { max_pixels: 10_000_000 }).unwrap();
        assert_eq!(again.icc_profile, photo.icc_profile);
        let small = decode(Cursor::new(thumbnail(&reduced).unwrap()), DecodeLimits { max_pixels: 1_000_000 })
            .unwrap();
        assert_eq!(small.pixels.dimensions(), (400, 266));
        assert_eq!(small.icc_profile, photo.icc_profile);
    }

    #[test]
    fn a_medium_picture_is_half_a_preview_and_never_larger_than_it() {
        let limits = DecodeLimits { max_pixels: 10_000_000 };
        for (preview, expected) in [
            ((2048, 1366), (1024, 683)),
            ((1067, 1600), (682, 1024)),
            ((1025, 30), (1024, 29)),
            ((600, 900), (600, 900)),
        ] {
            let size = PixelSize { width: preview.0, height: preview.1 };
            let photo = Decoded {
                icc_profile: Some(named("Display P3")),
                ..Decoded::of(RgbImage::from_pixel(size.width, size.height, image::Rgb([90; 3])), size)
            };
            let file = jpeg::encode(&photo, PREVIEW_QUALITY).unwrap();
            let reduced =
                decode(Cursor::new(medium(Cursor::new(&file), limits, None).unwrap()), limits).unwrap();
            assert_eq!(reduced.pixels.dimensions(), expected);
            assert_eq!(reduced.icc_profile, photo.icc_profile);
        }
    }

    #[test]
    fn a_logo_takes_the_same_share_of_a_medium_picture_as_of_the_preview() {
        let limits = DecodeLimits { max_pixels: 10_000_000 };
        let mut logo = Cursor::new(Vec::new());
        let ink = RgbaImage::from_pixel(40, 40, image::Rgba([255, 0, 0, 255]));
        ink.write_to(&mut logo, image::ImageFormat::Png).unwrap();
        let watermark =
            Watermark { logo: logo.into_inner(), corner: Corner::TopLeft, opacity: 1.0, version: 1 };
        let stamp = Stamp::new(&watermark).unwrap();
        let size = PixelSize { width: 2048, height: 1366 };
        let photo = Decoded::of(RgbImage::from_pixel(size.width, size.height, image::Rgb([90; 3])), size);
        let file = jpeg::encode(&photo, PREVIEW_QUALITY).unwrap();
        let red = |jpeg: Vec<u8>| {
            let pixels = decode(Cursor::new(jpeg), limits).unwrap().pixels;
            let red = pixels.pixels().filter(|pixel| pixel.0[0] > 200 && pixel.0[1] < 60).count();
            red as f64 / (f64::from(pixels.width()) * f64::from(pixels.height()))
        };
        let preview = red(stamp.apply(Cursor::new(&file), limits, PREVIEW_QUALITY).unwrap());
        let reduced = red(medium(Cursor::new(&file), limits, Some(&stamp)).unwrap());
        assert!((preview - reduced).abs() < 0.01 * preview, "{preview} and {reduced}");
        assert!(preview > 0.03, "{preview}");
    }

    #[test]
    fn a_profile_that_says_srgb_is_left_out() {
        let size = PixelSize { width: 60, height: 40 };
        let photo = Decoded {
            icc_profile: Some(named("sRGB IEC61966-2.1")),
            ..Decoded::of(RgbImage::new(60, 40), size)
        };
        let (jpeg, reduced) = preview(&photo).unwrap();
        for derived in [jpeg, thumbnail(&reduced).unwrap(), thumbnail(&photo).unwrap()] {
            let again = decode(Cursor::new(&derived), DecodeLimits { max_pixels: 10_000 }).unwrap();
            assert_eq!(again.icc_profile, None);
        }
    }

    /// Markers of the segments before the pixels; see ITU-T T.81, B.1.1.4.
    fn markers(jpeg: &[u8]) -> Vec<u8> {
        let (mut at, mut markers) = (2, Vec::new());
        while jpeg[at + 1] != 0xDA {
            markers.push(jpeg[at + 1]);
            at += 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        }
        markers
    }

    #[test]
    fn derived_pictures_have_no_camera_metadata() {
        let original = jpeg_with_exif(600, 400);
        assert!(markers(&original).contains(&0xE1));
        let photo = decode(Cursor::new(&original), DecodeLimits { max_pixels: 1_000_000 }).unwrap();
        let (preview, reduced) = preview(&photo).unwrap();
        for derived in [preview, thumbnail(&reduced).unwrap()] {
            // JFIF header, tables and frame only: no APP1 (EXIF, XMP), no other APPn, no comment.
            assert!(
                markers(&derived).iter().all(|marker| matches!(marker, 0xE0 | 0xDB | 0xC4 | 0xC0..=0xC2))
            );
            assert!(!derived.windows(5).any(|bytes| bytes == b"Canon"));
        }
    }
}
