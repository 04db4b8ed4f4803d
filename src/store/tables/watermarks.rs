//! Watermarks: logos that are put on what guests see.

use crate::domain::{Corner, EventId, Timestamp, Watermark};
use crate::store::StoreResult;
use crate::store::sql::{Reader, Writer, from_row};

/// Gives an event a watermark in place of the previous one, with a new version; an error if the event is gone.
pub fn put(db: &Writer, event_id: EventId, watermark: &Watermark, now: Timestamp) -> StoreResult<()> {
    // Starts with the time, so that versions also grow after the watermark was removed for a while.
    let version = u32::try_from(now.unix_s()).unwrap_or(1);
    db.run(
        "insert into watermark (event_id, logo, corner, opacity, version) values (?1, ?2, ?3, ?4, ?5)
         on conflict (event_id) do update set
             logo = excluded.logo, corner = excluded.corner, opacity = excluded.opacity,
             version = case when excluded.version > watermark.version
                            then excluded.version else watermark.version + 1 end",
        (event_id, &watermark.logo, watermark.corner, watermark.opacity, version),
    )
}

/// The event's watermark.
pub fn find(db: &Reader, event_id: EventId) -> StoreResult<Option<Watermark>> {
    db.one("select * from watermark where event_id = ?1", [event_id])
}

from_row!(Watermark { logo: "logo", corner: "corner", opacity: "opacity", version: "version" });

/// The watermark's corner, opacity and version, without the logo.
pub fn find_place(db: &Reader, event_id: EventId) -> StoreResult<Option<(Corner, f32, u32)>> {
    db.one("select corner, opacity, version from watermark where event_id = ?1", [event_id])
}

/// Removes the event's watermark; `false` if it has none.
pub fn delete(db: &Writer, event_id: EventId) -> StoreResult<bool> {
    Ok(db.execute("delete from watermark where event_id = ?1", [event_id])? > 0)
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
