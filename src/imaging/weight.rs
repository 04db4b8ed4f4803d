//! Which pictures take much longer to decode than what a phone's front camera takes.

use std::io::Cursor;

#[cfg(feature = "heic")]
use super::heic;
use super::{DecodeLimits, ImageFormat, PixelSize, jpeg_header, sniff, webp};

/// A photo of 40 megapixels whose colours have half the resolution, or a progressive one of eight; a small computer
/// decodes as many in half a second.
const ORDINARY_SAMPLES: u64 = 60_000_000;

/// Whether decoding the file goes through more samples than an ordinary photo has. Files that are refused do not.
#[must_use]
pub fn is_heavy(file: &[u8], limits: DecodeLimits) -> bool {
    samples(file, limits).is_some_and(|samples| samples > ORDINARY_SAMPLES)
}

fn samples(file: &[u8], limits: DecodeLimits) -> Option<u64> {
    let mut source = Cursor::new(file);
    match sniff(file).ok()? {
        ImageFormat::Jpeg => Some(jpeg_header::Header::read(&mut source, limits).ok()?.samples),
        // With transparency.
        ImageFormat::Png => Some(4 * png_size(file)?.area()),
        // Each takes twice as long.
        #[cfg(feature = "heic")]
        ImageFormat::Heic => Some(8 * heic::size(&mut source, limits)?.area()),
        #[cfg(not(feature = "heic"))]
        ImageFormat::Heic => None,
        // The JPEG in it is not looked for: it is as large as cameras make them.
        ImageFormat::Raw => Some(u64::MAX),
        ImageFormat::WebP => Some(4 * webp::Header::read(&mut source).ok()?.size.area()),
    }
}

/// From the first chunk (PNG, 11.2.1).
fn png_size(file: &[u8]) -> Option<PixelSize> {
    let side = |at| Some(u32::from_be_bytes(file.get(at..at + 4)?.try_into().ok()?));
    Some(PixelSize { width: side(16)?, height: side(20)? })
}
