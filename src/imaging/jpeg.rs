//! JPEG: what decoding will take, decoding at a fraction of the size, encoding.
//!
//! A JPEG consists of blocks of 8x8 frequencies. Without the high ones, an inverse transform of 4x4, 2x2 or 1x1 yields
//! the picture at half, a quarter or an eighth of its size, for less work (ITU-T T.81 leaves that to decoders). Entropy
//! decoding cannot be reduced.

use std::io::{Read, Seek};

use image::codecs::jpeg::JpegDecoder;
use image::{DynamicImage, ImageDecoder};

use super::budget::{Lease, MEMORY_BYTES, Source, Watch};
use super::jpeg_header::Header;
use super::{DecodeLimits, Decoded, ImagingError, Opened, RgbImage, metadata};
use crate::domain::PixelSize;

/// Decodes a picture at a half, a quarter or an eighth of its size if its long side keeps at least `long_side` pixels,
/// or if there is not enough memory for more.
pub(super) fn open<R: Read + Seek>(
    mut source: Source<R>,
    watch: Watch,
    limits: DecodeLimits,
    long_side: u32,
) -> Result<Opened, ImagingError> {
    let header = Header::read(&mut source, limits).map_err(|error| watch.check().err().unwrap_or(error))?;
    let is_turned = metadata::orientation(header.exif.as_deref()).is_some_and(metadata::swaps_sides);
    let mut divisor = header.size.divisor(long_side).unwrap_or(1);
    while divisor < 8 && header.memory(divisor, is_turned) > MEMORY_BYTES {
        divisor *= 2;
    }
    source.rewind().map_err(ImagingError::unreadable)?;
    // Each decoder interprets the headers in its own way, so this one is given only what both understand.
    if divisor > 1 && matches!(header.components.len(), 1 | 3) {
        let lease = Lease::take(header.memory(divisor, is_turned))?;
        if let Some(pixels) = decode_at(&mut source, &header, divisor) {
            return Ok(header.opened(DynamicImage::ImageRgb8(pixels), lease));
        }
        watch.check()?;
        source.rewind().map_err(ImagingError::unreadable)?;
    }
    // The general decoder handles the others, or reports the damage.
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

impl Header {
    fn opened(self, picture: DynamicImage, lease: Lease) -> Opened {
        Opened { picture, size: self.size, exif: self.exif, icc_profile: self.icc_profile, lease }
    }
}

/// `None` if the picture is damaged, or does not have the size that was checked against the limits.
fn decode_at<R: Read + Seek>(source: &mut Source<R>, header: &Header, divisor: u32) -> Option<RgbImage> {
    let pixels = decode_scaled(source, divisor)?;
    let PixelSize { width, height } = header.size.reduced(divisor);
    (pixels.dimensions() == (width, height)).then_some(pixels)
}

#[cfg(not(feature = "turbojpeg"))]
fn decode_scaled<R: Read + Seek>(source: &mut Source<R>, divisor: u32) -> Option<RgbImage> {
    use jpeg_decoder::PixelFormat;
    let mut decoder = jpeg_decoder::Decoder::new(source);
    decoder.read_info().ok()?;
    let info = decoder.info()?;
    let side = |size: u16| u16::try_from(u32::from(size).div_ceil(divisor)).ok();
    let (width, height) = decoder.scale(side(info.width)?, side(info.height)?).ok()?;
    let pixels = match info.pixel_format {
        PixelFormat::RGB24 => decoder.decode().ok()?,
        PixelFormat::L8 => decoder.decode().ok()?.into_iter().flat_map(|grey| [grey; 3]).collect(),
        PixelFormat::L16 | PixelFormat::CMYK32 => return None,
    };
    RgbImage::from_raw(width.into(), height.into(), pixels)
}

/// The same with libjpeg-turbo, which reads from memory.
#[cfg(feature = "turbojpeg")]
fn decode_scaled<R: Read + Seek>(source: &mut Source<R>, divisor: u32) -> Option<RgbImage> {
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
    use jpeg_encoder::{ColorType, Encoder, EncodingError, SamplingFactor};
    let side = |size: u32| {
        u16::try_from(size).map_err(|_| EncodingError::ZeroImageDimensions { width: 0, height: 0 })
    };
    let (width, height) = picture.pixels.dimensions();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    if let Some(profile) = &picture.icc_profile {
        // Without a profile, too large for the format, only colour accuracy is lost.
        encoder.add_icc_profile(profile).ok();
    }
    encoder.encode(picture.pixels.as_raw(), side(width)?, side(height)?, ColorType::Rgb)?;
    Ok(bytes)
}
