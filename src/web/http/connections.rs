//! Accepts connections: how many at once, which give way, how slow a client may be, and how they end when the server
//! stops.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

use super::origin::{RequestOrigin, network};
use super::pace::PacedStream;
use super::pool::{Ends, Place, Pool};
use crate::limits::Holder;

/// Open at once; a browser opens up to six.
const MAX_CONNECTIONS: usize = 4096;
/// Open files other than connections: the database, photos being indexed.
const OTHER_FILES: usize = 128;
/// Largest head of a request; larger pieces of a body are read in parts.
const MAX_HEAD_BYTES: usize = 64 << 10;
/// After an error of the listener, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long running requests may delay a stop: a phone may have left the Wi-Fi during a download.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Limits for clients.
#[derive(Clone, Copy)]
pub(crate) struct ConnectionLimits {
    /// For the head of a request, between two requests, and for a client that takes no answer; then the connection is
    /// closed.
    pub(crate) timeout: Duration,
    /// Whether all connections come from a proxy, which names its clients.
    pub(crate) behind_proxy: bool,
}

/// How many connections the system's limit of open files allows.
pub(crate) fn capacity() -> usize {
    // Each may have a photo open too.
    let wanted = u64::try_from(2 * MAX_CONNECTIONS + OTHER_FILES).unwrap_or(u64::MAX);
    // Windows has no such limit.
    let files = rlimit::increase_nofile_limit(wanted).unwrap_or(wanted);
    let files = usize::try_from(files).unwrap_or(usize::MAX);
    MAX_CONNECTIONS.min(files.saturating_sub(OTHER_FILES) / 2).max(32)
}

/// Serves until `stop` resolves, then waits up to [`STOP_TIMEOUT`] for running requests.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    stop: impl Future<Output = ()>,
) {
    let connections = Pool::new(capacity(), usize::MAX);
    let running = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    // A new connection always finds room: the oldest idle one of the network with most ends for it.
                    if let Some(place) = connections.take(Holder::network(network(peer.ip()))) {
                        start(stream, peer, &router, limits, &running, place);
                    }
                }
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
            () = &mut stop => break,
        }
    }
    drop(listener);
    tokio::select! {
        () = running.shutdown() => {}
        () = tokio::time::sleep(STOP_TIMEOUT) => {}
    }
}

fn start(
    stream: TcpStream,
    peer: SocketAddr,
    router: &Router,
    limits: ConnectionLimits,
    running: &GracefulShutdown,
    place: Place,
) {
    // Send small answers at once.
    stream.set_nodelay(true).ok();
    place.set_ends(Ends::First);
    let ended = place.ended();
    let (router, place) = (router.clone(), Arc::new(place));
    let service = service_fn(move |request: Request<Incoming>| {
        answer(router.clone(), request, (peer, limits.behind_proxy), place.clone())
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.timeout)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(PacedStream::new(stream, limits.timeout)), service);
    let watched = running.watch(connection);
    tokio::spawn(async move {
        tokio::select! {
            // Clients may disconnect at any time: not an error.
            _ = watched => {}
            () = ended => {}
        }
    });
}

async fn answer(
    router: Router,
    request: Request<Incoming>,
    (peer, behind_proxy): (SocketAddr, bool),
    place: Arc<Place>,
) -> Result<Response, Infallible> {
    let mut request = request.map(Body::new);
    let origin = RequestOrigin::of(request.headers(), peer.ip(), behind_proxy);
    place.set_holder(Holder::network(origin.network));
    place.set_ends(Ends::Next);
    request.extensions_mut().insert(ConnectInfo(peer));
    let answer = router.oneshot(request).await?;
    Ok(answer.map(|body| Body::new(AnswerBody { body, place })))
}

/// The body of an answer; the connection is idle after it.
struct AnswerBody {
    body: Body,
    place: Arc<Place>,
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        self.place.set_ends(Ends::First);
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
