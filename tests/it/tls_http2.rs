//! HTTP/2: the same answers as by HTTP/1.1, many at once, and limits for clients.

use h2::client::{Builder, SendRequest};
use h2::{Reason, RecvStream};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use ureq::http::{Request, Response, Version};

use crate::common::TestEnv;
use crate::common::server::{PASSWORD, Server};
use crate::common::tls::{Authority, client, config};

type Connection = std::pin::Pin<Box<dyn Future<Output = Result<(), h2::Error>> + Send>>;

/// A server, and a client's way to connect.
fn start(more: &str) -> (Server, TlsConnector) {
    let (env, authority) = (TestEnv::new(), Authority::new());
    authority.issue(&env, &["localhost"]);
    let config = config(&env) + more;
    (Server::on(env, &config), client(authority.der(), &[b"h2"]).into())
}

async fn open(
    server: &Server,
    tls: &TlsConnector,
    builder: &Builder,
) -> (SendRequest<&'static [u8]>, Connection) {
    let stream = TcpStream::connect(server.base.strip_prefix("http://").unwrap()).await.unwrap();
    let stream = tls.connect("localhost".try_into().unwrap(), stream).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (sender, connection) = builder.handshake::<_, &'static [u8]>(stream).await.unwrap();
    (sender, Box::pin(connection))
}

async fn send(
    sender: &SendRequest<&'static [u8]>,
    request: Request<()>,
    body: &'static [u8],
) -> Response<RecvStream> {
    let mut ready = sender.clone().ready().await.unwrap();
    let (answer, mut stream) = ready.send_request(request, body.is_empty()).unwrap();
    if !body.is_empty() {
        stream.send_data(body, true).unwrap();
    }
    answer.await.unwrap()
}

async fn text(answer: Response<RecvStream>) -> String {
    let (mut body, mut bytes) = (answer.into_body(), Vec::new());
    while let Some(piece) = body.data().await {
        let piece = piece.unwrap();
        body.flow_control().release_capacity(piece.len()).unwrap();
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8(bytes).unwrap()
}

fn get(path: &str) -> Request<()> {
    Request::get(format!("https://localhost{path}")).version(Version::HTTP_2).body(()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_api_and_files_come_by_one_connection() {
    let (server, tls) = start("");
    // Before the server says how many may run at once, browsers take 100 for granted.
    let (sender, connection) = open(&server, &tls, Builder::new().initial_max_send_streams(100)).await;
    tokio::spawn(connection);
    // More than that.
    let answers = (0..200).map(|_| async { text(send(&sender, get("/health"), b"").await).await });
    let answers = futures_util::future::join_all(answers).await;
    assert!(answers.iter().all(|answer| answer.contains("\"healthy\"")));
    // The host is named beside the path, and cookies come in pieces.
    assert!(text(send(&sender, get("/"), b"").await).await.contains("https://localhost/docs"));
    server.admin();
    let mut request = get("/auth/session");
    *request.method_mut() = "POST".parse().unwrap();
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    let body = serde_json::json!({ "login": "studio@example.com", "password": PASSWORD });
    let opened = send(&sender, request, body.to_string().leak().as_bytes()).await;
    let cookie = opened.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(opened.status().is_success() && cookie.contains("; Secure"), "{cookie}");
    let mut request = get("/auth/session");
    request.headers_mut().append("cookie", "first=1".parse().unwrap());
    request.headers_mut().append("cookie", cookie.split(';').next().unwrap().parse().unwrap());
    assert_eq!(send(&sender, request, b"").await.status(), 200);
    // Whole files: pieces that are larger than what is given at once.
    let file = text(send(&sender, get("/openapi.json"), b"").await).await;
    assert_eq!(file, server.client().get("/openapi.json").text());
    assert!(file.len() > 100_000, "{}", file.len());
    // Pages of other sites may not write.
    let mut request = get("/auth/local");
    *request.method_mut() = "POST".parse().unwrap();
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    for (origin, status) in [("https://evil.example", 403), ("https://localhost", 401)] {
        let mut request = request.clone();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        let answer = send(&sender, request, br#"{"login":"x","password":"x"}"#).await;
        assert_eq!(answer.status(), status, "{origin}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_takes_no_answer_is_cut_off() {
    let (server, tls) = start("[server]\nslow_client_seconds = 1\n");
    // It answers pings, and takes other answers: only this one stalls.
    let (sender, connection) = open(&server, &tls, Builder::new().initial_window_size(100_000)).await;
    let ended = tokio::spawn(connection);
    let stalled = send(&sender, get("/openapi.json"), b"").await;
    assert_eq!(stalled.status(), 200);
    ended.await.unwrap().ok();
    drop(stalled);
    assert_eq!(server.client().get("/health").status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_reset_at_once_end_the_connection() {
    let (server, tls) = start("");
    let (sender, connection) = open(&server, &tls, &Builder::new()).await;
    let ended = tokio::spawn(connection);
    for _ in 0..5000 {
        let Ok(mut ready) = sender.clone().ready().await else { break };
        let Ok((_, mut stream)) = ready.send_request(get("/health"), false) else { break };
        stream.send_reset(Reason::CANCEL);
    }
    // The server's reason is lost if it hangs up while the client still writes.
    let end = ended.await.unwrap().unwrap_err();
    assert!(end.reason() == Some(Reason::ENHANCE_YOUR_CALM) || end.is_io(), "{end}");
    assert_eq!(server.client().get("/health").status, 200);
}
