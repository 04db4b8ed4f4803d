//! Answers under way on one connection. While there are some it is not idle; HTTP/2 has many at once, and a client that
//! takes nothing of one of them is cut off, although its connection is alive.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::time::Instant;

use super::pace::Pace;
use super::pool::{Ends, Place};
use crate::limits::Holder;

/// Given to HTTP/2 at once: little enough that the client takes it within the timeout.
const PIECE: usize = 64 << 10;

/// Those of one connection.
pub(super) struct Answers {
    place: Place,
    timeout: Duration,
    state: Mutex<State>,
}

struct State {
    /// By number: until when the client must take what it was given; `None` while it is not waited for.
    running: HashMap<u64, Option<Instant>>,
    last_number: u64,
    idle_since: Instant,
}

/// Why a connection of HTTP/2 is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing was asked for a while.
    Idle,
    /// The client does not take an answer.
    Stalled,
}

impl Answers {
    pub(super) fn new(place: Place, timeout: Duration) -> Arc<Self> {
        place.set_ends(Ends::First);
        let state = State { running: HashMap::new(), last_number: 0, idle_since: Instant::now() };
        Arc::new(Self { place, timeout, state: Mutex::new(state) })
    }

    /// From a request's head to the end of its answer.
    pub(super) fn start(self: &Arc<Self>, holder: Holder) -> Running {
        let mut state = self.lock();
        state.last_number += 1;
        let number = state.last_number;
        state.running.insert(number, None);
        self.place.set_holder(holder);
        self.place.set_ends(Ends::Next);
        Running { number, answers: self.clone() }
    }

    /// Resolves when the connection is idle for longer than the timeout, or its client does not take an answer.
    pub(super) async fn end(&self) -> End {
        let started = Instant::now();
        loop {
            tokio::time::sleep(self.timeout / 4).await;
            let (now, state) = (Instant::now(), self.lock());
            if state.running.values().flatten().any(|deadline| *deadline <= now) {
                return End::Stalled;
            }
            if state.running.is_empty() && now - state.idle_since.max(started) >= self.timeout {
                return End::Idle;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of them.
pub(super) struct Running {
    number: u64,
    answers: Arc<Answers>,
}

impl Running {
    fn wait_until(&self, deadline: Option<Instant>) {
        self.answers.lock().running.insert(self.number, deadline);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.answers.lock();
        state.running.remove(&self.number);
        if state.running.is_empty() {
            state.idle_since = Instant::now();
            self.answers.place.set_ends(Ends::First);
        }
    }
}

/// The body of an answer, which is under way until this is dropped.
pub(super) struct AnswerBody {
    body: Body,
    running: Running,
    /// For HTTP/2: the client's pace, what it was given last, and what follows.
    paced: Option<(Pace, usize, Bytes)>,
}

impl AnswerBody {
    pub(super) fn new(body: Body, running: Running, is_http2: bool) -> Self {
        let paced = is_http2.then(|| (Pace::new(running.answers.timeout), 0, Bytes::new()));
        Self { body, running, paced }
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Self { body, running, paced } = &mut *self;
        let Some((pace, given, rest)) = paced else { return Pin::new(body).poll_frame(context) };
        // Asking for more means that there is room for it: the client has taken the last piece.
        let now = Instant::now();
        pace.moved(std::mem::take(given), now);
        let mut piece = std::mem::take(rest);
        if piece.is_empty() {
            running.wait_until(None);
            match std::task::ready!(Pin::new(body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => piece = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                end => return Poll::Ready(end),
            }
        }
        if piece.len() > PIECE {
            *rest = piece.split_off(PIECE);
        }
        *given = piece.len();
        running.wait_until(Some(pace.deadline(now)));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.paced.as_ref().is_none_or(|(_, _, rest)| rest.is_empty()) && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.paced.as_ref().map_or(0, |(_, _, rest)| rest.len() as u64);
        match self.body.size_hint().exact() {
            Some(exact) => SizeHint::with_exact(exact + rest),
            None => self.body.size_hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::super::pool::Pool;
    use super::*;
    use crate::limits::ClientNetwork;

    const LOCALHOST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn answers(timeout: Duration) -> (Pool, Arc<Answers>) {
        let pool = Pool::new(8, 8);
        let place = pool.take(Holder::network(ClientNetwork::of(LOCALHOST))).unwrap();
        (pool, Answers::new(place, timeout))
    }

    #[tokio::test]
    async fn a_connection_without_answers_is_idle_and_one_that_takes_none_is_stalled() {
        let timeout = Duration::from_millis(4);
        let (_pool, answers) = answers(timeout);
        assert_eq!(answers.end().await, End::Idle);
        let running = answers.start(Holder::network(ClientNetwork::of(LOCALHOST)));
        let slow = tokio::time::timeout(timeout * 10, answers.end());
        assert!(slow.await.is_err(), "an answer that is not ready yet is not the client's fault");
        let mut body = Body::new(AnswerBody::new(Body::from(vec![0; PIECE + 1]), running, true));
        let mut next = async || std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
        assert_eq!(next().await.unwrap().unwrap().into_data().unwrap().len(), PIECE);
        assert_eq!(answers.end().await, End::Stalled);
        assert_eq!(next().await.unwrap().unwrap().into_data().unwrap().len(), 1);
        assert!(next().await.is_none());
        drop(body);
        assert_eq!(answers.end().await, End::Idle);
    }
}
