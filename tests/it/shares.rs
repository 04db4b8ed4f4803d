//! One client cannot take what all need, nor search for everybody.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use crate::common::client::{Client, read};
use crate::common::server::Server;

const GRACE: &str = "selfies/Grace_Hopper_1.jpg";
const EILEEN: &str = "selfies/Eileen_Collins_1.jpg";
/// More than the server once had places for selfies.
const SLOW: usize = 40;

fn consented(server: &Server, admin: &mut Client, event: i64) -> (Client, String) {
    let (mut guest, base) = server.guest(admin, event);
    guest.send("POST", &format!("{base}/consent"), "", Vec::new()).expect(204);
    (guest, base)
}

fn search(guest: &mut Client, base: &str, selfie: &str) -> crate::common::client::Answer {
    guest.send("POST", &format!("{base}/search"), "image/jpeg", read(selfie))
}

/// Sends the head of a request with the guest's cookies.
fn begin(guest: &Client, request: &str) -> TcpStream {
    let address = guest.base.strip_prefix("http://").unwrap();
    let cookies: Vec<_> = guest.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{request} HTTP/1.1\r\nHost: {address}\r\nCookie: {}\r\n", cookies.join("; ")).unwrap();
    stream
}

#[test]
fn slow_bodies_hold_up_no_search() {
    let server = Server::start();
    let (mut admin, event, _) = server.party();
    let (slow, base) = consented(&server, &mut admin, event);
    let bodies: Vec<_> = (0..SLOW)
        .map(|_| {
            let mut body = begin(&slow, &format!("POST {base}/search"));
            write!(body, "Content-Type: image/jpeg\r\nContent-Length: 1000000\r\n\r\nx").unwrap();
            body
        })
        .collect();
    let (mut guest, base) = consented(&server, &mut admin, event);
    search(&mut guest, &base, GRACE).expect(200);
    drop(bodies);
}

#[test]
fn the_oldest_of_too_many_streams_ends() {
    let server = Server::start();
    let (mut admin, event, _) = server.party();
    let (guest, base) = consented(&server, &mut admin, event);
    let mut streams: Vec<_> = (0..9)
        .map(|_| {
            let mut stream = begin(&guest, &format!("GET {base}/live"));
            write!(stream, "\r\n").unwrap();
            let mut status = [0; 12];
            stream.read_exact(&mut status).unwrap();
            assert_eq!(&status, b"HTTP/1.1 200");
            stream
        })
        .collect();
    // Its end comes after the news that it had; without one, reading goes on until the event changes.
    let mut rest = Vec::new();
    streams.remove(0).read_to_end(&mut rest).unwrap();
    assert!(rest.ends_with(b"0\r\n\r\n"), "{}", String::from_utf8_lossy(&rest));
}

#[test]
fn where_guests_see_only_their_photos_one_phone_searches_for_few_people() {
    let server = Server::with("[privacy]\npeople_per_hour = 1\n");
    let (mut admin, event, _) = server.party();
    let progress = format!("/events/{event}/progress");
    let (mut guest, base) = consented(&server, &mut admin, event);
    for selfie in [GRACE, EILEEN] {
        search(&mut guest, &base, selfie).expect(200);
    }
    admin.put(&format!("/events/{event}"), &json!({ "visibility": "matches" })).expect(200);
    search(&mut guest, &base, GRACE).expect(200);
    search(&mut guest, &base, GRACE).expect(200);
    assert_eq!(admin.get(&progress).expect(200)["search_stopped"], false);
    let refused = search(&mut guest, &base, EILEEN);
    refused.refused(429, "search.too_many_people");
    assert!(refused.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() > 3000);
    // Neither deleting the face data nor another session of this address helps, and the owner learns of it.
    guest.delete(&format!("{base}/search")).expect(204);
    search(&mut guest, &base, EILEEN).refused(429, "search.too_many_people");
    let (mut other, base) = consented(&server, &mut admin, event);
    search(&mut other, &base, EILEEN).refused(429, "search.too_many_people");
    assert_eq!(admin.get(&progress).expect(200)["search_stopped"], true);
}
