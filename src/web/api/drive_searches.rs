//! Searches of public Google Drive folders, as jobs: begun here, done by the worker, asked for until they have ended.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::find_my_face::stored_embedding;
use crate::domain::{DriveMatch, DriveSearch, reason_chain};
use crate::drive::{self, DriveError, Folder, FolderLink};
use crate::limits::Scope;
use crate::store::drive::{matches, searches};
use crate::store::selfies;
use crate::web::AppState;
use crate::web::access::caller::{BaseUrl, Origin, SignedIn, client_of};
use crate::web::api::views::{Addresses, FaceView};
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::http::validate::{Issues, Valid, ValidQuery, Validate};
use crate::web::rule::OwnSearch;

/// One user does not keep the others waiting for days.
const MAX_UNFINISHED: u32 = 3;
/// Nor fill the disk with copies.
const MAX_KEPT: u32 = 30;

/// A folder to search.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewSearch {
    /// A link to a public folder, in any of its forms.
    #[schema(max_length = 2000, example = "https://drive.google.com/drive/folders/1AbCdEfGhIjK")]
    drive_url: String,
}

impl Validate for NewSearch {
    fn check(&self, issues: &mut Issues) {
        let fits = self.drive_url.chars().count() <= 2000;
        issues.expect(fits, "drive_url", "string_length", "over 2000 characters");
    }
}

/// A search that was taken on.
#[derive(Serialize, ToSchema)]
pub(crate) struct Accepted {
    search_id: i64,
    status: &'static str,
    message: String,
}

/// A search and how far it has come.
#[derive(Serialize, ToSchema)]
pub(crate) struct SearchView {
    search_id: i64,
    /// `pending`, `processing`, `completed` or `failed`.
    status: &'static str,
    /// What is being done, or why it failed.
    message: String,
    drive_folder_id: String,
    drive_name: String,
    drive_url: String,
    /// Pictures in the folder and below it; 0 until it was listed.
    files_total: u32,
    /// Those that were searched or given up.
    files_done: u32,
    /// Those that were given up.
    files_failed: u32,
    #[schema(format = DateTime)]
    created_at: String,
}

/// A search with what it has found.
#[derive(Serialize, ToSchema)]
pub(crate) struct SearchDetail {
    #[serde(flatten)]
    search: SearchView,
    /// Most similar first; grows while the search runs.
    found_images: Vec<FoundImage>,
}

/// A picture that the user is in.
#[derive(Serialize, ToSchema)]
pub(crate) struct FoundImage {
    id: i64,
    /// Our copy, at up to 2048 pixels; good for at least half an hour.
    url: String,
    /// In pixels of the copy.
    face_coords: FaceView,
    /// Cosine similarity, up to 1.
    similarity: f32,
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<DriveSearch> for Accepted {
    fn from(DriveSearch { id, status, message, .. }: DriveSearch) -> Self {
        Self { search_id: id.as_i64(), status: status.as_str(), message }
    }
}

impl From<DriveSearch> for SearchView {
    fn from(search: DriveSearch) -> Self {
        Self {
            search_id: search.id.as_i64(),
            status: search.status.as_str(),
            message: search.message,
            drive_folder_id: search.folder_id,
            drive_name: search.folder_name,
            drive_url: search.url,
            files_total: search.counts.total,
            files_done: search.counts.done,
            files_failed: search.counts.failed,
            created_at: search.created_at.to_string(),
        }
    }
}

/// Searches a public Google Drive folder, with all its sub-folders, for the caller's stored selfie. Goes on by itself,
/// also after a restart; a search of the same folder that has not ended is returned in place of a second one.
#[utoipa::path(post, path = "/drive-searches", tag = "drive", request_body = NewSearch,
    responses((status = 202, body = Accepted)))]
pub(crate) async fn create(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    Origin(client): Origin,
    Valid(request): Valid<NewSearch>,
) -> Result<(StatusCode, Json<Accepted>), ApiError> {
    let link = FolderLink::parse(&request.drive_url).ok_or(ErrorCode::DriveLinkInvalid)?;
    let drive_client = state.0.settings.drive.clone().ok_or(ErrorCode::DriveNotConfigured)?;
    state.0.search_limiter.attempt(&Scope::Work, &client_of(client, &user), state.now())?;
    let (app, now) = (state.0.settings.app.clone(), state.now());
    let services = state.0.settings.services.clone();
    let store = state.store();
    let known = blocking(move || {
        Ok(store.read(|c| {
            Ok((searches::find_unfinished(c, user.id, link.id())?, searches::count(c, user.id)?, link))
        })?)
    });
    let (same, (all, unfinished), link) = known.await?;
    if let Some(search) = same {
        // A phone that repeats itself.
        return Ok((StatusCode::ACCEPTED, Json(search.into())));
    }
    if unfinished >= MAX_UNFINISHED {
        let sentence = "three of your searches have not ended yet; wait for one of them, or delete it";
        return Err(ApiError::with_detail(ErrorCode::TooOften, sentence));
    }
    if all >= MAX_KEPT {
        let sentence = "you have thirty searches with their pictures here; delete one first";
        return Err(ApiError::with_detail(ErrorCode::TooOften, sentence));
    }
    let permit = state.0.drive_requests.acquire().await?;
    let search = blocking(move || {
        let _permit = permit;
        let embedding = stored_embedding(&app, user.id)?;
        let Folder { id, resource_key, name } =
            drive_client.folder(&link).map_err(|error| refusal(&error))?;
        let search = searches::NewSearch {
            user_id: user.id,
            folder_id: id,
            resource_key,
            folder_name: name,
            url: request.drive_url,
            pack_id: app.pack_id,
            embedding,
        };
        let search = app.store.write(move |tx| {
            selfies::touch(tx, user.id, now)?;
            searches::create(tx, &search, now)
        })?;
        services.wake(drive::SERVICE);
        Ok(search)
    });
    Ok((StatusCode::ACCEPTED, Json(search.await?.into())))
}

fn refusal(error: &DriveError) -> ApiError {
    match error {
        DriveError::NotReachable => ErrorCode::DriveFolderNotFound.into(),
        DriveError::NotAFolder => ErrorCode::DriveLinkInvalid.into(),
        DriveError::Quota | DriveError::DownloadQuota => {
            ApiError::with_detail(ErrorCode::DriveUnreachable, &error.to_string())
        }
        error => {
            tracing::warn!(cause = reason_chain(error), "Google Drive could not be asked for a folder");
            ErrorCode::DriveUnreachable.into()
        }
    }
}

/// Which of the caller's searches.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct Slice {
    /// Searches to leave out.
    #[param(minimum = 0, maximum = 2_147_483_647, default = 0)]
    skip: u32,
    #[param(minimum = 1, maximum = 100, default = 100)]
    limit: u32,
}

impl Default for Slice {
    fn default() -> Self {
        Self { skip: 0, limit: 100 }
    }
}

impl Validate for Slice {
    fn check(&self, issues: &mut Issues) {
        issues.expect(i32::try_from(self.skip).is_ok(), "skip", "range", "expected 0 to 2147483647");
        issues.expect((1..=100).contains(&self.limit), "limit", "range", "expected 1 to 100");
    }
}

/// The caller's searches, newest first.
#[utoipa::path(get, path = "/drive-searches", tag = "drive", params(Slice),
    responses((status = 200, body = [SearchView])))]
pub(crate) async fn list(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    ValidQuery(slice): ValidQuery<Slice>,
) -> Result<Json<Vec<SearchView>>, ApiError> {
    let store = state.store();
    let found =
        blocking(move || Ok(store.read(|c| searches::list(c, user.id, slice.skip, slice.limit))?)).await?;
    Ok(Json(found.into_iter().map(SearchView::from).collect()))
}

/// One search of the caller's, with what it has found so far.
#[utoipa::path(get, path = "/drive-searches/{search_id}", tag = "drive", params(("search_id" = i64, Path)),
    responses((status = 200, body = SearchDetail)))]
pub(crate) async fn show(
    State(state): State<AppState>,
    OwnSearch(search): OwnSearch,
    BaseUrl(base): BaseUrl,
) -> Result<Json<SearchDetail>, ApiError> {
    let (store, id, owner) = (state.store(), search.id, search.user_id.to_string());
    let found = blocking(move || Ok(store.read(|c| matches::list(c, id))?)).await?;
    let addresses = Addresses { state, base };
    let image = |found: DriveMatch| FoundImage {
        id: found.id.as_i64(),
        url: addresses.media(&format!("/drive/{}", found.id), &owner),
        face_coords: found.face.into(),
        similarity: found.similarity,
        created_at: found.created_at.to_string(),
    };
    let found_images = found.into_iter().map(image).collect();
    Ok(Json(SearchDetail { search: search.into(), found_images }))
}

/// Stops a search of the caller's, and deletes what it has found.
#[utoipa::path(delete, path = "/drive-searches/{search_id}", tag = "drive", params(("search_id" = i64, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    OwnSearch(search): OwnSearch,
) -> Result<StatusCode, ApiError> {
    let store = state.store();
    blocking(move || {
        store.write(move |tx| searches::delete(tx, search.id))?;
        Ok(store.purge_files()?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
