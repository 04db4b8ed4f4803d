//! Photos that a guest chose become one ZIP archive, on its way while it is made: there is no file of it, and little in
//! memory.
//!
//! A ticket comes first, because browsers save what a link leads to and links carry no list of photos. What is sent is
//! decided when it is fetched: a photo that was hidden or deleted since is not in it. Where no logo is put on, the
//! archive's length is promised before its first byte; a file that goes while it is sent is left out, and as many
//! zeros stand before the archive's directory, where no program looks, so that the promise is kept. Opening all files
//! beforehand instead would take thousands of handles.

mod layout;
mod names;
mod sending;
mod tickets;

use std::collections::HashSet;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, Method};
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::domain::{DownloadSize, PhotoId};
use crate::imaging::Stamp;
use crate::store::photos;
use crate::web::AppState;
use crate::web::access::guest_session::GuestAccess;
use crate::web::access::visibility::GuestView;
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::http::validate::{Issues, Valid, Validate};
use crate::web::pictures::delivery::{Source, attachment, count_downloads, stamp};
use layout::Member;
use names::Names;
use tickets::Ticket;

pub(in crate::web) use tickets::Tickets;

/// Photos of one archive.
const MAX_PHOTOS: usize = 2000;

/// Photos to be sent together.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Choice {
    ids: Vec<i64>,
}

impl Validate for Choice {
    fn check(&self, issues: &mut Issues) {
        let fits = (1..=MAX_PHOTOS).contains(&self.ids.len());
        issues.expect(fits, "ids", "list_length", "expected 1 to 2000 photos");
    }
}

#[derive(Serialize)]
pub(in crate::web) struct Prepared {
    address: String,
    files: usize,
    /// Of the whole archive.
    bytes: u64,
    /// Whether it will be just so many; photos that get a logo have another size afterwards.
    exact: bool,
}

/// What an archive is made of.
struct Plan {
    files: Vec<(Member, Source)>,
    /// Put on each photo.
    stamp: Option<Arc<Stamp>>,
    /// Length of the archive, where nothing is put on.
    bytes: u64,
}

/// Makes an address of an archive of these photos; those that the guest may not see are not in it.
pub(in crate::web) async fn prepare(
    State(state): State<AppState>,
    guest: GuestAccess,
    Valid(choice): Valid<Choice>,
) -> Result<Json<Prepared>, ApiError> {
    let mut seen = HashSet::new();
    let ids = choice.ids.into_iter().filter_map(PhotoId::from_i64).filter(|id| seen.insert(*id));
    let ids: Arc<[PhotoId]> = ids.collect();
    let plan = plan(&state, &guest, ids.clone()).await?;
    let base = format!("/e/{}/zip", guest.event.share_code);
    let ticket = state.0.zip_tickets.add(Ticket::new(&guest, ids, state.now()), state.now());
    let ticket = ticket.ok_or(ErrorCode::Busy)?;
    Ok(Json(Prepared {
        address: format!("{base}/{ticket}"),
        files: plan.files.len(),
        bytes: plan.bytes,
        exact: plan.stamp.is_none(),
    }))
}

/// Sends the archive that a ticket stands for.
pub(in crate::web) async fn send(
    State(state): State<AppState>,
    guest: GuestAccess,
    method: Method,
    Path((_, ticket)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let ids = state.0.zip_tickets.find(&ticket, &guest, state.now()).ok_or(ErrorCode::ZipExpired)?;
    let plan = plan(&state, &guest, ids).await?;
    let length = plan.stamp.is_none().then_some(plan.bytes);
    let body = if method == Method::GET {
        let of_guest = state.0.zip_tickets.begin(guest.token_hash).ok_or(ErrorCode::Busy)?;
        let permits = (state.0.archives.acquire().await?, of_guest);
        let photos = u32::try_from(plan.files.len()).unwrap_or(u32::MAX);
        count_downloads(&state, guest.event.id, photos).await;
        Body::new(sending::start(state, plan, permits))
    } else {
        Body::empty()
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(CONTENT_DISPOSITION, attachment(&format!("{}.zip", names::safe(&guest.event.name))));
    if let Some(length) = length {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    Ok(response)
}

/// Looks at every photo and its file, in one go: nothing of the database is held afterwards.
async fn plan(state: &AppState, guest: &GuestAccess, ids: Arc<[PhotoId]>) -> Result<Plan, ApiError> {
    if guest.event.download == DownloadSize::Nothing {
        return Err(ErrorCode::DownloadForbidden.into());
    }
    let stamp = stamp(state, guest.event.id).await?;
    let (state, guest, marked) = (state.clone(), guest.clone(), stamp.is_some());
    let files = blocking(move || {
        let found = state.store().read(|c| {
            let found = ids.iter().filter_map(|id| photos::find(c, *id).transpose());
            found.collect::<Result<Vec<_>, _>>()
        })?;
        let (mut names, mut files) = (Names::default(), Vec::with_capacity(found.len()));
        let view = GuestView::of(&state, &guest)?;
        for photo in found {
            if !view.has(&photo)? {
                continue;
            }
            let source = Source::of_download(&state, &guest.event, &photo, marked);
            let Some(source) = source else { continue };
            // Deleted since its row was looked at.
            let Ok(file) = std::fs::metadata(&source.path) else { continue };
            let name = names.unique(&source.file_name);
            files.push((Member { name, size: file.len(), moment: photo.moment }, source));
        }
        Ok(files)
    });
    let files = files.await?;
    if files.is_empty() {
        return Err(ErrorCode::PhotoNotFound.into());
    }
    let bytes = layout::length(files.iter().map(|(member, _)| member));
    Ok(Plan { files, stamp, bytes })
}
