//! When an event's photos came, in the slots in which everything else is counted.

use crate::domain::{EventId, Timestamp};
use crate::store::StoreError;
use crate::store::sql::Reader;
use crate::store::tables::tallies::SLOT_MS;

/// What came in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrivals {
    /// When the slot began.
    pub slot: Timestamp,
    /// Photos that came in it.
    pub photos: u64,
    /// Faces found in those photos.
    pub faces: u64,
}

/// Slots in which photos came, oldest first.
///
/// # Errors
/// When the database fails.
pub fn list_arrivals(connection: &Reader, event_id: EventId) -> Result<Vec<Arrivals>, StoreError> {
    let mut statement = connection.prepare(
        "with found as (select photo_id, count(*) as faces from face where event_id = ?1 group by photo_id)
         select created_at_ms / ?2 * ?2 as slot_ms, count(*), coalesce(sum(faces), 0)
         from photo left join found on found.photo_id = photo.id
         where event_id = ?1 group by slot_ms order by slot_ms",
    )?;
    let slots = statement.query_and_then((event_id.as_i64(), SLOT_MS), |row| {
        let slot = Timestamp::from_unix_ms(row.get(0)?);
        Ok(Arrivals { slot, photos: row.get(1)?, faces: row.get(2)? })
    })?;
    slots.collect()
}
