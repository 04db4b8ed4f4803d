//! WebP: what decoding will take, and decoding. Of an animation, the first frame.

use std::io::{BufRead, Read, Seek, SeekFrom};

use image::codecs::webp::WebPDecoder;
use image::{DynamicImage, ImageDecoder, Limits};

use super::budget::{Lease, Source, Watch};
use super::container::webp::{Chunk, Chunks};
use super::png::on_white;
use super::{DecodeLimits, ImagingError, MAX_METADATA_BYTES, Opened, damage, metadata, resize};
use crate::domain::PixelSize;

/// Larger colour profiles are ignored.
const MAX_PROFILE_BYTES: u64 = 4 << 20;
/// Lossless coding describes its own codes: 200 bytes of a file can describe tables of 80 KB, for each block of 16
/// pixels, at most 65,536 times.
const TABLES_PER_BYTE: u64 = 400;
const TABLES_PER_BLOCK: u64 = 90_000;
const BLOCK_PIXELS: u64 = 16;
const MAX_TABLES: u64 = 1 << 16;

/// Decodes a picture, and then reduces it to a half, a quarter or an eighth of its size if its long side keeps at least
/// `long_side` pixels.
pub(super) fn open<R: Read + Seek>(
    mut source: Source<R>,
    watch: Watch,
    limits: DecodeLimits,
    long_side: u32,
) -> Result<Opened, ImagingError> {
    let reason = |error: ImagingError| watch.check().err().unwrap_or(error);
    let header = Header::read(&mut source).map_err(|error| reason(ImagingError::unreadable(error)))?;
    limits.check(header.size)?;
    let lease = Lease::take(header.memory())?;
    let decode = |source| {
        let mut decoder = WebPDecoder::new(source)?;
        let (width, height) = decoder.dimensions();
        if (PixelSize { width, height }) != header.size {
            return Err(damage("a WebP file with two sizes"));
        }
        let mut allocation = Limits::no_limits();
        allocation.max_alloc = Some(header.memory());
        decoder.set_limits(allocation)?;
        DynamicImage::from_decoder(decoder)
    };
    source.rewind().map_err(ImagingError::unreadable)?;
    let mut picture = decode(source).map_err(|error| reason(ImagingError::Damaged(error)))?;
    if let DynamicImage::ImageRgba8(pixels) = &mut picture {
        for pixel in pixels.pixels_mut() {
            let [colours @ .., alpha] = &mut pixel.0;
            for value in colours {
                *value = on_white(*value, *alpha);
            }
        }
    }
    let picture = DynamicImage::ImageRgb8(resize::reduced(picture.into_rgb8(), long_side));
    let Header { size, exif, icc_profile, .. } = header;
    let orientation = metadata::orientation(exif.as_deref(), None);
    Ok(Opened { picture, size, orientation, exif, xmp: None, icc_profile, is_damaged: false, lease })
}

#[derive(Default)]
pub(super) struct Header {
    pub(super) size: PixelSize,
    /// Bytes with lossless coding: of the pixels or of their transparency.
    lossless_bytes: u64,
    has_alpha: bool,
    is_animated: bool,
    exif: Option<Vec<u8>>,
    icc_profile: Option<Vec<u8>>,
}

impl Header {
    pub(super) fn read<R: BufRead + Seek>(source: &mut R) -> std::io::Result<Self> {
        let length = source.seek(SeekFrom::End(0))?;
        let mut chunks = Chunks::of_file(source, length)?;
        let (mut header, mut largest) = (Self::default(), PixelSize::default());
        while let Some(chunk) = chunks.next(source)? {
            let mut inner = None;
            match &chunk.kind {
                b"VP8X" => header.read_canvas(&bytes(source, &chunk, 10)?),
                b"EXIF" if chunk.length <= MAX_METADATA_BYTES => {
                    let exif = bytes(source, &chunk, chunk.length)?;
                    header.exif = Some(exif.strip_prefix(b"Exif\0\0").map_or(exif.clone(), <[u8]>::to_vec));
                }
                b"ICCP" if chunk.length <= MAX_PROFILE_BYTES => {
                    header.icc_profile = Some(bytes(source, &chunk, chunk.length)?);
                }
                b"ANMF" if !header.is_animated => inner = Some(Chunks::of_frame(&chunk)),
                _ => header.read_pixels(source, &chunk, &mut largest)?,
            }
            while let Some(inner) = inner.as_mut()
                && let Some(chunk) = inner.next(source)?
            {
                header.is_animated = true;
                header.read_pixels(source, &chunk, &mut largest)?;
            }
        }
        if header.size.area() == 0 {
            header.size = largest;
        }
        // The decoder takes memory for a frame before it compares the sizes.
        if largest.width > header.size.width || largest.height > header.size.height {
            return Err(std::io::Error::other("a WebP file with a frame larger than the picture"));
        }
        Ok(header)
    }

    /// The extended header (RFC 9649, 2.7).
    fn read_canvas(&mut self, content: &[u8]) {
        if let &[flags, _, _, _, w0, w1, w2, h0, h1, h2] = content {
            self.has_alpha = flags & 0x10 != 0;
            let side = |bytes: [u8; 3]| 1 + u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]);
            self.size = PixelSize { width: side([w0, w1, w2]), height: side([h0, h1, h2]) };
        }
    }

    /// A frame's own header: RFC 6386, 9.1, and RFC 9649, 3.4.
    fn read_pixels<R: BufRead + Seek>(
        &mut self,
        source: &mut R,
        chunk: &Chunk,
        largest: &mut PixelSize,
    ) -> std::io::Result<()> {
        let head = bytes(source, chunk, 10)?;
        let size = match (&chunk.kind, &head[..]) {
            (b"VP8 ", &[_, _, _, _, _, _, w0, w1, h0, h1]) => {
                let side = |bytes| u32::from(u16::from_le_bytes(bytes) & 0x3FFF);
                PixelSize { width: side([w0, w1]), height: side([h0, h1]) }
            }
            (b"VP8L", &[_, b0, b1, b2, b3, ..]) => {
                self.lossless_bytes += chunk.length;
                let bits = u32::from_le_bytes([b0, b1, b2, b3]);
                PixelSize { width: 1 + (bits & 0x3FFF), height: 1 + (bits >> 14 & 0x3FFF) }
            }
            (b"ALPH", _) => {
                self.lossless_bytes += chunk.length;
                self.has_alpha = true;
                return Ok(());
            }
            _ => return Ok(()),
        };
        largest.width = largest.width.max(size.width);
        largest.height = largest.height.max(size.height);
        Ok(())
    }

    /// Bytes that decoding takes at most.
    fn memory(&self) -> u64 {
        let pixels = self.size.area();
        let blocks = (pixels / BLOCK_PIXELS + 1).min(MAX_TABLES);
        let tables = (self.lossless_bytes * TABLES_PER_BYTE).min(blocks * TABLES_PER_BLOCK);
        // Planes of a lossy frame, its pixels, their transparency, the canvas of an animation.
        let each = match (self.is_animated, self.has_alpha, self.lossless_bytes) {
            (true, ..) => 14,
            (false, true, _) => 12,
            (false, false, 0) => 6,
            (false, false, _) => 8,
        };
        each * pixels + tables
    }
}

/// The first bytes of a chunk, at most `limit`.
fn bytes<R: BufRead + Seek>(source: &mut R, chunk: &Chunk, limit: u64) -> std::io::Result<Vec<u8>> {
    source.seek(SeekFrom::Start(chunk.content()))?;
    let mut bytes = Vec::new();
    source.take(chunk.length.min(limit)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
