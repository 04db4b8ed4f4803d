//! Who may write a file: of one camera's transfers to one path, the last one. The one before may hang in a connection
//! that is dead without the server's knowing, so it is asked to stop, and keeps what it has.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedMutexGuard};

use crate::domain::SourceId;

/// A transfer that is asked to stop writes what it has received before it does.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);

type Key = (SourceId, String);

/// Of all files on their way.
#[derive(Clone, Default)]
pub(super) struct Turns(Arc<Mutex<HashMap<Key, Entry>>>);

#[derive(Default)]
struct Entry {
    lock: Arc<tokio::sync::Mutex<()>>,
    /// Asks the holder, or who waits, to stop.
    stop: Arc<Notify>,
    /// Holder and those who wait.
    users: usize,
}

/// The right to write a file, until it is dropped.
pub(super) struct Turn {
    turns: Turns,
    key: Key,
    stop: Arc<Notify>,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    fn entries(&self) -> MutexGuard<'_, HashMap<Key, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the holder to stop, and waits for that; `None` if it takes too long.
    pub(super) async fn take_over(&self, camera: SourceId, path: &str) -> Option<Turn> {
        let key = (camera, path.to_owned());
        let stop = Arc::<Notify>::default();
        let lock = {
            let mut entries = self.entries();
            let entry = entries.entry(key.clone()).or_default();
            entry.users += 1;
            std::mem::replace(&mut entry.stop, stop.clone()).notify_one();
            entry.lock.clone()
        };
        let mut turn = Turn { turns: self.clone(), key, stop, guard: None };
        turn.guard = Some(tokio::time::timeout(STOP_TIMEOUT, lock.lock_owned()).await.ok()?);
        Some(turn)
    }
}

impl Turn {
    /// Waits until another transfer wants the file.
    pub(super) async fn stop_requested(&self) {
        self.stop.notified().await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.guard = None;
        let mut entries = self.turns.entries();
        if let Some(entry) = entries.get_mut(&self.key) {
            entry.users -= 1;
            if entry.users == 0 {
                entries.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_transfer_of_a_file_gets_it() {
        let (turns, camera) = (Turns::default(), SourceId::random());
        let first = turns.take_over(camera, "/A").await.unwrap();
        // Other files and other cameras do not wait.
        let other = turns.take_over(camera, "/B").await.unwrap();
        let of_other = turns.take_over(SourceId::random(), "/A").await.unwrap();
        let holder = async {
            first.stop_requested().await;
            drop(first);
        };
        let ((), second) = tokio::join!(holder, turns.take_over(camera, "/A"));
        assert!(
            tokio::time::timeout(Duration::ZERO, second.as_ref().unwrap().stop_requested()).await.is_err()
        );
        drop((second, other, of_other));
        assert!(turns.entries().is_empty());
    }
}
