//! JPEG beyond the general decoder: detecting truncated files, decoding at a fraction of the size, encoding.
//!
//! A JPEG consists of blocks of 8x8 frequencies. Without the high ones, an inverse transform of 4x4, 2x2 or 1x1 yields
//! the picture at half, a quarter or an eighth of its size, for less work (ITU-T T.81 leaves that to decoders). Entropy
//! decoding cannot be reduced.

use super::{Decoded, RgbImage};
use crate::domain::PixelSize;

/// Decodes a picture at `1 / divisor` of its size, not turned upright. `None` if it is not 8-bit colour or grey, is
/// damaged, or does not have the `size` that was checked against the limits: the general decoder handles those, or
/// reports the damage.
pub(super) fn decode_reduced(bytes: &[u8], size: PixelSize, divisor: u32) -> Option<RgbImage> {
    // Checked here because each decoder interprets the headers in its own way.
    let frame = frame(bytes).filter(|frame| frame.size == size && matches!(frame.components, 1 | 3))?;
    let pixels = decode_at(bytes, divisor)?;
    let expected = (frame.size.width.div_ceil(divisor), frame.size.height.div_ceil(divisor));
    (pixels.dimensions() == expected).then_some(pixels)
}

#[cfg(not(feature = "turbojpeg"))]
fn decode_at(bytes: &[u8], divisor: u32) -> Option<RgbImage> {
    use jpeg_decoder::PixelFormat;
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
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

/// The same with libjpeg-turbo.
#[cfg(feature = "turbojpeg")]
fn decode_at(bytes: &[u8], divisor: u32) -> Option<RgbImage> {
    use turbojpeg::{Colorspace, Decompressor, Image, PixelFormat, ScalingFactor};
    let mut decompressor = Decompressor::new().ok()?;
    let header = decompressor.read_header(bytes).ok()?;
    if matches!(header.colorspace, Colorspace::CMYK | Colorspace::YCCK) {
        return None;
    }
    decompressor.set_scaling_factor(ScalingFactor::new(1, usize::try_from(divisor).ok()?)).ok()?;
    let scaled = header.scaled(decompressor.scaling_factor());
    let (width, height) = (scaled.width, scaled.height);
    let mut pixels = vec![0; 3 * width * height];
    let image = Image { pixels: &mut pixels[..], width, pitch: 3 * width, height, format: PixelFormat::RGB };
    decompressor.decompress(bytes, image).ok()?;
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

const END_OF_IMAGE: u8 = 0xD9;
const START_OF_SCAN: u8 = 0xDA;

/// The segments before the pixels and between scans: marker and content. Ends where the file is damaged.
struct Segments<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Segments<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        // Start of image.
        Self { bytes, position: 2 }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.bytes;
        // Skip fill bytes before the marker.
        while bytes.get(self.position) == Some(&0xFF) && bytes.get(self.position + 1) == Some(&0xFF) {
            self.position += 1;
        }
        let Some(&[0xFF, marker]) = bytes.get(self.position..self.position + 2) else { return None };
        self.position += 2;
        // Markers without a length: restart markers, TEM, end of image.
        if matches!(marker, 0x01 | 0xD0..=0xD7 | END_OF_IMAGE) {
            return Some((marker, &[]));
        }
        let &[high, low] = bytes.get(self.position..self.position + 2)? else { return None };
        let start = self.position + 2;
        self.position += usize::from(u16::from_be_bytes([high, low])).max(2);
        let content = bytes.get(start..self.position)?;
        if marker == START_OF_SCAN {
            // In the data, 0xFF is followed by 0x00, a restart marker, or more 0xFF.
            let data = bytes.get(self.position..)?;
            self.position += memchr::memchr_iter(0xFF, data)
                .find(|at| !matches!(data.get(at + 1), None | Some(0x00 | 0xD0..=0xD7 | 0xFF)))?;
        }
        Some((marker, content))
    }
}

/// True if the file reaches its end-of-image marker (ITU-T T.81, annex B). Walks the segments, so that the end of an
/// embedded thumbnail does not count.
pub(super) fn is_complete(bytes: &[u8]) -> bool {
    Segments::new(bytes).any(|(marker, _)| marker == END_OF_IMAGE)
}

/// Contents of the frame header (ITU-T T.81, B.2.2).
struct Frame {
    size: PixelSize,
    components: u8,
}

/// `None` if there is no frame header before the first scan.
fn frame(bytes: &[u8]) -> Option<Frame> {
    let mut headers = Segments::new(bytes).take_while(|(marker, _)| *marker != START_OF_SCAN);
    // Baseline, extended and progressive; the codes between are tables.
    let (_, header) = headers.find(|(marker, _)| matches!(marker, 0xC0..=0xC2))?;
    let &[_, h1, h0, w1, w0, components, ..] = header else { return None };
    let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
    Some(Frame { size: PixelSize { width: width.into(), height: height.into() }, components })
}
