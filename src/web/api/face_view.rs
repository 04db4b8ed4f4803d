//! Where a face is in a picture, in whole pixels: the mobile app's models know no others.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{FaceBox, PixelSize};

/// A face's box in pixels, inside the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FaceView {
    x: u32,
    y: u32,
    w: u32,
    h: u32,
}

impl FaceView {
    /// A box in pixels of a picture, as it is in the same picture of another size; `None` where the sizes are unknown
    /// and the same.
    pub(crate) fn new(face: FaceBox, sizes: Option<(PixelSize, PixelSize)>) -> Self {
        const UNKNOWN: PixelSize = PixelSize { width: u32::MAX, height: u32::MAX };
        let (from, to) = sizes.unwrap_or((UNKNOWN, UNKNOWN));
        let (x, w) = side((face.x, face.w), from.width, to.width);
        let (y, h) = side((face.y, face.h), from.height, to.height);
        Self { x, y, w, h }
    }
}

/// Start and length of a side: rounded, inside the picture, at least a pixel.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the numbers are clamped to the picture before"
)]
fn side((start, length): (f32, f32), from: u32, to: u32) -> (u32, u32) {
    let (scale, to) = (f64::from(to) / f64::from(from), f64::from(to));
    let at = |place: f32| (f64::from(place) * scale).round();
    let start_px = at(start).clamp(0.0, (to - 1.0).max(0.0));
    let end_px = at(start + length).clamp(start_px + 1.0, to.max(start_px + 1.0));
    (start_px as u32, (end_px - start_px) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_whole_pixels_inside_the_picture() {
        let (from, to) = (PixelSize { width: 4000, height: 3000 }, PixelSize { width: 2048, height: 1536 });
        let view = |x, y, w, h| FaceView::new(FaceBox { x, y, w, h }, Some((from, to)));
        assert_eq!(view(1000.0, 500.0, 100.0, 200.0), FaceView { x: 512, y: 256, w: 51, h: 102 });
        // A detector's box may cross the edges.
        assert_eq!(view(-80.0, -1.0, 100.0, 9000.0), FaceView { x: 0, y: 0, w: 10, h: 1536 });
        assert_eq!(view(4100.0, 2999.9, 100.0, 0.0), FaceView { x: 2047, y: 1535, w: 1, h: 1 });
        let unknown = FaceView::new(FaceBox { x: 10.4, y: 0.6, w: 20.0, h: 30.0 }, None);
        assert_eq!(unknown, FaceView { x: 10, y: 1, w: 20, h: 30 });
    }
}
