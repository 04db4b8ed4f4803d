//! Connections: how many, how long a client may take over its request's head or do nothing about its answer, and their
//! end.

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

use crate::web::access::caller::household;

/// Open at once; a browser takes up to six.
const MAX_CONNECTIONS: usize = 4096;
/// Files that are open whatever is asked for: the database, photos being indexed.
const OTHER_FILES: usize = 128;
/// Largest head of a request; larger pieces of a body are read in parts.
const MAX_HEAD_BYTES: usize = 64 << 10;
/// After an error of the listener, too many open files say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// A phone that left the Wi-Fi in the middle of a download does not keep the server from stopping for longer.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// How clients are put up with.
#[derive(Clone, Copy)]
pub(in crate::web) struct Patience {
    /// For the head of a request, between two of them, and for any piece of an answer to be taken: whoever does nothing
    /// for so long is cut off.
    pub(in crate::web) pause: Duration,
    /// Whether all clients come from one address, which is a proxy's.
    pub(in crate::web) behind_proxy: bool,
}

/// Connections of each address, in IPv6 of each network: none takes more than half of the places.
#[derive(Default)]
struct Addresses(Mutex<HashMap<IpAddr, usize>>);

/// A connection's place; free again when this is dropped.
struct Place {
    _permit: OwnedSemaphorePermit,
    address: IpAddr,
    addresses: Arc<Addresses>,
}

impl Addresses {
    fn place(self: &Arc<Self>, address: IpAddr, most: usize, permit: OwnedSemaphorePermit) -> Option<Place> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place { _permit: permit, address, addresses: self.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.addresses.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

/// How many connections the system lets us have.
fn capacity() -> usize {
    // Each may have a photo open too.
    let wanted = u64::try_from(2 * MAX_CONNECTIONS + OTHER_FILES).unwrap_or(u64::MAX);
    // Windows has no such limit.
    let files = rlimit::increase_nofile_limit(wanted).unwrap_or(wanted);
    let files = usize::try_from(files).unwrap_or(usize::MAX);
    MAX_CONNECTIONS.min(files.saturating_sub(OTHER_FILES) / 2).max(32)
}

/// Serves until `stop` is over, then lets running requests end, for a while.
pub(in crate::web) async fn serve(
    listener: TcpListener,
    router: Router,
    patience: Patience,
    stop: impl Future<Output = ()>,
) {
    let capacity = capacity();
    let most = if patience.behind_proxy { capacity } else { capacity / 2 };
    let (permits, addresses) = (Arc::new(Semaphore::new(capacity)), Arc::new(Addresses::default()));
    let running = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        // Full: the others wait in the system's queue, not in our memory.
        let permit = permits.clone().acquire_owned();
        let accepted = async { (permit.await, listener.accept().await) };
        tokio::select! {
            (permit, accepted) = accepted => match (permit, accepted) {
                (Ok(permit), Ok((stream, peer))) => {
                    if let Some(place) = addresses.place(household(peer.ip()), most, permit) {
                        start(stream, peer, &router, patience.pause, &running, place);
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
        () = tokio::time::sleep(STOP_PATIENCE) => {}
    }
}

fn start(
    stream: TcpStream,
    peer: SocketAddr,
    router: &Router,
    pause: Duration,
    running: &GracefulShutdown,
    place: Place,
) {
    // Small answers are sent at once.
    stream.set_nodelay(true).ok();
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(pause));
    let router = router.clone();
    let service = service_fn(move |request: Request<Incoming>| answer(router.clone(), request, peer));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(pause)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_address_takes_all_places() {
        let (permits, addresses) = (Arc::new(Semaphore::new(10)), Arc::new(Addresses::default()));
        let place = |last: u8| {
            let permit = permits.clone().try_acquire_owned().unwrap();
            addresses.place(IpAddr::from([10, 0, 0, last]), 2, permit)
        };
        let (first, second) = (place(1), place(1));
        assert!(first.is_some() && second.is_some() && place(1).is_none() && place(2).is_some());
        drop(first);
        assert!(place(1).is_some());
        drop(second);
        assert!(addresses.0.lock().unwrap().is_empty());
        assert_eq!(permits.available_permits(), 10);
    }
}
