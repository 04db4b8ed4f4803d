//! The second look: detection is repeated on a crop around each candidate, at the face size that suits the network
//! best. Candidates that are not found again are dropped; the others get better landmarks.

use super::super::align::{Similarity, warp};
use super::{Detector, FaceError};
use crate::domain::{Detection, Point};
use crate::face::pack::VerifySpec;
use crate::imaging::RgbImage;

/// A detection with a larger overlap (intersection over union) is the candidate found again.
const MIN_OVERLAP: f32 = 0.3;

/// The candidate as it is found again.
pub(super) fn verify(
    detector: &Detector,
    spec: VerifySpec,
    image: &RgbImage,
    candidate: &Detection,
) -> Result<Option<Detection>, FaceError> {
    let side = spec.crop * candidate.bounds.w.max(candidate.bounds.h);
    let centre = candidate.bounds.centre();
    let corner = Point { x: centre.x - side / 2.0, y: centre.y - side / 2.0 };
    let crop = warp(image, &Similarity::square(corner, side, spec.size), spec.size);
    let scale = side / spec.size as f32;
    let again = detector.run(&crop, spec.score_threshold)?;
    let mut again = again.iter().map(|face| face.mapped(scale, corner.x, corner.y));
    Ok(again.find(|face| face.bounds.iou(&candidate.bounds) > MIN_OVERLAP))
}
