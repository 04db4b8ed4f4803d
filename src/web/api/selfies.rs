//! The selfie that a user searches with: its face is computed once, when it is stored; the picture is kept small and
//! without metadata.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::{SelfieId, UserId};
use crate::imaging;
use crate::limits::Scope;
use crate::search::{SearchError, SearchTimes, embed_selfie};
use crate::store::selfies::{self, Content};
use crate::web::AppState;
use crate::web::access::caller::{BaseUrl, Origin, SignedIn, client_of};
use crate::web::access::consent::CONSENT_VERSION;
use crate::web::api::views::{Addresses, UserPublic};
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::guest::selfie::SELFIE_LIMITS;
use crate::web::http::validate::invalid;

/// A form with one file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form, for the documentation")]
pub(crate) struct SelfieForm {
    /// JPEG, PNG or WebP.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    selfie_file: Vec<u8>,
}

/// Stores the selfie that the user searches with, in place of the one before, which is deleted. Storing it is the
/// user's consent to the face search, and deleting it takes that back.
#[utoipa::path(post, path = "/users/me/selfie", tag = "accounts",
    request_body(content = SelfieForm, content_type = "multipart/form-data"),
    responses((status = 200, body = UserPublic)))]
pub(crate) async fn store(
    State(state): State<AppState>,
    signed_in: SignedIn,
    Origin(client): Origin,
    BaseUrl(base): BaseUrl,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Json<UserPublic>, ApiError> {
    let user = signed_in.user;
    state.0.search_limiter.attempt(&Scope::Work, &client_of(client, &user), state.now())?;
    let form = form.map_err(|_| missing_file())?;
    let in_memory = state.0.selfie_bodies.acquire().await?;
    let picture = read_field(form).await?;
    let permit = state.0.searches.acquire().await?;
    let (app, id, now) = (state.0.settings.app.clone(), user.id, state.now());
    blocking(move || {
        let _permits = (permit, in_memory);
        keep(&app, id, &picture, now)
    })
    .await?;
    Ok(Json(Addresses { state, base }.user_public(&user).await?))
}

async fn read_field(mut form: Multipart) -> Result<Bytes, ApiError> {
    loop {
        match form.next_field().await {
            Ok(Some(field)) if field.name() == Some("selfie_file") => {
                return field.bytes().await.map_err(|error| broken_form(error.status()));
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

/// File before row: a file without a row is swept at the next start.
fn keep(app: &App, user: UserId, picture: &[u8], now: crate::domain::Timestamp) -> Result<(), ApiError> {
    let decoded = imaging::decode_reduced(picture, SELFIE_LIMITS, app.working_long_side)?;
    let face = match embed_selfie(&app.engine, &decoded, &mut SearchTimes::default()) {
        Ok(embedding) => Content::Face(app.pack_id, embedding),
        Err(SearchError::Selfie(refusal)) => Content::Refused(refusal.code().to_owned()),
        Err(error) => return Err(error.into()),
    };
    let (jpeg, _) = imaging::preview(&decoded)?;
    let (id, store) = (SelfieId::random(), &app.store);
    store.files().write_selfie(id, &jpeg)?;
    let stored = store.write(move |tx| selfies::replace(tx, user, id, &face, CONSENT_VERSION, now));
    if stored.is_err() {
        store.files().delete_selfie(id)?;
    }
    stored?;
    store.purge_files()?;
    Ok(())
}

/// Deletes the stored selfie and what was computed from it.
#[utoipa::path(delete, path = "/users/me/selfie", tag = "accounts", responses((status = 204)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    signed_in: SignedIn,
) -> Result<StatusCode, ApiError> {
    let store = state.store();
    let deleted = blocking(move || {
        let deleted = store.write(move |tx| selfies::delete(tx, signed_in.user.id))?;
        store.purge_files()?;
        Ok(deleted)
    });
    // A phone that repeats itself has what it wants.
    deleted.await?;
    Ok(StatusCode::NO_CONTENT)
}
