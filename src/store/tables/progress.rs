//! How far the work has come: of one event, and of the queue that all events share.

use crate::domain::{EventId, PhotoId, Timestamp};
use crate::store::StoreError;
use crate::store::sql::Reader;
use crate::store::tables::events;
use crate::store::tables::events::EventCounts;
use crate::store::tables::photos;

/// Of one event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventProgress {
    /// What it holds.
    pub counts: EventCounts,
    /// How often a photo of it became searchable; never less than before.
    pub ever_indexed: u64,
    /// When the photo came that waits longest.
    pub waits_since: Option<Timestamp>,
    /// Files of which a part has come.
    pub uploads: u64,
}

/// Of all events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// Photos that wait, or are worked on.
    pub pending: u64,
    /// Photos that could not be indexed.
    pub failed: u64,
    /// The photo that waits longest for a worker, and since when it is here.
    pub waits_longest: Option<(PhotoId, Timestamp)>,
    /// Whether some worker has taken a photo, or rests after an error.
    pub is_worked_on: bool,
}

/// How far an event has come.
///
/// # Errors
/// When the database fails, or the event is gone.
pub fn of_event(connection: &Reader, id: EventId, now: Timestamp) -> Result<EventProgress, StoreError> {
    let counts = events::count(connection, id)?;
    let progress = connection.query_row(
        "select photos_indexed,
                (select min(created_at_ms) from photo where event_id = ?1 and state = 'pending'),
                (select count(*) from upload where event_id = ?1 and expires_at_ms > ?2)
         from event where id = ?1",
        (id.as_i64(), now.unix_ms()),
        |row| {
            Ok(EventProgress {
                counts,
                ever_indexed: row.get(0)?,
                waits_since: row.get::<_, Option<i64>>(1)?.map(Timestamp::from_unix_ms),
                uploads: row.get(2)?,
            })
        },
    )?;
    Ok(progress)
}

/// How far the queue has come.
///
/// # Errors
/// When the database fails.
pub fn of_queue(connection: &Reader, now: Timestamp) -> Result<Queue, StoreError> {
    let (pending, failed, is_worked_on) = connection.query_row(
        "select (select count(*) from job),
                (select count(*) from photo where state = 'failed'),
                exists (select 1 from job where free_at_ms > ?1)",
        [now.unix_ms()],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let mut statement = connection.prepare_cached(
        "select photo.id, created_at_ms from job join photo on photo.id = job.photo_id
         where free_at_ms <= ?1 order by created_at_ms limit 1",
    )?;
    let mut longest = statement.query_and_then([now.unix_ms()], |row| {
        Ok::<_, StoreError>((photos::photo_id(row.get(0)?)?, Timestamp::from_unix_ms(row.get(1)?)))
    })?;
    Ok(Queue { pending, failed, waits_longest: longest.next().transpose()?, is_worked_on })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::tables::jobs;
    use crate::store::testing::{NOW, TestStore};

    #[test]
    fn what_waits_is_told_from_what_is_worked_on() {
        let store = TestStore::new();
        let (event, other) = (store.add_event(), store.add_event());
        let (first, _) = (store.receive(event, b"a"), store.receive(event, b"b"));
        let queue = |now| store.read(|c| of_queue(c, now)).unwrap();
        assert_eq!(
            queue(NOW),
            Queue { pending: 2, failed: 0, waits_longest: Some((first, NOW)), is_worked_on: false }
        );
        let job = store.write(|tx| jobs::claim(tx, NOW)).unwrap().unwrap();
        assert!(
            queue(NOW).is_worked_on && queue(NOW).waits_longest.is_some_and(|(id, _)| id != job.photo.id)
        );
        // Its worker died.
        assert!(!queue(NOW.plus(Duration::from_hours(1))).is_worked_on);
        store.write(move |tx| jobs::give_up(tx, &job, "broken")).unwrap();
        assert_eq!((queue(NOW).pending, queue(NOW).failed), (1, 1));
        store
            .write(move |tx| {
                tx.execute(
                    "insert into upload (event_id, file_name, size_bytes, created_at_ms, expires_at_ms)
                     values (?1, 'a', 1, 0, ?2), (?1, 'b', 1, 0, 0)",
                    (event.as_i64(), NOW.unix_ms() + 1),
                )?;
                Ok(())
            })
            .unwrap();
        let progress = |event| store.read(|c| of_event(c, event, NOW)).unwrap();
        let counts = EventCounts { pending: 1, failed: 1, ..EventCounts::default() };
        let expected = EventProgress { counts, ever_indexed: 0, waits_since: Some(NOW), uploads: 1 };
        assert_eq!(progress(event), expected);
        assert_eq!(progress(other), EventProgress::default());
    }
}
