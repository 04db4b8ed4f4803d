//! One connection: HTTP or HTTPS, which its first byte tells, HTTP/1.1 or HTTP/2; and how slow its client may be.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::header::HOST;
use axum::http::{HeaderValue, Uri, Version};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::answers::{AnswerBody, Answers, End};
use super::forward::believe;
use super::origin::{Encrypted, RequestOrigin};
use super::pace::PacedStream;
use super::pool::Place;
use crate::auth::NodeProofs;
use crate::limits::Holder;
use crate::metrics::Gauge;
use crate::tls::ACME_PROTOCOL;

/// Largest head of a request; larger pieces of a body are read in parts.
const MAX_HEAD_BYTES: u32 = 64 << 10;
/// The first byte of a TLS connection: a handshake.
const TLS_HANDSHAKE: u8 = 22;
/// The protocols within TLS, the best one first.
pub(crate) const PROTOCOLS: [&[u8]; 3] = [HTTP_2, b"http/1.1", ACME_PROTOCOL];
const HTTP_2: &[u8] = b"h2";
/// Requests at once on one connection of HTTP/2: as many as clients take for granted.
const MAX_STREAMS: u32 = 100;
/// What a client may send on a connection of HTTP/2, and on one of its streams, before a handler reads it.
const WINDOW: u32 = 512 << 10;
/// What waits to be sent on a stream of HTTP/2.
const SEND_BUFFER: usize = 64 << 10;

/// What connections are served with.
#[derive(Clone)]
pub(crate) struct Serving {
    pub(crate) router: Router,
    /// For the head of a request, between two requests, and for a client that takes no answer; then the connection is
    /// closed.
    pub(crate) timeout: Duration,
    /// Whether all connections come from a proxy, which names its clients.
    pub(crate) behind_proxy: bool,
    /// What other nodes prove by that they have sent a request on; `None`: there are none.
    pub(crate) proofs: Option<Arc<NodeProofs>>,
    /// `None`: only HTTP.
    pub(crate) tls: Option<TlsAcceptor>,
    /// How many are open.
    pub(crate) open: Gauge,
}

/// Counts a connection while it is open.
struct Open(Gauge);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Serves a connection to its end. `stopping` becomes true when the server stops.
pub(super) async fn run(
    stream: TcpStream,
    peer: SocketAddr,
    serving: Serving,
    place: Place,
    stopping: watch::Receiver<bool>,
) {
    // Send small answers at once.
    stream.set_nodelay(true).ok();
    serving.open.inc();
    let _open = Open(serving.open.clone());
    let ended = place.ended();
    let answers = Answers::new(place, serving.timeout);
    let connection = Connection { peer, serving, answers, stopping };
    tokio::select! {
        () = connection.open(stream) => {}
        () = ended => {}
    }
}

struct Connection {
    peer: SocketAddr,
    serving: Serving,
    answers: Arc<Answers>,
    stopping: watch::Receiver<bool>,
}

impl Connection {
    async fn open(self, stream: TcpStream) {
        let timeout = self.serving.timeout;
        let Some(tls) = self.serving.tls.clone() else {
            return self.serve_http1(PacedStream::new(stream, timeout), None).await;
        };
        let mut stopping = self.stopping.clone();
        let encrypted = async {
            let mut first = [0];
            let found = stream.peek(&mut first).await.ok()?;
            let stream = PacedStream::new(stream, timeout);
            if found == 0 || first[0] != TLS_HANDSHAKE {
                return Some(Err(stream));
            }
            tls.accept(stream).await.ok().map(Ok)
        };
        let opened = tokio::select! {
            opened = tokio::time::timeout(timeout, encrypted) => opened.ok().flatten(),
            _ = stopping.wait_for(|stopping| *stopping) => None,
        };
        match opened {
            None => {}
            Some(Err(plain)) => self.serve_http1(plain, Some(false)).await,
            Some(Ok(stream)) => match stream.get_ref().1.alpn_protocol() {
                // The certificate authority has seen what it wanted to.
                Some(ACME_PROTOCOL) => {}
                Some(HTTP_2) => self.serve_http2(stream).await,
                _ => self.serve_http1(stream, Some(true)).await,
            },
        }
    }

    async fn serve_http1<S>(self, stream: S, encrypted: Option<bool>)
    where
        TokioIo<S>: Read + Write + Unpin + 'static,
    {
        let Self { peer, serving, answers, stopping } = self;
        let timeout = serving.timeout;
        let service =
            service_fn(move |request| answer(serving.clone(), peer, encrypted, request, answers.clone()));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(timeout)
            .max_buf_size(MAX_HEAD_BYTES as usize)
            .serve_connection(TokioIo::new(stream), service);
        until_done(connection, stopping, std::future::pending).await;
    }

    async fn serve_http2<S>(self, stream: S)
    where
        TokioIo<S>: Read + Write + Unpin + 'static,
    {
        let Self { peer, serving, answers, stopping } = self;
        let (timeout, watched) = (serving.timeout, answers.clone());
        let service =
            service_fn(move |request| answer(serving.clone(), peer, Some(true), request, answers.clone()));
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(timeout)
            .keep_alive_timeout(timeout)
            .max_concurrent_streams(MAX_STREAMS)
            .max_header_list_size(MAX_HEAD_BYTES)
            .initial_connection_window_size(WINDOW)
            .initial_stream_window_size(WINDOW)
            .max_send_buf_size(SEND_BUFFER)
            .serve_connection(TokioIo::new(stream), service);
        until_done(connection, stopping, || watched.end()).await;
    }
}

/// Serves until the connection ends, or is to end: then what runs may finish.
async fn until_done<C: GracefulConnection, E: Future<Output = End>>(
    connection: C,
    mut stopping: watch::Receiver<bool>,
    end: impl Fn() -> E,
) {
    let mut connection = pin!(connection);
    // Clients may disconnect at any time: not an error.
    let ended = tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopping.wait_for(|stopping| *stopping) => End::Idle,
        end = end() => end,
    };
    if ended == End::Idle {
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            _ = connection => {}
            _ = end() => {}
        }
    }
}

async fn answer(
    serving: Serving,
    peer: SocketAddr,
    encrypted: Option<bool>,
    request: Request<Incoming>,
    answers: Arc<Answers>,
) -> Result<Response, Infallible> {
    let (parts, body) = request.into_parts();
    let by_node = serving.proofs.as_ref().and_then(|proofs| believe(&parts, proofs));
    let mut request = Request::from_parts(parts, Body::new(body));
    let is_http2 = request.version() == Version::HTTP_2;
    if is_http2 {
        name_host(&mut request);
    }
    let origin =
        by_node.unwrap_or_else(|| RequestOrigin::of(request.headers(), peer.ip(), serving.behind_proxy));
    by_node.map(|said| request.extensions_mut().insert(said));
    let running = answers.start(Holder::network(origin.network));
    request.extensions_mut().insert(ConnectInfo(peer));
    if let Some(encrypted) = encrypted {
        request.extensions_mut().insert(Encrypted(encrypted));
    }
    let answer = serving.router.oneshot(request).await?;
    Ok(answer.map(|body| Body::new(AnswerBody::new(body, running, is_http2))))
}

/// HTTP/2 names the host beside the path; everything else here expects it where HTTP/1.1 does.
fn name_host(request: &mut Request<Body>) {
    if let Some(host) = request.uri().authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok()) {
        request.headers_mut().insert(HOST, host);
    }
    if let Some(path) = request.uri().path_and_query().cloned() {
        *request.uri_mut() = Uri::from(path);
    }
}
