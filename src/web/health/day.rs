//! The last day of the whole server, for plots.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::Timestamp;
use crate::health::Sample;
use crate::store::server_numbers::{self, Slot};
use crate::store::tallies::SLOT_MS;
use crate::web::error::blocking;
use crate::web::{ApiError, AppState};

const DAY: Duration = Duration::from_hours(24);

/// The last day of the whole server, by time slot, oldest first. Each entry: the start of the slot (RFC 3339, UTC) and
/// a number. It identifies nobody.
#[derive(Serialize, ToSchema)]
pub(crate) struct Day {
    /// Length of a time slot.
    slot_seconds: i64,
    /// The time of this answer.
    now: String,
    /// Photos that arrived; slots without any are left out, as in the next two.
    photos: Vec<(String, u64)>,
    /// Searches with a selfie.
    searches: Vec<(String, u64)>,
    /// How often guests entered.
    guests: Vec<(String, u64)>,
    /// The most photos that waited to be indexed; only since the server was started, as in the next one.
    queue: Vec<(String, u64)>,
    /// The least free bytes of the disk.
    disk_free_bytes: Vec<(String, u64)>,
    disk_total_bytes: u64,
}

/// Counts what happened on this server in the last day, in slots of five minutes.
#[utoipa::path(get, path = "/studio/day", tag = "studio", responses((status = 200, body = Day)))]
pub(crate) async fn show(State(state): State<AppState>) -> Result<Json<Day>, ApiError> {
    let (store, now) = (state.store(), state.now());
    let since = slot_of(now.minus(DAY));
    let slots = state.read(move |db| server_numbers::list_slots(db, since)).await?;
    let disk = blocking(move || Ok(store.disk_space()?)).await?;
    let samples = state.0.settings.services.samples().list();
    let (queue, disk_free_bytes) = levels(samples.iter().filter(|sample| sample.at >= since));
    let series = |count: fn(&Slot) -> u64| -> Vec<(String, u64)> {
        let counts = slots.iter().map(|slot| (slot.at.to_string(), count(slot)));
        counts.filter(|(_, count)| *count > 0).collect()
    };
    Ok(Json(Day {
        slot_seconds: SLOT_MS / 1000,
        now: now.to_string(),
        photos: series(|slot| slot.photos),
        searches: series(|slot| slot.searches),
        guests: series(|slot| slot.guests),
        queue,
        disk_free_bytes,
        disk_total_bytes: disk.total_bytes,
    }))
}

fn slot_of(time: Timestamp) -> Timestamp {
    Timestamp::from_unix_ms(time.unix_ms().div_euclid(SLOT_MS) * SLOT_MS)
}

type Series = Vec<(String, u64)>;

/// The longest queue and the least free space of each slot.
fn levels<'a>(samples: impl Iterator<Item = &'a Sample>) -> (Series, Series) {
    let mut slots: Vec<(Timestamp, u64, u64)> = Vec::new();
    for sample in samples {
        let at = slot_of(sample.at);
        match slots.last_mut() {
            Some((last, queue, free)) if *last == at => {
                *queue = sample.pending.max(*queue);
                *free = sample.free_bytes.min(*free);
            }
            _ => slots.push((at, sample.pending, sample.free_bytes)),
        }
    }
    slots.iter().map(|(at, queue, free)| ((at.to_string(), *queue), (at.to_string(), *free))).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_has_its_longest_queue_and_its_least_space() {
        let begin = Timestamp::from_unix_ms(1_800_000_000_000);
        let sample = |minute, pending, free_bytes| Sample {
            at: begin.plus(Duration::from_mins(minute)),
            pending,
            free_bytes,
        };
        let samples = [sample(0, 3, 70), sample(1, 9, 60), sample(4, 2, 65), sample(5, 1, 64)];
        let (queue, free) = levels(samples.iter());
        let next = begin.plus(Duration::from_mins(5));
        assert_eq!(queue, [(begin.to_string(), 9), (next.to_string(), 1)]);
        assert_eq!(free, [(begin.to_string(), 60), (next.to_string(), 64)]);
    }
}
