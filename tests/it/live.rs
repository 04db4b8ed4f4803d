//! Live updates: guests' news and the live wall, over real connections to the real executable.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::client::{Client, EVENT_PASSWORD, read};
use crate::common::server::Server;

/// A stream of server-sent events.
struct Stream(BufReader<TcpStream>);

impl Stream {
    fn open(client: &Client, path: &str) -> Self {
        let host = client.base.trim_start_matches("http://");
        let mut connection = TcpStream::connect(host).unwrap();
        connection.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        let cookies: Vec<_> = client.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {}\r\n\r\n", cookies.join("; "));
        connection.write_all(head.as_bytes()).unwrap();
        let mut stream = Self(BufReader::new(connection));
        assert!(stream.line().contains(" 200 "));
        stream
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Reads to the last chunk (RFC 9112).
    fn expect_end(&mut self) {
        while self.line() != "0" {}
    }

    /// The next event of this name; skips others.
    fn next(&mut self, name: &str) -> Value {
        let wanted = format!("event: {name}");
        while self.line() != wanted {}
        loop {
            if let Some(data) = self.line().strip_prefix("data: ") {
                return serde_json::from_str(data).unwrap();
            }
        }
    }
}

/// A guest who has entered with the link's key, consented and searched.
fn guest(server: &Server, base: &str, key: &str) -> Client {
    let mut guest = server.client();
    guest.post(&format!("{base}/session"), &json!({ "key": key })).expect(204);
    guest.post(&format!("{base}/consent"), &json!({})).expect(204);
    let selfie = read("selfies/Grace_Hopper_1.jpg");
    guest.send("POST", &format!("{base}/search"), "application/octet-stream", selfie).expect(200);
    guest
}

#[test]
fn new_photos_reach_an_open_page_and_the_wall() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    admin.upload_samples(event, &["DSC_0102.jpg"]);
    let links = admin.get(&format!("/events/{event}/sharing")).expect(200);
    let base =
        format!("/e/{}", admin.get(&format!("/events/{event}")).expect(200)["share_code"].as_str().unwrap());
    let key = links["keyed_link"].as_str().unwrap().split_once("#k=").unwrap().1.to_owned();
    let mut open_page = guest(&server, &base, &key);
    let mut stream = Stream::open(&open_page, &format!("{base}/live"));
    let first = stream.next("news");
    assert_eq!((first["photos"].as_u64(), first["searching"].as_bool()), (Some(1), Some(true)));

    let wall = format!("/wall/{event}");
    let mut projector = server.client();
    projector.get(&format!("{wall}/photos")).refused(401, "wall.access_required");
    let wall_key = links["wall_link"].as_str().unwrap().split_once("#k=").unwrap().1.to_owned();
    projector.post(&format!("{wall}/session"), &json!({ "key": key })).refused(401, "wall.access_required");
    projector.post(&format!("{wall}/session"), &json!({ "key": wall_key })).expect(204);
    let shown = projector.get(&format!("{wall}/photos")).expect(200);
    assert_eq!(shown["photos"].as_array().unwrap().len(), 1);
    assert!(projector.get(&format!("{wall}/qr")).text().starts_with("<svg"));
    let mut wall_stream = Stream::open(&projector, &format!("{wall}/live"));

    // One photo of her, one of another person.
    admin.upload_samples(event, &["DSC_0103.jpg", "DSC_0101.jpg"]);
    let mut found = Vec::new();
    let mut count = 1;
    while count < 3 {
        let news = stream.next("news");
        count = news["photos"].as_u64().unwrap();
        found.extend(news["sure"].as_array().unwrap().clone());
    }
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["file_name"], "DSC_0103.jpg");
    wall_stream.next("changed");
    let shown = projector.get(&format!("{wall}/photos")).expect(200);
    assert_eq!(shown["photos"].as_array().unwrap().len(), 3);

    // The photographer hides one, and skips another on the wall.
    let id = found[0]["id"].clone();
    let change = |action: &str| json!({ "ids": [id], "action": action });
    let path = format!("/events/{event}/images/change");
    admin.post(&path, &change("hide")).expect(200);
    stream.next("refresh");
    let preview = format!("{wall}/photos/{id}/preview");
    projector.get(&preview).refused(404, "photo.not_found");
    admin.post(&path, &change("show")).expect(200);
    assert_eq!(projector.get(&preview).status, 200);
    admin.post(&path, &change("skip")).expect(200);
    projector.get(&preview).refused(404, "photo.not_found");

    // The guest deletes the face: the page is notified.
    open_page.delete(&format!("{base}/search")).expect(204);
    stream.next("over");

    // A new password ends both streams.
    let mut wall_stream = Stream::open(&projector, &format!("{wall}/live"));
    admin.put(&format!("/events/{event}"), &json!({ "password": "another" })).expect(200);
    stream.expect_end();
    wall_stream.next("changed");
    wall_stream.expect_end();
    projector.get(&format!("{wall}/photos")).refused(401, "wall.access_required");
    open_page.get(&format!("{base}/news")).refused(401, "session.required");
    let mut late = server.client();
    late.post(&format!("{base}/session"), &json!({ "key": key })).refused(401, "invitation.invalid");
}

#[test]
fn guests_can_delete_their_data_in_a_closed_event() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    admin.upload_samples(event, &["DSC_0102.jpg"]);
    let links = admin.get(&format!("/events/{event}/sharing")).expect(200);
    let (link, key) = links["keyed_link"].as_str().unwrap().split_once("#k=").unwrap();
    let base = format!("/e/{}", link.rsplit('/').next().unwrap());
    let mut open_page = guest(&server, &base, key);
    let mut stream = Stream::open(&open_page, &format!("{base}/live"));
    stream.next("news");
    admin.put(&format!("/events/{event}"), &json!({ "closed": true })).expect(200);
    stream.expect_end();
    open_page.get(&format!("{base}/matches")).refused(403, "event.closed");
    for path in ["search", "consent", "session"] {
        open_page.delete(&format!("{base}/{path}")).expect(204);
    }
    let record = admin.get(&format!("/events/{event}/consents")).text();
    assert_eq!((record.matches("given").count(), record.matches("withdrawn").count()), (1, 1), "{record}");
    // Closing has deleted the face already.
    admin.put(&format!("/events/{event}"), &json!({ "closed": false })).expect(200);
    let mut again = server.client();
    again.post(&format!("{base}/session"), &json!({ "key": key })).expect(204);
    again.get(&format!("{base}/matches")).refused(409, "search.over");
}

#[test]
fn an_invitation_admits_one_guest() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let invitation = admin.post(&format!("/events/{event}/invitations"), &json!({})).expect(201);
    let (link, key) = invitation["link"].as_str().unwrap().split_once("#k=").unwrap();
    let base = format!("/e/{}", link.rsplit('/').next().unwrap());
    let enter = |key: &str| server.client().post(&format!("{base}/session"), &json!({ "key": key }));
    enter("guess").refused(401, "invitation.invalid");
    enter(key).expect(204);
    enter(key).refused(401, "invitation.invalid");
    let by_password = json!({ "password": EVENT_PASSWORD });
    server.client().post(&format!("{base}/session"), &by_password).expect(204);
}
