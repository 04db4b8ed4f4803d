//! How many photos of an event are alike: the database keeps count with each change, so that no question counts photos
//! one by one.

use crate::domain::{EventId, Timestamp};
use crate::store::StoreResult;
use crate::store::sql::{Reader, from_row};

/// Photos of one hour have moments less than this apart.
pub(super) const HOUR_MS: i64 = 60 * 60 * 1000;

/// Who took photos, and with which camera; `None` stands for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenBy<'a> {
    /// As guests read it; empty: the event's photographer.
    pub credit: Option<&'a str>,
    /// Maker and model; empty: not known.
    pub camera: Option<&'a str>,
}

impl TakenBy<'_> {
    /// A condition on photos, with the credit as `?3` and the camera as `?4`. Indexes can answer it.
    pub(super) fn of_photos(&self) -> String {
        self.condition("")
    }

    /// The same, where another column's index answers.
    pub(super) fn of_few_photos(&self) -> String {
        self.condition(" || ''")
    }

    fn condition(&self, changed: &str) -> String {
        let one = |column: &str, at: u8, wanted: Option<&str>| match wanted {
            Some(_) => format!("{column}{changed} is not distinct from nullif(?{at}, '')"),
            None => format!("cast(?{at} as text) is null"),
        };
        format!("{} and {}", one("credit", 3, self.credit), one("camera", 4, self.camera))
    }

    /// The same condition on `photo_tally`.
    pub(super) const OF_TALLIES: &'static str = "(cast(?3 as text) is null or credit = ?3)
         and (cast(?4 as text) is null or camera = ?4)";
}

/// Photos that one person took with one camera.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// As guests read it; empty: the event's photographer.
    pub credit: String,
    /// Maker and model; empty: not known.
    pub camera: String,
    /// How many.
    pub photos: u64,
}

from_row!(Taken { credit: "credit", camera: "camera", photos: "photos" });

/// Who took an event's photos with which cameras, most photos first: of all photos, or of those that guests may see.
pub fn list_taken_by(db: &Reader, event: EventId, only_visible: bool) -> StoreResult<Vec<Taken>> {
    db.all(
        "select credit, camera, sum(photos) as photos from photo_tally
         where event_id = ?1 and (visible = true or ?2 = false)
         group by credit, camera order by sum(photos) desc, credit, camera",
        (event, only_visible),
    )
}

/// How many photos guests may see.
pub fn count_visible(db: &Reader, event: EventId) -> StoreResult<u64> {
    let sql = "select coalesce(sum(photos), 0) from photo_tally where event_id = ?1 and visible = true";
    db.value(sql, [event])
}

/// The hours of visible photos that became searchable up to number `as_of`, oldest first, with how many there are.
pub(super) fn list_hours(
    db: &Reader,
    event: EventId,
    as_of: u64,
    by: TakenBy<'_>,
) -> StoreResult<Vec<(Timestamp, u64)>> {
    // The column `hour_ms` in terms of one that the index of arrivals has.
    let hour = format!("moment_ms - (moment_ms % {HOUR_MS} + {HOUR_MS}) % {HOUR_MS}");
    db.all(
        &format!(
            "select hour_ms, sum(photos) from (
                 select hour_ms, photos from photo_tally where event_id = ?1 and visible = true and {tallies}
                 union all
                 select {hour}, -count(*) from visible_photo
                 where event_id = ?1 and indexed_sequence > ?2 and {photos} group by 1
             ) counted group by hour_ms having sum(photos) > 0 order by hour_ms",
            tallies = TakenBy::OF_TALLIES,
            photos = by.of_few_photos(),
        ),
        (event, as_of, by.credit, by.camera),
    )
}

#[cfg(test)]
mod tests;
