//! From a face in a picture to the recogniser's canonical crop: the similarity transform (scale, rotation, shift)
//! that brings the five landmarks closest to the pack's template.

use crate::domain::{Landmarks, Point};
use crate::imaging::RgbImage;

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
    /// reflection); `None` when the template's points coincide or a landmark is not finite.
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

    /// Maps the square of `crop_size` pixels onto the square of the picture that begins at `corner` and is `side` wide.
    pub(super) fn square(corner: Point, side: f32, crop_size: u32) -> Self {
        let scale = side / crop_size as f32;
        // Coordinates name pixel centres: the first lies half a pixel inside the corner, here as there.
        let shift = 0.5 * scale - 0.5;
        Self { a: scale, b: 0.0, tx: corner.x + shift, ty: corner.y + shift }
    }

    /// Where a point of the crop lies in the picture.
    pub(super) fn apply(&self, point: Point) -> Point {
        let Point { x: u, y: v } = point;
        Point { x: self.a * u - self.b * v + self.tx, y: self.b * u + self.a * v + self.ty }
    }

    /// Picture pixels for each pixel of the crop.
    pub(super) fn scale(&self) -> f32 {
        self.a.hypot(self.b)
    }
}

/// Cuts the crop of `size` x `size` pixels out of the picture; black where it reaches over the edges.
///
/// Where the picture is more than twice as fine as the crop, each crop pixel is the mean of a grid of bilinear samples,
/// so that large faces do not alias.
pub(super) fn warp(image: &RgbImage, transform: &Similarity, size: u32) -> RgbImage {
    let scale = transform.scale();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=16")]
    let samples = if scale > 2.0 { scale.ceil().min(16.0) as u32 } else { 1 };
    let share = 1.0 / (samples * samples) as f32;
    let mut crop = RgbImage::new(size, size);
    for (column, row, pixel) in crop.enumerate_pixels_mut() {
        let mut sum = [0.0; 3];
        for sample in 0..samples * samples {
            // Pixel centres lie at whole coordinates, as in the templates.
            let shift = |i: u32| (i as f32 + 0.5) / samples as f32 - 0.5;
            let point =
                Point { x: column as f32 + shift(sample % samples), y: row as f32 + shift(sample / samples) };
            let colour = bilinear(image, transform.apply(point));
            sum.iter_mut().zip(colour).for_each(|(sum, value)| *sum += value);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of bytes")]
        let bytes = sum.map(|sum| (sum * share).round() as u8);
        pixel.0 = bytes;
    }
    crop
}

/// Colour at a place between pixels; outside the picture all is black.
fn bilinear(image: &RgbImage, at: Point) -> [f32; 3] {
    let (left, top) = (at.x.floor(), at.y.floor());
    let (fx, fy) = (at.x - left, at.y - top);
    let mut colour = [0.0; 3];
    for (dx, dy, weight) in [
        (0.0, 0.0, (1.0 - fx) * (1.0 - fy)),
        (1.0, 0.0, fx * (1.0 - fy)),
        (0.0, 1.0, (1.0 - fx) * fy),
        (1.0, 1.0, fx * fy),
    ] {
        let (x, y) = (left + dx, top + dy);
        if x < 0.0 || y < 0.0 || x >= image.width() as f32 || y >= image.height() as f32 {
            continue;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to lie inside")]
        let pixel = image.get_pixel(x as u32, y as u32);
        colour.iter_mut().zip(pixel.0).for_each(|(sum, value)| *sum += weight * f32::from(value));
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
            let made = Similarity { a: scale * angle.cos(), b: scale * angle.sin(), tx, ty };
            let landmarks = Landmarks(template().map(|p| made.apply(p)));
            let found = Similarity::fit(&template(), &landmarks).unwrap();
            for point in template() {
                let (p, q) = (made.apply(point), found.apply(point));
                prop_assert!((p.x - q.x).abs() < 0.05 && (p.y - q.y).abs() < 0.05);
            }
        }
    }

    #[test]
    fn refuses_landmarks_that_are_not_numbers() {
        let mut points = template();
        points[0].x = f32::NAN;
        assert_eq!(Similarity::fit(&template(), &Landmarks(points)), None);
    }

    #[test]
    fn the_identity_copies_and_a_reduction_averages() {
        let image =
            RgbImage::from_fn(8, 8, |x, y| image::Rgb([if (x + y) % 2 == 0 { 0 } else { 200 }, 10, 10]));
        let identity = Similarity { a: 1.0, b: 0.0, tx: 0.0, ty: 0.0 };
        assert_eq!(warp(&image, &identity, 8), image);
        let reduced = Similarity::square(Point { x: 0.0, y: 0.0 }, 8.0, 2);
        assert_eq!(warp(&image, &reduced, 2).get_pixel(1, 1).0, [100, 10, 10]);
    }
}
