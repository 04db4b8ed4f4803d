//! Accepts connections: how many at once, which give way, and how they end when the server stops.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::connection::{self, Serving};
use super::pool::Pool;
use crate::limits::{ClientNetwork, Holder};

/// Open at once; a browser opens up to six.
const MAX_CONNECTIONS: usize = 4096;
/// Open files other than connections: the database, photos being indexed.
const OTHER_FILES: usize = 128;
/// After an error of the listener, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long running requests may delay a stop: a phone may have left the Wi-Fi during a download.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Where clients connect.
pub struct Listeners {
    /// The address of `server.bind`.
    pub main: TcpListener,
    /// The address of `https.bind`.
    pub second: Option<TcpListener>,
    /// The address of `metrics.bind`.
    pub metrics: Option<TcpListener>,
}

impl Listeners {
    async fn accept(&self) -> std::io::Result<(TcpStream, SocketAddr)> {
        let second = async {
            match &self.second {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            accepted = self.main.accept() => accepted,
            accepted = second => accepted,
        }
    }
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

/// Serves until `stop` resolves, then waits up to [`STOP_TIMEOUT`] for running requests. At most `most` connections are
/// open at once.
pub(crate) async fn serve(
    listeners: Listeners,
    most: usize,
    serving: Serving,
    stop: impl Future<Output = ()>,
) {
    let connections = Pool::new(most, usize::MAX);
    // Each connection holds a receiver until it ends.
    let (stopping, running) = watch::channel(false);
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            accepted = listeners.accept() => match accepted {
                Ok((stream, peer)) => {
                    // A new connection always finds room: the oldest idle one of the network with most ends for it.
                    if let Some(place) = connections.take(Holder::network(ClientNetwork::of(peer.ip()))) {
                        tokio::spawn(connection::run(stream, peer, serving.clone(), place, running.clone()));
                    }
                }
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
            () = &mut stop => break,
        }
    }
    drop((listeners, running));
    stopping.send(true).ok();
    tokio::time::timeout(STOP_TIMEOUT, stopping.closed()).await.ok();
}
