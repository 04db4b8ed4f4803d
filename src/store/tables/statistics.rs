//! When an event's photos arrived, in the slots in which everything else is counted.

use crate::domain::{EventId, Timestamp};
use crate::store::StoreResult;
use crate::store::sql::{Reader, from_row};
use crate::store::tables::tallies::SLOT_MS;

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
    db.all(
        "with found as (select photo_id, count(*) as faces from face where event_id = ?1 group by photo_id)
         select created_at_ms / ?2 * ?2 as slot_ms, count(*) as photos, coalesce(sum(faces), 0) as faces
         from photo left join found on found.photo_id = photo.id
         where event_id = ?1 group by slot_ms order by slot_ms",
        (event_id, SLOT_MS),
    )
}

from_row!(Arrivals { slot: "slot_ms", photos: "photos", faces: "faces" });
