//! CenterFace: each cell of a stride-4 grid that is the centre of a face has the face's size, the offset of its centre
//! in the cell, and its landmarks.
//!
//! Outputs, each `[1, c, height / 4, width / 4]`: score (1), log size (2: height, width, in strides), offset
//! (2: y, x, in strides), landmarks (10: y, x of each, in box heights and widths from the box's top left corner).

use super::{InputSize, Output};
use crate::domain::{Detection, FaceBox, Landmarks, Point};

const STRIDE: usize = 4;

/// `None` if the outputs do not have the shapes above.
pub(super) fn decode(outputs: &[Output], size: InputSize, score_threshold: f32) -> Option<Vec<Detection>> {
    let [score, scale, offset, landmarks] = outputs else { return None };
    let (rows, columns) = (size.height / STRIDE, size.width / STRIDE);
    let plane = rows * columns;
    let expected = [(score, 1), (scale, 2), (offset, 2), (landmarks, 10)];
    if expected.iter().any(|(output, channels)| output.shape != [1, *channels, rows, columns]) {
        return None;
    }
    let stride = STRIDE as f32;
    let cells = score.data.iter().enumerate().filter(|(_, score)| **score >= score_threshold);
    Some(
        cells
            .map(|(cell, score)| {
                let at = |output: &Output, channel: usize| output.data[channel * plane + cell];
                let (h, w) = (at(scale, 0).exp() * stride, at(scale, 1).exp() * stride);
                let centre_y = ((cell / columns) as f32 + at(offset, 0) + 0.5) * stride;
                let centre_x = ((cell % columns) as f32 + at(offset, 1) + 0.5) * stride;
                let bounds = FaceBox { x: centre_x - w / 2.0, y: centre_y - h / 2.0, w, h };
                let point = |i: usize| Point {
                    x: bounds.x + at(landmarks, 2 * i + 1) * w,
                    y: bounds.y + at(landmarks, 2 * i) * h,
                };
                Detection { bounds, landmarks: Landmarks(std::array::from_fn(point)), score: *score }
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_a_face_from_its_cell() {
        let size = InputSize { width: 64, height: 32 };
        let cell = 3 * 16 + 5;
        let output = |values: &[f32]| {
            let mut data = vec![0.0; values.len() * 128];
            values.iter().enumerate().for_each(|(channel, value)| data[channel * 128 + cell] = *value);
            Output { shape: vec![1, values.len(), 8, 16], data }
        };
        let landmarks: Vec<f32> = (0..10).map(|i| i as f32 / 10.0).collect();
        let outputs =
            [output(&[0.9]), output(&[0.0, 2.0_f32.ln()]), output(&[0.25, -0.5]), output(&landmarks)];
        let faces = decode(&outputs, size, 0.5).unwrap();
        let [face] = &faces[..] else { panic!("expected one face, got {}", faces.len()) };
        // Centre x (5 - 0.5 + 0.5) * 4 = 20, y (3 + 0.25 + 0.5) * 4 = 15; 8 wide, 4 high.
        assert!((face.bounds.x - 16.0).abs() < 1e-4 && (face.bounds.y - 13.0).abs() < 1e-4);
        assert!((face.bounds.w - 8.0).abs() < 1e-4 && (face.bounds.h - 4.0).abs() < 1e-4);
        let nose = face.landmarks.0[2];
        assert!((nose.x - (16.0 + 0.5 * 8.0)).abs() < 1e-4 && (nose.y - (13.0 + 0.4 * 4.0)).abs() < 1e-4);
        assert!(decode(&outputs[..3], size, 0.5).is_none());
    }
}
