//! What is new for a guest: as a stream of events while the page is open (server-sent events, WHATWG HTML), and by
//! asking, where streams do not get through.

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

use crate::store::browse::Progress;
use crate::store::marks::Marks;
use crate::store::{browse, events, marks, sessions};
use crate::web::AppState;
use crate::web::access::guest_session::GuestAccess;
use crate::web::error::{ApiError, blocking};
use crate::web::guest::page;
use crate::web::guest::views::{Cursor, News};
use crate::web::http::validate::{Issues, ValidQuery, Validate};
use crate::web::live;
use crate::web::live::Change;

/// A sign of life in both directions, more often than anything between the two loses patience.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// Since when.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Since {
    /// `sequence` of an earlier answer; nothing begins now.
    since: Option<String>,
}

impl Validate for Since {
    fn check(&self, issues: &mut Issues) {
        let known = self.since.as_deref().is_none_or(|text| Cursor::parse(text).is_some());
        issues.expect(known, "since", "value", "expected the `sequence` of an earlier answer");
    }
}

/// What is new since an earlier answer.
pub(in crate::web) async fn ask(
    State(state): State<AppState>,
    guest: GuestAccess,
    ValidQuery(query): ValidQuery<Since>,
) -> Result<Json<News>, ApiError> {
    let known = query.since.as_deref().and_then(Cursor::parse);
    Ok(Json(news(&state, &guest, known).await?))
}

async fn news(state: &AppState, guest: &GuestAccess, known: Option<Cursor>) -> Result<News, ApiError> {
    let face = state.0.standing.find(guest.token_hash, state.now());
    let (inner, event, session) = (state.0.clone(), guest.event.id, guest.token_hash);
    let turn = state.0.lookups.turn().await?;
    blocking(move || {
        let _turn = turn;
        let context = &inner.settings.context;
        let (progress, arrived, others) = context.store.read(|connection| {
            let now = browse::progress(connection, event)?;
            let Some(Cursor(known)) = known else { return Ok((now, Vec::new(), false)) };
            let known = Progress { visible: now.visible, ..known };
            let changes = browse::changes(connection, event, context.pack_id, known)?;
            Ok(changes.map_or((now, Vec::new(), false), |new| (new.progress, new.arrived, new.others)))
        })?;
        let marks = context.store.read(|c| marks::find(c, session))?;
        Ok(News::new(&inner, progress, &arrived, (face.as_ref(), &marks), others))
    })
    .await
}

/// The same, as it happens.
pub(in crate::web) async fn stream(
    State(state): State<AppState>,
    guest: GuestAccess,
    headers: HeaderMap,
    ValidQuery(query): ValidQuery<Since>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    // A browser that reconnects says what it heard last.
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).and_then(Cursor::parse);
    let known = last.or(query.since.as_deref().and_then(Cursor::parse));
    // In this order, so that nothing falls between the two.
    let changes = live::follow(&state, guest.event.id).await?;
    let first = news(&state, &guest, known).await?;
    let Some(Cursor(heard)) = Cursor::parse(first.cursor()) else {
        return Err(ApiError::internal(&std::io::Error::other("a cursor cannot be read again")));
    };
    let mut waiting = VecDeque::new();
    if first.refresh {
        waiting.push_back(refresh());
    }
    let searching = first.searching;
    waiting.extend(news_event(&first));
    let (checked_at, forgotten) = (Instant::now(), state.0.standing.listen());
    let follower = Follower { state, guest, changes, heard, searching, waiting, checked_at, forgotten };
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

/// One page that listens.
struct Follower {
    state: AppState,
    guest: GuestAccess,
    changes: Receiver<Change>,
    /// What the page knows.
    heard: Progress,
    /// Whether the guest's face was known when the page was last told something.
    searching: bool,
    waiting: VecDeque<Event>,
    /// When it was last looked whether the guest may listen.
    checked_at: Instant,
    /// Tells whenever somebody's face is forgotten.
    forgotten: watch::Receiver<()>,
}

impl Follower {
    /// The next event; `None` ends the stream, and the page asks again and is told why.
    async fn next(&mut self) -> Option<Event> {
        let mut stopped = std::pin::pin!(self.state.0.live.stopped());
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            tokio::select! {
                change = self.changes.recv() => match change {
                    Ok(change) => self.hear(change).await?,
                    Err(RecvError::Lagged(_)) => self.waiting.push_back(refresh()),
                    Err(RecvError::Closed) => return None,
                },
                () = tokio::time::sleep_until(self.checked_at + HEARTBEAT) => {
                    self.check_session().await?;
                    self.waiting.push_back(Event::default().comment("here"));
                }
                told = self.forgotten.changed() => told.ok()?,
                () = &mut stopped => return None,
            }
            // Also says that the page is there.
            let searching = self.state.0.standing.find(self.guest.token_hash, self.state.now()).is_some();
            if self.searching && !searching {
                self.waiting.push_back(Event::default().event("over").data("{}"));
            }
            self.searching = searching;
        }
    }

    async fn hear(&mut self, change: Change) -> Option<()> {
        match change {
            Change::Arrived(arrival) if arrival.progress.sequence > self.heard.sequence => {
                let heard = self.heard.sequence;
                let new: Vec<_> = arrival.photos.iter().filter(|new| new.sequence > heard).cloned().collect();
                self.heard = arrival.progress;
                let face = self.state.0.standing.find(self.guest.token_hash, self.state.now());
                let news = News::new(
                    &self.state.0,
                    arrival.progress,
                    &new,
                    (face.as_ref(), &Marks::default()),
                    false,
                );
                self.waiting.extend(news_event(&news));
            }
            Change::Other(progress) if progress.revision > self.heard.revision => {
                self.heard = Progress { sequence: self.heard.sequence, ..progress };
                self.check_session().await?;
                self.waiting.push_back(refresh());
                // The count of photos changed too.
                let mut news = News::new(&self.state.0, self.heard, &[], (None, &Marks::default()), true);
                let face = self.state.0.standing.find(self.guest.token_hash, self.state.now());
                news.searching = face.is_some();
                self.waiting.extend(news_event(&news));
            }
            Change::Arrived(_) | Change::Other(_) => {}
            Change::Gone => return None,
        }
        Some(())
    }

    /// `None` when the guest's session is over: it expired, was ended, the event was closed or its password changed.
    async fn check_session(&mut self) -> Option<()> {
        self.checked_at = Instant::now();
        let (store, now, session) = (self.state.store(), self.state.now(), self.guest.token_hash);
        let event = self.guest.event.id;
        let found = blocking(move || {
            Ok(store.read(|connection| {
                let session = sessions::find(connection, session, page::CONSENT_VERSION, now)?;
                Ok(session.is_some()
                    && events::find(connection, event)?.is_some_and(|e| e.closed_at.is_none()))
            })?)
        });
        found.await.ok().filter(|goes_on| *goes_on).map(|_| ())
    }
}
