//! Resizing and padding of pictures.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use image::RgbaImage;

use super::RgbImage;
use crate::domain::PixelSize;

/// Resizes a picture with a triangle filter: each pixel is the weighted mean of the area it covers.
///
/// # Panics
/// When a side is zero.
#[must_use]
pub fn resize(image: &RgbImage, width: u32, height: u32) -> RgbImage {
    with_filter(image, width, height, FilterType::Bilinear)
}

/// Resizes a part of the picture to `target` with a box filter. `corner` is (left, top), sizes are (width, height).
///
/// # Panics
/// When a side is zero, or the part extends over the picture's edges.
#[must_use]
pub fn resize_part(image: &RgbImage, corner: [u32; 2], size: [u32; 2], target: [u32; 2]) -> RgbImage {
    // Copied first, because the resizer processes whole rows.
    let row = 3 * image.width() as usize;
    let (left, width) = (3 * corner[0] as usize, 3 * size[0] as usize);
    let rows = image.as_raw().chunks_exact(row).skip(corner[1] as usize).take(size[1] as usize);
    let mut part = Vec::with_capacity(width * size[1] as usize);
    for row in rows {
        part.extend_from_slice(&row[left..left + width]);
    }
    let part = RgbImage::from_raw(size[0], size[1], part).expect("the part lies in the picture");
    with_filter(&part, target[0], target[1], FilterType::Box)
}

/// Like [`resize`], but with a sharper filter, for pictures to look at.
pub(super) fn resize_for_display(image: &RgbImage, width: u32, height: u32) -> RgbImage {
    with_filter(image, width, height, FilterType::Hamming)
}

/// Resizes a picture with transparency; transparent pixels do not affect the colour of others.
pub(super) fn resize_logo(image: &RgbaImage, width: u32, height: u32) -> RgbaImage {
    let pixels =
        resize_raw(image.as_raw(), PixelType::U8x4, image.dimensions(), (width, height), FilterType::Hamming);
    RgbaImage::from_raw(width, height, pixels).expect("the buffer has this size")
}

/// A half, a quarter or an eighth of a picture, if its long side keeps at least `long_side` pixels.
pub(super) fn reduced(image: RgbImage, long_side: u32) -> RgbImage {
    let size = PixelSize { width: image.width(), height: image.height() };
    let Some(divisor) = size.divisor(long_side) else { return image };
    let reduced = size.reduced(divisor);
    with_filter(&image, reduced.width, reduced.height, FilterType::Box)
}

fn with_filter(image: &RgbImage, width: u32, height: u32, filter: FilterType) -> RgbImage {
    let pixels = resize_raw(image.as_raw(), PixelType::U8x3, image.dimensions(), (width, height), filter);
    RgbImage::from_raw(width, height, pixels).expect("the buffer has this size")
}

fn resize_raw(
    pixels: &[u8],
    kind: PixelType,
    from: (u32, u32),
    to: (u32, u32),
    filter: FilterType,
) -> Vec<u8> {
    if from == to {
        return pixels.to_vec();
    }
    let source = ImageRef::new(from.0, from.1, pixels, kind).expect("the buffer has this size");
    let mut target = Image::new(to.0, to.1, kind);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    Resizer::new().resize(&source, &mut target, &options).expect("both pictures have the same pixel type");
    target.into_vec()
}

/// Adds a grey border of `border` pixels on each side.
#[must_use]
pub fn padded(image: &RgbImage, border: u32) -> RgbImage {
    let (width, height) = (image.width() + 2 * border, image.height() + 2 * border);
    let mut larger = RgbImage::from_pixel(width, height, image::Rgb([128; 3]));
    image::imageops::replace(&mut larger, image, border.into(), border.into());
    larger
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reduction_keeps_the_mean() {
        let board = RgbImage::from_fn(64, 64, |x, y| image::Rgb([if (x + y) % 2 == 0 { 0 } else { 200 }; 3]));
        let small = resize(&board, 8, 8);
        assert!(small.as_raw().iter().all(|v| v.abs_diff(100) <= 3));
    }

    #[test]
    fn padding_centres_the_picture() {
        let white = RgbImage::from_pixel(2, 1, image::Rgb([255; 3]));
        let larger = padded(&white, 3);
        assert_eq!(larger.dimensions(), (8, 7));
        assert_eq!(larger.get_pixel(4, 3).0, [255; 3]);
        assert_eq!(larger.get_pixel(2, 3).0, [128; 3]);
    }
}
