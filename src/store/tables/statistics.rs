//! When an event's photos arrived, in the slots in which everything else is counted.

use crate::domain::{EventId, Timestamp};
use crate::store::StoreResult;
use crate::store::sql::{Reader, from_row};

/// What arrived in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrivals {
    /// Start of the slot.
    pub slot: Timestamp,
    /// Photos that arrived in it.
    pub photos: u64,
    /// Faces found in those photos.
    pub faces: u64,
}

/// Slots in which photos arrived, oldest first.
pub fn list_arrivals(db: &Reader, event_id: EventId) -> StoreResult<Vec<Arrivals>> {
    db.all("select slot_ms, photos, faces from arrival where event_id = ?1 order by slot_ms", [event_id])
}

from_row!(Arrivals { slot: "slot_ms", photos: "photos", faces: "faces" });
