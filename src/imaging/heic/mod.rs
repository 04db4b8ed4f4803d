//! HEIC: what decoding will take, and decoding, a row of tiles at a time: phones' photos are never whole in memory. How
//! to turn the picture is in the container; what EXIF says about that is not asked.

mod colour;
mod header;
mod layer;
#[cfg(test)]
mod tests;

use std::io::{Read, Seek};

use heifer::heifer_isobmff::HeifFile;
use image::DynamicImage;

use super::budget::{Lease, Source, Watch};
use super::png::Reduction;
use super::{DecodeLimits, ImagingError, Opened, damage};
use crate::domain::PixelSize;
use header::Header;
use layer::Layer;

/// What the file says about its size, if it can be decoded.
pub(super) fn size(source: &mut (impl Read + Seek), limits: DecodeLimits) -> Option<PixelSize> {
    Header::read(source, limits).ok().map(|header| header.size)
}

/// Decodes a picture at a half, a quarter or an eighth of its size if its long side keeps at least `long_side` pixels.
pub(super) fn open<R: Read + Seek>(
    mut source: Source<R>,
    watch: Watch,
    limits: DecodeLimits,
    long_side: u32,
) -> Result<Opened, ImagingError> {
    let reason = |error: ImagingError| watch.check().err().unwrap_or(error);
    let header = Header::read(&mut source, limits).map_err(reason)?;
    let divisor = header.size.divisor(long_side).unwrap_or(1);
    let mut lease = Lease::take(header.memory(divisor))?;
    source.rewind().map_err(ImagingError::unreadable)?;
    let mut bytes = Vec::with_capacity(usize::try_from(header.file_bytes).unwrap_or(0));
    source
        .take(header.file_bytes)
        .read_to_end(&mut bytes)
        .map_err(|error| reason(ImagingError::unreadable(error)))?;
    let file = HeifFile::parse(&bytes).map_err(|_| damaged())?;
    let mut reduced = Reduction::new(header.size, divisor);
    let mut picture = Layer::new(&file, &header.picture, watch);
    let mut alpha = header.alpha.as_ref().map(|alpha| Layer::new(&file, alpha, watch));
    let is_limited = alpha.is_some() && header.is_alpha_limited;
    let (left, top) = header.corner;
    let across = 4 * left as usize..4 * (left + header.size.width) as usize;
    let mut row = Vec::new();
    for y in top..top + header.size.height {
        row.clear();
        row.extend_from_slice(picture.row(y)?.get(across.clone()).ok_or_else(damaged)?);
        if let Some(alpha) = &mut alpha {
            let over = alpha.row(y)?.get(across.clone()).ok_or_else(damaged)?;
            for (pixel, over) in row.chunks_exact_mut(4).zip(over.chunks_exact(4)) {
                pixel[3] = if is_limited { layer::full_range(over[0]) } else { over[0] };
            }
        }
        reduced.add(::png::ColorType::Rgba, &row);
    }
    let nclx = picture.nclx();
    drop((picture, alpha));
    let exif = file.exif(file.primary_id).ok().flatten();
    let icc_profile = file.icc_profile(file.primary_id).ok().flatten().map(<[u8]>::to_vec);
    drop(file);
    drop(bytes);
    let mut pixels = reduced.finish()?;
    if let Some(nclx) = nclx.filter(|_| icc_profile.is_none()) {
        colour::to_srgb(&mut pixels, nclx);
    }
    let orientation = header.orientation;
    lease.keep(header.kept(divisor));
    Ok(Opened {
        picture: DynamicImage::ImageRgb8(pixels),
        size: header.size,
        orientation,
        exif,
        xmp: None,
        icc_profile,
        is_damaged: false,
        lease,
    })
}

fn damaged() -> ImagingError {
    ImagingError::Damaged(damage("a HEIC file whose parts do not fit together"))
}

fn unsupported() -> ImagingError {
    ImagingError::Damaged(damage("a kind of HEIC that is not supported"))
}

/// Bytes of a frame while it is decoded: samples of 16 bits, one channel again for a filter, and notes on the blocks.
fn frame_bytes(size: PixelSize, chroma_format: u8) -> u64 {
    let pixels = size.area();
    planes_bytes(size, chroma_format) + 7 * pixels / 2
}

/// Bytes of a frame that is decoded.
fn planes_bytes(size: PixelSize, chroma_format: u8) -> u64 {
    let pixels = size.area();
    match chroma_format {
        0 => 2 * pixels,
        1 => 3 * pixels,
        2 => 4 * pixels,
        _ => 6 * pixels,
    }
}
