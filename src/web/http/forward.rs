//! Sends a request on to another node, with all of its body and of the answer as they come, and believes what a node
//! says of a client.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONNECTION, EXPECT, HeaderName, TE, TRAILER, TRANSFER_ENCODING, UPGRADE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, Version};
use axum::response::Response;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

use super::origin::RequestOrigin;
use crate::auth::NodeProofs;
use crate::limits::ClientNetwork;

/// The client's network, its scheme, and the proof that a node says so.
pub(crate) const CLIENT: HeaderName = HeaderName::from_static("x-fotota-client");

/// About the connection, not the request (RFC 9110, section 7.6.1).
const OF_CONNECTION: [HeaderName; 9] = [
    CONNECTION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    // Answered by the node that receives the body.
    EXPECT,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("proxy-authorization"),
];

/// A node in the same network answers sooner, or is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a connection is quiet before the system looks whether something is at its other end, and between two looks.
const KEEPALIVE: Duration = Duration::from_secs(5);

/// Connections to other nodes.
#[derive(Default)]
pub(crate) struct Forwarder {
    /// By host and port; the node ends those that are idle for long.
    open: Mutex<HashMap<String, Vec<SendRequest<Body>>>>,
}

/// Why there is no answer.
pub(crate) enum Unanswered {
    /// Nothing was sent: the request is as it was.
    NotSent(Box<Request>),
    /// Some of it was sent, and may have been done.
    Lost,
}

impl Forwarder {
    /// The answer of the node at this host and port.
    pub(crate) async fn send(&self, node: &str, request: Request) -> Result<Response, Unanswered> {
        let mut request = request;
        while let Some(connection) = self.take(node) {
            match self.ask(node, connection, request).await {
                Err(Unanswered::NotSent(again)) => request = *again,
                answered => return answered,
            }
        }
        match connect(node).await {
            Some(connection) => self.ask(node, connection, request).await,
            None => Err(Unanswered::NotSent(Box::new(request))),
        }
    }

    async fn ask(
        &self,
        node: &str,
        mut connection: SendRequest<Body>,
        request: Request,
    ) -> Result<Response, Unanswered> {
        let answer = connection.try_send_request(request).await;
        let mut answer = answer.map_err(|mut error| match error.take_message() {
            Some(request) => Unanswered::NotSent(Box::new(request)),
            None => Unanswered::Lost,
        })?;
        // It takes the next request when this answer has come to its end.
        self.keep(node, connection);
        remove_connections_headers(answer.headers_mut());
        *answer.version_mut() = Version::HTTP_11;
        Ok(answer.map(Body::new))
    }

    fn take(&self, node: &str) -> Option<SendRequest<Body>> {
        let mut open = self.open();
        let connections = open.get_mut(node)?;
        connections.retain(|connection| !connection.is_closed());
        let ready = connections.iter().position(SendRequest::is_ready)?;
        Some(connections.swap_remove(ready))
    }

    fn keep(&self, node: &str, connection: SendRequest<Body>) {
        let mut open = self.open();
        // Of nodes that are gone nothing stays.
        open.retain(|_, connections| {
            connections.retain(|connection| !connection.is_closed());
            !connections.is_empty()
        });
        open.entry(node.to_owned()).or_default().push(connection);
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, Vec<SendRequest<Body>>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn connect(node: &str) -> Option<SendRequest<Body>> {
    let stream = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(node)).await.ok()?.ok()?;
    stream.set_nodelay(true).ok();
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE);
    SockRef::from(&stream).set_tcp_keepalive(&keepalive).ok();
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    tokio::spawn(connection);
    Some(sender)
}

/// The request as it is sent to a node, which believes that it comes from this client.
pub(crate) fn on_behalf_of(mut request: Request, origin: RequestOrigin, proofs: &NodeProofs) -> Request {
    *request.version_mut() = Version::HTTP_11;
    // Its extensions are about the connection to this node.
    request.extensions_mut().clear();
    remove_connections_headers(request.headers_mut());
    let client = Client::of(origin);
    let proof = proofs.prove(&client.said_of(request.method(), request.uri()));
    if let Ok(value) = HeaderValue::from_str(&format!("{client} {proof}")) {
        request.headers_mut().insert(CLIENT, value);
    }
    request
}

/// Where a request comes from that a node has sent on; `None` if none has, or it does not prove it.
pub(crate) fn believe(parts: &Parts, proofs: &NodeProofs) -> Option<RequestOrigin> {
    let (client, proof) = parts.headers.get(CLIENT)?.to_str().ok()?.rsplit_once(' ')?;
    let client = Client(client.to_owned());
    proofs.is_proven(&client.said_of(&parts.method, &parts.uri), proof).then(|| client.origin())?
}

/// A client as nodes name it to each other: network and scheme.
struct Client(String);

impl Client {
    fn of(RequestOrigin { network, https }: RequestOrigin) -> Self {
        let scheme = match https {
            Some(true) => "https",
            Some(false) => "http",
            None => "unknown",
        };
        Self(format!("{} {scheme}", network.address()))
    }

    fn origin(&self) -> Option<RequestOrigin> {
        let (address, scheme) = self.0.split_once(' ')?;
        let network = ClientNetwork::of(address.parse::<IpAddr>().ok()?);
        let https = Some(scheme == "https").filter(|_| scheme != "unknown");
        Some(RequestOrigin { network, https })
    }

    /// What is proven: the client is that of this request, and of no other.
    fn said_of(&self, method: &Method, uri: &Uri) -> String {
        let path = uri.path_and_query().map_or("", |path| path.as_str());
        format!("{method}\n{path}\n{}", self.0)
    }
}

impl std::fmt::Display for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn remove_connections_headers(headers: &mut HeaderMap) {
    let lines = headers.get_all(CONNECTION).iter().filter_map(|line| line.to_str().ok());
    let named: Vec<String> =
        lines.flat_map(|line| line.split(',')).map(|name| name.trim().to_owned()).collect();
    for name in named {
        headers.remove(name.as_str());
    }
    for name in OF_CONNECTION {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::to_bytes;
    use axum::http::header::CONTENT_LENGTH;
    use axum::routing::any;

    use super::*;
    use crate::store::testing::TestStore;

    fn request(method: &str, path: &str, headers: &[(&'static str, &str)], body: &'static str) -> Request {
        let mut request = Request::builder().method(method).uri(path).body(Body::from(body)).unwrap();
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        request
    }

    fn proofs() -> NodeProofs {
        NodeProofs::load(&TestStore::in_folder()).unwrap()
    }

    #[test]
    fn what_a_node_says_of_a_client_is_believed_for_one_request() {
        let proofs = proofs();
        for (address, https) in [("203.0.113.9", Some(true)), ("fd00::", Some(false)), ("10.0.0.7", None)] {
            let origin = RequestOrigin { network: ClientNetwork::of(address.parse().unwrap()), https };
            let sent = on_behalf_of(request("GET", "/e/x?a=1", &[], ""), origin, &proofs);
            let believed = |method: &str, path: &str, proofs: &NodeProofs| {
                let mut other = request(method, path, &[], "");
                other.headers_mut().insert(CLIENT, sent.headers()[CLIENT].clone());
                believe(&other.into_parts().0, proofs)
            };
            assert_eq!(believed("GET", "/e/x?a=1", &proofs), Some(origin));
            assert_eq!(believed("POST", "/e/x?a=1", &proofs), None);
            assert_eq!(believed("GET", "/e/y?a=1", &proofs), None);
            assert_eq!(believed("GET", "/e/x?a=1", &self::proofs()), None);
        }
        for lie in ["", "203.0.113.9", "203.0.113.9 https", "203.0.113.9 https 00", "x http 0123"] {
            let parts = request("GET", "/", &[("x-fotota-client", lie)], "").into_parts().0;
            assert_eq!(believe(&parts, &proofs), None, "{lie}");
        }
    }

    #[test]
    fn a_client_cannot_bring_a_proof_of_its_own_along() {
        let (proofs, headers) = (proofs(), [("x-fotota-client", "6.6.6.6 http 00"), ("cookie", "a=1")]);
        let origin = RequestOrigin { network: ClientNetwork::of("10.0.0.7".parse().unwrap()), https: None };
        let sent = on_behalf_of(request("GET", "/", &headers, ""), origin, &proofs);
        assert_eq!(sent.headers().get_all(CLIENT).iter().count(), 1);
        assert_eq!(believe(&sent.into_parts().0, &proofs), Some(origin));
    }

    #[tokio::test]
    async fn a_request_and_its_answer_come_through_whole() {
        let echo = any(|request: Request| async move {
            assert!(request.headers().get("x-hop").is_none() && request.headers().get("te").is_none());
            assert_eq!(request.headers()["cookie"], "a=1");
            let said = format!("{} {}", request.method(), request.uri());
            let body = to_bytes(request.into_body(), usize::MAX).await.unwrap();
            let headers = [("set-cookie", "b=2; Path=/e"), ("keep-alive", "timeout=9"), ("x-said", &said)]
                .map(|(name, value)| (name, value.to_owned()));
            (axum::response::AppendHeaders(headers), body)
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let node = listener.local_addr().unwrap().to_string();
        let server = tokio::spawn(async move { axum::serve(listener, Router::new().fallback(echo)).await });
        let forwarder = Forwarder::default();
        let origin = RequestOrigin { network: ClientNetwork::of("10.0.0.7".parse().unwrap()), https: None };
        let headers = [("connection", "X-Hop, close"), ("x-hop", "1"), ("te", "trailers"), ("cookie", "a=1")];
        let proofs = proofs();
        let send = async |body| {
            let sent = on_behalf_of(request("PUT", "/e/x?a=1", &headers, body), origin, &proofs);
            forwarder.send(&node, sent).await
        };
        for body in ["", "hello", "again on the same connection"] {
            let Ok(answer) = send(body).await else { panic!("no answer") };
            assert_eq!(answer.headers()["x-said"], "PUT /e/x?a=1");
            assert_eq!(answer.headers()["set-cookie"], "b=2; Path=/e");
            assert_eq!(answer.headers()[CONTENT_LENGTH], body.len().to_string());
            assert!(answer.headers().get("keep-alive").is_none());
            assert_eq!(to_bytes(answer.into_body(), usize::MAX).await.unwrap(), body);
        }
        assert_eq!(forwarder.open().values().map(Vec::len).sum::<usize>(), 1);
        server.abort();
        assert!(server.await.unwrap_err().is_cancelled());
        // Where nobody is, the request comes back as it was.
        let Err(Unanswered::NotSent(back)) =
            forwarder.send("127.0.0.1:1", request("PUT", "/", &[], "x")).await
        else {
            panic!("somebody answered")
        };
        assert_eq!(to_bytes(back.into_body(), usize::MAX).await.unwrap(), "x");
    }
}
