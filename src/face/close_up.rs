//! Large faces, as selfies and portraits have them. They are found in a picture much reduced, for a tenth of the work
//! of finding all faces.

use super::detect::merge;
use super::{FaceEngine, FaceError};
use crate::domain::Detection;
use crate::imaging::{RgbImage, padded, resize};

/// A face that covers more than this share of the picture is large.
const MIN_AREA: f32 = 0.05;
/// Candidates of less than this share of the largest face's area get no second look.
const MIN_SHARE: f32 = 0.25;
/// Boxes of the first look are this exact.
const MARGIN: f32 = 0.8;
/// Long side of the first look, in pixels: the smallest of the large faces still has about 50.
const LONG_SIDE: u32 = 256;
/// Long side of the look at the picture with a border, in pixels: the picture has half of them.
const BORDERED_LONG_SIDE: u32 = 384;
/// The picture is reduced to this long side before a border is added, to keep the border cheap, in pixels.
const MAX_SIDE: u32 = 1024;

impl FaceEngine {
    /// The faces of an upright picture that has a large one, most confident first, without those that are far smaller;
    /// empty if no face is large: then use [`FaceEngine::detect`].
    pub fn detect_large(&self, image: &RgbImage) -> Result<Vec<Detection>, FaceError> {
        let candidates = self.detector.look(image, LONG_SIDE)?;
        let found = self.confirm_large(image, candidates, area(image))?;
        if found.is_empty() { self.detect_bordered(image) } else { Ok(found) }
    }

    /// The same for a face that fills the picture, which the detector misses without a border.
    fn detect_bordered(&self, image: &RgbImage) -> Result<Vec<Detection>, FaceError> {
        let longest = image.width().max(image.height());
        let factor = (MAX_SIDE as f32 / longest as f32).min(1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not larger than before")]
        let side = |size: u32| ((size as f32 * factor) as u32).max(1);
        let reduced = resize(image, side(image.width()), side(image.height()));
        let border = reduced.width().max(reduced.height()) / 2;
        let bordered = padded(&reduced, border);
        let candidates = self.detector.look(&bordered, BORDERED_LONG_SIDE)?;
        let found = self.confirm_large(&bordered, candidates, area(&reduced))?;
        let shift = -(border as f32) / factor;
        Ok(found.iter().map(|face| face.mapped(1.0 / factor, shift, shift)).collect())
    }

    /// Takes a second look at the largest candidate and those that compare with it; nothing if it is not large.
    fn confirm_large(
        &self,
        image: &RgbImage,
        mut candidates: Vec<Detection>,
        picture_area: f32,
    ) -> Result<Vec<Detection>, FaceError> {
        candidates.sort_by(|a, b| b.bounds.area().total_cmp(&a.bounds.area()));
        let mut found = Vec::new();
        let mut largest = 0.0_f32;
        for candidate in candidates {
            let least = if found.is_empty() { MIN_AREA * picture_area } else { MIN_SHARE * largest };
            if candidate.bounds.area() < MARGIN * least {
                break;
            }
            if let Some(face) = self.detector.look_again(image, &candidate)? {
                largest = largest.max(face.bounds.area());
                found.push(face);
            }
        }
        Ok(if largest > MIN_AREA * picture_area { merge(found) } else { Vec::new() })
    }
}

fn area(image: &RgbImage) -> f32 {
    image.width() as f32 * image.height() as f32
}
