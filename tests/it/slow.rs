//! Clients that are slow, by accident or on purpose.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use crate::common::client::read;
use crate::common::server::Server;

/// More than the server has threads.
const SLOW: usize = 600;

fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.base.strip_prefix("http://").unwrap()).unwrap()
}

#[test]
fn hundreds_of_stalled_uploads_block_no_other_client() {
    let server = Server::start();
    let (mut admin, mut user) = (server.admin(), server.user("grace"));
    let event = admin.create_event("Party");
    let token = admin.token.clone().unwrap();
    let stalled: Vec<TcpStream> = (0..SLOW)
        .map(|n| {
            let mut stream = connect(&server);
            let part =
                "--b\r\ncontent-disposition: form-data; name=\"files\"; filename=\"a.jpg\"\r\n\r\n\u{0}\u{0}";
            let head = if n % 3 == 0 {
                "GET /heal".to_owned()
            } else {
                format!(
                    "POST /events/{event}/images HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
                     content-type: multipart/form-data; boundary=b\r\ncontent-length: 1000000\r\n\r\n{part}"
                )
            };
            stream.write_all(head.as_bytes()).unwrap();
            stream
        })
        .collect();
    assert_eq!(server.client().get("/health").status, 200);
    let photo = read("photos/DSC_0102.jpg");
    admin.upload(&format!("/events/{event}/images"), "files", &[("a.jpg", &photo)]).expect(201);
    user.store_selfie("selfies/Grace_Hopper_1.jpg");
    user.enter(event);
    assert_eq!(stalled.len(), SLOW);
}

#[test]
fn stalled_selfies_leave_memory_for_others() {
    let server = Server::start();
    let stalled: Vec<TcpStream> = ["ada", "edith", "mary"]
        .iter()
        .flat_map(|name| {
            let token = server.user(name).token.unwrap();
            // As many as a user may send without a pause, of 200 kB each.
            let request = format!(
                "POST /users/me/selfie HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
                 content-type: multipart/form-data; boundary=b\r\ncontent-length: 200000\r\n\r\n--b\r\n"
            );
            (0..18)
                .map(|_| connect(&server))
                .map(move |mut stream| {
                    stream.write_all(request.as_bytes()).unwrap();
                    stream
                })
                .collect::<Vec<_>>()
        })
        .collect();
    server.user("grace").store_selfie("selfies/Grace_Hopper_1.jpg");
    assert_eq!(stalled.len(), 54);
}

#[test]
fn silent_clients_are_disconnected() {
    let server = Server::with("[server]\nslow_client_seconds = 1\n");
    let answer = |request: &str| {
        let mut stream = connect(&server);
        stream.write_all(request.as_bytes()).ok();
        let mut answer = Vec::new();
        // Disconnecting without an answer is fine too.
        stream.read_to_end(&mut answer).ok();
        String::from_utf8(answer).unwrap()
    };
    // An incomplete head gets no answer.
    assert!(!answer("GET /health HTT").contains("200 OK"));
    let body = answer("POST /auth/local HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{\"login\"");
    assert!(body.contains("408") && body.contains("request.timeout"), "{body}");
    let long = format!("GET /health HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "x".repeat(2_000_000));
    assert!(!answer(&long).contains("200 OK"));
    server.client().post("/auth/local", &json!({ "login": "x", "password": "x" })).refused(401, "auth.wrong");
}
