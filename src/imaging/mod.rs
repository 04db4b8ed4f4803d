//! From a file's bytes to upright pixels, and from pixels to the JPEG files that guests see. The only module that
//! names codecs.
//!
//! Invariant: size limits are checked on the header, before any pixel is allocated.

mod derive;
mod jpeg;
mod resize;

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

use crate::domain::{ImageFormat, PixelSize};

pub use derive::{PREVIEW_LONG_SIDE, THUMBNAIL_LONG_SIDE, preview, thumbnail};
pub use resize::{padded, resize};

/// Upright pixels, 8 bits for each of red, green and blue.
pub type RgbImage = image::RgbImage;

/// A picture as everything after decoding sees it.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// Upright: the EXIF orientation has been applied.
    pub pixels: RgbImage,
    /// The colour profile of the pixels, kept in derived pictures so that their colours stay right.
    pub icc_profile: Option<Vec<u8>>,
}

impl Decoded {
    /// Upright size.
    #[must_use]
    pub fn size(&self) -> PixelSize {
        PixelSize { width: self.pixels.width(), height: self.pixels.height() }
    }
}

/// What a picture may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeLimits {
    /// Width times height.
    pub max_pixels: u64,
}

impl DecodeLimits {
    fn check(self, size: PixelSize) -> Result<(), ImagingError> {
        let Self { max_pixels } = self;
        let pixels = u64::from(size.width) * u64::from(size.height);
        if pixels > max_pixels { Err(ImagingError::TooManyPixels { size, max_pixels }) } else { Ok(()) }
    }
}

/// Why a picture cannot be used. All are the picture's fault.
#[derive(Debug, thiserror::Error)]
pub enum ImagingError {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// First bytes of none of the three.
    #[error("not a JPEG, PNG or WebP picture")]
    UnknownFormat,
    /// A header that announces too much.
    #[error("{}x{} pixels are more than the limit of {} megapixels", size.width, size.height, max_pixels / 1_000_000)]
    TooManyPixels {
        /// As announced.
        size: PixelSize,
        /// As configured.
        max_pixels: u64,
    },
    /// Width or height of zero.
    #[error("the picture has no pixels")]
    NoPixels,
    /// A JPEG without its end.
    #[error("the picture is truncated: its end is missing")]
    Truncated,
    /// Damaged in another way.
    #[error("the picture is damaged")]
    Damaged(#[source] image::ImageError),
    /// It could not be written as JPEG.
    #[error("the picture cannot be encoded")]
    Encode(#[source] image::ImageError),
}

/// The kind of picture that begins with `head`; at least 12 bytes tell all kinds apart.
///
/// # Errors
/// When there are no bytes, or they begin none of the kinds that FotoTa reads.
pub fn sniff(head: &[u8]) -> Result<ImageFormat, ImagingError> {
    if head.is_empty() {
        return Err(ImagingError::Empty);
    }
    match image::guess_format(head) {
        Ok(image::ImageFormat::Jpeg) => Ok(ImageFormat::Jpeg),
        Ok(image::ImageFormat::Png) => Ok(ImageFormat::Png),
        Ok(image::ImageFormat::WebP) => Ok(ImageFormat::WebP),
        _ => Err(ImagingError::UnknownFormat),
    }
}

/// The picture in a file's bytes.
///
/// # Errors
/// When it is no picture, a larger one than the limits allow, or a damaged one.
pub fn decode(bytes: &[u8], limits: DecodeLimits) -> Result<Decoded, ImagingError> {
    let format = match sniff(bytes)? {
        ImageFormat::Jpeg => image::ImageFormat::Jpeg,
        ImageFormat::Png => image::ImageFormat::Png,
        ImageFormat::WebP => image::ImageFormat::WebP,
    };
    // The PNG decoder would read on to the pixels before it tells the size.
    if let (image::ImageFormat::Png, Some(size)) = (format, png_size(bytes)) {
        limits.check(size)?;
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    // Up to four channels of 16 bits; width and height are checked below, where the refusal can name them.
    let mut allocation = Limits::no_limits();
    allocation.max_alloc = Some(limits.max_pixels.saturating_mul(8).saturating_add(64 << 20));
    reader.limits(allocation);
    let mut decoder = reader.into_decoder().map_err(ImagingError::Damaged)?;
    let (width, height) = decoder.dimensions();
    limits.check(PixelSize { width, height })?;
    if width == 0 || height == 0 {
        return Err(ImagingError::NoPixels);
    }
    if format == image::ImageFormat::Jpeg && !jpeg::is_complete(bytes) {
        return Err(ImagingError::Truncated);
    }
    // A damaged profile or orientation is no reason to refuse the photo.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let icc_profile = decoder.icc_profile().ok().flatten().filter(|profile| is_for_rgb(profile));
    let mut picture = DynamicImage::from_decoder(decoder).map_err(ImagingError::Damaged)?;
    picture.apply_orientation(orientation);
    Ok(Decoded { pixels: picture.into_rgb8(), icc_profile })
}

/// Grey and CMYK pictures become RGB, and their profiles wrong (ICC.1, 7.2: the data colour space).
fn is_for_rgb(profile: &[u8]) -> bool {
    profile.get(16..20) == Some(b"RGB ")
}

/// As the first chunk says (PNG specification, 11.2.1).
fn png_size(bytes: &[u8]) -> Option<PixelSize> {
    let side = |from: usize| Some(u32::from_be_bytes(*bytes.get(from..)?.first_chunk()?));
    Some(PixelSize { width: side(16)?, height: side(20)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: DecodeLimits = DecodeLimits { max_pixels: 1_000_000 };

    fn encoded(format: image::ImageFormat) -> Vec<u8> {
        let picture = RgbImage::from_fn(40, 30, |x, y| {
            image::Rgb([u8::try_from(x * 6).unwrap(), u8::try_from(y * 8).unwrap(), 90])
        });
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// PNG signature, IHDR of that size and nothing more.
    fn png_header(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = encoded(image::ImageFormat::Png)[..16].to_vec();
        bytes.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
        bytes.extend([8, 2, 0, 0, 0]);
        let crc = bytes[12..].iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
        });
        bytes.extend((!crc).to_be_bytes());
        bytes
    }

    #[test]
    fn decodes_all_three_kinds_by_content() {
        for format in [image::ImageFormat::Jpeg, image::ImageFormat::Png, image::ImageFormat::WebP] {
            let decoded = decode(&encoded(format), LIMITS).unwrap();
            assert_eq!(decoded.size(), PixelSize { width: 40, height: 30 });
        }
    }

    #[test]
    fn refuses_what_is_no_picture() {
        assert!(matches!(decode(b"", LIMITS), Err(ImagingError::Empty)));
        assert!(matches!(decode(b"hello, I am a text", LIMITS), Err(ImagingError::UnknownFormat)));
        assert!(matches!(decode(b"GIF89a and so on", LIMITS), Err(ImagingError::UnknownFormat)));
    }

    #[test]
    fn refuses_a_bomb_by_its_header() {
        let bomb = decode(&png_header(60_000, 60_000), DecodeLimits { max_pixels: 120_000_000 });
        let message = bomb.unwrap_err().to_string();
        assert_eq!(message, "60000x60000 pixels are more than the limit of 120 megapixels");
    }

    #[test]
    fn refuses_every_truncation() {
        for format in [image::ImageFormat::Jpeg, image::ImageFormat::Png, image::ImageFormat::WebP] {
            let whole = encoded(format);
            // The last bytes of a PNG are a trailer that holds no pixels.
            let end = whole.len() - if format == image::ImageFormat::Png { 13 } else { 1 };
            for length in (1..end).step_by(7) {
                assert!(decode(&whole[..length], LIMITS).is_err(), "{format:?} cut to {length}");
            }
        }
    }

    #[test]
    fn applies_the_orientation_of_the_camera() {
        let plain = encoded(image::ImageFormat::Jpeg);
        // APP1 with a TIFF of one entry: orientation (0x0112), SHORT, 1 value: 6, turn by 90 degrees.
        let tiff = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let length = u16::try_from(tiff.len() + 2).unwrap().to_be_bytes();
        let turned = [&plain[..2], &[0xFF, 0xE1], &length, tiff, &plain[2..]].concat();
        assert_eq!(decode(&turned, LIMITS).unwrap().size(), PixelSize { width: 30, height: 40 });
    }
}
