//! What changes in an event while somebody looks at its pages. One task for each event that is looked at asks the
//! database every second, so that photos are noticed whoever indexed them, and tells all who look.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{broadcast, watch};

use super::AppState;
use super::error::{ApiError, blocking};
use crate::domain::EventId;
use crate::store::browse::{self, Progress, WithFaces};

const PAUSE: Duration = Duration::from_secs(1);
/// Whoever is further behind is told to look anew.
const KEPT_CHANGES: usize = 64;

/// What happened in an event.
#[derive(Clone)]
pub(super) enum Change {
    /// Photos became searchable.
    Arrived(Arc<Arrival>),
    /// Something that was there before changed: photos were hidden, shown or deleted, settings changed.
    Other(Progress),
    /// The event was deleted.
    Gone,
}

/// New photos.
pub(super) struct Arrival {
    /// Where the event stands with them.
    pub(super) progress: Progress,
    /// Those that guests may see.
    pub(super) photos: Vec<WithFaces>,
}

/// Who looks at which event.
pub(super) struct Live {
    events: Mutex<HashMap<EventId, broadcast::Sender<Change>>>,
    stop: watch::Sender<bool>,
}

impl Default for Live {
    fn default() -> Self {
        Self { events: Mutex::default(), stop: watch::Sender::new(false) }
    }
}

impl Live {
    fn events(&self) -> MutexGuard<'_, HashMap<EventId, broadcast::Sender<Change>>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all streams: the server stops.
    pub(super) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Resolves when the server stops.
    pub(super) fn stopped(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut stop = self.stop.subscribe();
        async move {
            stop.wait_for(|stopped| *stopped).await.ok();
        }
    }
}

/// All changes of an event from now on. Whoever asks the database how things stand after this call misses none; what
/// is told may be older than that.
pub(super) async fn follow(
    state: &AppState,
    event: EventId,
) -> Result<broadcast::Receiver<Change>, ApiError> {
    let store = state.store();
    let before = blocking(move || Ok(store.read(|c| browse::progress(c, event))?)).await?;
    let mut events = state.0.live.events();
    if let Some(sender) = events.get(&event) {
        return Ok(sender.subscribe());
    }
    let (sender, receiver) = broadcast::channel(KEPT_CHANGES);
    events.insert(event, sender);
    drop(events);
    tokio::spawn(watch_event(state.clone(), event, before));
    Ok(receiver)
}

/// Until nobody looks any more.
async fn watch_event(state: AppState, event: EventId, mut known: Progress) {
    let mut stopped = std::pin::pin!(state.0.live.stopped());
    loop {
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = &mut stopped => return,
        }
        {
            let mut events = state.0.live.events();
            if events.get(&event).is_none_or(|sender| sender.receiver_count() == 0) {
                events.remove(&event);
                return;
            }
        }
        let (inner, since) = (state.0.clone(), known);
        let changes = blocking(move || {
            let context = &inner.settings.context;
            Ok(context.store.read(|c| browse::changes(c, event, context.pack_id, since))?)
        });
        // The reason of a failure is in the log; the next look may succeed.
        let Ok(changes) = changes.await else { continue };
        let Some(changes) = changes else {
            tell(&state, event, Change::Gone);
            continue;
        };
        // In this order: whoever has heard of the arrival has heard of everything up to it.
        if changes.others {
            tell(&state, event, Change::Other(changes.progress));
        }
        if changes.progress.sequence > known.sequence {
            let arrival = Arrival { progress: changes.progress, photos: changes.arrived };
            tell(&state, event, Change::Arrived(Arc::new(arrival)));
        }
        known = changes.progress;
    }
}

fn tell(state: &AppState, event: EventId, change: Change) {
    if let Some(sender) = state.0.live.events().get(&event) {
        sender.send(change).ok();
    }
}
