//! A client of uploads in pieces.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use super::client::{Answer, Client, read};
use super::server::Server;

pub const PHOTO: &str = "photos/DSC_0101.jpg";
/// `a é.jpg`.
pub const METADATA: &str = "filename YSDDqS5qcGc=,filetype aW1hZ2UvanBlZw==";
/// So much at least is on the disk while a piece is still coming in.
pub const WRITTEN: usize = 1 << 20;

/// A photo of three megabytes; what follows its end is part of its bytes.
pub fn large() -> Vec<u8> {
    let mut bytes = read(PHOTO);
    bytes.extend((0..3_000_000 - bytes.len()).map(|n| u8::try_from(n % 251).unwrap()));
    bytes
}

/// Asks with these headers.
pub fn ask(
    client: &mut Client,
    method: &str,
    path: &str,
    headers: &[(&'static str, &str)],
    body: &[u8],
) -> Answer {
    let mut asking = client.clone();
    asking.headers.push(("tus-resumable", "1.0.0".to_owned()));
    asking.headers.extend(headers.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let answer = asking.send(
        method,
        path,
        if body.is_empty() { "" } else { "application/offset+octet-stream" },
        body.to_vec(),
    );
    assert_eq!(answer.headers["tus-resumable"], "1.0.0", "{method} {path}");
    answer
}

pub fn create(client: &mut Client, event: i64, length: usize) -> String {
    let headers = [("upload-length", &*length.to_string()), ("upload-metadata", METADATA)];
    let answer = ask(client, "POST", &format!("/events/{event}/uploads"), &headers, b"");
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(answer.headers["upload-expires"].to_str().unwrap().ends_with(" GMT"));
    answer.headers["location"].to_str().unwrap().to_owned()
}

pub fn patch(client: &mut Client, path: &str, offset: usize, body: &[u8]) -> Answer {
    let offset = offset.to_string();
    let headers = [("upload-offset", offset.as_str()), ("content-type", "application/offset+octet-stream")];
    ask(client, "PATCH", path, &headers[..if body.is_empty() { 2 } else { 1 }], body)
}

pub fn header(answer: &Answer, name: &str) -> i64 {
    answer.headers[name].to_str().unwrap().parse().unwrap()
}

pub fn offset(client: &mut Client, path: &str) -> usize {
    let answer = ask(client, "HEAD", path, &[], b"");
    assert_eq!((answer.status, &answer.headers["cache-control"]), (200, &"no-store".parse().unwrap()));
    usize::try_from(header(&answer, "upload-offset")).unwrap()
}

/// Sends a request's head and a part of its body, and leaves the connection open.
pub fn begin_piece(
    server: &Server,
    client: &Client,
    path: &str,
    offset: usize,
    length: usize,
    sent: &[u8],
) -> TcpStream {
    let mut stream = TcpStream::connect(server.base.strip_prefix("http://").unwrap()).unwrap();
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ntus-resumable: 1.0.0\r\n\
         upload-offset: {offset}\r\ncontent-type: application/offset+octet-stream\r\ncontent-length: {length}\r\n\r\n",
        client.token.as_ref().unwrap()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(sent).unwrap();
    stream
}

/// Waits until so much is on the disk: listing interrupts nobody.
pub fn wait_for(client: &mut Client, event: i64, least: usize) {
    for _ in 0..600 {
        let list = client.get(&format!("/events/{event}/uploads")).expect(200);
        if list["items"][0]["offset"].as_u64().unwrap() >= least as u64 {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(50));
    }
    panic!("the piece does not come in");
}

/// The event's photos: their names, and the bytes of the first.
pub fn photos(client: &mut Client, event: i64) -> (Vec<String>, Vec<u8>) {
    let list = client.get(&format!("/events/{event}/my-event-images")).expect(200);
    let items = list["items"].as_array().unwrap();
    let names = items.iter().map(|item| item["file_name"].as_str().unwrap().to_owned()).collect();
    (names, client.get(items[0]["original_url"].as_str().unwrap()).body)
}

pub fn files(server: &Server) -> usize {
    server.files().iter().filter(|file| file.starts_with("uploads/")).count()
}
