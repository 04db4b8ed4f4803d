//! Non-maximum suppression: keeps the most confident of several detections of the same face.

use std::cmp::Ordering;

use crate::domain::Detection;

/// Keeps a detection unless one before it in [`compare`]'s order overlaps it by more than `max_overlap`
/// (intersection over union). The result does not depend on the order of the input.
pub(super) fn suppress_overlaps(mut found: Vec<Detection>, max_overlap: f32) -> Vec<Detection> {
    found.sort_by(compare);
    let mut kept: Vec<Detection> = Vec::new();
    for candidate in found {
        if kept.iter().all(|other| other.bounds.iou(&candidate.bounds) <= max_overlap) {
            kept.push(candidate);
        }
    }
    kept
}

/// Most confident first; ties by position and size, so that the order is total.
fn compare(a: &Detection, b: &Detection) -> Ordering {
    let position = |d: &Detection| [d.bounds.y, d.bounds.x, d.bounds.w, d.bounds.h];
    b.score.total_cmp(&a.score).then_with(|| {
        let pairs = position(a).into_iter().zip(position(b));
        pairs.map(|(a, b)| a.total_cmp(&b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{FaceBox, Landmarks, Point};

    fn detections() -> impl Strategy<Value = Vec<Detection>> {
        let one =
            (0_u8..20, 0_u8..20, 1_u8..12, 1_u8..12, 0_u8..4).prop_map(|(x, y, w, h, score)| Detection {
                bounds: FaceBox { x: x.into(), y: y.into(), w: w.into(), h: h.into() },
                landmarks: Landmarks([Point { x: 0.0, y: 0.0 }; 5]),
                score: f32::from(score) / 4.0,
            });
        prop::collection::vec(one, 0..30)
    }

    proptest! {
        #[test]
        fn is_idempotent_and_ignores_the_input_order(found in detections(), rotation in 0_usize..30) {
            let kept = suppress_overlaps(found.clone(), 0.3);
            prop_assert_eq!(suppress_overlaps(kept.clone(), 0.3), kept.clone());
            let mut reordered = found;
            let middle = rotation.min(reordered.len());
            reordered.rotate_left(middle);
            reordered.reverse();
            prop_assert_eq!(suppress_overlaps(reordered, 0.3), kept);
        }

        #[test]
        fn keeps_no_overlaps_and_drops_only_overlapping_detections(found in detections()) {
            let kept = suppress_overlaps(found.clone(), 0.3);
            for (i, a) in kept.iter().enumerate() {
                prop_assert!(kept[i + 1..].iter().all(|b| a.bounds.iou(&b.bounds) <= 0.3));
            }
            for face in &found {
                prop_assert!(kept.iter().any(|k| k == face || k.bounds.iou(&face.bounds) > 0.3));
            }
        }
    }
}
