//! Sends an event to another FotoTa, in parts that any proxy lets through.

use std::collections::HashSet;
use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use super::write::{EventArchive, event_records};
use super::{Brought, EventFileError, LeftOut, Watch};
use crate::domain::{Clock, EventId, PhotoId};
use crate::outbound::{Outbound, OutboundError, http, is_temporary};
use crate::store::Store;
use crate::store::moves::{self, EventRecords};

/// Routes of the receiving side, below its address.
pub const LISTING_ROUTE: &str = "/receive/photos";
/// Takes the parts.
pub const PART_ROUTE: &str = "/receive/part";

/// A part ends with the photo that makes it larger.
const PART_BYTES: u64 = 16 << 20;
/// Photos that come while others are sent are sent in rounds of their own, not without end.
const MOST_ROUNDS: usize = 5;
/// Pauses before a request is repeated, in seconds.
const PAUSES: [u64; 5] = [1, 2, 5, 10, 20];

/// The photos that the sending side has, each with its files.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Listing {
    /// The event.
    pub event: EventId,
    /// Photos with the numbers of their files.
    pub photos: Vec<(PhotoId, Vec<PhotoId>)>,
}

/// What the receiving side does not have of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Missing {
    /// Photos.
    pub photos: Vec<PhotoId>,
}

/// What was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Photos that the other side did not have.
    pub photos: usize,
    /// Photos that were not sent.
    pub left_out: Vec<LeftOut>,
    /// Address of the other side.
    pub base_url: String,
}

/// Sends what the receiving side at `address` does not have of an event.
///
/// # Errors
/// If the event is gone, or the other side refuses or does not answer. The same call goes on where it was.
pub fn send(
    store: &Store,
    event: EventId,
    address: &str,
    clock: &dyn Clock,
    watch: &mut Watch,
) -> Result<Sent, EventFileError> {
    let to = Receiver::at(address)?;
    let (mut photos, mut left_out, mut tried) = (0, Vec::new(), HashSet::new());
    for _ in 0..MOST_ROUNDS {
        let listing = Listing { event, photos: store.read(|db| moves::list_photos(db, event))? };
        let mut missing: Vec<PhotoId> = to.ask(&listing, watch)?.photos;
        // What was left out stays so: only photos that came meanwhile.
        missing.retain(|photo| tried.insert(*photo));
        if missing.is_empty() && photos > 0 {
            break;
        }
        let mut waiting = missing.into_iter().peekable();
        let total = waiting.len();
        loop {
            let mut archive = EventArchive::new(Cursor::new(Vec::new()), Path::new(PART_ROUTE));
            while archive.bytes < PART_BYTES
                && let Some(photo) = waiting.next()
            {
                left_out.extend(archive.add_photo(store, photo)?);
            }
            let (is_last, count) = (waiting.peek().is_none(), archive.photos);
            let records = event_records(store, event, clock.now())?;
            let records = if is_last { records } else { EventRecords::of_settings(records) };
            let part = archive.finish(records, is_last, clock.now())?.into_inner();
            let brought: Brought = to.post(PART_ROUTE, &part, watch)?;
            photos += count - brought.left_out.len().min(count);
            left_out.extend(brought.left_out);
            watch.tell(total - waiting.len(), total)?;
            if is_last {
                break;
            }
        }
        if total == 0 {
            break;
        }
    }
    Ok(Sent { photos, left_out, base_url: to.base_url })
}

/// The other side.
struct Receiver {
    outbound: Outbound,
    base_url: String,
    token: String,
}

/// An address of a FotoTa without a path of a page, as links begin with.
///
/// # Errors
/// If it is no `http` or `https` URL.
pub fn check_base_url(address: &str) -> Result<String, EventFileError> {
    let wrong =
        || EventFileError::Address { address: address.split('#').next().unwrap_or_default().to_owned() };
    let url = Url::parse(address).map_err(|_| wrong())?;
    let is_plain = matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty();
    if is_plain && url.query().is_none() && url.fragment().is_none() {
        Ok(url.as_str().trim_end_matches('/').to_owned())
    } else {
        Err(wrong())
    }
}

impl Receiver {
    fn at(address: &str) -> Result<Self, EventFileError> {
        let wrong =
            || EventFileError::Address { address: address.split('#').next().unwrap_or_default().to_owned() };
        let (place, token) = address.split_once("/receive#").ok_or_else(wrong)?;
        let base_url = check_base_url(place)?;
        let outbound = Outbound::new([base_url.as_str()]);
        Ok(Self { outbound, base_url, token: token.to_owned() })
    }

    fn ask(&self, listing: &Listing, watch: &Watch) -> Result<Missing, EventFileError> {
        let body = serde_json::to_vec(listing).unwrap_or_default();
        self.post(LISTING_ROUTE, &body, watch)
    }

    /// Posts, again and again while the other side does not answer.
    fn post<T: for<'de> Deserialize<'de>>(
        &self,
        route: &str,
        body: &[u8],
        watch: &Watch,
    ) -> Result<T, EventFileError> {
        let mut pauses = PAUSES.iter();
        loop {
            let answer = self.try_post(route, body.to_owned());
            let is_temporary = match &answer {
                Err(OutboundError::Unreachable(_) | OutboundError::Body(_)) => true,
                Err(_) => false,
                Ok(answer) => is_temporary(answer.status()),
            };
            if is_temporary && let Some(seconds) = pauses.next() {
                if watch.stop.pause(Duration::from_secs(*seconds)) {
                    return Err(EventFileError::Stopped);
                }
                continue;
            }
            let answer = answer.map_err(EventFileError::Unreachable)?;
            let refused = || EventFileError::Refused { reason: reason_of(&answer) };
            if !answer.status().is_success() {
                return Err(refused());
            }
            return serde_json::from_slice(answer.body()).map_err(|_| refused());
        }
    }

    fn try_post(&self, route: &str, body: Vec<u8>) -> Result<http::Response<Vec<u8>>, OutboundError> {
        let url = format!("{}{route}", self.base_url);
        let kind = if route == PART_ROUTE { "application/zip" } else { "application/json" };
        let request = http::Request::post(&url)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", kind)
            .body(body)
            .map_err(|_| OutboundError::InvalidUrl(url))?;
        self.outbound.upload(request)
    }
}

/// What an error's body says, or its status.
fn reason_of(answer: &http::Response<Vec<u8>>) -> String {
    let body: Option<serde_json::Value> = serde_json::from_slice(answer.body()).ok();
    let detail = body.and_then(|body| body["detail"].as_str().map(str::to_owned));
    detail.unwrap_or_else(|| answer.status().to_string())
}
