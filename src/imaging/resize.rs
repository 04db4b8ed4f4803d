//! Pictures in other sizes.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::RgbImage;

/// The whole picture in `width` x `height` pixels, each the weighted mean of what it covers (triangle filter).
///
/// # Panics
/// When a side is zero.
#[must_use]
pub fn resize(image: &RgbImage, width: u32, height: u32) -> RgbImage {
    with_filter(image, width, height, FilterType::Bilinear)
}

/// The same with a sharper filter, for people to look at.
pub(super) fn resize_to_look_at(image: &RgbImage, width: u32, height: u32) -> RgbImage {
    with_filter(image, width, height, FilterType::Lanczos3)
}

fn with_filter(image: &RgbImage, width: u32, height: u32, filter: FilterType) -> RgbImage {
    if image.dimensions() == (width, height) {
        return image.clone();
    }
    let source = ImageRef::new(image.width(), image.height(), image.as_raw(), PixelType::U8x3)
        .expect("an RgbImage holds three bytes a pixel");
    let mut target = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    Resizer::new()
        .resize(&source, &mut target, &options)
        .expect("both pictures have pixels, of the same type");
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
