//! Finds the time code, a QR code, in a picture.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rqrr::PreparedImage;

use super::RgbImage;
use crate::domain::TimeCode;

/// Looking at this size takes 10 ms of one core, and finds a code as wide as an eighth of the picture.
pub const QUICK_LONG_SIDE: u32 = 1024;

/// What QR codes a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeInPicture {
    /// A time code.
    Time(TimeCode),
    /// Only codes of another kind.
    Other,
    /// None that can be read.
    None,
}

/// Looks for a time code in a picture, reduced to about `long_side`. A picture full of codes takes long: each three
/// corners may belong together.
#[must_use]
pub fn read_time_code(pixels: &RgbImage, long_side: u32) -> CodeInPicture {
    // A decoder that panics has met a picture that its authors did not think of.
    catch_unwind(AssertUnwindSafe(|| read(pixels, long_side))).unwrap_or(CodeInPicture::None)
}

fn read(pixels: &RgbImage, long_side: u32) -> CodeInPicture {
    let step = pixels.width().max(pixels.height()).div_ceil(long_side.max(1)).max(1);
    let (width, height) = (pixels.width() / step, pixels.height() / step);
    // The mean of a square of green, which is most of what is bright.
    let grey = |x: usize, y: usize| {
        let [x, y] = [x, y].map(|at| u32::try_from(at).unwrap_or(0) * step);
        let square = (y..y + step).flat_map(|y| (x..x + step).map(move |x| (x, y)));
        let sum: u32 = square.map(|(x, y)| u32::from(pixels.get_pixel(x, y)[1])).sum();
        u8::try_from(sum / (step * step)).unwrap_or(u8::MAX)
    };
    let mut picture = PreparedImage::prepare_from_greyscale(width as usize, height as usize, grey);
    let texts = picture.detect_grids().into_iter().filter_map(|grid| grid.decode().ok());
    let mut found = CodeInPicture::None;
    for (_, text) in texts {
        match text.parse() {
            Ok(code) => return CodeInPicture::Time(code),
            Err(()) => found = CodeInPicture::Other,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;
    use crate::domain::Timestamp;

    const SIDE: f32 = 12.0;

    /// A code photographed off a screen: as high as a third of a picture of 2048 pixels, turned, not sharp, a bit dim,
    /// with a busy ground.
    fn photo(text: &str, degrees: f32) -> RgbImage {
        let code = qrcode::QrCode::new(text).unwrap();
        let (modules, dark) = (code.width() as f32, code.to_colors());
        let pixel = (1365.0 / 3.0) / (modules + 8.0);
        let (sin, cos) = degrees.to_radians().sin_cos();
        let sharp = RgbImage::from_fn(2048, 1365, |x, y| {
            let (x, y) = (x as f32 - 1200.0, y as f32 - 600.0);
            let [u, v] = [x * cos + y * sin, y * cos - x * sin].map(|at| at / pixel + modules / 2.0);
            let inside = |margin: f32| [u, v].iter().all(|at| (-margin..modules + margin).contains(at));
            let grey = if inside(0.0) {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "inside the code"
                )]
                let at = (v as usize) * code.width() + u as usize;
                if dark[at] == qrcode::Color::Dark { 30 } else { 190 }
            } else if inside(4.0) {
                190
            } else {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 200")]
                let ground = (100.0 + 60.0 * (x / SIDE).sin() + 40.0 * (y / SIDE).cos()) as u8;
                ground
            };
            Rgb([grey; 3])
        });
        image::imageops::blur(&sharp, 2.0)
    }

    #[test]
    fn a_photographed_code_is_read_however_it_is_held() {
        let code = TimeCode(Timestamp::from_unix_ms(1_764_432_000_123));
        for degrees in [0.0, 7.0, 20.0, 90.0, 191.0] {
            let photo = photo(&code.to_string(), degrees);
            assert_eq!(read_time_code(&photo, QUICK_LONG_SIDE), CodeInPicture::Time(code), "{degrees}");
            assert_eq!(read_time_code(&photo, u32::MAX), CodeInPicture::Time(code), "{degrees}");
        }
    }

    #[test]
    fn other_codes_and_pictures_without_one_are_told_apart() {
        let link = photo("http://192.168.1.7:8080/e/0123456789abcdef", 7.0);
        assert_eq!(read_time_code(&link, QUICK_LONG_SIDE), CodeInPicture::Other);
        for (width, height) in [(0, 0), (1, 1), (3, 2000), (640, 480)] {
            assert_eq!(read_time_code(&RgbImage::new(width, height), QUICK_LONG_SIDE), CodeInPicture::None);
        }
    }
}
