//! Pictures in other sizes.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use image::RgbaImage;

use super::RgbImage;

/// The whole picture in `width` x `height` pixels, each the weighted mean of what it covers (triangle filter).
///
/// # Panics
/// When a side is zero.
#[must_use]
pub fn resize(image: &RgbImage, width: u32, height: u32) -> RgbImage {
    with_filter(image, width, height, FilterType::Bilinear)
}

/// A part of the picture brought to another size, each pixel the mean of what it covers (box filter): corner (left,
/// top) and size (width, height) of the part, and the size to bring it to.
///
/// # Panics
/// When a side is zero, or the part reaches over the picture's edges.
#[must_use]
pub fn resize_part(image: &RgbImage, corner: [u32; 2], size: [u32; 2], target: [u32; 2]) -> RgbImage {
    // Copied out: the resizer would work on whole rows of the picture.
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

/// The whole picture for people to look at, sharper.
pub(super) fn resize_to_look_at(image: &RgbImage, width: u32, height: u32) -> RgbImage {
    with_filter(image, width, height, FilterType::Hamming)
}

/// A picture with transparency for people to look at; what is transparent does not colour what is not.
///
/// # Panics
/// When a side is zero.
pub(super) fn resize_logo(image: &RgbaImage, width: u32, height: u32) -> RgbaImage {
    if image.dimensions() == (width, height) {
        return image.clone();
    }
    let source = ImageRef::new(image.width(), image.height(), image.as_raw(), PixelType::U8x4)
        .expect("an RgbaImage holds four bytes a pixel");
    let mut target = Image::new(width, height, PixelType::U8x4);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Hamming));
    Resizer::new()
        .resize(&source, &mut target, &options.use_alpha(true))
        .expect("both pictures have pixels of the same type");
    RgbaImage::from_raw(width, height, target.into_vec()).expect("the buffer was made for this size")
}

fn with_filter(image: &RgbImage, width: u32, height: u32, filter: FilterType) -> RgbImage {
    if image.dimensions() == (width, height) {
        return image.clone();
    }
    let source = ImageRef::new(image.width(), image.height(), image.as_raw(), PixelType::U8x3)
        .expect("an RgbImage holds three bytes a pixel");
    let mut target = Image::new(width, height, PixelType::U8x3);
    Resizer::new()
        .resize(&source, &mut target, &ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)))
        .expect("both pictures have pixels of the same type");
    RgbImage::from_raw(width, height, target.into_vec()).expect("the buffer was made for this size")
}

/// The picture in the middle of a grey border of `border` pixels on each side.
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
    fn padding_puts_the_picture_into_the_middle() {
        let white = RgbImage::from_pixel(2, 1, image::Rgb([255; 3]));
        let larger = padded(&white, 3);
        assert_eq!(larger.dimensions(), (8, 7));
        assert_eq!(larger.get_pixel(4, 3).0, [255; 3]);
        assert_eq!(larger.get_pixel(2, 3).0, [128; 3]);
    }
}
