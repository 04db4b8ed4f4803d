//! A contributor: who holds an upload link.

use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;

use super::{cookies, moved};
use crate::domain::{Event, Source, SourceId, SourceKind};
use crate::store::{Reader, StoreError, events, sources};
use crate::web::http::validate::path_param;
use crate::web::{ApiError, AppState, ErrorCode};

/// Carries the key of an upload link.
const COOKIE: &str = "fotota_upload";
/// Longer than an event.
const COOKIE_LIFETIME: std::time::Duration = std::time::Duration::from_hours(7 * 24);

/// A contributor and the event that gets the photos.
#[derive(Clone)]
pub(crate) struct ContributorAccess {
    pub(crate) event: Event,
    pub(crate) source: Source,
}

/// The contributor whose cookie the request carries.
pub(crate) async fn contributor(parts: &mut Parts, state: &AppState) -> Result<ContributorAccess, ApiError> {
    let id = path_param(parts, "source_id").await.unwrap_or_default();
    let jar = CookieJar::from_headers(&parts.headers);
    let key = jar.get(COOKIE).map(Cookie::value).ok_or(ErrorCode::SourceAccessRequired)?;
    open(state, &id, key).await
}

/// Whom this key lets upload.
pub(crate) async fn open(state: &AppState, id: &str, key: &str) -> Result<ContributorAccess, ApiError> {
    let id: SourceId = id.parse().map_err(|_| ErrorCode::SourceAccessRequired)?;
    let found = state.read(move |db| find(db, id)).await?;
    let access = found.ok_or(ErrorCode::SourceAccessRequired)?;
    let fits = state.0.settings.source_keys.fits(&access.source, key)
        || moved::fits(state, &access.source, key).await?;
    if !fits {
        return Err(ErrorCode::SourceAccessRequired.into());
    }
    if access.event.closed_at.is_some() { Err(ErrorCode::EventClosed.into()) } else { Ok(access) }
}

fn find(db: &Reader, id: SourceId) -> Result<Option<ContributorAccess>, StoreError> {
    let source = sources::find(db, id)?.filter(|source| source.kind == SourceKind::Contributor);
    let Some(source) = source else { return Ok(None) };
    Ok(events::find(db, source.event_id)?.map(|event| ContributorAccess { event, source }))
}

/// For the browser that showed the key of an upload link.
pub(crate) fn cookie(id: SourceId, key: String) -> Cookie<'static> {
    cookies::new((COOKIE, key), format!("/u/{id}"), COOKIE_LIFETIME)
}
