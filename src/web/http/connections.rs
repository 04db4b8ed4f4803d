//! Accepts connections: how many at once, how long a client may stall, and how they end when the server stops.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
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
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

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
    /// For the head of a request, between two requests, and for any piece of an answer to be accepted; then the
    /// connection is closed.
    pub(crate) timeout: Duration,
    /// Whether all connections come from one address, a proxy's.
    pub(crate) behind_proxy: bool,
}

/// The address that limits count: IPv4 as it is, of IPv6 the /64 network, because each client has all of one.
pub(crate) fn client_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        address @ IpAddr::V4(_) => address,
    }
}

/// Open connections of each client network: none may have more than half of all.
#[derive(Default)]
struct OpenConnections(Mutex<HashMap<IpAddr, usize>>);

/// The right to one connection, until it is dropped.
struct Slot {
    _permit: OwnedSemaphorePermit,
    network: IpAddr,
    open: Arc<OpenConnections>,
}

impl OpenConnections {
    fn slot(self: &Arc<Self>, network: IpAddr, max: usize, permit: OwnedSemaphorePermit) -> Option<Slot> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(network).or_default();
        if *count >= max {
            return None;
        }
        *count += 1;
        Some(Slot { _permit: permit, network, open: self.clone() })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.open.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.network);
            }
        }
    }
}

/// How many connections the system's limit of open files allows.
fn capacity() -> usize {
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
    let capacity = capacity();
    let max = if limits.behind_proxy { capacity } else { capacity / 2 };
    let (permits, open) = (Arc::new(Semaphore::new(capacity)), Arc::new(OpenConnections::default()));
    let running = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        // When full, further connections wait in the system's queue, not in our memory.
        let permit = permits.clone().acquire_owned();
        let accepted = async { (permit.await, listener.accept().await) };
        tokio::select! {
            (permit, accepted) = accepted => match (permit, accepted) {
                (Ok(permit), Ok((stream, peer))) => {
                    if let Some(slot) = open.slot(client_network(peer.ip()), max, permit) {
                        start(stream, peer, &router, limits.timeout, &running, slot);
                    }
                }
                _ => tokio::time::sleep(ACCEPT_PAUSE).await,
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
    timeout: Duration,
    running: &GracefulShutdown,
    slot: Slot,
) {
    // Send small answers at once.
    stream.set_nodelay(true).ok();
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(timeout));
    let router = router.clone();
    let service = service_fn(move |request: Request<Incoming>| answer(router.clone(), request, peer));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(timeout)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    let watched = running.watch(connection);
    tokio::spawn(async move {
        let _slot = slot;
        // Clients may disconnect at any time: not an error.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn connections_of_one_network_are_limited() {
        let (permits, open) = (Arc::new(Semaphore::new(10)), Arc::new(OpenConnections::default()));
        let slot = |last: u8| {
            let permit = permits.clone().try_acquire_owned().unwrap();
            open.slot(IpAddr::from([10, 0, 0, last]), 2, permit)
        };
        let (first, second) = (slot(1), slot(1));
        assert!(first.is_some() && second.is_some() && slot(1).is_none() && slot(2).is_some());
        drop(first);
        assert!(slot(1).is_some());
        drop(second);
        assert!(open.0.lock().unwrap().is_empty());
        assert_eq!(permits.available_permits(), 10);
    }
}
