//! Routes of pictures: for guests of an event, and by signed URL.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::domain::{DriveMatchId, ImageFormat, Photo, PhotoState, SelfieId, UserId};
use crate::store::drive::matches;
use crate::store::{BlobKey, Reader, photos, selfies, users};
use crate::web::access::guest_session::GuestAccess;
use crate::web::access::recall::PhotoOf;
use crate::web::access::visibility::{GuestView, Viewer, check_signed_url, media_scope};
use crate::web::error::blocking;
use crate::web::http::validate::{Issues, ValidQuery, Validate};
use crate::web::pictures::delivery::{Rendition, attachment, deliver, fitting_name, stream};
use crate::web::pictures::downloads;
use crate::web::pictures::small::{self, SmallPicture};
use crate::web::{ApiError, AppState, ErrorCode};

/// The event's share code and the photo's id.
type PhotoPath = Path<(String, String)>;

pub(crate) async fn thumbnail(
    State(state): State<AppState>,
    guest: GuestAccess,
    path: PhotoPath,
    request: HeaderMap,
) -> Result<Response, ApiError> {
    let photo = find(&state, &guest, &path).await?;
    deliver(&state, (&guest.event, &photo.0), Rendition::Thumbnail, &request).await
}

pub(crate) async fn medium(
    State(state): State<AppState>,
    guest: GuestAccess,
    path: PhotoPath,
    request: HeaderMap,
) -> Result<Response, ApiError> {
    let photo = find(&state, &guest, &path).await?;
    deliver(&state, (&guest.event, &photo.0), Rendition::Medium, &request).await
}

pub(crate) async fn preview(
    State(state): State<AppState>,
    guest: GuestAccess,
    path: PhotoPath,
    request: HeaderMap,
) -> Result<Response, ApiError> {
    let photo = find(&state, &guest, &path).await?;
    deliver(&state, (&guest.event, &photo.0), Rendition::Preview, &request).await
}

/// The photo to keep, in the size that the owner allows.
pub(crate) async fn download(
    State(state): State<AppState>,
    guest: GuestAccess,
    method: Method,
    path: PhotoPath,
    request: HeaderMap,
) -> Result<Response, ApiError> {
    let photo = find(&state, &guest, &path).await?;
    let response = deliver(&state, (&guest.event, &photo.0), Rendition::Download, &request).await?;
    // The rest of a download that was cut off does not count again.
    if method == Method::GET && response.status() == StatusCode::OK {
        downloads::count(&state, guest.event.id, 1);
    }
    Ok(response)
}

/// The photographer's file.
async fn stream_original(state: &AppState, photo: &Photo, request: &HeaderMap) -> Result<Response, ApiError> {
    let key = BlobKey::Original(photo.file_id, photo.format);
    let mut response = stream(state, key, photo.format, request).await?;
    let name = attachment(&fitting_name(&photo.file_name, photo.format));
    response.headers_mut().insert(CONTENT_DISPOSITION, name);
    Ok(response)
}

/// The camera's raw file of the same capture.
async fn stream_raw(state: &AppState, photo: &Photo, request: &HeaderMap) -> Result<Response, ApiError> {
    let companion = photo.companion.as_ref().ok_or(ErrorCode::PhotoNotFound)?;
    let key = BlobKey::Original(companion.id, ImageFormat::Raw);
    let mut response = stream(state, key, ImageFormat::Raw, request).await?;
    response.headers_mut().insert(CONTENT_DISPOSITION, attachment(&companion.file_name));
    Ok(response)
}

/// The bytes of a picture.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "describes the response, for the API document")]
pub(crate) struct Picture(Vec<u8>);

/// The query of a signed URL.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SignatureQuery {
    /// The user whom the URL was made for.
    #[param(required = true, value_type = i64)]
    user: Option<String>,
    /// When the URL expires, in seconds since 1970.
    exp: i64,
    /// The signature.
    sig: String,
}

impl Validate for SignatureQuery {
    fn check(&self, _: &mut Issues) {}
}

/// The signature of a URL that was made for a user whose account is not disabled or deleted.
pub(crate) struct Signature {
    query: SignatureQuery,
    user: UserId,
}

impl FromRequestParts<AppState> for Signature {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let ValidQuery(query): ValidQuery<SignatureQuery> =
            ValidQuery::from_request_parts(parts, state).await?;
        let user: Option<UserId> = query.user.as_deref().and_then(|user| user.parse().ok());
        let user = user.ok_or(ErrorCode::LinkInvalid)?;
        let is_active =
            |db: &Reader, user| Ok(users::find(db, user)?.is_some_and(|account| !account.is_disabled));
        let is_active = state.recall(|recall| &recall.accounts, user, is_active).await?;
        if is_active { Ok(Self { query, user }) } else { Err(ErrorCode::LinkInvalid.into()) }
    }
}

impl Signature {
    pub(super) fn check(&self, state: &AppState, path: &str, scope: &str) -> Result<(), ApiError> {
        let signed = (self.query.exp, self.query.sig.as_str());
        let scope = media_scope(self.user, scope);
        let checked = state.0.settings.links.check(path, &scope, signed, state.now());
        checked.map_err(|_| ErrorCode::LinkInvalid.into())
    }
}

/// A photo of an event, by a signed URL from a listing: `thumbnail`, `medium`, `preview`, `original`, or the `raw` file
/// that goes with it. Visitors' URLs lead to what the owner lets visitors see and download, and of HEIC and raw photos
/// to a JPEG; the owner's to the files as they are.
#[utoipa::path(get, path = "/media/photos/{image_id}/{kind}", tag = "media",
    params(("image_id" = i64, Path),
        ("kind" = String, Path, pattern = "^(thumbnail|medium|preview|original|raw)$"), SignatureQuery),
    responses((status = 200, content((Picture = "image/jpeg"), (Picture = "image/png"), (Picture = "image/webp"),
        (Picture = "image/heic"), (Picture = "application/octet-stream")))))]
pub(crate) async fn photo(
    State(state): State<AppState>,
    Path((id, kind)): Path<(String, String)>,
    signature: Signature,
    request: HeaderMap,
) -> Result<Response, ApiError> {
    // Without a valid URL the answer is the same whether there is such a photo or not.
    let found = recall_photo(&state, &id).await?.ok_or(ErrorCode::LinkInvalid)?;
    let (photo, event) = &*found;
    let path = format!("/photos/{id}/{kind}");
    let viewer = check_signed_url(photo, event, |scope| signature.check(&state, &path, scope))?;
    if viewer == Viewer::Owner {
        return to_owner(&state, photo, &kind, &request).await;
    }
    let rendition = match kind.as_str() {
        "thumbnail" => Rendition::Thumbnail,
        "medium" => Rendition::Medium,
        "preview" => Rendition::Preview,
        _ => Rendition::Download,
    };
    deliver(&state, (event, photo), rendition, &request).await
}

async fn to_owner(
    state: &AppState,
    photo: &Photo,
    kind: &str,
    request: &HeaderMap,
) -> Result<Response, ApiError> {
    let picture = match kind {
        "thumbnail" => SmallPicture::thumbnail(photo),
        "medium" => SmallPicture::medium(photo),
        "preview" => SmallPicture::preview(photo),
        "raw" => return stream_raw(state, photo, request).await,
        _ => return stream_original(state, photo, request).await,
    };
    if photo.state == PhotoState::Indexed {
        return small::send(state, picture, request).await;
    }
    // There is no preview yet: the original takes its place.
    let mut response = stream_original(state, photo, request).await?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}

/// A stored selfie, by a signed URL that only its user gets.
#[utoipa::path(get, path = "/media/selfies/{selfie_id}", tag = "media",
    params(("selfie_id" = i64, Path), SignatureQuery),
    responses((status = 200, content_type = "image/jpeg", body = Picture)))]
pub(crate) async fn selfie(
    State(state): State<AppState>,
    Path(id): Path<String>,
    signature: Signature,
    request: HeaderMap,
) -> Result<Response, ApiError> {
    let selfie: SelfieId = id.parse().map_err(|_| ErrorCode::LinkInvalid)?;
    let store = state.store();
    let owner = blocking(move || Ok(store.read(|c| selfies::find_owner(c, selfie))?)).await?;
    let owner = owner.ok_or(ErrorCode::LinkInvalid)?;
    signature.check(&state, &format!("/selfies/{id}"), &owner.to_string())?;
    let mut response = stream(&state, BlobKey::Selfie(selfie), ImageFormat::Jpeg, &request).await?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}

/// A picture that a search of a Drive folder found, by a signed URL from that search.
#[utoipa::path(get, path = "/media/drive/{match_id}", tag = "media",
    params(("match_id" = i64, Path), SignatureQuery),
    responses((status = 200, content_type = "image/jpeg", body = Picture)))]
pub(crate) async fn drive(
    State(state): State<AppState>,
    Path(id): Path<String>,
    signature: Signature,
    request: HeaderMap,
) -> Result<Response, ApiError> {
    let found: DriveMatchId = id.parse().map_err(|_| ErrorCode::LinkInvalid)?;
    let store = state.store();
    let owner = blocking(move || Ok(store.read(|c| matches::find_owner(c, found))?)).await?;
    let owner = owner.ok_or(ErrorCode::LinkInvalid)?;
    signature.check(&state, &format!("/drive/{id}"), &owner.to_string())?;
    stream(&state, BlobKey::Copy(found), ImageFormat::Jpeg, &request).await
}

/// A photo that the guest may see.
async fn find(state: &AppState, guest: &GuestAccess, path: &PhotoPath) -> Result<PhotoOf, ApiError> {
    let found = recall_photo(state, &path.0.1).await?.ok_or(ErrorCode::PhotoNotFound)?;
    let view = GuestView::of(state, guest).await?;
    if view.has(&found.0) { Ok(found) } else { Err(ErrorCode::PhotoNotFound.into()) }
}

async fn recall_photo(state: &AppState, id: &str) -> Result<Option<PhotoOf>, ApiError> {
    let Ok(id) = id.parse() else { return Ok(None) };
    let find = |db: &Reader, id| Ok(photos::find_with_event(db, id)?.map(Arc::new));
    state.recall(|recall| &recall.photos, id, find).await
}
