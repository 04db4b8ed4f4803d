//! Objects in answers, in the shapes of the mobile app's contract. URLs of pictures are signed and expire.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::Serialize;
use utoipa::ToSchema;

use super::face_view::FaceView;
use crate::domain::{Bookmark, DownloadSize, Event, Login, Photo, Selfie, User, UserId};
use crate::search::Match;
use crate::store::selfies;
use crate::web::access::caller::{BaseUrl, UrlsFor};
use crate::web::access::visibility::{Viewer, media_scope};
use crate::web::pictures::small::preview_size;
use crate::web::{ApiError, AppState};

/// A user, as they see themselves.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserPublic {
    id: i64,
    /// Empty for an account without an e-mail address.
    email: String,
    /// The login of a local account.
    #[schema(required = true)]
    login: Option<String>,
    name: String,
    #[schema(required = true)]
    picture: Option<String>,
    is_admin: bool,
    /// URL of the stored selfie, valid for at least 30 minutes.
    #[schema(required = true)]
    selfie: Option<String>,
    /// Why the selfie cannot be searched with: an error code.
    #[schema(required = true)]
    selfie_issue: Option<String>,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    created_at: String,
}

/// A photo of an event.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct ImagePublic {
    id: i64,
    file_name: String,
    /// The photo at up to 2048 pixels. The URLs are valid for at least 30 minutes.
    url: String,
    /// Width of the picture at `url` in pixels; null until the photo is indexed.
    #[schema(required = true)]
    width: Option<u32>,
    /// Its height.
    #[schema(required = true)]
    height: Option<u32>,
    /// The photo at up to 1024 pixels, for small screens.
    medium_url: String,
    /// The photo at up to 400 pixels.
    thumbnail_url: String,
    /// The original file; for callers other than the owner, what they may download.
    original_url: String,
    /// Width of the picture at `original_url` in pixels; null until the photo is indexed, and where the caller may
    /// download nothing.
    #[schema(required = true)]
    original_width: Option<u32>,
    /// Its height.
    #[schema(required = true)]
    original_height: Option<u32>,
    id_event: i64,
    #[schema(format = DateTime)]
    created_at: String,
}

/// A photo with the face that matched.
#[derive(Serialize, ToSchema)]
pub(crate) struct MatchedImage {
    #[serde(flatten)]
    pub(crate) image: ImagePublic,
    /// In pixels of the picture at `url`.
    pub(crate) face: FaceView,
    /// Cosine similarity of the face, up to 1.
    pub(crate) similarity: f32,
}

/// A bookmarked photo.
#[derive(Serialize, ToSchema)]
pub(crate) struct BookmarkView {
    id: i64,
    #[schema(format = DateTime)]
    created_at: String,
    image: ImagePublic,
}

/// A message.
#[derive(Serialize, ToSchema)]
pub(crate) struct Message {
    pub(crate) message: &'static str,
}

/// Builds the objects of answers, with URLs as the caller reaches this server.
pub(crate) struct Views {
    pub(crate) state: AppState,
    pub(crate) base: String,
    /// Whom signed URLs are made for.
    pub(crate) user: UserId,
}

impl FromRequestParts<AppState> for Views {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let BaseUrl(base) = BaseUrl::from_request_parts(parts, state).await?;
        let UrlsFor(user) = UrlsFor::from_request_parts(parts, state).await?;
        Ok(Self { state: state.clone(), base, user })
    }
}

impl Views {
    /// A signed URL. `path` is below `/media`, without query; the handler checks the same `scope`.
    pub(crate) fn media(&self, path: &str, scope: &str) -> String {
        let Self { state, base, user } = self;
        let query = state.0.settings.links.sign(path, &media_scope(*user, scope), state.now());
        format!("{base}/media{path}?user={user}&{query}")
    }

    /// A signed URL with the viewer's rights.
    pub(crate) fn photo(&self, photo: &Photo, kind: &str, event: &Event, viewer: Viewer) -> String {
        let url = self.media(&format!("/photos/{}/{kind}", photo.id), &viewer.scope(event));
        // Browsers keep a picture; another version is another one.
        if photo.file_id == photo.id { url } else { format!("{url}&v={}", photo.file_id) }
    }

    /// Where the owner gets the raw file that goes with a photo.
    pub(crate) fn raw_url(&self, photo: &Photo, event: &Event) -> String {
        self.photo(photo, "raw", event, Viewer::Owner)
    }

    pub(crate) fn image(&self, photo: Photo, event: &Event, viewer: Viewer) -> ImagePublic {
        let preview = preview_size(&photo);
        let original = match (viewer, event.download) {
            (Viewer::Owner, _) | (Viewer::Guest, DownloadSize::Original) => photo.size,
            (Viewer::Guest, DownloadSize::Reduced) => preview,
            (Viewer::Guest, DownloadSize::Nothing) => None,
        };
        let [url, medium_url, thumbnail_url, original_url] = ["preview", "medium", "thumbnail", "original"]
            .map(|kind| self.photo(&photo, kind, event, viewer));
        ImagePublic {
            id: photo.id.as_i64(),
            file_name: photo.file_name,
            url,
            width: preview.map(|size| size.width),
            height: preview.map(|size| size.height),
            medium_url,
            thumbnail_url,
            original_url,
            original_width: original.map(|size| size.width),
            original_height: original.map(|size| size.height),
            id_event: event.id.as_i64(),
            created_at: photo.created_at.to_string(),
        }
    }

    pub(crate) fn matches(&self, found: Vec<Match>, event: &Event, viewer: Viewer) -> Vec<MatchedImage> {
        let image = |found: Match| MatchedImage {
            // A photo with faces has a size: indexing records both.
            face: FaceView::new(found.face, found.photo.size.zip(preview_size(&found.photo))),
            image: self.image(found.photo, event, viewer),
            similarity: found.similarity,
        };
        found.into_iter().map(image).collect()
    }

    pub(crate) fn bookmark(
        &self,
        bookmark: Bookmark,
        photo: Photo,
        event: &Event,
        viewer: Viewer,
    ) -> BookmarkView {
        BookmarkView {
            id: bookmark.id.as_i64(),
            created_at: bookmark.created_at.to_string(),
            image: self.image(photo, event, viewer),
        }
    }

    fn user(&self, user: &User, selfie: Option<Selfie>) -> UserPublic {
        let address = selfie
            .as_ref()
            .map(|selfie| self.media(&format!("/selfies/{}", selfie.id), &user.id.to_string()));
        UserPublic {
            id: user.id.as_i64(),
            email: user
                .email
                .as_deref()
                .or(user.login.as_ref().and_then(Login::email))
                .unwrap_or_default()
                .to_owned(),
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
    pub(crate) async fn user_public(&self, user: &User) -> Result<UserPublic, ApiError> {
        let id = user.id;
        let selfie = self.state.read(move |db| selfies::find(db, id)).await?;
        Ok(self.user(user, selfie))
    }
}
