//! Locks on uploads, so that one request at a time writes to each; and the uploads that were finished lately.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedMutexGuard};

use crate::domain::{EventId, PhotoId, UploadId};
use crate::web::{ApiError, ErrorCode};

/// Finished uploads that are remembered.
const MAX_REMEMBERED: usize = 1000;
/// A piece that is asked to stop writes what it has received before it does.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);

/// An upload that has become a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FinishedUpload {
    pub(crate) id: UploadId,
    pub(crate) event_id: EventId,
    pub(crate) size_bytes: u64,
    pub(crate) photo: PhotoId,
    /// Whether the event had the same bytes already.
    pub(crate) known: bool,
}

/// Uploads that requests work on, and those that were finished.
#[derive(Clone, Default)]
pub(crate) struct Uploads(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    locks: HashMap<UploadId, LockEntry>,
    finished: VecDeque<FinishedUpload>,
}

#[derive(Default)]
struct LockEntry {
    lock: Arc<tokio::sync::Mutex<()>>,
    /// Asks the holder to release the lock.
    stop: Arc<Notify>,
}

/// Exclusive use of one upload until this is dropped.
pub(crate) struct UploadLock {
    uploads: Uploads,
    id: UploadId,
    stop: Arc<Notify>,
    guard: Option<OwnedMutexGuard<()>>,
}

impl UploadLock {
    /// Waits until another request wants the upload.
    pub(crate) async fn stop_requested(&self) {
        self.stop.notified().await;
    }
}

impl Drop for UploadLock {
    fn drop(&mut self) {
        let mut inner = self.uploads.inner();
        self.guard = None;
        inner.remove_unused(self.id);
    }
}

/// A request that waits for an upload; dropped when it gets the lock or is abandoned.
struct Waiting<'a> {
    uploads: &'a Uploads,
    id: UploadId,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.uploads.inner().remove_unused(self.id);
    }
}

impl Inner {
    /// Removes a lock without holder and waiters, each of which has a reference to it.
    fn remove_unused(&mut self, id: UploadId) {
        if self.locks.get(&id).is_some_and(|entry| Arc::strong_count(&entry.lock) == 1) {
            self.locks.remove(&id);
        }
    }
}

impl Uploads {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn locked(&self, inner: &mut Inner, id: UploadId, guard: OwnedMutexGuard<()>) -> UploadLock {
        let entry = inner.locks.entry(id).or_default();
        // A new one: stop requests were for the holder before.
        entry.stop = Arc::default();
        UploadLock { uploads: self.clone(), id, stop: entry.stop.clone(), guard: Some(guard) }
    }

    /// Locks an upload, unless another request holds it.
    pub(crate) fn try_lock(&self, id: UploadId) -> Option<UploadLock> {
        let mut inner = self.inner();
        let guard = inner.locks.entry(id).or_default().lock.clone().try_lock_owned().ok()?;
        Some(self.locked(&mut inner, id, guard))
    }

    /// Asks the holder of an upload to stop, and locks it then.
    pub(crate) async fn take_over(&self, id: UploadId) -> Result<UploadLock, ApiError> {
        let lock = {
            let mut inner = self.inner();
            let entry = inner.locks.entry(id).or_default();
            entry.stop.notify_one();
            entry.lock.clone()
        };
        let _waiting = Waiting { uploads: self, id };
        let guard = tokio::time::timeout(STOP_TIMEOUT, lock.lock_owned()).await;
        let guard = guard.map_err(|_| ApiError::from(ErrorCode::UploadBusy))?;
        Ok(self.locked(&mut self.inner(), id, guard))
    }

    /// Remembers an upload, for clients that miss the response.
    pub(crate) fn remember(&self, finished: FinishedUpload) {
        let mut inner = self.inner();
        if inner.finished.len() >= MAX_REMEMBERED {
            inner.finished.pop_front();
        }
        inner.finished.push_back(finished);
    }

    /// A finished upload of this event.
    pub(crate) fn find_finished(&self, event_id: EventId, id: UploadId) -> Option<FinishedUpload> {
        let inner = self.inner();
        inner
            .finished
            .iter()
            .rev()
            .find(|finished| (finished.event_id, finished.id) == (event_id, id))
            .copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_upload_is_locked_by_one_request_and_taken_over_by_the_next() {
        let (uploads, id) = (Uploads::default(), UploadId::random());
        let first = uploads.try_lock(id).unwrap();
        assert!(uploads.try_lock(id).is_none() && uploads.try_lock(UploadId::random()).is_some());
        let holder = async {
            first.stop_requested().await;
            drop(first);
        };
        let ((), second) = tokio::join!(holder, uploads.take_over(id));
        let second = second.unwrap();
        assert!(uploads.try_lock(id).is_none());
        // The request was for the first one.
        tokio::select! {
            biased;
            () = second.stop_requested() => panic!("no request waits"),
            () = std::future::ready(()) => {}
        }
        // Abandoned while the holder still works.
        let waiting = Box::pin(uploads.take_over(id));
        tokio::time::timeout(Duration::ZERO, waiting).await.err().unwrap();
        drop(second);
        assert!(uploads.inner().locks.is_empty());
        drop(uploads.try_lock(id).unwrap());
        assert!(uploads.inner().locks.is_empty());
    }

    #[test]
    fn the_last_finished_uploads_are_remembered() {
        let (uploads, event_id) = (Uploads::default(), EventId::random());
        let finished = || {
            let (id, photo) = (UploadId::random(), PhotoId::random());
            FinishedUpload { id, event_id, size_bytes: 1, photo, known: false }
        };
        let first = finished();
        uploads.remember(first);
        assert_eq!(uploads.find_finished(event_id, first.id), Some(first));
        assert_eq!(uploads.find_finished(EventId::random(), first.id), None);
        (0..MAX_REMEMBERED).for_each(|_| uploads.remember(finished()));
        assert_eq!(uploads.find_finished(event_id, first.id), None);
    }
}
