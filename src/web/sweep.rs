//! Forgets what is over: sessions, invitations and uploads that have expired, selfies that nobody uses, events whose
//! time has come.

use std::time::Duration;

use super::AppState;
use crate::domain::{EventId, Timestamp};
use crate::store::{Store, StoreError, events, invitations, selfies, sessions, uploads, user_sessions};

/// How often.
const PAUSE: Duration = Duration::from_mins(10);

pub(super) async fn forget_what_is_over(state: AppState) {
    loop {
        let state_now = state.clone();
        let swept = tokio::task::spawn_blocking(move || sweep(&state_now));
        if let Ok(Err(error)) = swept.await {
            tracing::warn!(%error, "what is over could not be forgotten, it is tried again");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn sweep(state: &AppState) -> Result<(), StoreError> {
    let (store, now) = (state.store(), state.now());
    state.0.active_faces.delete_expired(now);
    let unused_since = now.minus(state.config().privacy.selfie());
    let selfies = store.write(move |tx| {
        sessions::delete_expired(tx, now)?;
        user_sessions::delete_expired(tx, now)?;
        uploads::delete_expired(tx, now)?;
        invitations::delete_expired(tx, now)?;
        selfies::delete_unused(tx, unused_since)
    })?;
    if selfies > 0 {
        tracing::info!(selfies, "deleted stored selfies that nobody used");
    }
    for id in delete_due_events(&store, now)? {
        state.0.active_faces.delete_event(id);
    }
    store.purge_blobs()
}

/// One after the other, so that no writer waits for all of them.
fn delete_due_events(store: &Store, now: Timestamp) -> Result<Vec<EventId>, StoreError> {
    let mut gone = Vec::new();
    loop {
        // Looked for where it is deleted: its owner may have given it more time.
        let deleted = store.write(move |tx| {
            let due = events::find_due(tx, now)?;
            due.map(|id| events::delete(tx, id).map(|()| id)).transpose()
        })?;
        let Some(id) = deleted else { return Ok(gone) };
        gone.push(id);
        tracing::info!(event.id = %id, "deleted an event whose time had come");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Clock, Event, FixedClock};
    use crate::store::photos;
    use crate::store::testing::{NOW, TestStore};

    #[test]
    fn an_event_goes_at_its_time_and_no_other_does() {
        let store = TestStore::new();
        let clock = FixedClock::new(NOW);
        let add = |delete_at| {
            let event = Event { delete_at, ..Event::new("Party".into(), None, NOW) };
            let (id, row) = (event.id, event);
            store.write(move |tx| events::insert(tx, &row)).unwrap();
            id
        };
        let hour = Duration::from_hours(1);
        let (forever, later) = (add(None), add(Some(NOW.plus(hour * 3))));
        let due = [add(Some(NOW.plus(hour))), add(Some(NOW.plus(hour)))];
        let photo = store.receive(due[0], b"x");
        let left = |store: &Store| store.read(events::list).unwrap().len();
        delete_due_events(&store, clock.now()).unwrap();
        assert_eq!(left(&store), 4);
        clock.advance(hour);
        delete_due_events(&store, clock.now()).unwrap();
        assert_eq!(left(&store), 2);
        for id in [forever, later] {
            assert!(store.read(|c| events::find(c, id)).unwrap().is_some());
        }
        assert!(store.read(|c| photos::find(c, photo)).unwrap().is_none());
    }
}
