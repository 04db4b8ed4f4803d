//! What an owner does to many photos of an event at once.

use crate::domain::{EventId, PhotoId, WallPlace};
use crate::store::StoreError;
use crate::store::sql::Writer;
use crate::store::tables::{jobs, photos};

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// No guest sees them any more, or guests see them again.
    Hide(bool),
    /// They go, with faces and bookmarks; their files with [`Store::purge_blobs`](crate::store::Store::purge_blobs).
    Delete,
    /// Those that failed get another chance.
    Retry,
    /// Their place on the live wall.
    Wall(Option<WallPlace>),
}

/// Does it to those of the photos that are of the event; returns how many are other than before.
///
/// # Errors
/// When the database fails.
pub fn apply(tx: &Writer, event_id: EventId, ids: &[PhotoId], change: Change) -> Result<u64, StoreError> {
    let mut changed = 0;
    for id in ids {
        changed += u64::from(apply_to_one(tx, event_id, *id, change)?);
    }
    Ok(changed)
}

fn apply_to_one(tx: &Writer, event_id: EventId, id: PhotoId, change: Change) -> Result<bool, StoreError> {
    let key = (id.as_i64(), event_id.as_i64());
    let changed = match change {
        Change::Hide(hidden) => tx
            .prepare_cached("update photo set hidden = ?3 where id = ?1 and event_id = ?2 and hidden <> ?3")?
            .execute((key.0, key.1, hidden))?,
        Change::Wall(place) => tx
            .prepare_cached("update photo set wall = ?3 where id = ?1 and event_id = ?2 and wall is not ?3")?
            .execute((key.0, key.1, place.map(WallPlace::as_str)))?,
        Change::Retry => {
            let again = tx
                .prepare_cached(
                    "update photo set state = 'pending', failure = null
                     where id = ?1 and event_id = ?2 and state = 'failed'",
                )?
                .execute(key)?;
            if again > 0 {
                jobs::insert(tx, id)?;
            }
            again
        }
        Change::Delete => {
            let is_ours = photos::find(tx, id)?.is_some_and(|photo| photo.event_id == event_id);
            usize::from(is_ours && photos::delete(tx, id)?)
        }
    };
    Ok(changed > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PhotoState;
    use crate::store::testing::{NOW, TestStore};

    #[test]
    fn only_the_events_own_photos_change_and_each_counts_once() {
        let store = TestStore::new();
        let (event, other) = (store.add_event(), store.add_event());
        let (mine, foreign) = (store.receive(event, b"a"), store.receive(other, b"b"));
        let all = [mine, foreign, PhotoId::from_i64(1).unwrap()];
        let change = |change| store.write(move |tx| apply(tx, event, &all, change)).unwrap();
        let find = |id| store.read(|c| photos::find(c, id)).unwrap();
        assert_eq!((change(Change::Hide(true)), change(Change::Hide(true))), (1, 0));
        assert!(find(mine).unwrap().hidden && !find(foreign).unwrap().hidden);
        assert_eq!((change(Change::Hide(false)), change(Change::Hide(false))), (1, 0));
        let pin = Change::Wall(Some(WallPlace::Pinned));
        assert_eq!((change(pin), change(pin), change(Change::Wall(None))), (1, 0, 1));
        // Only what failed is tried again.
        assert_eq!(change(Change::Retry), 0);
        let job = store.write(|tx| jobs::claim(tx, NOW)).unwrap().unwrap();
        store.write(move |tx| jobs::give_up(tx, &job, "broken")).unwrap();
        assert_eq!(find(mine).unwrap().state, PhotoState::Failed("broken".into()));
        assert_eq!(change(Change::Retry), 1);
        assert_eq!(find(mine).unwrap().state, PhotoState::Pending);
        let waits = std::iter::from_fn(|| store.write(|tx| jobs::claim(tx, NOW)).unwrap());
        assert!(waits.map(|job| job.photo.id).any(|id| id == mine));
        assert_eq!((change(Change::Delete), change(Change::Delete)), (1, 0));
        assert!(find(mine).is_none() && find(foreign).is_some());
    }
}
