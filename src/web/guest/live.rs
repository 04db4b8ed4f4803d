//! Changes of an event, for open pages. One task for each event with subscribers polls the database, so that photos are
//! noticed whichever process indexed them, and sends what changed to all subscribers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{broadcast, watch};

use crate::app::App;
use crate::domain::{EventId, FaceBox, Photo};
use crate::search::Candidate;
use crate::store::browse::{self, Changes, Progress, WithFaces};
use crate::store::{Reader, StoreError};
use crate::web::{ApiError, AppState};

const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// A subscriber that falls further behind must load everything again.
const CHANNEL_CAPACITY: usize = 64;

/// What happened in an event.
#[derive(Clone)]
pub(crate) enum EventChange {
    /// Photos became searchable.
    Arrived(Arc<Arrival>),
    /// Something else changed: photos were hidden, shown or deleted, or the event was edited.
    Other(Progress),
    /// The event was deleted.
    Deleted,
}

/// New photos.
pub(crate) struct Arrival {
    /// The event's state with them.
    pub(crate) progress: Progress,
    /// Those that are visible.
    pub(crate) photos: Vec<ArrivedPhoto>,
}

/// A new photo with its faces, ready to be compared with those of guests.
pub(crate) struct ArrivedPhoto {
    /// Its number in the order in which photos became searchable.
    pub(crate) sequence: u64,
    pub(crate) photo: Photo,
    /// Boxes in the photo's pixels.
    pub(crate) faces: Vec<(FaceBox, Candidate)>,
}

impl ArrivedPhoto {
    /// Prepares photos of an event; queries the database.
    pub(crate) fn prepare(
        app: &App,
        db: &Reader,
        event: EventId,
        new: Vec<WithFaces>,
    ) -> Result<Vec<Self>, StoreError> {
        let mut prepared =
            app.search.prepare(db, event, new.iter().flat_map(|photo| &photo.faces))?.into_iter();
        let photo = |WithFaces { sequence, photo, faces }: WithFaces| Self {
            sequence,
            photo,
            faces: prepared.by_ref().take(faces.len()).collect(),
        };
        Ok(new.into_iter().map(photo).collect())
    }
}

/// A channel for each event with subscribers.
pub(crate) struct EventChannels {
    events: Mutex<HashMap<EventId, broadcast::Sender<EventChange>>>,
    stop: watch::Sender<bool>,
}

impl Default for EventChannels {
    fn default() -> Self {
        Self { events: Mutex::default(), stop: watch::Sender::new(false) }
    }
}

impl EventChannels {
    fn events(&self) -> MutexGuard<'_, HashMap<EventId, broadcast::Sender<EventChange>>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, event: EventId, change: EventChange) {
        if let Some(sender) = self.events().get(&event) {
            sender.send(change).ok();
        }
    }

    /// Ends all streams, because the server stops.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Resolves when the server stops.
    pub(crate) fn stopped(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut stop = self.stop.subscribe();
        async move {
            stop.wait_for(|stopped| *stopped).await.ok();
        }
    }
}

/// All changes of an event from now on. A caller that reads the event's state after this call misses none; a change may
/// be older than that state.
pub(crate) async fn subscribe(
    state: &AppState,
    event: EventId,
) -> Result<broadcast::Receiver<EventChange>, ApiError> {
    let before = state.read(move |db| browse::progress(db, event)).await?;
    let mut events = state.0.channels.events();
    if let Some(sender) = events.get(&event) {
        return Ok(sender.subscribe());
    }
    let (sender, receiver) = broadcast::channel(CHANNEL_CAPACITY);
    events.insert(event, sender);
    drop(events);
    tokio::spawn(poll_event(state.clone(), event, before));
    Ok(receiver)
}

/// Runs until the event has no subscriber.
async fn poll_event(state: AppState, event: EventId, mut known: Progress) {
    let (channels, pack) = (&state.0.channels, state.0.settings.app.pack_id);
    let mut stopped = std::pin::pin!(channels.stopped());
    loop {
        tokio::select! {
            () = tokio::time::sleep(POLL_INTERVAL) => {}
            () = &mut stopped => return,
        }
        {
            let mut events = channels.events();
            if events.get(&event).is_none_or(|sender| sender.receiver_count() == 0) {
                events.remove(&event);
                return;
            }
        }
        let since = known;
        // The next poll may succeed.
        let app = state.0.settings.app.clone();
        let changes = state.read(move |db| {
            let Some(changes) = browse::changes(db, event, pack, since)? else { return Ok(None) };
            let Changes { progress, arrived, others } = changes;
            Ok(Some((progress, ArrivedPhoto::prepare(&app, db, event, arrived)?, others)))
        });
        let Ok(changes) = changes.await else { continue };
        let Some((progress, photos, others)) = changes else {
            channels.publish(event, EventChange::Deleted);
            continue;
        };
        // In this order: subscribers that have an arrival have everything up to it.
        if others {
            channels.publish(event, EventChange::Other(progress));
        }
        if progress.sequence > known.sequence {
            channels.publish(event, EventChange::Arrived(Arc::new(Arrival { progress, photos })));
        }
        known = progress;
    }
}
