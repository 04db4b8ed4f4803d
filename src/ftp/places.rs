//! The sessions that there may be at a time: of one camera, and in all. A camera that loses its Wi-Fi leaves sessions
//! behind that the server takes for alive, so the least active one ends for a new one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::domain::SourceId;

/// In all.
const MAX_SESSIONS: usize = 100;
/// Signed in as one camera.
const MAX_OF_CAMERA: usize = 10;

/// All places.
#[derive(Clone, Default)]
pub(super) struct Places(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    /// Counts places and what their sessions do.
    clock: u64,
    taken: Vec<Taken>,
}

struct Taken {
    id: u64,
    camera: Option<SourceId>,
    /// By the clock.
    active_at: u64,
    stop: Arc<Notify>,
}

/// A session's right to be there, until it is dropped.
pub(super) struct Place {
    places: Places,
    id: u64,
    stop: Arc<Notify>,
}

impl Places {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For a new connection; if all are taken, a session ends that has not signed in. `None` if there is none.
    pub(super) fn take(&self) -> Option<Place> {
        let mut inner = self.inner();
        if inner.taken.len() >= MAX_SESSIONS && !inner.end_idlest(None) {
            return None;
        }
        inner.clock += 1;
        let (id, stop) = (inner.clock, Arc::<Notify>::default());
        inner.taken.push(Taken { id, camera: None, active_at: id, stop: stop.clone() });
        Some(Place { places: self.clone(), id, stop })
    }

    /// Asks all sessions to end.
    pub(super) fn stop_all(&self) {
        self.inner().taken.iter().for_each(|taken| taken.stop.notify_one());
    }
}

impl Inner {
    /// Ends the least active session that is signed in as this camera, or as none. Its place is free at once.
    fn end_idlest(&mut self, camera: Option<SourceId>) -> bool {
        let of_camera = self.taken.iter().enumerate().filter(|(_, taken)| taken.camera == camera);
        let Some((at, _)) = of_camera.min_by_key(|(_, taken)| taken.active_at) else { return false };
        self.taken.swap_remove(at).stop.notify_one();
        true
    }
}

impl Place {
    /// The session has signed in as this camera.
    pub(super) fn sign_in(&self, camera: SourceId) {
        let mut inner = self.places.inner();
        let others = inner.taken.iter().filter(|taken| taken.camera == Some(camera) && taken.id != self.id);
        if others.count() >= MAX_OF_CAMERA {
            inner.end_idlest(Some(camera));
        }
        if let Some(taken) = inner.taken.iter_mut().find(|taken| taken.id == self.id) {
            taken.camera = Some(camera);
        }
    }

    /// The session does something.
    pub(super) fn is_active(&self) {
        let mut inner = self.places.inner();
        inner.clock += 1;
        let now = inner.clock;
        if let Some(taken) = inner.taken.iter_mut().find(|taken| taken.id == self.id) {
            taken.active_at = now;
        }
    }

    /// Waits until the session has to end.
    pub(super) async fn stop_requested(&self) {
        self.stop.notified().await;
        // For the next wait.
        self.stop.notify_one();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.inner().taken.retain(|taken| taken.id != self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_stopped(place: &Place) -> bool {
        let mut stopped = std::pin::pin!(place.stop_requested());
        let waker = std::task::Waker::noop();
        stopped.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_ready()
    }

    #[test]
    fn the_least_active_session_of_a_camera_ends_for_a_new_one() {
        let (places, camera) = (Places::default(), SourceId::random());
        let taken: Vec<Place> = (0..=MAX_OF_CAMERA).map(|_| places.take().unwrap()).collect();
        taken[..MAX_OF_CAMERA].iter().for_each(|place| place.sign_in(camera));
        taken[0].is_active();
        assert!(!taken.iter().any(is_stopped));
        taken[MAX_OF_CAMERA].sign_in(camera);
        let stopped: Vec<usize> = (0..taken.len()).filter(|&at| is_stopped(&taken[at])).collect();
        assert_eq!(stopped, [1]);
        // It stays stopped.
        assert!(is_stopped(&taken[1]));
    }

    #[test]
    fn strangers_do_not_keep_cameras_out() {
        let places = Places::default();
        let strangers: Vec<Place> = (0..MAX_SESSIONS).map(|_| places.take().unwrap()).collect();
        let cameras: Vec<Place> = (0..MAX_SESSIONS).map(|_| places.take().unwrap()).collect();
        assert!(strangers.iter().all(is_stopped));
        for place in &cameras {
            place.sign_in(SourceId::random());
        }
        assert!(places.take().is_none());
        places.stop_all();
        assert!(cameras.iter().all(is_stopped));
        drop(cameras);
        assert!(places.inner().taken.is_empty());
    }
}
