//! "My Fotota": a user's bookmarked photos.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::{Bookmark, BookmarkId, Event, EventId, Photo, PhotoId, User, Visibility};
use crate::limits::Client;
use crate::store::{Writer, bookmarks, photos};
use crate::web::access::caller::{Origin, SignedIn};
use crate::web::access::visibility::{UserView, Viewer, is_open_to};
use crate::web::api::views::{BookmarkView, Message, Views};
use crate::web::error::blocking;
use crate::web::http::validate::{Issues, Valid, Validate, invalid};
use crate::web::{ApiError, AppState, ErrorCode};

/// Bookmarks that one request creates or deletes.
const MAX_AT_ONCE: usize = 500;

#[derive(Deserialize, ToSchema)]
pub(crate) struct NewBookmarks {
    /// Photos of events that the caller has entered.
    #[schema(max_items = 500)]
    #[serde(deserialize_with = "whole_numbers")]
    image_ids: Vec<i64>,
}

/// Accepts `1.0` for `1`, because some JSON libraries write all numbers with a fraction, and `"1"`.
fn whole_numbers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<i64>, D::Error> {
    let numbers: Vec<Value> = Vec::deserialize(deserializer)?;
    let whole = |number: &Value| match number {
        Value::Number(number) => {
            let digits =
                || number.as_f64().filter(|value| value.fract() == 0.0).map(|value| format!("{value}"));
            number.as_i64().or_else(|| digits()?.parse().ok())
        }
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let all: Option<Vec<i64>> = numbers.iter().map(whole).collect();
    all.ok_or_else(|| Error::custom("expected whole numbers"))
}

impl Validate for NewBookmarks {
    fn check(&self, issues: &mut Issues) {
        issues.expect(self.image_ids.len() <= MAX_AT_ONCE, "image_ids", "too_long", "over 500 photos");
    }
}

/// Bookmarks of one event.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventBookmarks {
    event_id: i64,
    event_name: String,
    #[schema(format = DateTime, required = true)]
    event_date: Option<String>,
    bookmarked_photos: Vec<BookmarkView>,
}

/// Bookmarks photos. Skips photos that are already bookmarked, deleted, or not visible to the caller.
#[utoipa::path(post, path = "/fotota", tag = "bookmarks", request_body = NewBookmarks,
    responses((status = 201, body = [BookmarkView])))]
pub(crate) async fn create(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    Origin(client): Origin,
    views: Views,
    Valid(request): Valid<NewBookmarks>,
) -> Result<(StatusCode, Json<Vec<BookmarkView>>), ApiError> {
    let ids: Vec<PhotoId> = request.image_ids.iter().copied().filter_map(PhotoId::from_i64).collect();
    let visible = visible_photos(&state, &user, client, ids).await?;
    let ids: Vec<PhotoId> = visible.iter().map(|(photo, _)| photo.id).collect();
    let (user_id, now) = (user.id, state.now());
    let insert = move |db: &Writer| ids.iter().map(|id| bookmarks::insert(db, user_id, *id, now)).collect();
    let inserted: Vec<Option<Bookmark>> = state.write(insert).await?;
    let created = visible.into_iter().zip(inserted).filter_map(|((photo, event), bookmark)| {
        Some(views.bookmark(bookmark?, photo, &event, Viewer::of(&user, &event)))
    });
    Ok((StatusCode::CREATED, Json(created.collect())))
}

/// The photos that the user may see, of events that they own or have entered.
async fn visible_photos(
    state: &AppState,
    user: &User,
    client: Client,
    ids: Vec<PhotoId>,
) -> Result<Vec<(Photo, Event)>, ApiError> {
    let found = state.read(move |db| {
        let found = ids.into_iter().map(|id| photos::find_with_event(db, id));
        found.filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()
    });
    let mut open: HashMap<EventId, bool> = HashMap::new();
    let mut visible = Vec::new();
    for (photo, event) in found.await? {
        let is_open = match open.get(&event.id) {
            Some(is_open) => *is_open,
            None => is_open_to(state, &event, user.id).await?,
        };
        open.insert(event.id, is_open);
        if is_open {
            visible.push((photo, event));
        }
    }
    let (inner, user) = (state.0.clone(), user.clone());
    let may_search = visible.iter().any(|(_, event)| event.visibility == Visibility::Matches);
    let allowed = move || {
        let mut allowed = Vec::with_capacity(visible.len());
        let mut view = UserView::of(&inner, &user, client);
        for (photo, event) in visible {
            if view.may_keep(&event, &photo)? {
                allowed.push((photo, event));
            }
        }
        Ok(allowed)
    };
    if may_search { state.0.searches.run(allowed).await } else { blocking(allowed).await }
}

/// Lists the caller's bookmarks by event, newest first.
#[utoipa::path(get, path = "/fotota", tag = "bookmarks", responses((status = 200, body = [EventBookmarks])))]
pub(crate) async fn list(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    views: Views,
) -> Result<Json<Vec<EventBookmarks>>, ApiError> {
    let bookmarks = state.read(move |db| bookmarks::list(db, user.id)).await?;
    Ok(Json(group(&views, &user, bookmarks)))
}

fn group(views: &Views, user: &User, bookmarks: Vec<(Bookmark, Photo, Event)>) -> Vec<EventBookmarks> {
    let mut groups: Vec<EventBookmarks> = Vec::new();
    for (bookmark, photo, event) in bookmarks {
        let id = event.id.as_i64();
        let view = views.bookmark(bookmark, photo, &event, Viewer::of(user, &event));
        match groups.iter_mut().find(|group| group.event_id == id) {
            Some(group) => group.bookmarked_photos.push(view),
            None => groups.push(EventBookmarks {
                event_id: id,
                event_name: event.name,
                event_date: event.date.map(|date| date.to_string()),
                bookmarked_photos: vec![view],
            }),
        }
    }
    groups
}

/// Deletes bookmarks.
#[utoipa::path(delete, path = "/fotota", tag = "bookmarks",
    params(("ids" = Vec<i64>, Query, explode, min_items = 1, max_items = 500,
        description = "Ids of bookmarks, each as `ids=`; up to 500")),
    responses((status = 200, body = Message)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Json<Message>, ApiError> {
    let ids = bookmark_ids(query.as_deref().unwrap_or_default())?;
    if state.write(move |db| bookmarks::delete(db, user.id, &ids)).await? == 0 {
        return Err(ErrorCode::BookmarkNotFound.into());
    }
    Ok(Json(Message { message: "bookmarks deleted" }))
}

/// `ids=1&ids=3`.
fn bookmark_ids(query: &str) -> Result<Vec<BookmarkId>, ApiError> {
    let ids = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "ids");
    let numbers = ids.map(|(_, value)| value.parse::<i64>()).collect::<Result<Vec<_>, _>>();
    let numbers = numbers.map_err(|_| invalid("query", "ids", "int_parsing", "expected whole numbers"))?;
    if numbers.is_empty() || numbers.len() > MAX_AT_ONCE {
        return Err(invalid("query", "ids", "length", "expected 1 to 500 numbers"));
    }
    Ok(numbers.into_iter().filter_map(BookmarkId::from_i64).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_may_have_a_decimal_point_or_be_texts() {
        let read = |text: &str| serde_json::from_str::<NewBookmarks>(text).map(|new| new.image_ids).ok();
        assert_eq!(read("{\"image_ids\": [1, 2.0, -7050.0, \" 3\"]}"), Some(vec![1, 2, -7050, 3]));
        for wrong in ["1.5", "1e30", "18446744073709551615", "\"x\"", "\"\"", "null", "[1]"] {
            assert_eq!(read(&format!("{{\"image_ids\": [{wrong}]}}")), None, "{wrong}");
        }
    }
}
