//! A store in a temporary folder; for tests.

use std::ops::Deref;
use std::path::Path;

use tempfile::TempDir;

use crate::domain::{Event, EventId, PhotoId, Timestamp, User, UserId};
use crate::intake::{Accepted, accept};
use crate::store::tables::{events, users};
use crate::store::{Durability, Store};

pub(crate) const NOW: Timestamp = Timestamp::from_unix_ms(1_000_000);

pub(crate) struct TestStore {
    folder: TempDir,
    store: Store,
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl TestStore {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Durability::Normal).unwrap();
        Self { folder, store }
    }

    /// As if the program had ended and begun again.
    pub(crate) fn reopen(self) -> Self {
        let Self { folder, store } = self;
        drop(store);
        let store = Store::open(folder.path(), Durability::Normal).unwrap();
        Self { folder, store }
    }

    pub(crate) fn add_event(&self) -> EventId {
        let event = Event::new("test".into(), None, NOW);
        let id = event.id;
        self.write(move |tx| events::insert(tx, &event)).unwrap();
        id
    }

    /// Adds a user without privileges.
    pub(crate) fn add_user(&self) -> UserId {
        let user = User::new("Somebody".into(), NOW);
        let id = user.id;
        assert!(self.write(move |tx| users::insert(tx, &user, None)).unwrap());
        id
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Stores bytes that start with a JPEG header.
    pub(crate) fn receive(&self, event_id: EventId, bytes: &[u8]) -> PhotoId {
        let bytes = [b"\xFF\xD8\xFF\xE0", bytes].concat();
        match accept(self, event_id, "a.jpg", bytes.as_slice(), 1000, NOW).unwrap() {
            Accepted::New(id) | Accepted::Known(id) => id,
        }
    }
}
