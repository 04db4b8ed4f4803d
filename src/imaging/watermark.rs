//! Puts a logo into the corner of a picture.

use std::io::{Cursor, Read, Seek};
use std::sync::{Arc, Mutex, PoisonError};

use image::RgbaImage;

use super::budget::{Watch, Watched};
use super::logo_edge::with_edge;
use super::resize::resize_logo;
use super::{DecodeLimits, ImagingError, RgbImage, decode, jpeg, png, sniff};
use crate::domain::{Corner, ImageFormat, PixelSize, Watermark};

/// Largest size of a logo file.
pub const MAX_LOGO_BYTES: usize = 2 << 20;
/// Longest side of a logo, in pixels.
const MAX_LOGO_SIDE: u32 = 4096;
/// Larger logos are reduced to this side in memory: enough for a picture of 24 megapixels.
const STORED_LOGO_SIDE: u32 = 2048;

/// Side of a square logo, as a share of the picture's shorter side. Other shapes cover the same area, so that a line of
/// text and a round emblem are equally prominent.
const LOGO_SIDE: f32 = 0.25;
/// Largest share of the picture's width or height that a logo may take.
const MAX_SHARE: f32 = 0.5;
/// Space between the logo and the picture's edges, as a share of the picture's shorter side.
const MARGIN: f32 = 0.02;
/// How far the edge around a logo reaches, as a share of the logo's side; less than the margin.
const EDGE: f32 = 0.05;

/// A decoded logo, ready to be drawn on pictures.
pub struct Stamp {
    logo: RgbaImage,
    corner: Corner,
    /// 0 to 256.
    opacity: u32,
    /// As it was drawn last: most photos of an event have the same size.
    last: Mutex<Option<Arc<Framed>>>,
}

/// A logo in the size of a picture, with its edge.
struct Framed {
    /// Width and height of the logo, reach of the edge.
    sizes: [u32; 3],
    image: RgbaImage,
}

impl Stamp {
    /// Decodes the watermark's logo, a PNG file.
    pub fn new(watermark: &Watermark) -> Result<Self, ImagingError> {
        let logo = decode_logo(&watermark.logo)?;
        let longest = logo.width().max(logo.height());
        let side = |side: u32| (side * STORED_LOGO_SIDE / longest).max(1);
        let logo = if longest > STORED_LOGO_SIDE {
            resize_logo(&logo, side(logo.width()), side(logo.height()))
        } else {
            logo
        };
        let opacity = to_fraction(watermark.opacity);
        Ok(Self { logo, corner: watermark.corner, opacity, last: Mutex::default() })
    }

    /// Decodes a picture file, draws the logo on it, and encodes it as JPEG without any metadata except the colour
    /// profile.
    pub fn apply(
        &self,
        file: impl Read + Seek,
        limits: DecodeLimits,
        quality: u8,
    ) -> Result<Vec<u8>, ImagingError> {
        let mut picture = decode(file, limits)?;
        self.draw(&mut picture.pixels);
        Ok(jpeg::encode(&picture, quality)?)
    }

    pub(super) fn draw(&self, picture: &mut RgbImage) {
        let area = LogoArea::new(picture.dimensions(), self.logo.dimensions(), self.corner);
        let side = (area.width as f32 * area.height as f32).sqrt();
        let room = area.room_around(picture.dimensions());
        let reach = pixels(EDGE * side, room.max(1)).min(room);
        for (x, y, ink) in self.framed([area.width, area.height, reach]).image.enumerate_pixels() {
            let [.., alpha] = ink.0;
            // In units of 1/65535.
            let share = u32::from(alpha) * self.opacity * 257 / 256;
            let pixel = picture.get_pixel_mut(area.left - reach + x, area.top - reach + y);
            for (under, over) in pixel.0.iter_mut().zip(ink.0) {
                let mixed = u32::from(*under) * (65_535 - share) + u32::from(over) * share;
                *under = u8::try_from((mixed + 32_767) / 65_535).unwrap_or(u8::MAX);
            }
        }
    }

    fn framed(&self, sizes: [u32; 3]) -> Arc<Framed> {
        let last = || self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(framed) = last().as_ref().filter(|framed| framed.sizes == sizes) {
            return framed.clone();
        }
        let [width, height, reach] = sizes;
        let logo = resize_logo(&self.logo, width, height);
        let image = if reach > 0 { with_edge(&logo, reach) } else { logo };
        let framed = Arc::new(Framed { sizes, image });
        *last() = Some(framed.clone());
        framed
    }
}

fn decode_logo(bytes: &[u8]) -> Result<RgbaImage, ImagingError> {
    if sniff(bytes)? != ImageFormat::Png || bytes.len() > MAX_LOGO_BYTES {
        return Err(ImagingError::UnknownFormat);
    }
    let (watch, max_pixels) = (Watch::start(), u64::from(MAX_LOGO_SIDE) * u64::from(MAX_LOGO_SIDE));
    let logo =
        png::decode_rgba(Watched::buffered(Cursor::new(bytes), watch), watch, DecodeLimits { max_pixels })?;
    if logo.width().max(logo.height()) > MAX_LOGO_SIDE {
        let size = PixelSize { width: logo.width(), height: logo.height() };
        return Err(ImagingError::TooManyPixels { size, max_pixels });
    }
    Ok(logo)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 256")]
fn to_fraction(opacity: f32) -> u32 {
    (opacity.clamp(0.0, 1.0) * 256.0).round() as u32
}

/// Position and size of a logo on a picture, in pixels.
#[derive(Debug, PartialEq, Eq)]
struct LogoArea {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

impl LogoArea {
    fn new(picture: (u32, u32), logo: (u32, u32), corner: Corner) -> Self {
        let (across, down) = (picture.0 as f32, picture.1 as f32);
        let shorter = across.min(down);
        let shape = (logo.0 as f32 / logo.1 as f32).sqrt();
        let (width, height) = (LOGO_SIDE * shorter * shape, LOGO_SIDE * shorter / shape);
        let fit = (MAX_SHARE * across / width).min(MAX_SHARE * down / height).min(1.0);
        let (width, height) = (pixels(width * fit, picture.0), pixels(height * fit, picture.1));
        // On very small pictures the margin is reduced to keep the logo inside.
        let margin = |free: u32| pixels(MARGIN * shorter, free).min(free);
        let (right, bottom) = (picture.0 - width, picture.1 - height);
        let (beside, above) = (margin(right), margin(bottom));
        let (left, top) = match corner {
            Corner::TopLeft => (beside, above),
            Corner::TopRight => (right - beside, above),
            Corner::BottomLeft => (beside, bottom - above),
            Corner::BottomRight => (right - beside, bottom - above),
        };
        Self { left, top, width, height }
    }

    /// The least space between the logo and an edge of the picture.
    fn room_around(&self, (width, height): (u32, u32)) -> u32 {
        let beside = self.left.min(width - self.left - self.width);
        beside.min(self.top).min(height - self.top - self.height)
    }
}

/// Rounds to at least one and at most `max` pixels.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1 and `max`")]
fn pixels(length: f32, max: u32) -> u32 {
    (length.round().max(1.0) as u32).min(max.max(1))
}

#[cfg(test)]
mod tests {
    use super::super::testing::jpeg_with_exif;
    use super::*;

    const LIMITS: DecodeLimits = DecodeLimits { max_pixels: 10_000_000 };

    fn png(width: u32, height: u32, ink: [u8; 4]) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let logo = RgbaImage::from_pixel(width, height, image::Rgba(ink));
        logo.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn stamp(ink: [u8; 4], corner: Corner, opacity: f32) -> Stamp {
        Stamp::new(&Watermark { logo: png(10, 10, ink), corner, opacity, version: 1 }).unwrap()
    }

    #[test]
    fn logos_cover_the_same_area_and_stay_inside() {
        let area = |picture, logo| LogoArea::new(picture, logo, Corner::BottomRight);
        assert_eq!(area((2000, 1000), (50, 50)), LogoArea { left: 1730, top: 730, width: 250, height: 250 });
        assert_eq!(
            area((1000, 2000), (400, 100)),
            LogoArea { left: 480, top: 1855, width: 500, height: 125 }
        );
        for picture in [(1, 1), (2, 1), (3, 900), (4000, 10), (65_535, 20)] {
            for logo in [(1, 1), (4096, 1), (1, 4096)] {
                for corner in Corner::ALL {
                    let area = LogoArea::new(picture, logo, *corner);
                    assert!(area.width > 0 && area.height > 0, "{picture:?} {logo:?}");
                    assert!(area.left + area.width <= picture.0, "{picture:?} {logo:?} {area:?}");
                    assert!(area.top + area.height <= picture.1, "{picture:?} {logo:?} {area:?}");
                }
            }
        }
    }

    #[test]
    fn only_the_chosen_corner_changes() {
        for (corner, at) in [
            (Corner::TopLeft, (5, 5)),
            (Corner::TopRight, (94, 5)),
            (Corner::BottomLeft, (5, 94)),
            (Corner::BottomRight, (94, 94)),
        ] {
            let mut picture = RgbImage::from_pixel(100, 100, image::Rgb([100; 3]));
            stamp([255, 0, 0, 255], corner, 1.0).draw(&mut picture);
            assert_eq!(picture.get_pixel(at.0, at.1).0, [255, 0, 0], "{corner:?}");
            // The logo and the edge around it.
            let changed = picture.pixels().filter(|pixel| pixel.0 != [100; 3]).count();
            assert!((25 * 25..=27 * 27).contains(&changed), "{corner:?} {changed}");
            assert_eq!(
                picture.pixels().filter(|pixel| pixel.0 == [255, 0, 0]).count(),
                25 * 25,
                "{corner:?}"
            );
        }
    }

    #[test]
    fn a_logo_is_seen_on_a_ground_of_its_own_colour() {
        for ink in [0, 255] {
            let mut picture = RgbImage::from_pixel(1000, 1000, image::Rgb([ink; 3]));
            stamp([ink, ink, ink, 255], Corner::BottomRight, 0.6).draw(&mut picture);
            let strongest = picture.pixels().map(|pixel| pixel.0[0].abs_diff(ink)).max().unwrap();
            let seen = picture.pixels().filter(|pixel| pixel.0[0].abs_diff(ink) > 50).count();
            assert!(strongest > 80 && seen > 4 * 250, "{ink}: {strongest} {seen}");
        }
    }

    #[test]
    fn opacity_and_transparency_blend() {
        let marked = |ink, opacity| {
            let mut picture = RgbImage::from_pixel(100, 100, image::Rgb([200, 100, 0]));
            stamp(ink, Corner::TopLeft, opacity).draw(&mut picture);
            picture.get_pixel(10, 10).0
        };
        assert_eq!(marked([0, 0, 0, 255], 0.0), [200, 100, 0]);
        assert_eq!(marked([0, 0, 0, 0], 1.0), [200, 100, 0]);
        assert_eq!(marked([0, 0, 100, 255], 1.0), [0, 0, 100]);
        for (value, expected) in marked([0, 0, 100, 255], 0.5).into_iter().zip([100, 50, 50]) {
            assert!(value.abs_diff(expected) <= 1, "{value} {expected}");
        }
        // The logo's own transparency and the opacity together.
        for (value, expected) in marked([0, 0, 100, 128], 0.5).into_iter().zip([150, 75, 25]) {
            assert!(value.abs_diff(expected) <= 1, "{value} {expected}");
        }
    }

    #[test]
    fn transparent_pixels_do_not_bleed_when_the_logo_is_reduced() {
        let mut logo = RgbaImage::from_pixel(200, 200, image::Rgba([255, 0, 0, 0]));
        for (x, y, ink) in logo.enumerate_pixels_mut() {
            if (x + y) % 2 == 0 {
                *ink = image::Rgba([0, 0, 255, 255]);
            }
        }
        let reduced = resize_logo(&logo, 20, 20);
        assert!(reduced.pixels().all(|pixel| pixel.0[0] == 0 && pixel.0[2] == 255 && pixel.0[3] > 60));
    }

    #[test]
    fn a_watermarked_file_is_upright_and_has_no_metadata() {
        let marked = stamp([255, 255, 255, 255], Corner::TopLeft, 1.0).apply(
            Cursor::new(jpeg_with_exif(60, 40)),
            LIMITS,
            92,
        );
        let marked = marked.unwrap();
        assert!(!marked.windows(4).any(|bytes| bytes == b"Exif"));
        assert_eq!(decode(Cursor::new(&marked), LIMITS).unwrap().pixels.dimensions(), (40, 60));
    }

    #[test]
    fn only_png_files_within_the_limits_are_logos() {
        let read = |logo: Vec<u8>| {
            Stamp::new(&Watermark { logo, corner: Corner::TopLeft, opacity: 1.0, version: 1 })
        };
        assert!(read(png(4096, 3, [1; 4])).is_ok_and(|stamp| stamp.logo.dimensions() == (2048, 1)));
        let mut broken = png(300, 300, [1; 4]);
        broken.truncate(broken.len() / 2);
        for wrong in [png(4097, 1, [1; 4]), jpeg_with_exif(10, 10), Vec::new(), b"hello".to_vec(), broken] {
            assert!(read(wrong).is_err());
        }
        let mut long = png(3, 3, [1; 4]);
        long.resize(MAX_LOGO_BYTES + 1, 0);
        assert!(read(long).is_err());
    }
}
