//! The second look: detection is repeated on a crop around each candidate, at the face size that suits the network
//! best. Candidates that are not found again are dropped; the others get better landmarks.

use super::super::align::{Similarity, warp};
use super::{Detector, FaceError, MAX_OVERLAP, suppress_overlaps};
use crate::domain::{Detection, Point};
use crate::face::pack::VerifySpec;
use crate::imaging::RgbImage;

/// A detection with a larger overlap (intersection over union) is the candidate found again.
const MIN_OVERLAP: f32 = 0.3;

pub(super) fn verify(
    detector: &Detector,
    spec: VerifySpec,
    image: &RgbImage,
    candidates: &[Detection],
) -> Result<Vec<Detection>, FaceError> {
    let mut verified = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let side = spec.crop * candidate.bounds.w.max(candidate.bounds.h);
        let centre = candidate.bounds.centre();
        let corner = Point { x: centre.x - side / 2.0, y: centre.y - side / 2.0 };
        let crop = warp(image, &Similarity::square(corner, side, spec.size), spec.size);
        let scale = side / spec.size as f32;
        let again = detector.run(&crop, spec.score_threshold)?;
        let again = again.iter().map(|face| face.mapped(scale, corner.x, corner.y));
        verified.extend(again.into_iter().find(|face| face.bounds.iou(&candidate.bounds) > MIN_OVERLAP));
    }
    // Two candidates may be the same face.
    Ok(suppress_overlaps(verified, MAX_OVERLAP))
}
