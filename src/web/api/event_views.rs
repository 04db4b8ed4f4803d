//! Events as answers show them: with whose photos the caller may see, and what the owner lets guests do.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{Event, EventId, PhotoId, User, UserId};
use crate::share;
use crate::store::{Store, StoreError, events, users, watermarks};
use crate::web::access::visibility::{Viewer, is_open_to};
use crate::web::api::guest_options::{CornerName, DownloadName, VisibilityName};
use crate::web::api::views::Addresses;
use crate::web::error::{ApiError, blocking};

/// Photos shown with an event.
const PREVIEWS: u32 = 4;

/// A user, to others.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct UserInfo {
    id: i64,
    name: String,
    #[schema(required = true)]
    picture: Option<String>,
}

/// What all views of an event have.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct EventCore {
    id: i64,
    name: String,
    #[schema(required = true)]
    description: Option<String>,
    /// When it is, RFC 3339, UTC; null where it was not said.
    #[schema(format = DateTime, required = true)]
    date: Option<String>,
    /// For guests: leads to the event's gallery.
    link: String,
    share_code: String,
    /// Whether guests must give a password.
    password_protected: bool,
    /// Whether no photo waits to be indexed.
    indexed_by_robota: bool,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// Addresses of up to four photos; none for callers who have not entered the event.
    #[schema(max_items = 4)]
    images_preview: Vec<String>,
}

/// An event with its owner.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct EventDetail {
    #[serde(flatten)]
    core: EventCore,
    /// Null for an event made on the command line before there was an admin.
    #[schema(required = true)]
    owner: Option<UserInfo>,
    /// Since when nobody but the owner gets in; null while it is open.
    #[schema(format = DateTime, required = true)]
    closed_at: Option<String>,
    visibility: VisibilityName,
    download: DownloadName,
    /// When it is deleted with all that belongs to it; null for never.
    #[schema(format = DateTime, required = true)]
    delete_at: Option<String>,
    /// Who took the photos.
    #[schema(required = true)]
    photographer: Option<String>,
    /// An `https:`, `http:`, `mailto:` or `tel:` address that leads to them.
    #[schema(required = true)]
    photographer_link: Option<String>,
    /// Whether the live wall stands still.
    wall_paused: bool,
    /// The logo that is put on what guests see and download.
    #[schema(required = true)]
    watermark: Option<WatermarkView>,
}

/// A logo that is put on what guests see and download.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct WatermarkView {
    corner: CornerName,
    /// 0 (not seen) to 1.
    opacity: f32,
}

/// An event with its owner's number.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct EventSummary {
    #[serde(flatten)]
    core: EventCore,
    #[schema(required = true)]
    id_user: Option<i64>,
}

impl Addresses {
    async fn event_core(&self, event: &Event, caller: &User) -> Result<EventCore, ApiError> {
        let viewer = Viewer::of(caller, event);
        let may_look = viewer.may_browse(event) && is_open_to(&self.state, event, caller.id).await?;
        let (store, id) = (self.state.store(), event.id);
        let (pending, previews) = blocking(move || Ok(pending_and_previews(&store, id)?)).await?;
        let previews = if may_look { previews } else { Vec::new() };
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
            images_preview: previews
                .into_iter()
                .map(|id| self.photo(id, "thumbnail", event, viewer))
                .collect(),
        })
    }

    pub(in crate::web) async fn event_detail(
        &self,
        event: &Event,
        caller: &User,
    ) -> Result<EventDetail, ApiError> {
        let core = self.event_core(event, caller).await?;
        let (store, id, owner) = (self.state.store(), event.id, event.owner_id);
        let (owner, place) = blocking(move || {
            Ok(store.read(|c| {
                let owner = owner.map(|id| users::find(c, id)).transpose()?.flatten();
                Ok((owner, watermarks::find_place(c, id)?))
            })?)
        })
        .await?;
        let owner =
            owner.map(|user| UserInfo { id: user.id.as_i64(), name: user.name, picture: user.picture });
        let watermark = place.map(|(corner, opacity, _)| WatermarkView { corner: corner.into(), opacity });
        Ok(EventDetail {
            core,
            owner,
            closed_at: event.closed_at.map(|at| at.to_string()),
            visibility: event.visibility.into(),
            download: event.download.into(),
            delete_at: event.delete_at.map(|at| at.to_string()),
            photographer: event.photographer.clone(),
            photographer_link: event.photographer_link.clone(),
            wall_paused: event.wall_paused,
            watermark,
        })
    }

    pub(in crate::web) async fn event_details(
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

    pub(in crate::web) async fn event_summary(
        &self,
        event: &Event,
        caller: &User,
    ) -> Result<EventSummary, ApiError> {
        let core = self.event_core(event, caller).await?;
        Ok(EventSummary { core, id_user: event.owner_id.map(UserId::as_i64) })
    }
}

fn pending_and_previews(store: &Store, id: EventId) -> Result<(bool, Vec<PhotoId>), StoreError> {
    store.read(|c| Ok((events::has_pending(c, id)?, events::list_previews(c, id, PREVIEWS)?)))
}
