//! News for a guest's page: as a stream (server-sent events, WHATWG HTML), and by polling for networks that block
//! streams.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, Sse};
use futures_util::Stream;
use serde::Deserialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::store::browse::{Changes, Progress};
use crate::store::marks::Marks;
use crate::store::{browse, events, marks, sessions};
use crate::web::access::guest_session::GuestAccess;
use crate::web::guest::live::{self, ArrivedPhoto, EventChange};
use crate::web::guest::views::{Cursor, News};
use crate::web::http::holder;
use crate::web::http::pool::Place;
use crate::web::http::validate::{Issues, ValidQuery, Validate};
use crate::web::{ApiError, AppState, ErrorCode};

/// Shorter than the idle timeouts of proxies in between.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// Where news start.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Since {
    /// `sequence` of an earlier answer; none means now.
    since: Option<String>,
}

impl Validate for Since {
    fn check(&self, issues: &mut Issues) {
        let known = self.since.as_deref().is_none_or(|text| Cursor::parse(text).is_some());
        issues.expect(known, "since", "value", "expected the `sequence` of an earlier answer");
    }
}

/// News since an earlier answer.
pub(crate) async fn ask(
    State(state): State<AppState>,
    guest: GuestAccess,
    ValidQuery(query): ValidQuery<Since>,
) -> Result<Json<News>, ApiError> {
    let known = query.since.as_deref().and_then(Cursor::parse);
    Ok(Json(news(&state, &guest, known).await?))
}

async fn news(state: &AppState, guest: &GuestAccess, known: Option<Cursor>) -> Result<News, ApiError> {
    let face = state.0.active_faces.find(guest, state.now());
    let (settings, event, session) = (state.0.settings.clone(), guest.event.id, guest.token_hash);
    let news = state.0.lookups.run(move || {
        let app = &settings.app;
        let (progress, arrived, others) = app.store.read(|db| {
            let now = browse::progress(db, event)?;
            let Some(Cursor(known)) = known else { return Ok((now, Vec::new(), false)) };
            let known = Progress { visible: now.visible, ..known };
            let changes = browse::changes(db, event, app.pack_id, known)?;
            let Some(Changes { progress, arrived, others }) = changes else {
                return Ok((now, Vec::new(), false));
            };
            Ok((progress, ArrivedPhoto::prepare(app, db, event, arrived)?, others))
        })?;
        let marks = app.store.read(|db| marks::find(db, session))?;
        Ok(News::new(&settings, progress, arrived.iter(), (face.as_deref(), &marks), others))
    });
    news.await
}

/// The same, as a stream.
pub(crate) async fn stream(
    State(state): State<AppState>,
    guest: GuestAccess,
    headers: HeaderMap,
    ValidQuery(query): ValidQuery<Since>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    // A browser that reconnects names its last event.
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).and_then(Cursor::parse);
    let known = last.or(query.since.as_deref().and_then(Cursor::parse));
    // In this order, so that nothing is missed between the two.
    let changes = live::subscribe(&state, guest.event.id).await?;
    let first = news(&state, &guest, known).await?;
    let Some(Cursor(known)) = Cursor::parse(first.cursor()) else {
        return Err(ApiError::internal(&std::io::Error::other("a cursor cannot be read again")));
    };
    let mut pending = VecDeque::new();
    if first.refresh {
        pending.push_back(refresh());
    }
    let searching = first.searching;
    pending.extend(news_event(&first));
    let place = state.0.streams.take(holder::current()).ok_or(ErrorCode::Busy)?;
    let (checked_at, deletions) = (Instant::now(), state.0.active_faces.deletions());
    let follower =
        Follower { state, guest, place, changes, known, searching, pending, checked_at, deletions };
    Ok(Sse::new(futures_util::stream::unfold(follower, |mut follower| async move {
        follower.next().await.map(|event| (Ok(event), follower))
    })))
}

fn news_event(news: &News) -> Option<Event> {
    Event::default().event("news").id(news.cursor()).json_data(news).ok()
}

fn refresh() -> Event {
    Event::default().event("refresh").data("{}")
}

/// One page's stream.
struct Follower {
    state: AppState,
    guest: GuestAccess,
    place: Place,
    changes: Receiver<EventChange>,
    /// The event's state as the page knows it.
    known: Progress,
    /// Whether the guest had an active face when the last event was sent.
    searching: bool,
    pending: VecDeque<Event>,
    /// When the guest's session was last checked.
    checked_at: Instant,
    /// Signals that an active face was deleted, this guest's or another's.
    deletions: watch::Receiver<()>,
}

impl Follower {
    /// The next event; `None` ends the stream. The page then polls, and learns why.
    async fn next(&mut self) -> Option<Event> {
        let mut stopped = std::pin::pin!(self.state.0.channels.stopped());
        let mut ended = std::pin::pin!(self.place.ended());
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(event);
            }
            tokio::select! {
                change = self.changes.recv() => match change {
                    Ok(change) => self.apply(change).await?,
                    Err(RecvError::Lagged(_)) => self.pending.push_back(refresh()),
                    Err(RecvError::Closed) => return None,
                },
                () = tokio::time::sleep_until(self.checked_at + HEARTBEAT) => {
                    self.check_session().await?;
                    self.pending.push_back(Event::default().comment("here"));
                }
                signal = self.deletions.changed() => signal.ok()?,
                () = &mut stopped => return None,
                () = &mut ended => return None,
            }
            // The page asks again, and gets to the node that remembers its guest.
            if !self.state.is_own(self.guest.event.id) {
                return None;
            }
            // Also keeps the face active.
            let searching = self.state.0.active_faces.find(&self.guest, self.state.now()).is_some();
            if self.searching && !searching {
                self.pending.push_back(Event::default().event("over").data("{}"));
            }
            self.searching = searching;
        }
    }

    async fn apply(&mut self, change: EventChange) -> Option<()> {
        match change {
            EventChange::Arrived(arrival) if arrival.progress.sequence > self.known.sequence => {
                let known = self.known.sequence;
                let new = arrival.photos.iter().filter(|new| new.sequence > known);
                self.known = arrival.progress;
                let face = self.state.0.active_faces.find(&self.guest, self.state.now());
                let news = News::new(
                    &self.state.0.settings,
                    arrival.progress,
                    new,
                    (face.as_deref(), &Marks::default()),
                    false,
                );
                self.pending.extend(news_event(&news));
            }
            EventChange::Other(progress) if progress.revision > self.known.revision => {
                self.known = Progress { sequence: self.known.sequence, ..progress };
                self.check_session().await?;
                self.pending.push_back(refresh());
                // The number of photos may have changed too.
                let mut news =
                    News::new(&self.state.0.settings, self.known, [], (None, &Marks::default()), true);
                let face = self.state.0.active_faces.find(&self.guest, self.state.now());
                news.searching = face.is_some();
                self.pending.extend(news_event(&news));
            }
            EventChange::Arrived(_) | EventChange::Other(_) => {}
            EventChange::Deleted => return None,
        }
        Some(())
    }

    /// `None` when the session has ended: it expired, the guest left, the event was closed or has a new password.
    async fn check_session(&mut self) -> Option<()> {
        self.checked_at = Instant::now();
        let (now, session, event) = (self.state.now(), self.guest.token_hash, self.guest.event.id);
        let event = self.state.read(move |db| {
            let session = sessions::find(db, session, now)?;
            Ok(if session.is_some() { events::find(db, event)? } else { None })
        });
        self.guest.event = event.await.ok().flatten().filter(|event| event.closed_at.is_none())?.into();
        Some(())
    }
}
