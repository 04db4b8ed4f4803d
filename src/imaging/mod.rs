//! Decodes picture files to upright pixels, and encodes pixels to the JPEG files that guests see. The only module that
//! uses codecs.
//!
//! Invariant: what decoding takes in memory and work is known from the headers, checked against the limits and taken
//! from one budget of the whole process (`budget.rs`) before any pixel is allocated. Decoding ends when its time is
//! over, or when nobody waits for it any more.
#![expect(clippy::missing_errors_doc, reason = "the error type documents the causes")]

mod bare;
#[cfg(test)]
mod bombs;
mod budget;
mod colour_profile;
mod container;
#[cfg(test)]
mod damage;
mod derive;
#[cfg(test)]
mod fuzz;
#[cfg(feature = "heic")]
mod heic;
mod jpeg;
mod jpeg_header;
mod logo_edge;
mod metadata;
mod png;
mod raw;
mod resize;
mod sniff;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod tiff;
mod time_code;
mod watermark;
mod webp;
mod weight;
mod whole;
mod xmp;

use std::io::{Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::DynamicImage;
use image::error::{DecodingError, ImageFormatHint};
use image::metadata::Orientation;

use crate::domain::{Capture, ImageFormat, PixelSize};
use budget::{Lease, MEMORY_BYTES, Watch, Watched};

pub use bare::{Piece, Pieces, bare};
pub use derive::{
    MEDIUM_LONG_SIDE, PREVIEW_LONG_SIDE, THUMBNAIL_LONG_SIDE, medium, preview, preview_size, thumbnail,
};
pub use raw::check_raw;
pub use resize::{padded, resize, resize_part};
pub use sniff::{HEAD_BYTES, bytes_needed, sniff};
pub use time_code::{CodeInPicture, QUICK_LONG_SIDE, read_time_code};
pub use watermark::{MAX_LOGO_BYTES, Stamp};
pub use weight::is_heavy;
pub use whole::{Wholeness, is_whole};

/// Upright pixels, 8 bits for each of red, green and blue.
pub type RgbImage = image::RgbImage;

/// An EXIF block of a PNG or WebP file that is larger is ignored; in a JPEG it has less than 64 KiB.
const MAX_METADATA_BYTES: u64 = 128 << 10;

/// A decoded picture. Its memory counts until it is dropped; who holds one must not decode another.
#[derive(Debug)]
pub struct Decoded {
    /// Upright: the EXIF orientation has been applied.
    pub pixels: RgbImage,
    /// The colour profile of the pixels, kept in derived pictures so that their colours stay right.
    pub icc_profile: Option<Vec<u8>>,
    /// Upright size of the picture in the file; `pixels` may be smaller, see [`decode_reduced`].
    pub full_size: PixelSize,
    /// When and with what it was taken.
    pub capture: Capture,
    /// Whether something was wrong with the file that decoding could overlook.
    pub is_damaged: bool,
    /// `None` if the pixels come from elsewhere.
    _lease: Option<Lease>,
}

/// A picture as it is in its file, and what goes with it.
struct Opened {
    picture: DynamicImage,
    size: PixelSize,
    /// How to turn it upright.
    orientation: Orientation,
    /// From its TIFF header on.
    exif: Option<Vec<u8>>,
    /// Of a JPEG.
    xmp: Option<Vec<u8>>,
    icc_profile: Option<Vec<u8>>,
    is_damaged: bool,
    lease: Lease,
}

impl Decoded {
    /// Pixels that come from no file, of a picture of `full_size`.
    #[must_use]
    pub fn of(pixels: RgbImage, full_size: PixelSize) -> Self {
        let capture = Capture::default();
        Self { pixels, icc_profile: None, full_size, capture, is_damaged: false, _lease: None }
    }

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
        match size.area() {
            0 => Err(ImagingError::NoPixels),
            pixels if pixels > max_pixels => Err(ImagingError::TooManyPixels { size, max_pixels }),
            _ => Ok(()),
        }
    }
}

/// Why a picture cannot be used. Always the picture's fault.
#[derive(Debug, thiserror::Error)]
pub enum ImagingError {
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The first bytes are of none of the formats.
    #[error("not a picture that FotoTa reads: JPEG, HEIC, PNG, WebP, or a camera's raw file")]
    UnknownFormat,
    /// A known kind of file, though not one that is read; and what to do.
    #[error("{0}")]
    OtherKind(&'static str),
    /// The header states more pixels than allowed.
    #[error("{}x{} pixels are more than the limit of {} megapixels", size.width, size.height, max_pixels / 1_000_000)]
    TooManyPixels {
        /// Size in the header.
        size: PixelSize,
        /// Configured limit.
        max_pixels: u64,
    },
    /// Decoding would take too much memory.
    #[error(
        "decoding the picture takes {} MB of memory, more than the {} MB that there are for pictures; a picture with \
         fewer pixels takes less, a baseline JPEG takes least",
        bytes / 1_000_000, MEMORY_BYTES / 1_000_000
    )]
    TooMuchMemory {
        /// What it takes.
        bytes: u64,
    },
    /// A JPEG is sent in so many passes that decoding takes too long.
    #[error("the picture has more scans than any program needs; save it again as a baseline JPEG")]
    TooManyScans,
    /// Decoding has taken too long.
    #[error("the picture takes too long to decode")]
    TooSlow,
    /// Nobody waits for the picture any more.
    #[error("nobody waits for the picture any more")]
    Abandoned,
    /// Width or height is zero.
    #[error("the picture has no pixels")]
    NoPixels,
    /// The data end within the picture.
    #[error("the file is incomplete: it ends within the picture, so copy it again")]
    Truncated,
    /// The file is damaged in another way.
    #[error("the picture is damaged")]
    Damaged(#[source] image::ImageError),
    /// The picture cannot be written as JPEG.
    #[error("the picture cannot be encoded")]
    Encode(#[from] jpeg_encoder::EncodingError),
}

impl ImagingError {
    fn unreadable(error: std::io::Error) -> Self {
        Self::Damaged(image::ImageError::IoError(error))
    }
}

/// What is wrong with a file, in the words of this module.
fn damage(what: &'static str) -> image::ImageError {
    image::ImageError::Decoding(DecodingError::new(ImageFormatHint::Unknown, what))
}

/// Decodes a picture file; one whose pixels do not fit into memory, at a fraction of its size.
pub fn decode(source: impl Read + Seek, limits: DecodeLimits) -> Result<Decoded, ImagingError> {
    decode_reduced(source, limits, u32::MAX)
}

/// Like [`decode`], but at half, a quarter or an eighth of the size if the long side keeps at least `long_side` pixels.
/// That is faster.
pub fn decode_reduced(
    source: impl Read + Seek,
    limits: DecodeLimits,
    long_side: u32,
) -> Result<Decoded, ImagingError> {
    // A decoder that panics has met a file that its authors did not think of.
    let decoded = catch_unwind(AssertUnwindSafe(|| decode_source(source, limits, long_side)));
    decoded.unwrap_or_else(|_| Err(ImagingError::Damaged(damage("a picture that makes its decoder fail"))))
}

fn decode_source(
    mut source: impl Read + Seek,
    limits: DecodeLimits,
    long_side: u32,
) -> Result<Decoded, ImagingError> {
    let (format, watch) = (sniff_source(&mut source)?, Watch::start());
    let source = Watched::buffered(source, watch);
    let opened = match format {
        ImageFormat::Jpeg => jpeg::open(source, watch, limits, long_side),
        ImageFormat::Png => png::open(source, watch, limits, long_side),
        ImageFormat::WebP => webp::open(source, watch, limits, long_side),
        #[cfg(feature = "heic")]
        ImageFormat::Heic => heic::open(source, watch, limits, long_side),
        #[cfg(not(feature = "heic"))]
        ImageFormat::Heic => Err(ImagingError::OtherKind(
            "a HEIC picture, which this build does not decode; set the phone or camera to JPEG (on an iPhone: Most \
             Compatible)",
        )),
        ImageFormat::Raw => raw::open(source, watch, limits, long_side),
    };
    let Opened { mut picture, size, orientation, exif, xmp, icc_profile, is_damaged, mut lease } = opened?;
    // A photo with damaged or huge metadata is still accepted.
    let exif = exif.filter(|block| block.len() as u64 <= MAX_METADATA_BYTES);
    picture.apply_orientation(orientation);
    let pixels = picture.into_rgb8();
    lease.keep(pixels.as_raw().len() as u64);
    let swapped = metadata::swaps_sides(orientation);
    Ok(Decoded {
        pixels,
        icc_profile: icc_profile.filter(|profile| colour_profile::is_for_rgb(profile)),
        full_size: if swapped { PixelSize { width: size.height, height: size.width } } else { size },
        capture: metadata::read_capture(exif, xmp.as_deref()),
        is_damaged,
        _lease: Some(lease),
    })
}

/// By the first bytes of a file, which is then at its start again.
fn sniff_source(source: &mut (impl Read + Seek)) -> Result<ImageFormat, ImagingError> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    source.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(ImagingError::unreadable)?;
    source.rewind().map_err(ImagingError::unreadable)?;
    sniff(&head)
}

/// A file as it would be JPEG, in full size, without any metadata except the colour profile.
pub fn as_jpeg(file: impl Read + Seek, limits: DecodeLimits, quality: u8) -> Result<Vec<u8>, ImagingError> {
    Ok(jpeg::encode(&decode(file, limits)?, quality)?)
}

/// Encodes pixels as JPEG without metadata, at a quality of 1 to 100. A side may have at most 65,535 pixels.
pub fn encode_jpeg(pixels: RgbImage, quality: u8) -> Result<Vec<u8>, ImagingError> {
    let full_size = PixelSize { width: pixels.width(), height: pixels.height() };
    Ok(jpeg::encode(&Decoded::of(pixels, full_size), quality)?)
}
