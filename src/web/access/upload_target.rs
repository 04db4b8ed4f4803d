//! Whose upload it is, and where it goes: what a rule grants to those who send photos.

use std::sync::Arc;

use crate::domain::{Destination, Event, PendingUpload, Source};
use crate::web::access::guest_session::GuestAccess;

/// Of a file that a guest sends: more than phones take.
const MAX_GUEST_BYTES: u64 = 50_000_000;

/// Where the caller's uploads go.
#[derive(Clone)]
pub(crate) struct UploadTarget {
    pub(crate) event: Event,
    pub(crate) destination: Destination,
    /// Of the collection of uploads.
    pub(crate) path: String,
}

impl UploadTarget {
    /// Of the event's owner.
    pub(crate) fn of_owner(event: Event) -> Self {
        let path = format!("/events/{}/uploads", event.id);
        Self { destination: Destination::of_owner(event.id), event, path }
    }

    /// Of a contributor.
    pub(crate) fn of_contributor(event: Event, source: &Source) -> Self {
        let path = format!("/u/{}/uploads", source.id);
        Self { event, destination: source.into(), path }
    }

    /// Of a guest, who says their name with each upload.
    pub(crate) fn of_guest(guest: GuestAccess, source: &Source) -> Self {
        let path = format!("/e/{}/uploads", guest.event.share_code);
        let destination = Destination { sender: Some(guest.token_hash), credit: None, ..source.into() };
        Self { event: Arc::unwrap_or_clone(guest.event), destination, path }
    }

    /// The largest file, of which `max_bytes` is the configured maximum.
    pub(crate) fn max_bytes(&self, max_bytes: u64) -> u64 {
        if self.destination.sender.is_some() { max_bytes.min(MAX_GUEST_BYTES) } else { max_bytes }
    }

    /// Where an upload goes whose sender calls themselves so.
    pub(crate) fn named(&self, credit: Option<String>) -> Destination {
        let is_guest = self.destination.sender.is_some();
        let credit = if is_guest { credit } else { self.destination.credit.clone() };
        Destination { credit, ..self.destination.clone() }
    }

    /// Whether the caller began this upload.
    pub(crate) fn has(&self, upload: &PendingUpload) -> bool {
        let begun_by = |by: &Destination| (by.event_id, by.source_id, by.sender);
        begun_by(&upload.destination) == begun_by(&self.destination)
    }
}
