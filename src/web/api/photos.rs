//! An event's photos: listing by pages, and deletion.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::store::photo_pages::{self, Listing, SortBy, Which};
use crate::store::photos;
use crate::web::access::visibility::Viewer;
use crate::web::api::views::{ImagePublic, Views};
use crate::web::http::validate::{Issues, ValidQuery, Validate};
use crate::web::rule::{OpenEvent, OwnPhoto};
use crate::web::{ApiError, AppState, ErrorCode};

/// Page and order of a listing.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct PageQuery {
    /// Counted from 1.
    #[param(minimum = 1, maximum = 2_147_483_647, default = 1)]
    page: u32,
    /// Photos per page.
    #[param(minimum = 1, maximum = 50, default = 10)]
    limit: u32,
    #[param(inline)]
    sort_by: SortByName,
    #[param(inline)]
    sort_order: SortOrder,
    /// The first page's `as_of`: leaves out photos that arrived later, so that pages do not shift.
    as_of: Option<u64>,
}

impl Default for PageQuery {
    fn default() -> Self {
        Self { page: 1, limit: 10, sort_by: SortByName::CreatedAt, sort_order: SortOrder::Asc, as_of: None }
    }
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SortByName {
    CreatedAt,
    FileName,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SortOrder {
    Asc,
    Desc,
}

impl Validate for PageQuery {
    fn check(&self, issues: &mut Issues) {
        check_page(self.page, self.as_of, issues);
        issues.expect((1..=50).contains(&self.limit), "limit", "range", "expected 1 to 50");
    }
}

pub(crate) fn check_page(page: u32, as_of: Option<u64>, issues: &mut Issues) {
    let fits = page >= 1 && i32::try_from(page).is_ok();
    issues.expect(fits, "page", "range", "expected 1 to 2147483647");
    let fits = as_of.is_none_or(|mark| i64::try_from(mark).is_ok());
    issues.expect(fits, "as_of", "range", "expected `as_of` of the first page");
}

/// One page of a listing.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "names of the mobile app's contract")]
pub(crate) struct Page {
    total_items: u64,
    total_pages: u64,
    current_page: u32,
    limit: u32,
    items: Vec<ImagePublic>,
    /// To send as `as_of` with the next pages.
    as_of: u64,
}

/// Lists the searchable photos of an event.
#[utoipa::path(get, path = "/events/{event_id}/images", tag = "photos",
    params(("event_id" = i64, Path), PageQuery), responses((status = 200, body = Page)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    viewer: Viewer,
    views: Views,
    ValidQuery(query): ValidQuery<PageQuery>,
) -> Result<Json<Page>, ApiError> {
    if !viewer.may_browse(&event) {
        return Err(ErrorCode::MatchesOnly.into());
    }
    let listing = Listing {
        event_id: event.id,
        which: Which::Visible,
        sort_by: match query.sort_by {
            SortByName::CreatedAt => SortBy::CreatedAt,
            SortByName::FileName => SortBy::FileName,
        },
        descending: query.sort_order == SortOrder::Desc,
        page: query.page,
        limit: query.limit,
        mark: query.as_of,
    };
    let found = state.read(move |db| photo_pages::list(db, listing)).await?;
    Ok(Json(Page {
        total_items: found.total,
        total_pages: found.total.div_ceil(u64::from(query.limit)),
        current_page: query.page,
        limit: query.limit,
        items: found.photos.into_iter().map(|listed| views.image(listed.photo, &event, viewer)).collect(),
        as_of: found.mark,
    }))
}

/// Deletes a photo with its faces, bookmarks and files.
#[utoipa::path(delete, path = "/images/{image_id}", tag = "photos", params(("image_id" = i64, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    OwnPhoto(photo): OwnPhoto,
) -> Result<StatusCode, ApiError> {
    super::delete(&state, move |db| photos::delete(db, photo.id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_numbers_fit_signed_integers() {
        let fits = |page, as_of| {
            let mut issues = Issues::default();
            PageQuery { page, as_of, ..PageQuery::default() }.check(&mut issues);
            issues.finish().is_ok()
        };
        assert!(fits(1, None) && fits(0x7FFF_FFFF, Some(u64::MAX / 2)));
        assert!(!fits(0, None) && !fits(0x8000_0000, None) && !fits(1, Some(u64::MAX)));
    }
}
