//! JPEG: what decoding will take, decoding at a fraction of the size, encoding.
//!
//! A JPEG consists of blocks of 8x8 frequencies. Without the high ones, an inverse transform of 4x4, 2x2 or 1x1 yields
//! the picture at half, a quarter or an eighth of its size, for less work (ITU-T T.81 leaves that to decoders). Entropy
//! decoding cannot be reduced.

use std::io::{Read, Seek, SeekFrom};

use image::codecs::jpeg::JpegDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder};

use super::bare::{Assembled, Pieces, repaired};
use super::budget::{Lease, MEMORY_BYTES, Source, Watch, Watched};
use super::container::jpeg::END_OF_IMAGE;
use super::jpeg_header::Header;
use super::{DecodeLimits, Decoded, ImagingError, Opened, RgbImage, metadata};
use crate::domain::{ImageFormat, PixelSize};

/// Decodes a picture at a half, a quarter or an eighth of its size if its long side keeps at least `long_side` pixels,
/// or if there is not enough memory for more.
///
/// What is wrong with the file and can be overlooked is repaired first, because each decoder stumbles over other
/// things.
pub(super) fn open<R: Read + Seek>(
    mut source: Source<R>,
    watch: Watch,
    limits: DecodeLimits,
    long_side: u32,
) -> Result<Opened, ImagingError> {
    let reason = |error: ImagingError| watch.check().err().unwrap_or(error);
    let header = Header::read(&mut source, limits).map_err(reason)?;
    if !header.is_damaged {
        return decode(source, watch, header, long_side);
    }
    let mut pieces = repaired(&mut source, ImageFormat::Jpeg).map_err(|_| reason(ImagingError::Truncated))?;
    if !header.has_end {
        pieces = with_end(&mut source, watch, &header, &pieces)?;
    }
    decode(Watched::buffered(Assembled::new(source, pieces), watch), watch, header, long_side)
}

fn decode<R: Read + Seek>(
    mut source: Source<R>,
    watch: Watch,
    mut header: Header,
    long_side: u32,
) -> Result<Opened, ImagingError> {
    let is_turned = metadata::swaps_sides(header.orientation());
    let mut divisor = header.size.divisor(long_side).unwrap_or(1);
    while divisor < 8 && header.memory(divisor, is_turned) > MEMORY_BYTES {
        divisor *= 2;
    }
    source.rewind().map_err(ImagingError::unreadable)?;
    // Each decoder interprets the headers in its own way, so this one is given only what both understand. The general
    // one confuses the colours of channels in scans of their own.
    if (divisor > 1 || header.has_separate_channels()) && matches!(header.components.len(), 1 | 3) {
        let lease = Lease::take(header.memory(divisor, is_turned))?;
        match decode_at(&mut source, &header, divisor) {
            Ok(pixels) => return Ok(header.opened(DynamicImage::ImageRgb8(pixels), lease)),
            Err(is_damage) => header.is_damaged |= is_damage,
        }
        watch.check()?;
        source.rewind().map_err(ImagingError::unreadable)?;
    }
    // The general decoder handles the others, overlooks damage among the pixels, or reports it.
    let lease = Lease::take(header.memory(1, is_turned))?;
    let decoder = JpegDecoder::new(source);
    let picture = decoder.and_then(|decoder| {
        let (width, height) = decoder.dimensions();
        if (width, height) != (header.size.width, header.size.height) {
            return Err(super::damage("two decoders disagree on the size"));
        }
        DynamicImage::from_decoder(decoder)
    });
    let picture = picture.map_err(|error| watch.check().err().unwrap_or(ImagingError::Damaged(error)))?;
    Ok(header.opened(picture, lease))
}

/// The picture without the zeros that some programs fill a file up with, if its pixels are complete. Half a transfer
/// must not pass for a photo.
///
/// Bits that are all set are no code (T.81, C.2). They are put behind the pixels: a decoder that still needs some fails
/// on them.
fn with_end<R: Read + Seek>(
    source: &mut Source<R>,
    watch: Watch,
    header: &Header,
    pieces: &Pieces,
) -> Result<Pieces, ImagingError> {
    const END: [u8; 2] = [0xFF, END_OF_IMAGE];
    // The last codes may be zeros.
    const KEPT_ZEROS: u64 = 2;
    // A decoder looks ahead by some bytes.
    const NEAR: u64 = 64;
    let unreadable = |error| watch.check().err().unwrap_or(ImagingError::unreadable(error));
    let whole = pieces.length() - END.len() as u64;
    let mut file = Watched::buffered(Assembled::new(&mut *source, pieces.slice(&(0..whole))), watch);
    let zeros = zeros_at_end(&mut file, whole).map_err(unreadable)?;
    drop(file);
    let length = whole - zeros.saturating_sub(KEPT_ZEROS);
    let closed = |filling: &[u8]| {
        let mut file = pieces.slice(&(0..length));
        file.add(filling);
        file.add(&END);
        file
    };
    let _lease = Lease::take(header.memory(8, false))?;
    let mut file = Watched::buffered(Assembled::new(source, closed(&[0xFF, 0].repeat(8))), watch);
    let mut probe = jpeg_decoder::Decoder::new(&mut file);
    let side = |size: u32| u16::try_from(size.div_ceil(8)).unwrap_or(u16::MAX);
    let scaled = probe.scale(side(header.size.width), side(header.size.height));
    let decoded = scaled.and_then(|_| probe.decode());
    watch.check()?;
    let is_near_end = file.stream_position().map_err(unreadable)? + NEAR > length;
    match decoded {
        Err(jpeg_decoder::Error::Format(_) | jpeg_decoder::Error::Io(_)) if is_near_end => {
            Err(ImagingError::Truncated)
        }
        _ => Ok(closed(&[])),
    }
}

/// How many bytes at the end of a file of this length are zeros.
fn zeros_at_end(file: &mut (impl Read + Seek), length: u64) -> std::io::Result<u64> {
    const BLOCK: u64 = 16 << 10;
    let mut end = length;
    loop {
        let start = end.saturating_sub(BLOCK);
        let mut block = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        file.take(end - start).read_to_end(&mut block)?;
        let zeros = block.iter().rev().take_while(|byte| **byte == 0).count() as u64;
        if zeros < end - start || start == 0 {
            return Ok(length - end + zeros);
        }
        end = start;
    }
}

impl Header {
    fn orientation(&self) -> Orientation {
        metadata::orientation(self.exif.as_deref(), self.xmp.as_deref())
    }

    fn opened(self, picture: DynamicImage, lease: Lease) -> Opened {
        let orientation = self.orientation();
        let Self { size, exif, xmp, icc_profile, is_damaged, .. } = self;
        Opened { picture, size, orientation, exif, xmp, icc_profile, is_damaged, lease }
    }
}

/// Fails if the picture is of a kind that this decoder does not know, does not have the size that was checked against
/// the limits, or is damaged, which is told.
fn decode_at<R: Read + Seek>(
    source: &mut Source<R>,
    header: &Header,
    divisor: u32,
) -> Result<RgbImage, bool> {
    let pixels = decode_scaled(source, divisor)?;
    let PixelSize { width, height } = header.size.reduced(divisor);
    if pixels.dimensions() == (width, height) { Ok(pixels) } else { Err(false) }
}

#[cfg(not(feature = "turbojpeg"))]
fn decode_scaled<R: Read + Seek>(source: &mut Source<R>, divisor: u32) -> Result<RgbImage, bool> {
    use jpeg_decoder::{Error, PixelFormat};
    let is_damage = |error: Error| matches!(error, Error::Format(_));
    let mut decoder = jpeg_decoder::Decoder::new(source);
    decoder.read_info().map_err(is_damage)?;
    let info = decoder.info().ok_or(false)?;
    let side = |size: u16| u16::try_from(u32::from(size).div_ceil(divisor)).unwrap_or(size);
    let (width, height) = decoder.scale(side(info.width), side(info.height)).map_err(is_damage)?;
    let pixels = match info.pixel_format {
        PixelFormat::RGB24 => decoder.decode().map_err(is_damage)?,
        PixelFormat::L8 => {
            decoder.decode().map_err(is_damage)?.into_iter().flat_map(|grey| [grey; 3]).collect()
        }
        PixelFormat::L16 | PixelFormat::CMYK32 => return Err(false),
    };
    RgbImage::from_raw(width.into(), height.into(), pixels).ok_or(false)
}

/// The same with libjpeg-turbo, which reads from memory.
#[cfg(feature = "turbojpeg")]
fn decode_scaled<R: Read + Seek>(source: &mut Source<R>, divisor: u32) -> Result<RgbImage, bool> {
    // Its warnings are not told.
    turbo_scaled(source, divisor).ok_or(false)
}

#[cfg(feature = "turbojpeg")]
fn turbo_scaled<R: Read + Seek>(source: &mut Source<R>, divisor: u32) -> Option<RgbImage> {
    use turbojpeg::{Colorspace, Decompressor, Image, PixelFormat, ScalingFactor};
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes).ok()?;
    let mut decompressor = Decompressor::new().ok()?;
    let header = decompressor.read_header(&bytes).ok()?;
    if matches!(header.colorspace, Colorspace::CMYK | Colorspace::YCCK) {
        return None;
    }
    decompressor.set_scaling_factor(ScalingFactor::new(1, usize::try_from(divisor).ok()?)).ok()?;
    let scaled = header.scaled(decompressor.scaling_factor());
    let (width, height) = (scaled.width, scaled.height);
    let mut pixels = vec![0; 3 * width * height];
    let image = Image { pixels: &mut pixels[..], width, pitch: 3 * width, height, format: PixelFormat::RGB };
    decompressor.decompress(&bytes, image).ok()?;
    RgbImage::from_raw(u32::try_from(width).ok()?, u32::try_from(height).ok()?, pixels)
}

/// A JPEG file of the pixels, without any metadata except the colour profile.
pub(super) fn encode(picture: &Decoded, quality: u8) -> Result<Vec<u8>, jpeg_encoder::EncodingError> {
    encode_with(picture, quality, false)
}

/// The same pixels in fewer bytes, for small pictures: large ones take browsers twice as long to decode. It is
/// progressive, with codes made for this picture; those of a sequential file would need a scan for each channel, which
/// some decoders show in wrong colours.
pub(super) fn encode_smaller(picture: &Decoded, quality: u8) -> Result<Vec<u8>, jpeg_encoder::EncodingError> {
    encode_with(picture, quality, true)
}

fn encode_with(
    picture: &Decoded,
    quality: u8,
    is_small: bool,
) -> Result<Vec<u8>, jpeg_encoder::EncodingError> {
    use jpeg_encoder::{ColorType, Encoder, EncodingError, SamplingFactor};
    let side = |size: u32| {
        u16::try_from(size).map_err(|_| EncodingError::ZeroImageDimensions { width: 0, height: 0 })
    };
    let (width, height) = picture.pixels.dimensions();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    if is_small {
        encoder.set_optimized_huffman_tables(true);
        // All mean colours, then all detail. More scans take more bytes than they save.
        encoder.set_progressive_scans(2);
    }
    if let Some(profile) = &picture.icc_profile {
        // Without a profile, too large for the format, only colour accuracy is lost.
        encoder.add_icc_profile(profile).ok();
    }
    encoder.encode(picture.pixels.as_raw(), side(width)?, side(height)?, ColorType::Rgb)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smaller_files_have_the_same_pixels() {
        for (width, height) in [(1, 1), (17, 9), (400, 267)] {
            let pixels = RgbImage::from_fn(width, height, |x, y| {
                let wave = |by: u32| u8::try_from((x * by + y * y / 3) % 256).unwrap();
                image::Rgb([wave(1), wave(3), wave(2)])
            });
            let picture = Decoded::of(pixels, PixelSize { width, height });
            let (plain, small) = (encode(&picture, 75).unwrap(), encode_smaller(&picture, 75).unwrap());
            assert!(small.len() < plain.len(), "{} and {} bytes", small.len(), plain.len());
            let general = |jpeg: &[u8]| image::load_from_memory(jpeg).unwrap().into_rgb8();
            assert_eq!(general(&small), general(&plain));
            let other = |jpeg: &[u8]| jpeg_decoder::Decoder::new(jpeg).decode().unwrap();
            assert_eq!(other(&small), other(&plain));
        }
    }
}
