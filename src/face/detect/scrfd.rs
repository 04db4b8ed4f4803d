//! SCRFD: three grids of strides 8, 16 and 32, with two anchors per cell.
//!
//! Outputs, each `[rows * columns * 2, c]` (a leading dimension of 1 is allowed), for the three strides in
//! turn: score (1), distances from the cell's corner to the box's left, top, right, bottom (4, in strides),
//! landmarks (10: x, y of each, in strides from the cell's corner).

use super::{InputSize, Output};
use crate::domain::{Detection, FaceBox, Landmarks, Point};

const STRIDES: [usize; 3] = [8, 16, 32];
const ANCHORS: usize = 2;

/// `None` if the outputs do not have the shapes above.
pub(super) fn decode(outputs: &[Output], size: InputSize, score_threshold: f32) -> Option<Vec<Detection>> {
    let outputs: &[Output; 9] = outputs.try_into().ok()?;
    let mut faces = Vec::new();
    for (level, stride) in STRIDES.into_iter().enumerate() {
        let (rows, columns) = (size.height / stride, size.width / stride);
        let anchors = rows * columns * ANCHORS;
        let [scores, boxes, landmarks] = std::array::from_fn(|kind| &outputs[3 * kind + level]);
        for (output, channels) in [(scores, 1), (boxes, 4), (landmarks, 10)] {
            let shape = output.shape.strip_prefix(&[1]).unwrap_or(&output.shape);
            if shape != [anchors, channels] {
                return None;
            }
        }
        let unit = stride as f32;
        for (anchor, score) in scores.data.iter().enumerate().filter(|(_, score)| **score >= score_threshold)
        {
            let cell = anchor / ANCHORS;
            let (x, y) = ((cell % columns) as f32 * unit, (cell / columns) as f32 * unit);
            let &[left, top, right, bottom] = &boxes.data[4 * anchor..][..4] else { return None };
            let bounds = FaceBox {
                x: x - left * unit,
                y: y - top * unit,
                w: (left + right) * unit,
                h: (top + bottom) * unit,
            };
            let points = &landmarks.data[10 * anchor..][..10];
            let point = |i: usize| Point { x: x + points[2 * i] * unit, y: y + points[2 * i + 1] * unit };
            faces.push(Detection { bounds, landmarks: Landmarks(std::array::from_fn(point)), score: *score });
        }
    }
    Some(faces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_a_face_from_its_anchor() {
        let size = InputSize { width: 64, height: 32 };
        let mut outputs: Vec<Output> = [1, 4, 10]
            .into_iter()
            .flat_map(|channels| {
                STRIDES.map(|stride| {
                    let anchors = 64 / stride * (32 / stride) * ANCHORS;
                    Output { shape: vec![anchors, channels], data: vec![0.0; anchors * channels] }
                })
            })
            .collect();
        // Stride 16: 4 columns, 2 rows; second anchor of the cell in row 1, column 2.
        let anchor = (4 + 2) * ANCHORS + 1;
        outputs[1].data[anchor] = 0.8;
        outputs[4].data[4 * anchor..][..4].copy_from_slice(&[1.0, 0.5, 1.0, 0.5]);
        outputs[7].data[10 * anchor..][..2].copy_from_slice(&[-0.5, 0.25]);
        let faces = decode(&outputs, size, 0.5).unwrap();
        assert_eq!(faces.len(), 1);
        assert_eq!(faces[0].bounds, FaceBox { x: 16.0, y: 8.0, w: 32.0, h: 16.0 });
        assert_eq!(faces[0].landmarks.0[0], Point { x: 24.0, y: 20.0 });
    }
}
