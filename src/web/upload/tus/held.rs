//! Who works on which upload, so that pieces never mix; and which uploads were finished lately.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedMutexGuard};

use crate::domain::{EventId, PhotoId, UploadId};
use crate::web::error::ApiError;
use crate::web::error_code::ErrorCode;

/// Finished uploads that are remembered.
const REMEMBERED: usize = 1000;
/// A piece that is asked to end writes what it has, and then does.
const PATIENCE: Duration = Duration::from_secs(20);

/// An upload that has become a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) struct Finished {
    pub(in crate::web) id: UploadId,
    pub(in crate::web) event_id: EventId,
    pub(in crate::web) size_bytes: u64,
    pub(in crate::web) photo: PhotoId,
    /// Whether the event had the same bytes already.
    pub(in crate::web) known: bool,
}

/// Uploads that somebody works on, and those that ended.
#[derive(Clone, Default)]
pub(in crate::web) struct Uploads(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    places: HashMap<UploadId, Place>,
    finished: VecDeque<Finished>,
}

#[derive(Default)]
struct Place {
    lock: Arc<tokio::sync::Mutex<()>>,
    /// Asks whoever holds the lock to let go.
    stop: Arc<Notify>,
}

/// One upload, for one request alone until this is dropped.
pub(in crate::web) struct Held {
    uploads: Uploads,
    id: UploadId,
    stop: Arc<Notify>,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Held {
    /// Waits until somebody else wants the upload.
    pub(in crate::web) async fn is_wanted(&self) {
        self.stop.notified().await;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut inner = self.uploads.inner();
        self.guard = None;
        inner.tidy(self.id);
    }
}

/// Somebody waits for an upload until this is dropped, be it because the request was given up.
struct Waiting<'a> {
    uploads: &'a Uploads,
    id: UploadId,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.uploads.inner().tidy(self.id);
    }
}

impl Inner {
    /// Forgets a place that nobody has or waits for: each of them has a handle of its lock.
    fn tidy(&mut self, id: UploadId) {
        if self.places.get(&id).is_some_and(|place| Arc::strong_count(&place.lock) == 1) {
            self.places.remove(&id);
        }
    }
}

impl Uploads {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self, inner: &mut Inner, id: UploadId, guard: OwnedMutexGuard<()>) -> Held {
        // Afresh: who asked the one before to let go did not mean this one.
        let place = inner.places.entry(id).or_default();
        place.stop = Arc::default();
        Held { uploads: self.clone(), id, stop: place.stop.clone(), guard: Some(guard) }
    }

    /// The upload, unless somebody holds it.
    pub(in crate::web) fn hold(&self, id: UploadId) -> Option<Held> {
        let mut inner = self.inner();
        let guard = inner.places.entry(id).or_default().lock.clone().try_lock_owned().ok()?;
        Some(self.held(&mut inner, id, guard))
    }

    /// The upload, as soon as whoever holds it lets go.
    pub(in crate::web) async fn take_over(&self, id: UploadId) -> Result<Held, ApiError> {
        let lock = {
            let mut inner = self.inner();
            let place = inner.places.entry(id).or_default();
            place.stop.notify_one();
            place.lock.clone()
        };
        let _waiting = Waiting { uploads: self, id };
        let guard = tokio::time::timeout(PATIENCE, lock.lock_owned()).await;
        let guard = guard.map_err(|_| ApiError::from(ErrorCode::UploadBusy))?;
        Ok(self.held(&mut self.inner(), id, guard))
    }

    /// For clients that miss the answer.
    pub(in crate::web) fn remember(&self, finished: Finished) {
        let mut inner = self.inner();
        if inner.finished.len() >= REMEMBERED {
            inner.finished.pop_front();
        }
        inner.finished.push_back(finished);
    }

    /// What became of an upload of this event.
    pub(in crate::web) fn find_finished(&self, event_id: EventId, id: UploadId) -> Option<Finished> {
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
    async fn an_upload_is_held_by_one_and_taken_over_by_the_next() {
        let (uploads, id) = (Uploads::default(), UploadId::random());
        let first = uploads.hold(id).unwrap();
        assert!(uploads.hold(id).is_none() && uploads.hold(UploadId::random()).is_some());
        let holder = async {
            first.is_wanted().await;
            drop(first);
        };
        let ((), second) = tokio::join!(holder, uploads.take_over(id));
        let second = second.unwrap();
        assert!(uploads.hold(id).is_none());
        // The wish was for the first one.
        tokio::select! {
            biased;
            () = second.is_wanted() => panic!("nobody wants it"),
            () = std::future::ready(()) => {}
        }
        // Given up while the first one still works, and after it.
        let waiting = Box::pin(uploads.take_over(id));
        tokio::time::timeout(Duration::ZERO, waiting).await.err().unwrap();
        drop(second);
        assert!(uploads.inner().places.is_empty());
        drop(uploads.hold(id).unwrap());
        assert!(uploads.inner().places.is_empty());
    }

    #[test]
    fn the_last_ones_are_remembered() {
        let (uploads, event_id) = (Uploads::default(), EventId::random());
        let finished = || {
            let (id, photo) = (UploadId::random(), PhotoId::random());
            Finished { id, event_id, size_bytes: 1, photo, known: false }
        };
        let first = finished();
        uploads.remember(first);
        assert_eq!(uploads.find_finished(event_id, first.id), Some(first));
        assert_eq!(uploads.find_finished(EventId::random(), first.id), None);
        (0..REMEMBERED).for_each(|_| uploads.remember(finished()));
        assert_eq!(uploads.find_finished(event_id, first.id), None);
    }
}
