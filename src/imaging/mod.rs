//! Decodes picture files to upright pixels, and encodes pixels to the JPEG files that guests see. The only module that
//! uses codecs.
//!
//! Invariant: size limits are checked against the header, before any pixel is allocated.
#![expect(clippy::missing_errors_doc, reason = "the error type documents the causes")]

mod derive;
mod jpeg;
mod metadata;
mod resize;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod watermark;

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

use crate::domain::{ImageFormat, PixelSize};

pub use derive::{PREVIEW_LONG_SIDE, THUMBNAIL_LONG_SIDE, preview, preview_size, thumbnail};
pub use metadata::read_capture;
pub use resize::{padded, resize, resize_part};
pub use watermark::{MAX_LOGO_BYTES, Stamp};

/// Upright pixels, 8 bits for each of red, green and blue.
pub type RgbImage = image::RgbImage;

/// A decoded picture.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// Upright: the EXIF orientation has been applied.
    pub pixels: RgbImage,
    /// The colour profile of the pixels, kept in derived pictures so that their colours stay right.
    pub icc_profile: Option<Vec<u8>>,
    /// Upright size of the picture in the file; `pixels` may be smaller, see [`decode_reduced`].
    pub full_size: PixelSize,
}

impl Decoded {
    /// Size of the pixels.
    #[must_use]
    pub fn size(&self) -> PixelSize {
        PixelSize { width: self.pixels.width(), height: self.pixels.height() }
    }

    /// Factor by which the picture was reduced in decoding.
    #[must_use]
    pub fn reduction(&self) -> f32 {
        // Sides were rounded up; the longer one is more exact.
        let longer = |size: PixelSize| size.width.max(size.height) as f32;
        longer(self.full_size) / longer(self.size())
    }
}

/// Limits on pictures to decode.
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

/// Why a picture cannot be used. Always the picture's fault.
#[derive(Debug, thiserror::Error)]
pub enum ImagingError {
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The first bytes are of none of the three formats.
    #[error("not a JPEG, PNG or WebP picture")]
    UnknownFormat,
    /// The header states more pixels than allowed.
    #[error("{}x{} pixels are more than the limit of {} megapixels", size.width, size.height, max_pixels / 1_000_000)]
    TooManyPixels {
        /// Size in the header.
        size: PixelSize,
        /// Configured limit.
        max_pixels: u64,
    },
    /// Width or height is zero.
    #[error("the picture has no pixels")]
    NoPixels,
    /// A JPEG lacks its end.
    #[error("the picture is truncated: its end is missing")]
    Truncated,
    /// The file is damaged in another way.
    #[error("the picture is damaged")]
    Damaged(#[source] image::ImageError),
    /// The picture cannot be written as JPEG.
    #[error("the picture cannot be encoded")]
    Encode(#[from] jpeg_encoder::EncodingError),
}

/// Detects the format of a file from its first bytes, of which 12 are enough.
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

/// Decodes a picture file.
pub fn decode(bytes: &[u8], limits: DecodeLimits) -> Result<Decoded, ImagingError> {
    decode_reduced(bytes, limits, u32::MAX)
}

/// Like [`decode`], but decodes a JPEG at half, a quarter or an eighth of its size if its long side keeps at least
/// `long_side` pixels. That is faster.
pub fn decode_reduced(bytes: &[u8], limits: DecodeLimits, long_side: u32) -> Result<Decoded, ImagingError> {
    let format = match sniff(bytes)? {
        ImageFormat::Jpeg => image::ImageFormat::Jpeg,
        ImageFormat::Png => image::ImageFormat::Png,
        ImageFormat::WebP => image::ImageFormat::WebP,
    };
    // The PNG decoder reads on to the pixels before it returns the size.
    if let (image::ImageFormat::Png, Some(size)) = (format, png_size(bytes)) {
        limits.check(size)?;
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    // Up to four channels of 16 bits. Width and height are checked below, where the error can name them.
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
    // A photo with a damaged profile or orientation is still accepted.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let icc_profile = decoder.icc_profile().ok().flatten().filter(|profile| is_for_rgb(profile));
    let divisor = [8, 4, 2].into_iter().find(|divisor| width.max(height) / divisor >= long_side);
    let reduced = match (format, divisor) {
        (image::ImageFormat::Jpeg, Some(divisor)) => {
            jpeg::decode_reduced(bytes, PixelSize { width, height }, divisor)
        }
        _ => None,
    };
    let mut picture = match reduced {
        Some(pixels) => DynamicImage::ImageRgb8(pixels),
        None => DynamicImage::from_decoder(decoder).map_err(ImagingError::Damaged)?,
    };
    picture.apply_orientation(orientation);
    let pixels = picture.into_rgb8();
    let swaps_sides = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let full_size =
        if swaps_sides { PixelSize { width: height, height: width } } else { PixelSize { width, height } };
    Ok(Decoded { pixels, icc_profile, full_size })
}

/// Encodes pixels as JPEG without metadata, at a quality of 1 to 100. A side may have at most 65,535 pixels.
pub fn encode_jpeg(pixels: RgbImage, quality: u8) -> Result<Vec<u8>, ImagingError> {
    let full_size = PixelSize { width: pixels.width(), height: pixels.height() };
    Ok(jpeg::encode(&Decoded { pixels, icc_profile: None, full_size }, quality)?)
}

/// Grey and CMYK pictures are converted to RGB, so that their profiles no longer apply (ICC.1, 7.2: data colour space).
fn is_for_rgb(profile: &[u8]) -> bool {
    profile.get(16..20) == Some(b"RGB ")
}

/// The size in the first chunk (PNG specification, 11.2.1).
fn png_size(bytes: &[u8]) -> Option<PixelSize> {
    let side = |from: usize| Some(u32::from_be_bytes(*bytes.get(from..)?.first_chunk()?));
    Some(PixelSize { width: side(16)?, height: side(20)? })
}
