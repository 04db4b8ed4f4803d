//! Measures the quality of a face, and decides whether it is good enough to search with.

use std::ops::Range;

use crate::domain::{Detection, Quality, QualityIssue};
use crate::imaging::RgbImage;

/// Limits for selfies, beyond which a face can hardly be recognised. Deliberately loose, see `docs/ACCURACY.md`.
pub const MIN_SELFIE_SIZE_PX: f32 = 48.0;
const MIN_SELFIE_SHARPNESS: f32 = 12.0;
const MAX_SELFIE_YAW: f32 = 0.6;

/// Measures a face; `crop` is its aligned crop.
pub(super) fn assess(found: &Detection, crop: &RgbImage) -> Quality {
    let [left_eye, right_eye, nose, ..] = found.landmarks.0;
    let (ex, ey) = (right_eye.x - left_eye.x, right_eye.y - left_eye.y);
    let (nx, ny) =
        (nose.x - f32::midpoint(left_eye.x, right_eye.x), nose.y - f32::midpoint(left_eye.y, right_eye.y));
    let eye_distance_squared = (ex * ex + ey * ey).max(1e-6);
    Quality {
        size_px: found.bounds.w.min(found.bounds.h),
        sharpness: laplacian_variance(crop),
        yaw: (nx * ex + ny * ey) / eye_distance_squared,
    }
}

/// Everything that makes a face unsuitable to search with, worst first; empty if it is good enough.
#[must_use]
pub fn selfie_issues(quality: &Quality) -> Vec<QualityIssue> {
    let checks = [
        (quality.size_px < MIN_SELFIE_SIZE_PX, QualityIssue::TooSmall),
        (quality.sharpness < MIN_SELFIE_SHARPNESS, QualityIssue::Blurred),
        (quality.yaw.abs() > MAX_SELFIE_YAW, QualityIssue::TurnedAway),
    ];
    checks.into_iter().filter(|(bad, _)| *bad).map(|(_, issue)| issue).collect()
}

/// The columns and rows of an aligned crop that show the face without hair and background: from the brows to below the
/// mouth, between the temples.
pub(super) fn face_region(crop: &RgbImage) -> (Range<u32>, Range<u32>) {
    let part = |side: u32, fourteenths: u32| side * fourteenths / 14;
    let (w, h) = crop.dimensions();
    (part(w, 3)..part(w, 11), part(h, 3)..part(h, 13))
}

/// Variance of the 4-neighbour Laplacian of the luma (Pech-Pacheco et al., 2000) in the face region.
fn laplacian_variance(crop: &RgbImage) -> f32 {
    // ITU-R BT.601 luma.
    let luma = |x: u32, y: u32| {
        let [r, g, b] = crop.get_pixel(x, y).0.map(f32::from);
        0.299 * r + 0.587 * g + 0.114 * b
    };
    let (mut sum, mut squares, mut count) = (0.0_f64, 0.0_f64, 0.0_f64);
    let (columns, rows) = face_region(crop);
    for y in rows {
        for x in columns.clone() {
            let neighbours = luma(x - 1, y) + luma(x + 1, y) + luma(x, y - 1) + luma(x, y + 1);
            let value = f64::from(neighbours - 4.0 * luma(x, y));
            sum += value;
            squares += value * value;
            count += 1.0;
        }
    }
    let count = count.max(1.0);
    #[expect(clippy::cast_possible_truncation, reason = "two digits are enough")]
    let variance = (squares / count - (sum / count).powi(2)) as f32;
    variance
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FaceBox, Landmarks, Point};

    #[test]
    fn a_flat_crop_is_blurred_and_a_checkerboard_is_not() {
        assert!(laplacian_variance(&RgbImage::new(112, 112)) < 1e-6);
        let board =
            RgbImage::from_fn(112, 112, |x, y| image::Rgb([if (x + y) % 2 == 0 { 0 } else { 255 }; 3]));
        assert!(laplacian_variance(&board) > 1000.0);
    }

    #[test]
    fn yaw_is_the_offset_of_the_nose_regardless_of_tilt() {
        let face = |nose: Point| Detection {
            bounds: FaceBox { x: 0.0, y: 0.0, w: 40.0, h: 50.0 },
            landmarks: Landmarks([
                Point { x: 10.0, y: 10.0 },
                Point { x: 10.0, y: 30.0 },
                nose,
                Point { x: 0.0, y: 10.0 },
                Point { x: 0.0, y: 30.0 },
            ]),
            score: 1.0,
        };
        let crop = RgbImage::new(112, 112);
        assert!(assess(&face(Point { x: 5.0, y: 20.0 }), &crop).yaw.abs() < 1e-6);
        assert!((assess(&face(Point { x: 5.0, y: 40.0 }), &crop).yaw - 1.0).abs() < 1e-6);
    }
}
