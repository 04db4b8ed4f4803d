//! Reads what a handler left of a request's body, within bounds, before the answer goes out. A client whose connection
//! is closed while it sends does not see the answer, and sends everything again.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};

const MAX_BYTES: usize = 16 << 20;
const TIMEOUT: Duration = Duration::from_secs(5);

/// Answers a request.
pub(crate) async fn drain<A: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> A,
) -> Response {
    let unread = Arc::new(Mutex::new(None));
    let request = request.map(|body| Body::new(RecoverableBody { body, unread: unread.clone() }));
    let answer = next(request).await;
    let rest = unread.lock().unwrap_or_else(PoisonError::into_inner).take();
    // A client that was too slow gets no more time.
    if let Some(rest) = rest
        && answer.status() != StatusCode::REQUEST_TIMEOUT
    {
        tokio::time::timeout(TIMEOUT, read(rest)).await.ok();
    }
    answer
}

async fn read(mut body: Body) {
    let mut left = MAX_BYTES;
    while left > 0 {
        let frame = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
        let Some(Ok(frame)) = frame else { break };
        left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
    }
}

/// A body that is handed back when its reader drops it before the end.
struct RecoverableBody {
    body: Body,
    unread: Arc<Mutex<Option<Body>>>,
}

impl HttpBody for RecoverableBody {
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

impl Drop for RecoverableBody {
    fn drop(&mut self) {
        if !self.body.is_end_stream() {
            let body = std::mem::take(&mut self.body);
            *self.unread.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use axum::Router;
    use axum::extract::DefaultBodyLimit;
    use axum::middleware::{Next, from_fn};
    use axum::routing::put;

    use super::*;

    /// Sends the whole body before reading the answer, as most clients do.
    fn send(address: std::net::SocketAddr, path: &str, length: usize) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!(
            "PUT {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&vec![0; length]).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[tokio::test]
    async fn clients_refused_while_sending_read_the_answer() {
        let limited = put(|_: Bytes| async {}).layer(DefaultBodyLimit::max(1000));
        let unread = put(|| async { StatusCode::CONFLICT });
        let router = Router::new().route("/limited", limited).route("/unread", unread);
        let router = router.layer(from_fn(|request, next: Next| drain(request, |request| next.run(request))));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        for (path, status) in [("/limited", "413"), ("/unread", "409"), ("/nowhere", "404")] {
            for length in [0, 10_000, MAX_BYTES] {
                let answer = tokio::task::spawn_blocking(move || send(address, path, length)).await.unwrap();
                let fits = path == "/limited" && length == 0;
                assert!(answer.starts_with(if fits { "HTTP/1.1 200" } else { "HTTP/1.1" }), "{answer}");
                assert!(fits || answer.contains(status), "{path} {length}: {answer}");
            }
        }
    }
}
