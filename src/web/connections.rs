//! Connections: how many, how long a client may take over its request's head, and their end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt;

/// Open at once; a browser takes up to six.
const MAX_CONNECTIONS: usize = 4096;
/// For the head of a request, and between two of them: whoever sends it byte by byte is cut off.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// Largest head of a request.
const MAX_HEAD_BYTES: usize = 32 << 10;
/// After an error of the listener, too many open files say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// A phone that left the Wi-Fi in the middle of a download does not keep the server from stopping for longer.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// Serves until `stop` is over, then lets running requests end, for a while.
pub(super) async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let running = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        // Full: the others wait in the system's queue, not in our memory.
        let place = places.clone().acquire_owned();
        let accepted = async { (place.await, listener.accept().await) };
        tokio::select! {
            (place, accepted) = accepted => match (place, accepted) {
                (Ok(place), Ok((stream, peer))) => start(stream, peer, &router, &running, place),
                _ => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
            () = &mut stop => break,
        }
    }
    drop(listener);
    tokio::select! {
        () = running.shutdown() => {}
        () = tokio::time::sleep(STOP_PATIENCE) => {}
    }
}

fn start(
    stream: TcpStream,
    peer: SocketAddr,
    router: &Router,
    running: &GracefulShutdown,
    place: OwnedSemaphorePermit,
) {
    // Small answers are sent at once.
    stream.set_nodelay(true).ok();
    let router = router.clone();
    let service = service_fn(move |request: Request<Incoming>| answer(router.clone(), request, peer));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(MAX_HEAD_BYTES.max(64 << 10))
        .serve_connection(TokioIo::new(stream), service);
    let watched = running.watch(connection);
    tokio::spawn(async move {
        let _place = place;
        // A client that goes away in the middle is nothing to report.
        watched.await.ok();
    });
}

async fn answer(
    router: Router,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Result<Response, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    router.oneshot(request).await
}
