//! YuNet: three grids of strides 8, 16 and 32.
//!
//! Outputs, each `[1, rows * columns, c]`, for the three strides in turn: class score (1), objectness (1), box (4:
//! centre offset x, y in strides, log width and height in strides), landmarks (10: x, y of each, in strides from
//! the cell). Confidence is the geometric mean of class score and objectness.

use super::{InputSize, Output};
use crate::domain::{Detection, FaceBox, Landmarks, Point};

const STRIDES: [usize; 3] = [8, 16, 32];

/// `None` if the outputs do not have the shapes above.
pub(super) fn decode(outputs: &[Output], size: InputSize, score_threshold: f32) -> Option<Vec<Detection>> {
    let outputs: &[Output; 12] = outputs.try_into().ok()?;
    let mut faces = Vec::new();
    for (level, stride) in STRIDES.into_iter().enumerate() {
        let (rows, columns) = (size.height / stride, size.width / stride);
        let [class, objectness, boxes, landmarks] = std::array::from_fn(|kind| &outputs[3 * kind + level]);
        for (output, channels) in [(class, 1), (objectness, 1), (boxes, 4), (landmarks, 10)] {
            if output.shape != [1, rows * columns, channels] {
                return None;
            }
        }
        let unit = stride as f32;
        for cell in 0..rows * columns {
            let score = (class.data[cell].clamp(0.0, 1.0) * objectness.data[cell].clamp(0.0, 1.0)).sqrt();
            if score < score_threshold {
                continue;
            }
            let (column, row) = ((cell % columns) as f32, (cell / columns) as f32);
            let &[dx, dy, log_w, log_h] = &boxes.data[4 * cell..][..4] else { return None };
            let (w, h) = (log_w.exp() * unit, log_h.exp() * unit);
            let bounds = FaceBox { x: (column + dx) * unit - w / 2.0, y: (row + dy) * unit - h / 2.0, w, h };
            let points = &landmarks.data[10 * cell..][..10];
            let point =
                |i: usize| Point { x: (points[2 * i] + column) * unit, y: (points[2 * i + 1] + row) * unit };
            faces.push(Detection { bounds, landmarks: Landmarks(std::array::from_fn(point)), score });
        }
    }
    Some(faces)
}
