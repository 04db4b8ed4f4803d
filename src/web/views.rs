//! What answers are made of: the shapes that the mobile app knows, with addresses of pictures that are good for a
//! while.

use serde::Serialize;
use utoipa::ToSchema;

use super::AppState;
use super::error::{ApiError, blocking};
use super::rule::is_open_to;
use crate::domain::{Bookmark, Event, EventId, FaceBox, Login, Photo, PhotoId, Selfie, User, UserId};
use crate::share;
use crate::store::{Store, StoreError, events, selfies, users};

/// Photos shown with an event.
const PREVIEWS: u32 = 4;

/// A user, to themselves.
#[derive(Serialize, ToSchema)]
pub(super) struct UserPublic {
    id: i64,
    /// Null for an account without an e-mail address.
    #[schema(required = true)]
    email: Option<String>,
    /// What a local account signs in with.
    #[schema(required = true)]
    login: Option<String>,
    name: String,
    #[schema(required = true)]
    picture: Option<String>,
    is_admin: bool,
    /// Address of the stored selfie, good for at least half an hour.
    #[schema(required = true)]
    selfie: Option<String>,
    /// Why nobody can be searched for with it: the code of an error.
    #[schema(required = true)]
    selfie_issue: Option<String>,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    created_at: String,
}

/// A user, to others.
#[derive(Serialize, ToSchema)]
pub(super) struct UserInfo {
    id: i64,
    name: String,
    #[schema(required = true)]
    picture: Option<String>,
}

/// What all views of an event have.
#[derive(Serialize, ToSchema)]
pub(super) struct EventCore {
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
pub(super) struct EventDetail {
    #[serde(flatten)]
    core: EventCore,
    /// Null for an event made on the command line before there was an admin.
    #[schema(required = true)]
    owner: Option<UserInfo>,
}

/// An event with its owner's number.
#[derive(Serialize, ToSchema)]
pub(super) struct EventSummary {
    #[serde(flatten)]
    core: EventCore,
    #[schema(required = true)]
    id_user: Option<i64>,
}

/// A photo of an event.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct ImagePublic {
    id: i64,
    file_name: String,
    /// The photo at up to 2048 pixels, good for at least half an hour.
    url: String,
    /// At up to 400 pixels.
    thumbnail_url: String,
    /// The file as the photographer made it; for others than the owner, what they may keep of it.
    original_url: String,
    id_event: i64,
    #[schema(format = DateTime)]
    created_at: String,
}

/// A photo that somebody is in.
#[derive(Serialize, ToSchema)]
pub(super) struct MatchedImage {
    #[serde(flatten)]
    pub(super) image: ImagePublic,
    pub(super) face: FaceView,
    /// Cosine similarity of the face, up to 1.
    pub(super) similarity: f32,
}

/// A face's box in pixels of the upright original.
#[derive(Serialize, ToSchema)]
pub(super) struct FaceView {
    x: f32,
    y: f32,
    w: f32,
    h: f32,
}

impl From<FaceBox> for FaceView {
    fn from(FaceBox { x, y, w, h }: FaceBox) -> Self {
        Self { x, y, w, h }
    }
}

/// A photo that a user keeps.
#[derive(Serialize, ToSchema)]
pub(super) struct BookmarkView {
    id: i64,
    #[schema(format = DateTime)]
    created_at: String,
    image: ImagePublic,
}

/// Nothing but a sentence.
#[derive(Serialize, ToSchema)]
pub(super) struct Message {
    pub(super) message: &'static str,
}

/// Of addresses for those who were let into the event.
pub(super) fn visitors_scope(event: &Event) -> String {
    event.password_version.to_string()
}

/// Of addresses for the event's owner.
pub(super) fn owners_scope(event: &Event) -> String {
    format!("owner {}", event.password_version)
}

/// Makes addresses: how the caller reaches us, and what signs them.
#[derive(Clone)]
pub(super) struct Addresses {
    pub(super) state: AppState,
    pub(super) base: String,
}

impl Addresses {
    /// `path` is below `/media`, without query; `scope` as the handler will check it.
    pub(super) fn media(&self, path: &str, scope: &str) -> String {
        let query = self.state.0.settings.links.sign(path, scope, self.state.now());
        format!("{}/media{path}?{query}", self.base)
    }

    fn photo(&self, id: PhotoId, kind: &str, scope: &str) -> String {
        self.media(&format!("/photos/{id}/{kind}"), scope)
    }

    /// For visitors: with what the owner lets them see and take.
    pub(super) fn image(&self, photo: Photo, event: &Event) -> ImagePublic {
        self.scoped_image(photo, event, &visitors_scope(event))
    }

    /// For the event's owner: the files as they are.
    pub(super) fn own_image(&self, photo: Photo, event: &Event) -> ImagePublic {
        self.scoped_image(photo, event, &owners_scope(event))
    }

    fn scoped_image(&self, photo: Photo, event: &Event, scope: &str) -> ImagePublic {
        ImagePublic {
            id: photo.id.as_i64(),
            file_name: photo.file_name,
            url: self.photo(photo.id, "preview", scope),
            thumbnail_url: self.photo(photo.id, "thumbnail", scope),
            original_url: self.photo(photo.id, "original", scope),
            id_event: event.id.as_i64(),
            created_at: photo.created_at.to_string(),
        }
    }

    pub(super) fn bookmark(&self, bookmark: Bookmark, photo: Photo, event: &Event) -> BookmarkView {
        BookmarkView {
            id: bookmark.id.as_i64(),
            created_at: bookmark.created_at.to_string(),
            image: self.image(photo, event),
        }
    }

    fn user(&self, user: &User, selfie: Option<Selfie>) -> UserPublic {
        let address = selfie
            .as_ref()
            .map(|selfie| self.media(&format!("/selfies/{}", selfie.id), &user.id.to_string()));
        UserPublic {
            id: user.id.as_i64(),
            email: user.email.as_deref().or(user.login.as_ref().and_then(Login::email)).map(str::to_owned),
            login: user.login.as_ref().map(ToString::to_string),
            name: user.name.clone(),
            picture: user.picture.clone(),
            is_admin: user.is_admin,
            selfie: address,
            selfie_issue: selfie.and_then(|selfie| selfie.refusal),
            created_at: user.created_at.to_string(),
        }
    }

    /// The user, with the address of their selfie.
    pub(super) async fn user_public(&self, user: &User) -> Result<UserPublic, ApiError> {
        let (store, id) = (self.state.store(), user.id);
        let selfie = blocking(move || Ok(store.read(|c| selfies::find(c, id))?)).await?;
        Ok(self.user(user, selfie))
    }

    async fn event_core(&self, event: &Event, caller: &User) -> Result<EventCore, ApiError> {
        let may_look = is_open_to(&self.state, event, caller.id).await?;
        let (store, id) = (self.state.store(), event.id);
        let (pending, previews) = blocking(move || Ok(pending_and_previews(&store, id)?)).await?;
        let previews = if may_look { previews } else { Vec::new() };
        let scope = visitors_scope(event);
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
            images_preview: previews.into_iter().map(|id| self.photo(id, "thumbnail", &scope)).collect(),
        })
    }

    pub(super) async fn event_detail(&self, event: &Event, caller: &User) -> Result<EventDetail, ApiError> {
        let core = self.event_core(event, caller).await?;
        let (store, owner) = (self.state.store(), event.owner_id);
        let owner =
            blocking(move || Ok(owner.map_or(Ok(None), |id| store.read(|c| users::find(c, id)))?)).await?;
        let owner =
            owner.map(|user| UserInfo { id: user.id.as_i64(), name: user.name, picture: user.picture });
        Ok(EventDetail { core, owner })
    }

    pub(super) async fn event_details(
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

    pub(super) async fn event_summary(&self, event: &Event, caller: &User) -> Result<EventSummary, ApiError> {
        let core = self.event_core(event, caller).await?;
        Ok(EventSummary { core, id_user: event.owner_id.map(UserId::as_i64) })
    }
}

fn pending_and_previews(store: &Store, id: EventId) -> Result<(bool, Vec<PhotoId>), StoreError> {
    store.read(|c| Ok((events::has_pending(c, id)?, events::list_previews(c, id, PREVIEWS)?)))
}
