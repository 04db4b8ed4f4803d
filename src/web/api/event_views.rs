//! Events in answers, with preview photos if the caller may see them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{Event, User, UserId};
use crate::share;
use crate::store::{events, users, watermarks};
use crate::web::access::visibility::{Viewer, is_open_to};
use crate::web::api::guest_options::{CornerName, DownloadName, MetadataName, VisibilityName};
use crate::web::api::views::Views;
use crate::web::error::ApiError;
use crate::web::http::assets;

/// Preview photos of an event.
const PREVIEWS: usize = 4;

/// The id of no user.
const NOBODY: i64 = 0;

/// A user, as others see them.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserInfo {
    id: i64,
    name: String,
    #[schema(required = true)]
    picture: Option<String>,
}

/// The fields that all views of an event share.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventCore {
    id: i64,
    name: String,
    #[schema(required = true)]
    description: Option<String>,
    /// RFC 3339, UTC; null if it was not given.
    #[schema(format = DateTime, required = true)]
    date: Option<String>,
    /// The guests' link to the event's gallery.
    link: String,
    share_code: String,
    /// Whether guests need a password.
    password_protected: bool,
    /// Whether no photo is waiting to be indexed.
    indexed_by_robota: bool,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// URLs of four pictures: of photos, as far as the caller may see some, then of a placeholder.
    #[schema(min_items = 4, max_items = 4)]
    images_preview: Vec<String>,
}

/// An event with its owner.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventDetail {
    #[serde(flatten)]
    core: EventCore,
    /// With the id 0 for an event created on the command line before there was an admin.
    owner: UserInfo,
    /// When the event was closed to everyone but its owner; null while it is open.
    #[schema(format = DateTime, required = true)]
    closed_at: Option<String>,
    /// Name in the IANA time zone database.
    time_zone: String,
    visibility: VisibilityName,
    download: DownloadName,
    /// What guests' originals say about themselves.
    original_metadata: MetadataName,
    /// Whether guests may tap a face in a photo they see and then see all photos of that person.
    tap_search: bool,
    /// When the event is deleted with all its data; null for never.
    #[schema(format = DateTime, required = true)]
    delete_at: Option<String>,
    /// When its faces are deleted, and nobody is found any more; null for together with the photos.
    #[schema(format = DateTime, required = true)]
    faces_delete_at: Option<String>,
    /// When they were; null while there is a face search.
    #[schema(format = DateTime, required = true)]
    faces_deleted_at: Option<String>,
    /// The photographer's name.
    #[schema(required = true)]
    photographer: Option<String>,
    /// The photographer's `https:`, `http:`, `mailto:` or `tel:` URL.
    #[schema(required = true)]
    photographer_link: Option<String>,
    /// Whether the live wall is paused.
    wall_paused: bool,
    /// The logo on pictures that guests see and download.
    #[schema(required = true)]
    watermark: Option<WatermarkView>,
}

/// A logo on pictures that guests see and download.
#[derive(Serialize, ToSchema)]
pub(crate) struct WatermarkView {
    corner: CornerName,
    /// From 0 (invisible) to 1 (opaque).
    opacity: f32,
}

/// An event with its owner's id.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventSummary {
    #[serde(flatten)]
    core: EventCore,
    /// The owner's id; 0 for an event created on the command line before there was an admin.
    id_user: i64,
}

impl Views {
    async fn event_core(&self, event: &Event, caller: &User) -> Result<EventCore, ApiError> {
        let viewer = Viewer::of(caller, event);
        let may_look = viewer.may_browse(event) && is_open_to(&self.state, event, caller.id).await?;
        let id = event.id;
        let found = self
            .state
            .read(move |db| Ok((events::has_pending(db, id)?, events::list_previews(db, id, PREVIEWS)?)));
        let (pending, previews) = found.await?;
        let previews = if may_look { previews } else { Vec::new() };
        let photos = previews.into_iter().map(|photo| self.photo(&photo, "thumbnail", event, viewer));
        let placeholders = std::iter::repeat_with(|| format!("{}{}", self.base, *assets::NO_PHOTO));
        Ok(EventCore {
            id: event.id.as_i64(),
            name: event.name.clone(),
            description: event.description.clone(),
            date: event.date.map(|date| date.to_string()),
            link: share::short_link(&self.base, &event.share_code),
            share_code: event.share_code.to_string(),
            password_protected: event.password_hash.is_some(),
            indexed_by_robota: !pending,
            created_at: event.created_at.to_string(),
            updated_at: event.updated_at.to_string(),
            images_preview: photos.chain(placeholders).take(PREVIEWS).collect(),
        })
    }

    pub(crate) async fn event_detail(&self, event: &Event, caller: &User) -> Result<EventDetail, ApiError> {
        let core = self.event_core(event, caller).await?;
        let (id, owner) = (event.id, event.owner_id);
        let found = self.state.read(move |db| {
            let owner = owner.map(|id| users::find(db, id)).transpose()?.flatten();
            Ok((owner, watermarks::find_place(db, id)?))
        });
        let (owner, place) = found.await?;
        let owner = match owner {
            Some(user) => UserInfo { id: user.id.as_i64(), name: user.name, picture: user.picture },
            None => UserInfo { id: NOBODY, name: String::new(), picture: None },
        };
        let watermark = place.map(|(corner, opacity, _)| WatermarkView { corner: corner.into(), opacity });
        Ok(EventDetail {
            core,
            owner,
            closed_at: event.closed_at.map(|at| at.to_string()),
            time_zone: event.time_zone.name().to_owned(),
            visibility: event.visibility.into(),
            download: event.download.into(),
            original_metadata: event.original_metadata.into(),
            tap_search: event.tap_search,
            delete_at: event.delete_at.map(|at| at.to_string()),
            faces_delete_at: event.faces_delete_at.map(|at| at.to_string()),
            faces_deleted_at: event.faces_deleted_at.map(|at| at.to_string()),
            photographer: event.photographer.clone(),
            photographer_link: event.photographer_link.clone(),
            wall_paused: event.wall_paused,
            watermark,
        })
    }

    pub(crate) async fn event_details(
        &self,
        events: &[Event],
        caller: &User,
    ) -> Result<Vec<EventDetail>, ApiError> {
        let mut details = Vec::with_capacity(events.len());
        for event in events {
            details.push(self.event_detail(event, caller).await?);
        }
        Ok(details)
    }

    pub(crate) async fn event_summary(&self, event: &Event, caller: &User) -> Result<EventSummary, ApiError> {
        let core = self.event_core(event, caller).await?;
        Ok(EventSummary { core, id_user: event.owner_id.map_or(NOBODY, UserId::as_i64) })
    }
}
