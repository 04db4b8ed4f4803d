//! Faces in a picture: position and quality. Coordinates are pixels of the upright picture, origin at its top left
//! corner, x to the right, y down.

use super::Embedding;

/// A position in a picture, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// From the left edge.
    pub x: f32,
    /// From the top edge.
    pub y: f32,
}

/// A rectangle around a face, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaceBox {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width.
    pub w: f32,
    /// Height.
    pub h: f32,
}

impl FaceBox {
    /// Area in square pixels; zero for an empty or inverted box.
    #[must_use]
    pub fn area(&self) -> f32 {
        self.w.max(0.0) * self.h.max(0.0)
    }

    /// The centre.
    #[must_use]
    pub fn centre(&self) -> Point {
        Point { x: self.x + self.w / 2.0, y: self.y + self.h / 2.0 }
    }

    /// Intersection over union, in `0.0..=1.0`.
    #[must_use]
    pub fn iou(&self, other: &Self) -> f32 {
        let w = (self.x + self.w).min(other.x + other.w) - self.x.max(other.x);
        let h = (self.y + self.h).min(other.y + other.h) - self.y.max(other.y);
        let intersection = w.max(0.0) * h.max(0.0);
        let union = self.area() + other.area() - intersection;
        if union > 0.0 { intersection / union } else { 0.0 }
    }

    /// The part inside a picture of this size.
    #[must_use]
    pub fn clipped(&self, width: f32, height: f32) -> Self {
        let (x, y) = (self.x.clamp(0.0, width), self.y.clamp(0.0, height));
        let right = (self.x + self.w).clamp(x, width);
        let bottom = (self.y + self.h).clamp(y, height);
        Self { x, y, w: right - x, h: bottom - y }
    }
}

/// Five points in the order of the alignment templates: the eye on the picture's left, the eye on its right, the
/// tip of the nose, the mouth corner on the left, the mouth corner on the right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Landmarks(pub [Point; 5]);

/// A face as reported by a detector.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Bounding box.
    pub bounds: FaceBox,
    /// Its five landmarks.
    pub landmarks: Landmarks,
    /// The detector's confidence, in `0.0..=1.0`.
    pub score: f32,
}

impl Detection {
    /// Whether all numbers are finite; a network may output others.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        let FaceBox { x, y, w, h } = self.bounds;
        let points = self.landmarks.0.iter().flat_map(|point| [point.x, point.y]);
        [x, y, w, h, self.score].into_iter().chain(points).all(f32::is_finite)
    }

    /// The same face with every coordinate scaled, then shifted.
    #[must_use]
    pub fn mapped(&self, scale: f32, dx: f32, dy: f32) -> Self {
        let FaceBox { x, y, w, h } = self.bounds;
        Self {
            bounds: FaceBox { x: x * scale + dx, y: y * scale + dy, w: w * scale, h: h * scale },
            landmarks: Landmarks(
                self.landmarks.0.map(|p| Point { x: p.x * scale + dx, y: p.y * scale + dy }),
            ),
            score: self.score,
        }
    }
}

/// How well a face can be recognised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// Shorter side of its box, in pixels of the picture it was found in.
    pub size_px: f32,
    /// Variance of the Laplacian of the aligned crop's luma (0..=255 scale): low when blurred.
    pub sharpness: f32,
    /// Distance of the nose from the midpoint between the eyes, along their line, in eye distances: 0 is frontal;
    /// above about 0.5 the far eye begins to disappear.
    pub yaw: f32,
}

/// A recognised face.
#[derive(Clone, Debug)]
pub struct Face {
    /// Its detection; the box may extend beyond the picture's edges.
    pub detection: Detection,
    /// How well it can be recognised.
    pub quality: Quality,
    /// Its embedding.
    pub embedding: Embedding,
}

/// Why a face is hard to recognise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QualityIssue {
    /// Too few pixels.
    TooSmall,
    /// Out of focus or shaken.
    Blurred,
    /// Not frontal enough.
    TurnedAway,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn boxes() -> impl Strategy<Value = FaceBox> {
        (-100.0_f32..200.0, -100.0_f32..200.0, 0.1_f32..150.0, 0.1_f32..150.0)
            .prop_map(|(x, y, w, h)| FaceBox { x, y, w, h })
    }

    proptest! {
        #[test]
        fn iou_is_symmetric_and_one_only_for_itself(a in boxes(), b in boxes()) {
            prop_assert!((a.iou(&b) - b.iou(&a)).abs() < 1e-5);
            prop_assert!((0.0..=1.0001).contains(&a.iou(&b)));
            prop_assert!((a.iou(&a) - 1.0).abs() < 1e-3);
        }

        #[test]
        fn clipping_stays_inside_and_is_idempotent(a in boxes()) {
            let clipped = a.clipped(100.0, 80.0);
            prop_assert!(clipped.x >= 0.0 && clipped.y >= 0.0 && clipped.w >= 0.0 && clipped.h >= 0.0);
            prop_assert!(clipped.x + clipped.w <= 100.01 && clipped.y + clipped.h <= 80.01);
            let again = clipped.clipped(100.0, 80.0);
            prop_assert!((again.x - clipped.x).abs() < 1e-3 && (again.w - clipped.w).abs() < 1e-3);
        }
    }
}
