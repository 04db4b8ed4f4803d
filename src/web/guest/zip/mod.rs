//! The ZIP archive of the photos that a guest selected. It is sent while it is built, never stored, and little of it is
//! in memory.
//!
//! The guest's page first gets a ticket, because browsers save what a link leads to, and a link has no room for a list
//! of photos. The contents are decided when the link is fetched: a photo that was hidden or deleted since is left out.
//! Without a watermark the archive's length is announced before its first byte, from the lengths of the originals.
//! What guests get of them is a little shorter, and a photo that is deleted during the download is left out: zeros
//! before the archive's directory, where no program looks, fill the gap. Reading all originals beforehand instead would
//! take minutes. A download that was cut off goes on: what the guest has is read again, for the checksums, and not
//! sent.

mod layout;
mod names;
mod sending;
mod tickets;

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::auth::token_hash;
use crate::domain::{DownloadSize, PhotoId};
use crate::imaging::Stamp;
use crate::store::photos;
use crate::web::access::guest_session::GuestAccess;
use crate::web::access::visibility::GuestView;
use crate::web::error::blocking;
use crate::web::http::holder;
use crate::web::http::validate::{Issues, Valid, Validate};
use crate::web::pictures::delivery::{Source, attachment};
use crate::web::pictures::downloads;
use crate::web::pictures::file::respond;
use crate::web::pictures::watermark::stamp;
use crate::web::{ApiError, AppState, ErrorCode};
use layout::Member;
use names::Names;
use tickets::Ticket;

pub(crate) use tickets::Tickets;

const CONTENT: &str = "application/zip";
/// Photos in one archive.
const MAX_PHOTOS: usize = 2000;

/// The photos that the guest selected.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Selection {
    ids: Vec<i64>,
}

impl Validate for Selection {
    fn check(&self, issues: &mut Issues) {
        let fits = (1..=MAX_PHOTOS).contains(&self.ids.len());
        issues.expect(fits, "ids", "list_length", "expected 1 to 2000 photos");
    }
}

#[derive(Serialize)]
pub(crate) struct Prepared {
    address: String,
    files: usize,
    /// Size of the archive.
    bytes: u64,
    /// Whether `bytes` is exact: watermarked and converted photos have other sizes.
    exact: bool,
}

/// The contents of an archive.
struct Plan {
    files: Vec<(Member, Source)>,
    /// The watermark of each photo.
    stamp: Option<Arc<Stamp>>,
    /// Length of the archive if each photo is sent as it is.
    bytes: u64,
}

impl Plan {
    /// The length of the archive, if it is known: photos that are rendered may have any.
    fn length(&self) -> Option<u64> {
        let is_rendered = self.stamp.is_some() || self.files.iter().any(|(_, source)| source.is_converted);
        (!is_rendered).then_some(self.bytes)
    }

    /// The same for the same archive, so that a download goes on where it was cut off.
    fn tag(&self) -> String {
        let file = |(Member { name, size, moment }, source): &(_, Source)| {
            format!("{} {size} {} {name}\n", source.blob, moment.unix_ms())
        };
        token_hash(&self.files.iter().map(file).collect::<String>()).to_string()
    }
}

/// Creates the link to an archive of these photos, without those that the guest may not see.
pub(crate) async fn prepare(
    State(state): State<AppState>,
    guest: GuestAccess,
    Valid(selection): Valid<Selection>,
) -> Result<Json<Prepared>, ApiError> {
    let mut seen = HashSet::new();
    let ids = selection.ids.into_iter().filter_map(PhotoId::from_i64).filter(|id| seen.insert(*id));
    let ids: Arc<[PhotoId]> = ids.collect();
    let plan = plan(&state, &guest, ids.clone()).await?;
    let base = format!("/e/{}/zip", guest.event.share_code);
    let ticket = state.0.zip_tickets.add(Ticket::new(&guest, ids, state.now()), state.now());
    let ticket = ticket.ok_or(ErrorCode::Busy)?;
    Ok(Json(Prepared {
        address: format!("{base}/{ticket}"),
        files: plan.files.len(),
        bytes: plan.bytes,
        exact: plan.length().is_some(),
    }))
}

/// Sends the archive of a ticket.
pub(crate) async fn send(
    State(state): State<AppState>,
    guest: GuestAccess,
    method: Method,
    Path((_, ticket)): Path<(String, String)>,
    request: HeaderMap,
) -> Result<Response, ApiError> {
    let ids = state.0.zip_tickets.find(&ticket, &guest, state.now()).ok_or(ErrorCode::ZipExpired)?;
    let plan = plan(&state, &guest, ids).await?;
    let (length, tag) = (plan.length(), plan.tag());
    let photos = u32::try_from(plan.files.len()).unwrap_or(u32::MAX);
    let place = if method == Method::GET {
        Some(state.0.archives.take(holder::current()).ok_or(ErrorCode::Busy)?)
    } else {
        None
    };
    let start = |part: &Range<u64>| {
        let archive = place.map(|place| sending::start(state.clone(), plan, place, part.clone()));
        archive.map_or_else(Body::empty, Body::new)
    };
    let mut response = match length {
        Some(length) => respond((&tag, length, CONTENT), start, &request),
        None => ([(CONTENT_TYPE, CONTENT)], start(&(0..u64::MAX))).into_response(),
    };
    // The rest of an archive that was cut off does not count again.
    if method == Method::GET && response.status() == StatusCode::OK {
        downloads::count(&state, guest.event.id, photos);
    }
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(CONTENT_DISPOSITION, attachment(&format!("{}.zip", names::safe(&guest.event.name))));
    Ok(response)
}

/// Looks up every photo and the size of its blob at once; no database connection is held afterwards.
async fn plan(state: &AppState, guest: &GuestAccess, ids: Arc<[PhotoId]>) -> Result<Plan, ApiError> {
    if guest.event.download == DownloadSize::Nothing {
        return Err(ErrorCode::DownloadForbidden.into());
    }
    let stamp = stamp(state, guest.event.id).await?;
    let (view, watermarked) = (GuestView::of(state, guest).await?, stamp.is_some());
    let event = guest.event.clone();
    let store = state.store();
    let files = blocking(move || {
        let found = store.read(|c| {
            let found = ids.iter().filter_map(|id| photos::find(c, *id).transpose());
            found.collect::<Result<Vec<_>, _>>()
        })?;
        let shown = found.into_iter().filter(|photo| view.has(photo)).filter_map(|photo| {
            let source = Source::of_download(&event, &photo, watermarked)?;
            Some((photo.moment, source))
        });
        let shown: Vec<_> = shown.collect();
        let blobs: Vec<_> = shown.iter().map(|(_, source)| source.blob.clone()).collect();
        let sizes = store.blobs().sizes(&blobs)?;
        let mut names = Names::default();
        let files = shown.into_iter().zip(sizes).filter_map(|((moment, source), size)| {
            let name = names.unique(&source.file_name);
            // The most that it can have; `None` if it was deleted since its row was read.
            Some((Member { name, size: size?, moment }, source))
        });
        Ok(files.collect::<Vec<_>>())
    });
    let files = files.await?;
    if files.is_empty() {
        return Err(ErrorCode::PhotoNotFound.into());
    }
    let bytes = layout::length(files.iter().map(|(member, _)| member));
    Ok(Plan { files, stamp, bytes })
}
