//! The janitor: deletes expired sessions, invitations and uploads, unused selfies, old Drive searches, faces and events
//! at their time, and the files whose rows are gone. One process does so of all that share the rows; what only the
//! memory of a process holds, each deletes itself.
//!
//! Access ends by the computer's clock. What people have stored ends by the time that is believed
//! ([`crate::domain::RetentionClock`]).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::app::{App, Duty, Service, ServiceHandle};
use crate::domain::{ClockReading, ClockTrust, ErasureReason, EventId, Timestamp, reason_chain};
use crate::store::{
    Lock, Store, StoreError, audit, erasing, events, invitations, moves, retention_clock, sessions, uploads,
    user_sessions,
};

/// Deletes what only the server's memory holds: of these deleted events, and what has expired at this time.
pub type ClearMemory = dyn Fn(Timestamp, &[EventId]) + Send + Sync;

const INTERVAL: Duration = Duration::from_mins(10);

pub(super) fn start(app: &App, clear_memory: Arc<ClearMemory>) -> Service {
    let app = app.clone();
    Service::start("janitor", app.clock.clone(), 1, move |service| {
        run(&mut Janitor::new(&app, clear_memory.clone()), service);
    })
}

fn run(janitor: &mut Janitor, service: &ServiceHandle) {
    let mut duty = Duty::new(&janitor.app.store, Lock::Janitor);
    loop {
        let is_mine = duty.is_mine(service);
        // A panic must not end the clean-ups.
        match catch_unwind(AssertUnwindSafe(|| {
            if is_mine { janitor.clean_up() } else { janitor.clear_memory(&[]) }
        })) {
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

/// What deletes what has expired.
pub struct Janitor {
    app: App,
    clear_memory: Arc<ClearMemory>,
    /// The last look at the clocks.
    before: Option<ClockReading>,
}

impl Janitor {
    /// Deletes nothing yet.
    #[must_use]
    pub fn new(app: &App, clear_memory: Arc<ClearMemory>) -> Self {
        Self { app: app.clone(), clear_memory, before: None }
    }

    /// Deletes what has expired.
    ///
    /// # Errors
    /// When the database or the disk fails.
    pub fn clean_up(&mut self) -> Result<(), StoreError> {
        let (app, reading) = (&self.app, self.app.clock.reading());
        let (now, before) = (reading.shown, self.before.replace(reading));
        (self.clear_memory)(now, &[]);
        if app.store.note_restore(now)? {
            tracing::warn!("the record of what was erased is a backup's: what was erased since may be back");
        }
        let clock = app.store.write(move |db| retention_clock::advance(db, before, reading))?;
        let due = clock.due(now);
        if clock.trust() != ClockTrust::Trusted {
            tracing::warn!(
                shown = %now, trusted = %clock.trusted,
                "the computer's clock has jumped: what would expire by it is kept; is the date right?"
            );
        }
        let unused_since = due.minus(app.config.privacy.selfie());
        let searched_until = due.minus(app.config.drive.keep());
        let audited_until = due.minus(app.config.privacy.audit());
        let selfies = app.store.write(move |db| {
            sessions::delete_expired(db, now)?;
            user_sessions::delete_expired(db, now)?;
            invitations::delete_expired(db, now)?;
            moves::delete_expired_receptions(db, now)?;
            uploads::delete_expired(db, due)?;
            audit::delete_old(db, audited_until)?;
            erasing::unused_selfies(db, unused_since, now)
        })?;
        app.store.write(move |db| erasing::old_drive_searches(db, searched_until, now))?;
        if selfies > 0 {
            tracing::info!(selfies, "deleted unused selfies");
        }
        self.clear_memory(&delete_due(&app.store, due, now)?)?;
        app.store.forget_old_database(now)?;
        app.store.purge_blobs()
    }

    /// Deletes from this process's memory what has expired, and what there was of these deleted events.
    fn clear_memory(&self, deleted: &[EventId]) -> Result<(), StoreError> {
        let app = &self.app;
        (self.clear_memory)(app.clock.now(), deleted);
        app.store.read(|db| {
            app.search.drop_deleted(db)?;
            app.former.close_unused(db)
        })
    }
}

/// Events and faces of events. One transaction for each, so that other writers wait only for one deletion.
fn delete_due(store: &Store, due: Timestamp, now: Timestamp) -> Result<Vec<EventId>, StoreError> {
    let (mut deleted, reason) = (Vec::new(), ErasureReason::Date);
    // Found and deleted in one transaction: the owner may postpone the deletion at any time.
    while let Some(id) = store.write(move |db| {
        let found = events::find_due(db, due)?;
        found.map(|id| erasing::event(db, id, reason, now).map(|_| id)).transpose()
    })? {
        deleted.push(id);
        tracing::info!(event.id = %id, "deleted an event at its time");
    }
    while let Some(id) = store.write(move |db| {
        let found = events::find_due_faces(db, due)?;
        found.map(|id| erasing::faces(db, id, reason, now).map(|_| id)).transpose()
    })? {
        deleted.push(id);
        tracing::info!(event.id = %id, "deleted the faces of an event at their time");
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
        delete_due(&store, clock.now(), clock.now()).unwrap();
        assert_eq!(left(&store), 4);
        clock.advance(hour);
        delete_due(&store, clock.now(), clock.now()).unwrap();
        assert_eq!(left(&store), 2);
        for id in [forever, later] {
            assert!(store.read(|c| events::find(c, id)).unwrap().is_some());
        }
        assert!(store.read(|c| photos::find(c, photo)).unwrap().is_none());
    }
}
