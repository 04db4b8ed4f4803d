//! Logos that are put on what guests see.

use crate::store::sql::{Reader, Writer};
use rusqlite::OptionalExtension;

use crate::domain::{Corner, EventId, Timestamp, Watermark};
use crate::store::StoreError;
use crate::store::tables::events;

/// Gives an event a watermark, in place of the one before; `version` is found out here.
///
/// # Errors
/// When the database fails, or the event is gone.
pub fn put(tx: &Writer, event_id: EventId, watermark: &Watermark, now: Timestamp) -> Result<(), StoreError> {
    // Begins with the time, so that versions grow also when the watermark was away for a while.
    tx.execute(
        "insert into watermark (event_id, logo, corner, opacity, version) values (?1, ?2, ?3, ?4, ?5)
         on conflict do update set logo = excluded.logo, corner = excluded.corner, opacity = excluded.opacity,
                                   version = max(excluded.version, version + 1)",
        (
            event_id.as_i64(),
            &watermark.logo,
            watermark.corner.as_str(),
            f64::from(watermark.opacity),
            u32::try_from(now.unix_s()).unwrap_or(1),
        ),
    )?;
    Ok(())
}

/// The event's watermark.
///
/// # Errors
/// When the database fails.
pub fn find(connection: &Reader, event_id: EventId) -> Result<Option<Watermark>, StoreError> {
    let sql = "select logo, corner, opacity, version from watermark where event_id = ?1";
    let found = connection.query_row(sql, [event_id.as_i64()], |row| {
        let (logo, opacity, version) = (row.get(0)?, row.get(2)?, row.get(3)?);
        Ok(events::text(row, "corner").map(|corner| Watermark { logo, corner, opacity, version }))
    });
    found.optional()?.transpose()
}

/// Where the event's watermark stands, how strong it is, and its version: without the logo.
///
/// # Errors
/// When the database fails.
pub fn find_place(connection: &Reader, event_id: EventId) -> Result<Option<(Corner, f32, u32)>, StoreError> {
    let sql = "select corner, opacity, version from watermark where event_id = ?1";
    let found = connection.query_row(sql, [event_id.as_i64()], |row| {
        let (opacity, version) = (row.get(1)?, row.get(2)?);
        Ok(events::text(row, "corner").map(|corner| (corner, opacity, version)))
    });
    found.optional()?.transpose()
}

/// Takes the event's watermark away; `false` where it has none.
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &Writer, event_id: EventId) -> Result<bool, StoreError> {
    Ok(tx.execute("delete from watermark where event_id = ?1", [event_id.as_i64()])? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{NOW, TestStore};

    #[test]
    fn every_change_has_a_new_version() {
        let store = TestStore::new();
        let event = store.add_event();
        let put = |corner| {
            let watermark = Watermark { logo: vec![1, 2], corner, opacity: 0.5, version: 0 };
            store.write(move |tx| put(tx, event, &watermark, NOW)).unwrap();
            store.read(|c| find(c, event)).unwrap().unwrap()
        };
        let first = put(Corner::TopLeft);
        let second = put(Corner::BottomRight);
        assert!(second.version > first.version);
        assert_eq!((second.logo, second.corner, second.opacity), (vec![1, 2], Corner::BottomRight, 0.5));
        let place = store.read(|c| find_place(c, event)).unwrap();
        assert_eq!(place, Some((Corner::BottomRight, 0.5, second.version)));
        assert!(store.write(move |tx| delete(tx, event)).unwrap());
        assert!(!store.write(move |tx| delete(tx, event)).unwrap());
        assert_eq!(store.read(|c| find(c, event)).unwrap(), None);
    }
}
