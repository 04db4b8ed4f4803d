//! The page of a contributor: somebody who takes photos too, and sends them by an upload link.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use serde::{Deserialize, Serialize};

use crate::intake::CLUTTER;
use crate::store::sources;
use crate::web::access::contributor::{ContributorAccess, cookie, open};
use crate::web::http::i18n::locale;
use crate::web::http::page;
use crate::web::http::validate::{Issues, Valid, Validate};
use crate::web::{ApiError, AppState};

const SHELL: &str = include_str!("../../../assets/contributor/contributor.html");
/// The parts of the dictionary that the page needs.
const PARTS: &[&str] = &["contributor", "upload"];

/// The page. Only the link's key reveals whether there is such a contributor.
pub(crate) async fn page(headers: HeaderMap, Path(id): Path<String>) -> Response {
    let boot = serde_json::json!({ "base": format!("/u/{id}"), "clutter": CLUTTER });
    page::localised(SHELL, locale(&headers), PARTS, boot)
}

/// The key in an upload link.
#[derive(Deserialize)]
pub(crate) struct UploadKey {
    key: String,
}

impl Validate for UploadKey {
    fn check(&self, issues: &mut Issues) {
        issues.expect(self.key.len() <= 200, "key", "string_length", "over 200 characters");
    }
}

/// What a contributor's page shows.
#[derive(Serialize)]
pub(crate) struct ContributorView {
    event_name: String,
    name: String,
    /// As guests read it.
    credit: Option<String>,
    max_photos: Option<u32>,
    /// How many the contributor has sent.
    photos: u64,
    paused: bool,
}

/// Exchanges the key for a cookie, so that it leaves the address bar.
pub(crate) async fn enter(
    State(state): State<AppState>,
    Path(id): Path<String>,
    jar: CookieJar,
    Valid(UploadKey { key }): Valid<UploadKey>,
) -> Result<impl IntoResponse, ApiError> {
    let access = open(&state, &id, &key).await?;
    let cookie = cookie(access.source.id, key);
    Ok((jar.add(cookie), view(&state, access).await?))
}

/// How far the contributor has come.
pub(crate) async fn show(
    State(state): State<AppState>,
    access: ContributorAccess,
) -> Result<Json<ContributorView>, ApiError> {
    view(&state, access).await
}

async fn view(
    state: &AppState,
    ContributorAccess { event, source }: ContributorAccess,
) -> Result<Json<ContributorView>, ApiError> {
    let (id, now) = (source.id, state.now());
    let counts = state.read(move |db| sources::count(db, id, now, now)).await?;
    Ok(Json(ContributorView {
        event_name: event.name,
        credit: source.credited().map(str::to_owned),
        name: source.name,
        max_photos: source.max_photos,
        photos: counts.photos,
        paused: source.paused,
    }))
}
