//! Changes of many photos of an event at once.

use crate::domain::{EventId, PhotoId, WallChoice};
use crate::store::StoreResult;
use crate::store::sql::Writer;
use crate::store::tables::{jobs, photos};

/// A change to photos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Hide them from guests, or show them: the answer for those that wait for approval.
    Hide(bool),
    /// Delete them, with faces and favourites; their blobs go with the next purge.
    Delete,
    /// Index those again that failed, those included that a new pack could not index again.
    Retry,
    /// Their place on the live wall.
    Wall(Option<WallChoice>),
}

/// Changes the photos that belong to the event; returns how many are different from before.
pub fn apply(db: &Writer, event_id: EventId, ids: &[PhotoId], change: Change) -> StoreResult<u64> {
    ids.iter().try_fold(0, |count, id| Ok(count + u64::from(apply_to_one(db, event_id, *id, change)?)))
}

fn apply_to_one(db: &Writer, event_id: EventId, id: PhotoId, change: Change) -> StoreResult<bool> {
    let changed = match change {
        Change::Hide(hidden) => db.execute(
            "update photo set hidden = ?3, held = false
             where id = ?1 and event_id = ?2 and (hidden <> ?3 or held = true)",
            (id, event_id, hidden),
        )?,
        Change::Wall(place) => db.execute(
            "update photo set wall = ?3 where id = ?1 and event_id = ?2 and wall is distinct from ?3",
            (id, event_id, place),
        )?,
        Change::Retry => {
            let reset = db.execute(
                "update photo set state = 'pending', failure = null
                 where id = ?1 and event_id = ?2 and state = 'failed'",
                (id, event_id),
            )?;
            if reset > 0 {
                jobs::insert(db, id)?;
            }
            reset + jobs::insert_again(db, event_id, id)?
        }
        Change::Delete => {
            let belongs = photos::find(db, id)?.is_some_and(|photo| photo.event_id == event_id);
            usize::from(belongs && photos::delete(db, id)?)
        }
    };
    Ok(changed > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PhotoState;
    use crate::store::indexing;
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
        let pin = Change::Wall(Some(WallChoice::Pinned));
        assert_eq!((change(pin), change(pin), change(Change::Wall(None))), (1, 0, 1));
        // Only what failed is tried again.
        assert_eq!(change(Change::Retry), 0);
        let pack = store.add_pack(8);
        let job = store.write(move |tx| indexing::claim(tx, pack, NOW)).unwrap().unwrap();
        store.write(move |tx| indexing::give_up(tx, &job, "broken")).unwrap();
        assert_eq!(find(mine).unwrap().state, PhotoState::Failed("broken".into()));
        assert_eq!(change(Change::Retry), 1);
        assert_eq!(find(mine).unwrap().state, PhotoState::Pending);
        let waits = std::iter::from_fn(|| store.write(move |tx| indexing::claim(tx, pack, NOW)).unwrap());
        assert!(waits.map(|job| job.photo.id).any(|id| id == mine));
        assert_eq!((change(Change::Delete), change(Change::Delete)), (1, 0));
        assert!(find(mine).is_none() && find(foreign).is_some());
    }
}
