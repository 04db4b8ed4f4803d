//! The selfie that a user searches with. Its embedding is computed once, when it is stored; the picture is stored small
//! and without metadata.

use std::io::Cursor;

use axum::Json;
use axum::extract::multipart::{MultipartError, MultipartRejection};
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::{ErasureReason, SelfieId, Timestamp, UserId};
use crate::imaging;
use crate::limits::Scope;
use crate::search::{SearchError, SearchTimes, embed_selfie};
use crate::store::selfies::{self, Content};
use crate::store::{BlobKey, erasing};
use crate::web::access::caller::{Origin, SignedIn};
use crate::web::access::consent::CONSENT_VERSION;
use crate::web::access::stored_face::SELFIE_LIMITS;
use crate::web::api::views::{UserPublic, Views};
use crate::web::http::received::ReceivedPicture;
use crate::web::http::validate::invalid;
use crate::web::route::MAX_SELFIE_BYTES;
use crate::web::{ApiError, AppState, ErrorCode};

/// A form with one file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form, for the documentation")]
pub(crate) struct SelfieForm {
    /// JPEG, HEIC, PNG or WebP.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    selfie_file: Vec<u8>,
}

/// Stores the selfie that the user searches with, and deletes the previous one; a picture without a usable face does
/// not replace one with a face. Storing a selfie gives consent to face search; deleting it withdraws that consent.
#[utoipa::path(post, path = "/users/me/selfie", tag = "accounts",
    request_body(content = SelfieForm, content_type = "multipart/form-data"),
    responses((status = 200, body = UserPublic)))]
pub(crate) async fn store(
    State(state): State<AppState>,
    signed_in: SignedIn,
    Origin(client): Origin,
    views: Views,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Json<UserPublic>, ApiError> {
    let user = signed_in.user;
    state.0.search_limiter.attempt(&Scope::Work, &client, state.now())?;
    let form = form.map_err(|_| missing_file())?;
    let picture = receive_field(&state, form).await?;
    let (app, id, now) = (state.0.settings.app.clone(), user.id, state.now());
    state.searches_with(&picture).run(move || store_selfie(&app, id, &picture, now)).await?;
    views.user_public(&user).await.map(Json)
}

async fn receive_field(state: &AppState, mut form: Multipart) -> Result<ReceivedPicture, ApiError> {
    loop {
        match form.next_field().await {
            Ok(Some(field)) if field.name() == Some("selfie_file") => {
                let failed = |error: MultipartError| broken_form(error.status());
                return ReceivedPicture::receive(&state.0.selfies, MAX_SELFIE_BYTES, field, failed).await;
            }
            Ok(Some(_)) => {}
            Ok(None) => return Err(missing_file()),
            Err(error) => return Err(broken_form(error.status())),
        }
    }
}

fn missing_file() -> ApiError {
    invalid(
        "body",
        "selfie_file",
        "missing",
        "expected a form (multipart/form-data) with the file `selfie_file`",
    )
}

/// Too large, or cut off.
fn broken_form(status: StatusCode) -> ApiError {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::SelfieTooLarge.into(),
        _ => invalid("body", "", "form", "the form is broken or was cut off"),
    }
}

/// Writes the file before the row: the next start deletes files without rows.
fn store_selfie(app: &App, user: UserId, picture: &[u8], now: Timestamp) -> Result<(), ApiError> {
    let (long_side, mut times) = (app.working_long_side, SearchTimes::default());
    let face = match embed_selfie(&app.engine, picture, SELFIE_LIMITS, long_side, &mut times) {
        Ok(embedding) => Content::Face(app.pack_id, embedding),
        Err(SearchError::Selfie(refusal)) => {
            // A picture that nobody can be searched for with does not take the place of one with a face.
            let before = app.store.read(|db| selfies::find(db, user))?;
            if before.is_some_and(|selfie| selfie.refusal.is_none()) {
                return Err(ErrorCode::Selfie(refusal).into());
            }
            Content::Refused(refusal.code().to_owned())
        }
        Err(error) => return Err(error.into()),
    };
    // Again, because the search needs fewer pixels.
    let (jpeg, _) =
        imaging::preview(&imaging::decode_reduced(Cursor::new(picture), SELFIE_LIMITS, long_side)?)?;
    let (id, store) = (SelfieId::random(), &app.store);
    let key = BlobKey::Selfie(id);
    store.put_first(&key, &jpeg)?;
    let stored = store.write(move |db| erasing::replace_selfie(db, user, (id, &face), CONSENT_VERSION, now));
    if stored.is_err() {
        store.blobs().delete(&key)?;
    }
    stored?;
    store.purge_blobs()?;
    Ok(())
}

/// Deletes the stored selfie and its embedding.
#[utoipa::path(delete, path = "/users/me/selfie", tag = "accounts", responses((status = 204)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    signed_in: SignedIn,
) -> Result<StatusCode, ApiError> {
    // Deleting again succeeds: a phone may repeat a request.
    let now = state.now();
    super::delete(&state, move |db| erasing::selfie(db, signed_in.user.id, ErasureReason::User, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}
