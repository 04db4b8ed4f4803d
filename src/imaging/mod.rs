//! From a file's bytes to upright pixels, and from pixels to the JPEG files that guests see. The only module that
//! names codecs.
//!
//! Invariant: size limits are checked on the header, before any pixel is allocated.

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

pub use derive::{PREVIEW_LONG_SIDE, THUMBNAIL_LONG_SIDE, preview, thumbnail};
pub use metadata::read_capture;
pub use resize::{padded, resize, resize_part};
pub use watermark::{MAX_LOGO_BYTES, Stamp};

/// Upright pixels, 8 bits for each of red, green and blue.
pub type RgbImage = image::RgbImage;

/// A picture as everything after decoding sees it.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// Upright: the EXIF orientation has been applied.
    pub pixels: RgbImage,
    /// The colour profile of the pixels, kept in derived pictures so that their colours stay right.
    pub icc_profile: Option<Vec<u8>>,
    /// Upright size of the file's picture; the pixels may be fewer, see [`decode_reduced`].
    pub full_size: PixelSize,
}

impl Decoded {
    /// Size of the pixels.
    #[must_use]
    pub fn size(&self) -> PixelSize {
        PixelSize { width: self.pixels.width(), height: self.pixels.height() }
    }

    /// Pixels of the file's picture for each of these.
    #[must_use]
    pub fn reduction(&self) -> f32 {
        // Sides are rounded up; the longer one tells it more exactly.
        let longer = |size: PixelSize| size.width.max(size.height) as f32;
        longer(self.full_size) / longer(self.size())
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
    Encode(#[from] jpeg_encoder::EncodingError),
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
    decode_reduced(bytes, limits, u32::MAX)
}

/// The same in fewer pixels where that is faster, but never fewer than `long_side` on its long side: a JPEG is decoded
/// at half, a quarter or an eighth of its size.
///
/// # Errors
/// As above.
pub fn decode_reduced(bytes: &[u8], limits: DecodeLimits, long_side: u32) -> Result<Decoded, ImagingError> {
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
    let turned = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let full_size =
        if turned { PixelSize { width: height, height: width } } else { PixelSize { width, height } };
    Ok(Decoded { pixels, icc_profile, full_size })
}

/// A JPEG file of the pixels, at a quality of 1 to 100, without metadata.
///
/// # Errors
/// When the encoder fails, as for pictures of more than 65,535 pixels on a side.
pub fn encode_jpeg(pixels: RgbImage, quality: u8) -> Result<Vec<u8>, ImagingError> {
    let full_size = PixelSize { width: pixels.width(), height: pixels.height() };
    Ok(jpeg::encode(&Decoded { pixels, icc_profile: None, full_size }, quality)?)
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
