//! The second look: each detection is cut out of the full picture, brought to a size at which the network sees faces
//! best, and looked for again. What is not found again is no face; what is, has better landmarks.

use super::super::align::{Similarity, warp};
use super::{Detector, FaceError, MAX_OVERLAP, suppress_overlaps};
use crate::domain::{Detection, Point};
use crate::face::pack::VerifySpec;
use crate::imaging::RgbImage;

/// The second look finds the same face where the boxes overlap more than this (intersection over union).
const MIN_OVERLAP: f32 = 0.3;

pub(super) fn verify(
    detector: &Detector,
    spec: VerifySpec,
    image: &RgbImage,
    found: &[Detection],
) -> Result<Vec<Detection>, FaceError> {
    let mut verified = Vec::with_capacity(found.len());
    for first in found {
        let side = spec.crop * first.bounds.w.max(first.bounds.h);
        let centre = first.bounds.centre();
        let corner = Point { x: centre.x - side / 2.0, y: centre.y - side / 2.0 };
        let crop = warp(image, &Similarity::square(corner, side, spec.size), spec.size);
        let scale = side / spec.size as f32;
        // Most confident first.
        let again = detector.run(&crop, spec.score_threshold)?;
        let again = again.iter().map(|face| face.mapped(scale, corner.x, corner.y));
        verified.extend(again.into_iter().find(|face| face.bounds.iou(&first.bounds) > MIN_OVERLAP));
    }
    // Two detections may turn out to be the same face.
    Ok(suppress_overlaps(verified, MAX_OVERLAP))
}
