//! The janitor: deletes expired sessions, invitations and uploads, unused selfies, events at their time, and the files
//! whose rows are gone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::app::{App, Service, ServiceHandle};
use crate::domain::{EventId, Timestamp, reason_chain};
use crate::store::{
    Store, StoreError, events, invitations, moves, selfies, sessions, uploads, user_sessions,
};

/// Deletes what only the server's memory holds: of these deleted events, and what has expired at this time.
pub(super) type ClearMemory = dyn Fn(Timestamp, &[EventId]) + Send + Sync;

const INTERVAL: Duration = Duration::from_mins(10);

pub(super) fn start(app: &App, clear_memory: Arc<ClearMemory>) -> Service {
    let janitor = app.clone();
    Service::start("janitor", app.clock.clone(), 1, move |service| {
        run(&janitor, service, &*clear_memory);
    })
}

fn run(app: &App, service: &ServiceHandle, clear_memory: &ClearMemory) {
    loop {
        // A panic must not end the clean-ups.
        match catch_unwind(AssertUnwindSafe(|| clean_up(app, clear_memory))) {
            Ok(Ok(())) => service.complete_one(),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the clean-up failed, retrying later");
                service.record_error(reason_chain(&error));
            }
            Err(_) => service.record_error("the clean-up failed because of an internal error".to_owned()),
        }
        if service.signal.pause(INTERVAL) {
            return;
        }
    }
}

fn clean_up(app: &App, clear_memory: &ClearMemory) -> Result<(), StoreError> {
    let now = app.clock.now();
    clear_memory(now, &[]);
    let unused_since = now.minus(app.config.privacy.selfie());
    let selfies = app.store.write(move |db| {
        sessions::delete_expired(db, now)?;
        user_sessions::delete_expired(db, now)?;
        uploads::delete_expired(db, now)?;
        invitations::delete_expired(db, now)?;
        moves::delete_expired_receptions(db, now)?;
        selfies::delete_unused(db, unused_since)
    })?;
    if selfies > 0 {
        tracing::info!(selfies, "deleted unused selfies");
    }
    clear_memory(now, &delete_due_events(&app.store, now)?);
    app.store.read(|db| {
        app.search.drop_deleted(db)?;
        app.former.close_unused(db)
    })?;
    app.store.forget_old_database(now)?;
    app.store.purge_blobs()
}

/// One transaction per event, so that other writers wait only for one deletion.
fn delete_due_events(store: &Store, now: Timestamp) -> Result<Vec<EventId>, StoreError> {
    let mut deleted = Vec::new();
    // Found and deleted in one transaction: the owner may postpone the deletion at any time.
    while let Some(id) = store.write(move |db| {
        let due = events::find_due(db, now)?;
        due.map(|id| events::delete(db, id).map(|()| id)).transpose()
    })? {
        deleted.push(id);
        tracing::info!(event.id = %id, "deleted an event at its time");
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Clock, Event, FixedClock};
    use crate::store::photos;
    use crate::store::testing::{NOW, TestStore};

    #[test]
    fn only_due_events_are_deleted() {
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
