//! Non-maximum suppression: of detections of the same face, the most confident stays.

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

/// Most confident first; ties by place and size, so that the order is total.
fn compare(a: &Detection, b: &Detection) -> Ordering {
    let place = |d: &Detection| [d.bounds.y, d.bounds.x, d.bounds.w, d.bounds.h];
    b.score.total_cmp(&a.score).then_with(|| {
        let pairs = place(a).into_iter().zip(place(b));
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
            let mut turned = found;
            let turn = rotation.min(turned.len());
            turned.rotate_left(turn);
            turned.reverse();
            prop_assert_eq!(suppress_overlaps(turned, 0.3), kept);
        }

        #[test]
        fn leaves_no_two_that_overlap_and_drops_none_that_stands_alone(found in detections()) {
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
