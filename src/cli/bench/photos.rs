//! Synthetic camera photos: 24 megapixels, five portraits from the sample event on a noisy background.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::super::demo::sample_selfies;
use crate::imaging::{DecodeLimits, RgbImage, decode, encode_jpeg, resize};

/// Three to two, like the sensors of most cameras.
const SIZE: [u32; 2] = [6000, 4000];
/// Height of a portrait, in pixels; the face in it is about 8 % of the photo's long side.
const PORTRAIT_HEIGHT: u32 = 1200;
const PORTRAITS: usize = 5;
/// The JPEG quality of typical cameras.
const QUALITY: u8 = 93;

/// Writes `count` different photos; returns their paths.
pub(in crate::cli) fn make(folder: &Path, count: usize) -> anyhow::Result<Vec<PathBuf>> {
    let portraits = sample_selfies()
        .map(|file| {
            let picture = decode(Cursor::new(&file), DecodeLimits { max_pixels: 100_000_000 })?.pixels;
            let width = picture.width() * PORTRAIT_HEIGHT / picture.height();
            Ok(resize(&picture, width.max(1), PORTRAIT_HEIGHT))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    anyhow::ensure!(!portraits.is_empty(), "the executable does not contain its selfies");
    let mut paths = Vec::with_capacity(count);
    for index in 0..count {
        let path = folder.join(format!("BENCH_{index:04}.jpg"));
        let bytes = encode_jpeg(compose(&portraits, index), QUALITY)?;
        let write = || std::fs::File::create(&path)?.write_all(&bytes);
        write().with_context(|| format!("cannot write `{}`", path.display()))?;
        paths.push(path);
    }
    Ok(paths)
}

/// A grey ramp, portraits in two rows, and sensor noise over all, which makes up most of a camera file's size.
fn compose(portraits: &[RgbImage], index: usize) -> RgbImage {
    let [width, height] = SIZE;
    let mut photo = RgbImage::new(width, height);
    for (x, y, pixel) in photo.enumerate_pixels_mut() {
        pixel.0 = [u8::try_from(60 + 100 * x / width + 60 * y / height).unwrap_or(u8::MAX); 3];
    }
    for place in 0..PORTRAITS {
        let portrait = &portraits[(index + place) % portraits.len()];
        let (column, row) = (u32::try_from(place % 3).unwrap_or(0), u32::try_from(place / 3).unwrap_or(0));
        let left = 300 + column * 1900 + row * 700;
        let top = 500 + row * 1700;
        for (x, y, pixel) in portrait.enumerate_pixels() {
            if left + x < width && top + y < height {
                photo.put_pixel(left + x, top + y, *pixel);
            }
        }
    }
    let mut state = u32::try_from(index).unwrap_or(0).wrapping_mul(0x9E37_79B9) | 1;
    for pixel in photo.pixels_mut() {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        // Four bits of uniform noise, the same in all channels.
        let noise = i16::try_from(state >> 28).unwrap_or(0) - 8;
        for value in &mut pixel.0 {
            *value = u8::try_from((i16::from(*value) + noise).clamp(0, 255)).unwrap_or(u8::MAX);
        }
    }
    photo
}
