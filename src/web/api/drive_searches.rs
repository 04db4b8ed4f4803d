//! Searches of public Google Drive folders. They are created here, run by the worker, and polled by the app.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::{DriveMatch, DriveSearch, reason_chain};
use crate::drive::{self, DriveError, Folder, FolderLink};
use crate::limits::Scope;
use crate::store::drive::{matches, searches};
use crate::store::{erasing, selfies};
use crate::web::access::caller::{Origin, SignedIn};
use crate::web::access::stored_face;
use crate::web::api::face_view::FaceView;
use crate::web::api::views::Views;
use crate::web::http::validate::{Issues, Valid, ValidQuery, Validate};
use crate::web::rule::OwnSearch;
use crate::web::{ApiError, AppState, ErrorCode};

/// Unfinished searches per user: one user does not block the others.
const MAX_UNFINISHED: u32 = 3;
/// Searches per user: one user does not fill the disk with copies.
const MAX_SEARCHES: u32 = 30;

/// A folder to search.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewSearch {
    /// A link to a public folder, in any form that Google Drive uses.
    #[schema(max_length = 2000, example = "https://drive.google.com/drive/folders/1AbCdEfGhIjK")]
    drive_url: String,
}

impl Validate for NewSearch {
    fn check(&self, issues: &mut Issues) {
        issues.expect_chars(&self.drive_url, 0, 2000, "drive_url");
    }
}

/// A search that was accepted.
#[derive(Serialize, ToSchema)]
pub(crate) struct Accepted {
    search_id: i64,
    status: &'static str,
    message: String,
}

/// A search and its progress.
#[derive(Serialize, ToSchema)]
pub(crate) struct SearchView {
    search_id: i64,
    /// `pending`, `processing`, `completed` or `failed`.
    status: &'static str,
    /// The current step, or why the search failed.
    message: String,
    drive_folder_id: String,
    drive_name: String,
    drive_url: String,
    /// Pictures in the folder and its subfolders; 0 until they are listed.
    files_total: u32,
    /// Pictures that were searched or given up.
    files_done: u32,
    /// Pictures that were given up.
    files_failed: u32,
    #[schema(format = DateTime)]
    created_at: String,
}

/// A search with its matches.
#[derive(Serialize, ToSchema)]
pub(crate) struct SearchDetail {
    #[serde(flatten)]
    search: SearchView,
    /// Most similar first. The list grows while the search runs.
    found_images: Vec<FoundImage>,
}

/// A picture that shows the user.
#[derive(Serialize, ToSchema)]
pub(crate) struct FoundImage {
    id: i64,
    /// The server's copy, at most 2048 pixels. The URL is valid for at least 30 minutes.
    url: String,
    /// Width of the copy in pixels; null for searches of earlier versions.
    #[schema(required = true)]
    width: Option<u32>,
    /// Its height.
    #[schema(required = true)]
    height: Option<u32>,
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

/// Searches a public Google Drive folder and its subfolders for the caller's stored selfie. The search continues after
/// a restart. If a search of the same folder is unfinished, returns that search.
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
    state.0.search_limiter.attempt(&Scope::Work, &client, state.now())?;
    let folder_id = link.id().to_owned();
    let earlier = state.read(move |db| {
        Ok((searches::find_unfinished(db, user.id, &folder_id)?, searches::count(db, user.id)?))
    });
    let (same, (all, unfinished)) = earlier.await?;
    if let Some(search) = same {
        return Ok((StatusCode::ACCEPTED, Json(search.into())));
    }
    check_limits(all, unfinished)?;
    let (app, now) = (state.0.settings.app.clone(), state.now());
    let services = state.0.settings.services.clone();
    let search = state.0.drive_requests.run(move || {
        let embedding = stored_face::embedding(&app, user.id)?;
        let Folder { id, resource_key, name } =
            drive_client.folder(&link).map_err(|error| folder_error(&error))?;
        let search = searches::NewSearch {
            user_id: user.id,
            folder_id: id,
            resource_key,
            folder_name: name,
            url: request.drive_url,
            pack_id: app.pack_id,
            embedding,
        };
        let search = app.store.write(move |db| {
            selfies::touch(db, user.id, now)?;
            searches::create(db, &search, now)
        })?;
        services.wake(drive::SERVICE);
        Ok(search)
    });
    Ok((StatusCode::ACCEPTED, Json(search.await?.into())))
}

fn check_limits(all: u32, unfinished: u32) -> Result<(), ApiError> {
    let detail = if unfinished >= MAX_UNFINISHED {
        "you have three unfinished searches; wait for one to finish, or delete one"
    } else if all >= MAX_SEARCHES {
        "you have thirty searches; delete one first"
    } else {
        return Ok(());
    };
    Err(ApiError::with_detail(ErrorCode::TooOften, detail))
}

fn folder_error(error: &DriveError) -> ApiError {
    match error {
        DriveError::NotReachable => ErrorCode::DriveFolderNotFound.into(),
        DriveError::NotAFolder => ErrorCode::DriveLinkInvalid.into(),
        DriveError::Quota | DriveError::DownloadQuota => {
            ApiError::with_detail(ErrorCode::DriveUnreachable, &error.to_string())
        }
        error => {
            tracing::warn!(cause = reason_chain(error), "Google Drive did not open a folder");
            ErrorCode::DriveUnreachable.into()
        }
    }
}

/// A part of the list of searches.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct Slice {
    /// Searches to skip.
    #[param(minimum = 0, maximum = 2_147_483_647, default = 0)]
    skip: u32,
    /// Searches to return. A user has at most 30.
    #[param(minimum = 0, maximum = 2_147_483_647, default = 100)]
    limit: u32,
}

impl Default for Slice {
    fn default() -> Self {
        Self { skip: 0, limit: 100 }
    }
}

impl Validate for Slice {
    fn check(&self, issues: &mut Issues) {
        for (number, field) in [(self.skip, "skip"), (self.limit, "limit")] {
            issues.expect(i32::try_from(number).is_ok(), field, "range", "expected 0 to 2147483647");
        }
    }
}

/// Lists the caller's searches, newest first.
#[utoipa::path(get, path = "/drive-searches", tag = "drive", params(Slice),
    responses((status = 200, body = [SearchView])))]
pub(crate) async fn list(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    ValidQuery(slice): ValidQuery<Slice>,
) -> Result<Json<Vec<SearchView>>, ApiError> {
    let found = state.read(move |db| searches::list(db, user.id, slice.skip, slice.limit)).await?;
    Ok(Json(found.into_iter().map(SearchView::from).collect()))
}

/// Returns one of the caller's searches, with its matches so far.
#[utoipa::path(get, path = "/drive-searches/{search_id}", tag = "drive", params(("search_id" = i64, Path)),
    responses((status = 200, body = SearchDetail)))]
pub(crate) async fn show(
    State(state): State<AppState>,
    OwnSearch(search): OwnSearch,
    views: Views,
) -> Result<Json<SearchDetail>, ApiError> {
    let (id, owner) = (search.id, search.user_id.to_string());
    let found = state.read(move |db| matches::list(db, id)).await?;
    let image = |found: DriveMatch| FoundImage {
        id: found.id.as_i64(),
        url: views.media(&format!("/drive/{}", found.id), &owner),
        width: found.size.map(|size| size.width),
        height: found.size.map(|size| size.height),
        face_coords: FaceView::new(found.face, found.size.zip(found.size)),
        similarity: found.similarity,
        created_at: found.created_at.to_string(),
    };
    let found_images = found.into_iter().map(image).collect();
    Ok(Json(SearchDetail { search: search.into(), found_images }))
}

/// Stops a search and deletes it with its matches.
#[utoipa::path(delete, path = "/drive-searches/{search_id}", tag = "drive", params(("search_id" = i64, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    OwnSearch(search): OwnSearch,
) -> Result<StatusCode, ApiError> {
    let now = state.now();
    super::delete(&state, move |db| erasing::drive_search(db, search.id, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}
