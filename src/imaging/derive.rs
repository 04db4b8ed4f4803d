//! Previews and thumbnails: JPEG files without any metadata except a colour profile that is not sRGB.

use super::resize::resize_for_display;
use super::{Decoded, ImagingError, RgbImage, colour_profile, jpeg};
use crate::domain::PixelSize;

/// Long side of a preview, in pixels: fills a phone or a laptop screen.
pub const PREVIEW_LONG_SIDE: u32 = 2048;
/// Long side of a thumbnail, in pixels: a third of a phone's width at three device pixels per point.
pub const THUMBNAIL_LONG_SIDE: u32 = 400;

/// JPEG quality of previews; above it, files grow faster than they look better.
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

    use super::super::colour_profile::tests::named;
    use super::super::testing::jpeg_with_exif;
    use super::super::{DecodeLimits, decode};
    use super::*;

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
