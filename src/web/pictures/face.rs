//! A face cut out of its photo, for the event's owner.

use axum::extract::{Path, State};
use axum::response::Response;

use super::delivery::jpeg_response;
use super::media::{Picture, Signature, SignatureQuery};
use crate::domain::{FaceBox, FaceId, PixelSize};
use crate::imaging::{self, Decoded};
use crate::store::{BlobKey, faces};
use crate::web::access::visibility::Viewer;
use crate::web::error::blocking;
use crate::web::{ApiError, AppState, ErrorCode};

/// Side of the square picture, in pixels.
const SIDE: u32 = 160;
/// How much larger than the face's box the part is that is shown.
const AROUND: f32 = 1.6;
const QUALITY: u8 = 80;

/// A face of a photo as a square JPEG of 160 pixels, by a signed URL that only the event's owner gets.
#[utoipa::path(get, path = "/media/faces/{face_id}", tag = "media", params(("face_id" = i64, Path), SignatureQuery),
    responses((status = 200, content_type = "image/jpeg", body = Picture)))]
pub(crate) async fn show(
    State(state): State<AppState>,
    Path(id): Path<String>,
    signature: Signature,
) -> Result<Response, ApiError> {
    let face: FaceId = id.parse().map_err(|_| ErrorCode::LinkInvalid)?;
    let found = state.read(move |db| faces::find_with_photo(db, face)).await?;
    // Without a valid URL the answer is the same whether there is such a face or not.
    let (bounds, photo, event) = found.ok_or(ErrorCode::LinkInvalid)?;
    signature.check(&state, &format!("/faces/{id}"), &Viewer::Owner.scope(&event))?;
    let permit = state.0.renders.acquire().await?;
    let (store, limits) = (state.store(), state.0.settings.app.limits);
    let jpeg = blocking(move || {
        let _permit = permit;
        let preview =
            store.blobs().open(&BlobKey::Preview(photo.file_id))?.ok_or(ErrorCode::PhotoNotFound)?;
        let long_side = wanted_side(bounds, photo.size);
        let decoded = imaging::decode_reduced(preview, limits, long_side);
        let cut = decoded.map(|decoded| cut(&decoded, bounds, photo.size));
        let jpeg = cut.and_then(|pixels| imaging::encode_jpeg(pixels, QUALITY));
        jpeg.map_err(|error| ApiError::internal(&error))
    });
    Ok(jpeg_response(jpeg.await?))
}

/// The least long side at which the part that is shown has [`SIDE`] pixels.
fn wanted_side(bounds: FaceBox, photo: Option<PixelSize>) -> u32 {
    let longest = photo.map_or(1.0, |size| size.width.max(size.height) as f32);
    let part = AROUND * bounds.w.max(bounds.h).max(1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "far below the limit, not negative"
    )]
    let side = (SIDE as f32 * longest / part) as u32;
    side.max(1)
}

/// A square around the face, moved into the picture where it would stick out.
fn cut(decoded: &Decoded, bounds: FaceBox, photo: Option<PixelSize>) -> imaging::RgbImage {
    let (width, height) = decoded.pixels.dimensions();
    // A photo with faces has a size: indexing records both.
    let scale = photo.map_or(1.0, |size| width as f32 / size.width as f32);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the picture")]
    let side = ((AROUND * scale * bounds.w.max(bounds.h)) as u32).clamp(1, width.min(height));
    let centre = bounds.centre();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the picture")]
    let corner = |at: f32, length: u32| ((at * scale - side as f32 / 2.0).max(0.0) as u32).min(length - side);
    imaging::resize_part(
        &decoded.pixels,
        [corner(centre.x, width), corner(centre.y, height)],
        [side, side],
        [SIDE, SIDE],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_face_is_in_the_middle_or_as_near_as_the_edge_allows() {
        let mut pixels = imaging::RgbImage::new(400, 200);
        for (x, y, pixel) in pixels.enumerate_pixels_mut() {
            if (300..400).contains(&x) && y < 100 {
                pixel.0 = [200, 0, 0];
            }
        }
        let full_size = PixelSize { width: 800, height: 400 };
        let decoded = Decoded::of(pixels, full_size);
        let face = |x| FaceBox { x, y: 0.0, w: 100.0, h: 125.0 };
        let size = Some(full_size);
        // In the photo's corner: the square of 100 pixels is moved into the picture.
        let cornered = cut(&decoded, face(700.0), size);
        assert_eq!(cornered.dimensions(), (SIDE, SIDE));
        assert!(cornered.pixels().all(|pixel| pixel.0[0] > 190));
        let elsewhere = cut(&decoded, face(100.0), size);
        assert!(elsewhere.pixels().all(|pixel| pixel.0[0] < 10));
        // A face as large as the picture, and one without an area.
        assert_eq!(cut(&decoded, FaceBox { x: 0.0, y: 0.0, w: 800.0, h: 400.0 }, size).width(), SIDE);
        assert_eq!(cut(&decoded, FaceBox { x: 800.0, y: 400.0, w: 0.0, h: 0.0 }, size).width(), SIDE);
        assert_eq!(wanted_side(FaceBox { x: 0.0, y: 0.0, w: 100.0, h: 100.0 }, size), 800);
    }
}
