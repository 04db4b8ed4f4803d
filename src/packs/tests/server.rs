//! A server that gives prepared responses, one per connection, and records the requests.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A prepared response.
#[derive(Clone)]
pub(super) struct Reply {
    status: &'static str,
    headers: String,
    body: Vec<u8>,
    /// The connection is closed after so many bytes of the body.
    cut: Option<usize>,
}

impl Reply {
    /// Announces the length of the body.
    pub(super) fn new(status: &'static str, body: &[u8]) -> Self {
        Self::unannounced(status, body).header("Content-Length", &body.len().to_string())
    }

    /// Ends with the connection.
    pub(super) fn unannounced(status: &'static str, body: &[u8]) -> Self {
        Self { status, headers: String::new(), body: body.to_vec(), cut: None }
    }

    /// The bytes of `file` from `from` on.
    pub(super) fn rest(file: &[u8], from: usize) -> Self {
        let range = format!("bytes {from}-{}/{}", file.len() - 1, file.len());
        Self::new("206 Partial Content", &file[from..]).header("Content-Range", &range)
    }

    pub(super) fn redirect(target: &str) -> Self {
        Self::new("302 Found", b"").header("Location", target)
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers = format!("{}{name}: {value}\r\n", self.headers);
        self
    }

    pub(super) fn cut_after(self, bytes: usize) -> Self {
        Self { cut: Some(bytes), ..self }
    }
}

struct Request {
    path: String,
    range: Option<String>,
}

pub(super) struct Server {
    /// `http://127.0.0.1:PORT`.
    pub(super) origin: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(super) fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let requests: Arc<Mutex<Vec<_>>> = Arc::default();
        let log = requests.clone();
        // Ends with its last reply: later connections are refused.
        std::thread::spawn(move || {
            for reply in replies {
                let (stream, _) = listener.accept().unwrap();
                log.lock().unwrap().push(read_request(&stream));
                answer(stream, &reply);
            }
        });
        Self { origin, requests }
    }

    pub(super) fn ranges(&self) -> Vec<Option<String>> {
        self.requests.lock().unwrap().iter().map(|request| request.range.clone()).collect()
    }

    pub(super) fn paths(&self) -> Vec<String> {
        self.requests.lock().unwrap().iter().map(|request| request.path.clone()).collect()
    }
}

fn read_request(stream: &TcpStream) -> Request {
    let lines: Vec<String> =
        BufReader::new(stream).lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
    let path = lines[0].split(' ').nth(1).unwrap().to_owned();
    let range = lines.iter().find_map(|line| line.to_lowercase().strip_prefix("range: ").map(str::to_owned));
    Request { path, range }
}

fn answer(mut stream: TcpStream, reply: &Reply) {
    let Reply { status, headers, body, cut } = reply;
    let body = &body[..cut.unwrap_or(body.len())];
    write!(stream, "HTTP/1.1 {status}\r\n{headers}Connection: close\r\n\r\n").unwrap();
    // A client that has read enough may be gone.
    stream.write_all(body).ok();
}
