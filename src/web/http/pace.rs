//! The least speed of clients. One that sends or takes bytes slower, or neither for a while, is cut off: it would hold
//! its connection, and what is prepared for it, for hours.

use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// Far less than the worst Wi-Fi gives each of 300 phones.
const LEAST_BYTES_PER_SECOND: u32 = 4096;

/// How long a client may still be waited for.
pub(super) struct Pace {
    /// For a pause, and in addition to the time that the bytes may take.
    timeout: Duration,
    waited: Duration,
    /// What the bytes so far may take.
    earned: Duration,
    waiting_since: Option<Instant>,
}

impl Pace {
    pub(super) fn new(timeout: Duration) -> Self {
        Self { timeout, waited: Duration::ZERO, earned: Duration::ZERO, waiting_since: None }
    }

    pub(super) fn moved(&mut self, bytes: usize, now: Instant) {
        if let Some(since) = self.waiting_since.take() {
            self.waited += now - since;
        }
        self.earned += Duration::from_secs_f64(bytes as f64 / f64::from(LEAST_BYTES_PER_SECOND));
    }

    /// Until when to wait for a client; call when it is not ready.
    pub(super) fn deadline(&mut self, now: Instant) -> Instant {
        let left = (self.timeout + self.earned).saturating_sub(self.waited);
        *self.waiting_since.get_or_insert(now) + left.min(self.timeout)
    }
}

/// Cuts off a client that falls behind its pace.
struct Watch {
    pace: Pace,
    timer: Pin<Box<Sleep>>,
}

impl Watch {
    fn new(timeout: Duration) -> Self {
        Self { pace: Pace::new(timeout), timer: Box::pin(sleep(Duration::ZERO)) }
    }

    /// Passes on a client's progress, unless it takes too long. `bytes` says how much was moved.
    fn check<T>(
        &mut self,
        progress: Poll<T>,
        context: &mut Context<'_>,
        bytes: impl FnOnce(&T) -> usize,
    ) -> Result<Poll<T>, Error> {
        let now = Instant::now();
        if let Poll::Ready(moved) = &progress {
            self.pace.moved(bytes(moved), now);
        } else {
            self.timer.as_mut().reset(self.pace.deadline(now));
            if self.timer.as_mut().poll(context).is_ready() {
                return Err(Error::new(ErrorKind::TimedOut, "the client is too slow"));
            }
        }
        Ok(progress)
    }
}

/// The body of a request, from a client with a least speed.
pub(crate) struct PacedBody {
    body: Body,
    watch: Watch,
}

impl PacedBody {
    pub(crate) fn new(body: Body, timeout: Duration) -> Self {
        Self { body, watch: Watch::new(timeout) }
    }
}

impl HttpBody for PacedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        let length = |frame: &Option<Result<Frame<Bytes>, _>>| match frame {
            Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len),
            _ => 0,
        };
        let checked = self.watch.check(frame, context, length);
        checked.unwrap_or_else(|error| Poll::Ready(Some(Err(axum::Error::new(error)))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A connection whose client takes answers with a least speed.
pub(crate) struct PacedStream<S> {
    stream: S,
    watch: Watch,
}

impl<S> PacedStream<S> {
    pub(crate) fn new(stream: S, timeout: Duration) -> Self {
        Self { stream, watch: Watch::new(timeout) }
    }

    fn check(
        &mut self,
        written: Poll<std::io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<usize>> {
        let checked = self.watch.check(written, context, |written| *written.as_ref().unwrap_or(&0));
        checked.unwrap_or_else(|error| Poll::Ready(Err(error)))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for PacedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for PacedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.check(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.check(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(30);

    /// How many seconds a client is waited for that moves so many bytes after each pause, and whether to the end.
    fn waited(pieces: &[(u64, usize)]) -> (u64, bool) {
        let (mut pace, start) = (Pace::new(TIMEOUT), Instant::now());
        let mut now = start;
        for (pause, bytes) in pieces {
            let (ready, deadline) = (now + Duration::from_secs(*pause), pace.deadline(now));
            if ready >= deadline {
                return ((deadline - start).as_secs(), false);
            }
            now = ready;
            pace.moved(*bytes, now);
        }
        ((now - start).as_secs(), true)
    }

    #[test]
    fn slow_clients_are_cut_off() {
        // A byte every two seconds.
        assert_eq!(waited(&[(2, 1); 1000]), (30, false));
        // Just fast enough, for many times the timeout.
        assert_eq!(waited(&[(10, 41_000); 20]), (200, true));
        // Fast, then silent: the bytes before do not buy hours.
        assert_eq!(waited(&[(1, 100_000_000), (40, 1)]), (31, false));
    }

    #[tokio::test]
    async fn a_body_that_stops_coming_fails() {
        let timeout = Duration::from_millis(1);
        let pieces = stream::iter([Ok::<_, Error>("first")]);
        let stalled = futures_util::StreamExt::chain(pieces, stream::pending());
        let body = Body::new(PacedBody::new(Body::from_stream(stalled), timeout));
        assert!(axum::body::to_bytes(body, usize::MAX).await.is_err());
        let whole = Body::new(PacedBody::new(Body::from("whole"), timeout));
        assert_eq!(axum::body::to_bytes(whole, usize::MAX).await.unwrap(), "whole");
    }

    /// A client that takes nothing.
    struct Stuck;

    impl AsyncWrite for Stuck {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<std::io::Result<usize>> {
            Poll::Pending
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Pending
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn an_answer_that_nobody_takes_fails() {
        let mut stream = PacedStream::new(Stuck, Duration::from_millis(1));
        let written = std::future::poll_fn(|context| Pin::new(&mut stream).poll_write(context, &[0])).await;
        assert_eq!(written.unwrap_err().kind(), ErrorKind::TimedOut);
    }
}
