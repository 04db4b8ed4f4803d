//! A picture reduced to a detector's input: the long side fits, and black padding at the right and the bottom gives a
//! size that the network accepts.

use crate::domain::Detection;
use crate::face::pack::DetectorSpec;
use crate::imaging::{RgbImage, resize};

/// The reduced picture, and the scale back to the original.
pub(super) struct Letterbox {
    /// Padded to the network's size.
    pub(super) canvas: RgbImage,
    /// Picture pixels per canvas pixel.
    scale: f32,
}

impl Letterbox {
    /// Small pictures are not enlarged.
    pub(super) fn new(image: &RgbImage, long_side: u32, spec: &DetectorSpec) -> Self {
        let target = spec.fixed_size.unwrap_or(long_side);
        let longest = image.width().max(image.height()).max(1);
        let factor = (f64::from(target) / f64::from(longest)).min(1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not larger than before")]
        let side = |size: u32| ((f64::from(size) * factor).round() as u32).max(1);
        let reduced = resize(image, side(image.width()), side(image.height()));
        let padded = |size: u32| spec.fixed_size.unwrap_or_else(|| size.next_multiple_of(spec.multiple_of));
        let (width, height) = (padded(reduced.width()), padded(reduced.height()));
        #[expect(clippy::cast_possible_truncation, reason = "pixel coordinates need no double precision")]
        let scale = (1.0 / factor) as f32;
        let mut canvas = reduced;
        if (canvas.width(), canvas.height()) != (width, height) {
            let mut larger = RgbImage::new(width, height);
            let row = 3 * canvas.width() as usize;
            let larger_row = 3 * width as usize;
            for (from, to) in canvas.chunks_exact(row).zip(larger.chunks_exact_mut(larger_row)) {
                to[..row].copy_from_slice(from);
            }
            canvas = larger;
        }
        Self { canvas, scale }
    }

    /// Converts a detection from canvas to picture pixels.
    pub(super) fn to_picture(&self, found: &Detection) -> Detection {
        found.mapped(self.scale, 0.0, 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::pack::{DEFAULT_PACK, find_pack, list_packs};

    #[test]
    fn keeps_the_aspect_ratio_and_pads_to_the_multiple() {
        let spec = find_pack(list_packs(None).unwrap(), DEFAULT_PACK, false).unwrap().detector;
        let reduced = Letterbox::new(&RgbImage::new(6000, 4000), 1024, &spec);
        assert_eq!(reduced.canvas.dimensions(), (1024, 704));
        assert!((reduced.scale - 6000.0 / 1024.0).abs() < 1e-3);
        let small = Letterbox::new(&RgbImage::new(100, 33), 1024, &spec);
        assert_eq!(small.canvas.dimensions(), (128, 64));
        assert!((small.scale - 1.0).abs() < f32::EPSILON);
        let mut square = spec;
        square.fixed_size = Some(640);
        let canvas = Letterbox::new(&RgbImage::new(6000, 4000), 1024, &square).canvas;
        assert_eq!(canvas.dimensions(), (640, 640));
    }
}
