//! New sources, changes, passwords and links.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{SourceKindName, SourceView, folder, view};
use crate::domain::{EventId, Source, SourceId, SourceKind, readable_code};
use crate::store::{Reader, StoreError, sources};
use crate::web::access::caller::{GuestsUrl, SignedIn};
use crate::web::api::change::Change;
use crate::web::error::blocking;
use crate::web::http::validate::{Issues, Valid, Validate, number_in_path};
use crate::web::rule::OpenEvent;
use crate::web::{ApiError, AppState, ErrorCode};

/// Most sources of one event: each is looked at whenever the list is read.
const MAX_SOURCES: usize = 50;
/// Longest name and credit, in characters.
const MAX_NAME: usize = 100;
/// Characters of a user name that are taken from a camera's name.
const LOGIN_CHARS: usize = 8;

/// An event and a source in a path.
type SourcePath = Path<(String, String)>;

/// A new source.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SourceCreate {
    #[schema(inline)]
    kind: SourceKindName,
    #[schema(min_length = 1, max_length = 100, pattern = r"[^\s\x85]")]
    name: String,
    /// Who takes its photos; absent: the event's photographer.
    #[schema(required = false, min_length = 1, max_length = 100, pattern = r"[^\s\x85]")]
    credit: Option<String>,
    /// Absolute path of a folder on this computer, for a hot folder.
    #[schema(required = false, max_length = 1000)]
    folder: Option<String>,
    /// How many photos it may bring; absent: 5,000 of guests, any number otherwise.
    #[schema(required = false, minimum = 1)]
    max_photos: Option<u32>,
    /// How many each guest may send; absent: 100.
    #[schema(required = false, minimum = 1)]
    max_per_guest: Option<u32>,
    /// Whether its photos wait for approval; absent: those of guests do.
    #[schema(required = false)]
    held: Option<bool>,
}

impl Validate for SourceCreate {
    fn check(&self, issues: &mut Issues) {
        issues.expect_chars(&self.name, 1, MAX_NAME, "name");
        check(self.credit.as_deref(), [self.max_photos, self.max_per_guest], issues);
        let is_folder = matches!(self.kind, SourceKindName::Folder);
        let fits = is_folder == self.folder.is_some();
        issues.expect(fits, "folder", "missing", "a hot folder has a folder, and nothing else has");
    }
}

fn check(credit: Option<&str>, [photos, of_guest]: [Option<u32>; 2], issues: &mut Issues) {
    if let Some(credit) = credit {
        issues.expect_chars(credit, 1, MAX_NAME, "credit");
    }
    for (limit, name) in [(photos, "max_photos"), (of_guest, "max_per_guest")] {
        issues.expect(limit != Some(0), name, "range", "expected at least 1");
    }
}

/// Adds a source. An event has at most 50.
#[utoipa::path(post, path = "/events/{event_id}/sources", tag = "sources", params(("event_id" = i64, Path)),
    request_body = SourceCreate, responses((status = 201, body = SourceView)))]
pub(crate) async fn create(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    OpenEvent(event): OpenEvent,
    Valid(request): Valid<SourceCreate>,
) -> Result<(StatusCode, Json<SourceView>), ApiError> {
    let now = state.now();
    let mut source = Source::new(event.id, request.kind.into(), request.name.trim().to_owned(), now);
    source.credit = request.credit.map(|credit| credit.trim().to_owned());
    source.max_photos = request.max_photos.or(source.max_photos);
    source.max_per_guest = request.max_per_guest.or(source.max_per_guest);
    source.held = request.held.unwrap_or(source.held);
    if let Some(folder) = request.folder {
        source.folder = Some(folder::check(&state, &user, folder).await?);
    }
    let created = state.write(move |db| {
        let mut source = source.clone();
        if sources::list(db, event.id)?.len() >= MAX_SOURCES {
            return Ok(Err(ErrorCode::SourceTooMany));
        }
        if source.kind == SourceKind::Camera {
            source.login = Some(free_login(db, &source)?);
        }
        if !sources::insert(db, &source)? {
            return Ok(Err(ErrorCode::SourceExists));
        }
        view(db, &event, source, now).map(Ok)
    });
    let created = created.await??;
    state.0.settings.services.wake(crate::watch::SERVICE);
    Ok((StatusCode::CREATED, Json(created)))
}

/// A user name that is easily typed on a camera and belongs to no other one.
fn free_login(db: &Reader, source: &Source) -> Result<String, StoreError> {
    let letters = source.name.to_ascii_lowercase();
    let letters = letters.chars().filter(char::is_ascii_alphanumeric).take(LOGIN_CHARS);
    let name = Some(letters.collect::<String>()).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| "camera".to_owned());
    for number in 1..1000 {
        let login = if number == 1 { name.clone() } else { format!("{name}{number}") };
        if sources::find_by_login(db, &login)?.is_none() {
            return Ok(login);
        }
    }
    Ok(format!("{name}{}", readable_code(&source.id.as_i64().to_le_bytes())))
}

/// A change of a source; what is absent stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SourceUpdate {
    #[schema(min_length = 1, max_length = 100, pattern = r"[^\s\x85]")]
    name: Option<String>,
    /// Null: the event's photographer. The source's photos follow.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, pattern = r"[^\s\x85]")]
    #[serde(default)]
    credit: Change<String>,
    /// Null: any number.
    #[schema(value_type = Option<u32>, minimum = 1)]
    #[serde(default)]
    max_photos: Change<u32>,
    /// Null: any number.
    #[schema(value_type = Option<u32>, minimum = 1)]
    #[serde(default)]
    max_per_guest: Change<u32>,
    /// Whether new photos wait for approval.
    held: Option<bool>,
    /// Whether nothing comes from it for now.
    paused: Option<bool>,
    /// `true`: a new password or link, which ends the one before.
    #[serde(default)]
    new_key: bool,
}

impl Validate for SourceUpdate {
    fn check(&self, issues: &mut Issues) {
        if let Some(name) = &self.name {
            issues.expect_chars(name, 1, MAX_NAME, "name");
        }
        let limits = [self.max_photos.value(), self.max_per_guest.value()].map(Option::<&u32>::copied);
        check(self.credit.value().map(String::as_str), limits, issues);
    }
}

impl SourceUpdate {
    fn apply(&self, source: &mut Source) {
        let trimmed = |text: &String| text.trim().to_owned();
        source.name = self.name.as_ref().map_or_else(|| source.name.clone(), trimmed);
        self.credit.and_then(|credit| Some(trimmed(credit))).apply(&mut source.credit);
        self.max_photos.apply(&mut source.max_photos);
        self.max_per_guest.apply(&mut source.max_per_guest);
        source.held = self.held.unwrap_or(source.held);
        source.paused = self.paused.unwrap_or(source.paused);
        source.key_version += u32::from(self.new_key);
    }
}

/// Changes a source.
#[utoipa::path(put, path = "/events/{event_id}/sources/{source_id}", tag = "sources",
    params(("event_id" = i64, Path), ("source_id" = i64, Path)), request_body = SourceUpdate,
    responses((status = 200, body = SourceView)))]
pub(crate) async fn update(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    Path((_, id)): SourcePath,
    Valid(request): Valid<SourceUpdate>,
) -> Result<Json<SourceView>, ApiError> {
    let (id, now) = (number_in_path(&id, "source_id")?, state.now());
    let changed = state.write(move |db| {
        let Some(mut source) = find(db, event.id, id)? else { return Ok(None) };
        request.apply(&mut source);
        sources::update(db, &source)?;
        view(db, &event, source, now).map(Some)
    });
    let changed = changed.await?.ok_or(ErrorCode::SourceNotFound)?;
    Ok(Json(changed))
}

fn find(db: &Reader, event: EventId, id: Option<SourceId>) -> Result<Option<Source>, StoreError> {
    let Some(id) = id else { return Ok(None) };
    Ok(sources::find(db, id)?.filter(|source| source.event_id == event))
}

/// Removes a source: nothing comes from it any more, and what has come of unfinished files is deleted. Its photos stay.
#[utoipa::path(delete, path = "/events/{event_id}/sources/{source_id}", tag = "sources",
    params(("event_id" = i64, Path), ("source_id" = i64, Path)), responses((status = 204)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    Path((_, id)): SourcePath,
) -> Result<StatusCode, ApiError> {
    let (id, store) = (number_in_path(&id, "source_id")?, state.store());
    let deleted = blocking(move || {
        let deleted = store.write(move |db| match find(db, event.id, id)? {
            Some(source) => sources::delete(db, source.id),
            None => Ok(false),
        })?;
        store.purge_blobs()?;
        Ok(deleted)
    });
    if deleted.await? { Ok(StatusCode::NO_CONTENT) } else { Err(ErrorCode::SourceNotFound.into()) }
}

/// How a camera or a contributor gets in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SourceAccess {
    /// User name of a camera.
    #[schema(required = true)]
    login: Option<String>,
    /// Password of a camera.
    #[schema(required = true)]
    password: Option<String>,
    /// Upload link of a contributor.
    #[schema(required = true)]
    link: Option<String>,
}

/// Returns a camera's user name and password, or a contributor's upload link.
#[utoipa::path(get, path = "/events/{event_id}/sources/{source_id}/access", tag = "sources",
    params(("event_id" = i64, Path), ("source_id" = i64, Path)), responses((status = 200, body = SourceAccess)))]
pub(crate) async fn show_access(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    GuestsUrl(base): GuestsUrl,
    Path((_, id)): SourcePath,
) -> Result<Json<SourceAccess>, ApiError> {
    let id = number_in_path(&id, "source_id")?;
    let source = state.read(move |db| find(db, event.id, id)).await?.ok_or(ErrorCode::SourceNotFound)?;
    let key = state.0.settings.source_keys.key(&source);
    match source.kind {
        SourceKind::Camera => Ok(Json(SourceAccess { login: source.login, password: Some(key), link: None })),
        SourceKind::Contributor => {
            let link = Some(format!("{base}/u/{}#k={key}", source.id));
            Ok(Json(SourceAccess { login: None, password: None, link }))
        }
        SourceKind::Folder | SourceKind::Guests => Err(ErrorCode::SourceNotFound.into()),
    }
}
