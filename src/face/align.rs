//! Aligns a face: the similarity transform (scale, rotation, shift) that fits its five landmarks best to the pack's
//! template gives the recogniser's canonical crop.

use crate::domain::{Landmarks, Point};
use crate::imaging::{RgbImage, resize_part};

/// Maps crop coordinates to picture coordinates: `x = a u - b v + tx`, `y = b u + a v + ty`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Similarity {
    a: f32,
    b: f32,
    tx: f32,
    ty: f32,
}

impl Similarity {
    /// The least-squares similarity from `template` to `landmarks` (Umeyama, 1991, in the plane and without
    /// reflection); `None` if the template's points coincide or a landmark is not finite.
    pub(super) fn fit(template: &[Point; 5], landmarks: &Landmarks) -> Option<Self> {
        let mean = |points: &[Point; 5]| {
            let sum = points.iter().fold((0.0, 0.0), |(x, y), p| (x + p.x / 5.0, y + p.y / 5.0));
            Point { x: sum.0, y: sum.1 }
        };
        let (from, to) = (mean(template), mean(&landmarks.0));
        let (mut spread, mut dot, mut cross) = (0.0, 0.0, 0.0);
        for (p, q) in template.iter().zip(&landmarks.0) {
            let (u, v, x, y) = (p.x - from.x, p.y - from.y, q.x - to.x, q.y - to.y);
            spread += u * u + v * v;
            dot += u * x + v * y;
            cross += u * y - v * x;
        }
        let (a, b) = (dot / spread, cross / spread);
        let (tx, ty) = (to.x - a * from.x + b * from.y, to.y - b * from.x - a * from.y);
        [a, b, tx, ty].iter().all(|v| v.is_finite()).then_some(Self { a, b, tx, ty })
    }

    /// Maps a crop of `crop_size` x `crop_size` pixels to the square of `side` x `side` at `corner` in the picture.
    pub(super) fn square(corner: Point, side: f32, crop_size: u32) -> Self {
        let scale = side / crop_size as f32;
        // Coordinates are pixel centres: in both squares the first is half a pixel inside the corner.
        let shift = 0.5 * scale - 0.5;
        Self { a: scale, b: 0.0, tx: corner.x + shift, ty: corner.y + shift }
    }

    /// Maps a point of the crop to the picture.
    pub(super) fn apply(&self, point: Point) -> Point {
        let Point { x: u, y: v } = point;
        Point { x: self.a * u - self.b * v + self.tx, y: self.b * u + self.a * v + self.ty }
    }

    /// Picture pixels per crop pixel.
    pub(super) fn scale(&self) -> f32 {
        self.a.hypot(self.b)
    }
}

/// Samples a crop of `size` x `size` pixels from the picture; black outside the picture.
///
/// If the picture is more than twice as fine as the crop, the region under the crop is reduced first to avoid aliasing.
pub(super) fn warp(image: &RgbImage, transform: &Similarity, size: u32) -> RgbImage {
    let scale = transform.scale();
    if scale <= 2.0 {
        return sample(image, transform, size);
    }
    let Some(region) = SourceRegion::under(image, transform, size) else { return RgbImage::new(size, size) };
    let reduced =
        resize_part(image, region.corner, region.size, region.size.map(|side| side / region.factor));
    let Similarity { a, b, tx, ty } = *transform;
    let factor = region.factor as f32;
    // Pixel centres have whole coordinates, as in the templates.
    let into_region = |at: f32, corner: u32| (at - corner as f32 + 0.5) / factor - 0.5;
    let transform = Similarity {
        a: a / factor,
        b: b / factor,
        tx: into_region(tx, region.corner[0]),
        ty: into_region(ty, region.corner[1]),
    };
    sample(&reduced, &transform, size)
}

/// A rectangle of a picture, and the factor to reduce it by.
struct SourceRegion {
    corner: [u32; 2],
    /// Multiples of the factor.
    size: [u32; 2],
    factor: u32,
}

impl SourceRegion {
    /// The region that the crop is sampled from; `None` if it is smaller than a pixel.
    fn under(image: &RgbImage, transform: &Similarity, size: u32) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the picture")]
        let whole = |at: f32, limit: u32| at.clamp(0.0, limit as f32) as u32;
        // Bilinear samples can reduce by another factor of 2; larger factors than 64 do not occur.
        let factor = whole((transform.scale() / 2.0).ceil(), 64);
        let end = size as f32;
        let corners = [(0.0, 0.0), (end, 0.0), (0.0, end), (end, end)];
        let corners = corners.map(|(x, y)| transform.apply(Point { x, y }));
        let margin = 2.0 * transform.scale();
        let range = |of: fn(&Point) -> f32, limit: u32| {
            let (low, high) = corners.iter().fold((f32::MAX, f32::MIN), |(low, high), corner| {
                (low.min(of(corner)), high.max(of(corner)))
            });
            let (from, to) = (whole(low - margin, limit), whole(high + margin, limit));
            (from, (to - from) / factor * factor)
        };
        let (left, width) = range(|corner| corner.x, image.width());
        let (top, height) = range(|corner| corner.y, image.height());
        (width > 0 && height > 0).then_some(Self { corner: [left, top], size: [width, height], factor })
    }
}

/// One bilinear sample for each pixel of the crop.
fn sample(image: &RgbImage, transform: &Similarity, size: u32) -> RgbImage {
    let mut crop = RgbImage::new(size, size);
    for (column, row, pixel) in crop.enumerate_pixels_mut() {
        let colour = bilinear(image, transform.apply(Point { x: column as f32, y: row as f32 }));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of bytes")]
        let bytes = colour.map(|value| (value + 0.5) as u8);
        pixel.0 = bytes;
    }
    crop
}

/// Rounds down, without the C library call that `f32::floor` is on processors without an instruction for it.
fn floor(value: f32) -> i32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturated coordinates are still outside the picture"
    )]
    let whole = value as i32;
    whole.saturating_sub(i32::from(whole as f32 > value))
}

/// Colour at a position between pixels; black outside the picture.
fn bilinear(image: &RgbImage, at: Point) -> [f32; 3] {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let (left, top) = (floor(at.x), floor(at.y));
    let (fx, fy) = (at.x - left as f32, at.y - top as f32);
    let weights = [(1.0 - fx) * (1.0 - fy), fx * (1.0 - fy), (1.0 - fx) * fy, fx * fy];
    let pixels = image.as_raw();
    if let (Ok(x), Ok(y)) = (usize::try_from(left), usize::try_from(top))
        && x + 1 < width
        && y + 1 < height
    {
        let upper: &[u8; 6] = pixels[3 * (y * width + x)..].first_chunk().expect("two pixels of a row");
        let lower: &[u8; 6] = pixels[3 * ((y + 1) * width + x)..].first_chunk().expect("two pixels of a row");
        let mean = |c: usize| {
            let (above, below) = (f32::from(upper[c]), f32::from(lower[c]));
            let (above_right, below_right) = (f32::from(upper[c + 3]), f32::from(lower[c + 3]));
            weights[0] * above + weights[1] * above_right + weights[2] * below + weights[3] * below_right
        };
        return [mean(0), mean(1), mean(2)];
    }
    let mut colour = [0.0; 3];
    for ((dx, dy), weight) in [(0, 0), (1, 0), (0, 1), (1, 1)].into_iter().zip(weights) {
        let (Ok(x), Ok(y)) =
            (usize::try_from(left.saturating_add(dx)), usize::try_from(top.saturating_add(dy)))
        else {
            continue;
        };
        if x < width && y < height {
            let pixel = &pixels[3 * (y * width + x)..][..3];
            colour.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += weight * f32::from(*value));
        }
    }
    colour
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::face::pack::{DEFAULT_PACK, find_pack, list_packs};

    fn template() -> [Point; 5] {
        find_pack(list_packs(None).unwrap(), DEFAULT_PACK, false).unwrap().template
    }

    proptest! {
        #[test]
        fn recovers_any_similarity_of_the_template(
            scale in 0.2_f32..30.0, angle in -3.1_f32..3.1, tx in -500.0_f32..5000.0, ty in -500.0_f32..5000.0,
        ) {
            let original = Similarity { a: scale * angle.cos(), b: scale * angle.sin(), tx, ty };
            let landmarks = Landmarks(template().map(|p| original.apply(p)));
            let found = Similarity::fit(&template(), &landmarks).unwrap();
            for point in template() {
                let (p, q) = (original.apply(point), found.apply(point));
                prop_assert!((p.x - q.x).abs() < 0.05 && (p.y - q.y).abs() < 0.05);
            }
        }
    }

    #[test]
    fn rejects_landmarks_that_are_not_finite() {
        let mut points = template();
        points[0].x = f32::NAN;
        assert_eq!(Similarity::fit(&template(), &Landmarks(points)), None);
    }

    #[test]
    fn identity_copies_and_reduction_averages() {
        let image =
            RgbImage::from_fn(8, 8, |x, y| image::Rgb([if (x + y) % 2 == 0 { 0 } else { 200 }, 10, 10]));
        let identity = Similarity { a: 1.0, b: 0.0, tx: 0.0, ty: 0.0 };
        assert_eq!(warp(&image, &identity, 8), image);
        let reduced = Similarity::square(Point { x: 0.0, y: 0.0 }, 8.0, 2);
        assert_eq!(warp(&image, &reduced, 2).get_pixel(1, 1).0, [100, 10, 10]);
    }
}
