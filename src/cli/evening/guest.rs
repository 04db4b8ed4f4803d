//! A guest's phone: enters, takes a selfie, looks at photos, leaves the page open and loads each new one.

use std::cell::Cell;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::Value;

use super::Shutter;
use super::server::Venue;

/// After this, a phone shows an error.
const TIMEOUT: Duration = Duration::from_mins(1);

/// A guest inside the event.
pub(in crate::cli) struct Guest<'a> {
    venue: &'a Venue,
    cookie: String,
    /// From the tap on the selfie's button to the list of photos.
    pub(in crate::cli) searched: Duration,
    /// The photos that were found.
    found: Vec<i64>,
    received_bytes: Cell<u64>,
}

/// Lets a guest in who searches with this selfie.
pub(in crate::cli) fn enter<'a>(venue: &'a Venue, selfie: &[u8]) -> anyhow::Result<Guest<'a>> {
    let (searched, found, received_bytes) = (Duration::ZERO, Vec::new(), Cell::new(0));
    let mut guest = Guest { venue, cookie: String::new(), searched, found, received_bytes };
    // The page tells phones behind one address apart.
    for (method, path) in [("GET", ""), ("POST", "/session")] {
        let head = guest.ask(method, path, "application/json", if path.is_empty() { b"" } else { b"{}" })?;
        let cookies = head.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
        for cookie in cookies.filter_map(|cookie| cookie.split(';').next()) {
            guest.cookie = format!("{}{cookie}; ", guest.cookie);
        }
    }
    guest.ask("POST", "/consent", "application/json", b"")?;
    let start = Instant::now();
    let (_, results) = guest.fetch("POST", "/search", "image/jpeg", selfie)?;
    guest.searched = start.elapsed();
    let results: Value = serde_json::from_slice(&results).context("the results are no JSON")?;
    guest.found = photos(&results).filter_map(|photo| photo["id"].as_i64()).collect();
    Ok(guest)
}

/// Sure and maybe ones.
fn photos(results: &Value) -> impl Iterator<Item = &Value> {
    ["sure", "maybe"].into_iter().filter_map(|list| results[list].as_array()).flatten()
}

impl Guest<'_> {
    /// Looks at what was found: a screen of thumbnails, two of the photos as large as the phone; returns the bytes of
    /// the whole visit.
    pub(in crate::cli) fn look(&self) -> anyhow::Result<u64> {
        for (kind, count) in [("thumbnail", 9), ("medium", 2)] {
            for id in self.found.iter().take(count) {
                self.ask("GET", &format!("/photos/{id}/{kind}"), "text/plain", b"")?;
            }
        }
        Ok(self.received_bytes.get())
    }

    /// How many photos guests see.
    pub(in crate::cli) fn count_photos(&self) -> anyhow::Result<u64> {
        let (_, list) = self.fetch("GET", "/photos?limit=1", "text/plain", b"")?;
        let list: Value = serde_json::from_slice(&list).context("the list is no JSON")?;
        list["total"].as_u64().context("the list has no total")
    }

    /// The head of a response that says yes, after the whole of it.
    fn ask(&self, method: &str, path: &str, content_type: &str, body: &[u8]) -> anyhow::Result<String> {
        self.fetch(method, path, content_type, body).map(|(head, _)| head)
    }

    /// Head and body of a response that says yes.
    fn fetch(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: &[u8],
    ) -> anyhow::Result<(String, Vec<u8>)> {
        let mut response = self.send(method, path, content_type, body)?;
        response.get_ref().set_read_timeout(Some(TIMEOUT))?;
        let mut head = String::new();
        while response.read_line(&mut head)? > 2 {}
        let done = head.split(' ').nth(1).is_some_and(|status| status.starts_with('2'));
        anyhow::ensure!(done, "{method} {path}: {}", head.lines().next().unwrap_or("no answer"));
        let mut body = Vec::new();
        response.read_to_end(&mut body)?;
        self.received_bytes.set(self.received_bytes.get() + (head.len() + body.len()) as u64);
        Ok((head, body))
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: &[u8],
    ) -> anyhow::Result<BufReader<TcpStream>> {
        let Venue { address, share_code, .. } = self.venue;
        let mut stream = TcpStream::connect(address).context("the server does not answer")?;
        let head = format!(
            "{method} /e/{share_code}{path} HTTP/1.1\r\nhost: {address}\r\ncookie: {}\r\nconnection: close\r\n\
             content-type: {content_type}\r\ncontent-length: {}\r\n\r\n",
            self.cookie,
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat())?;
        Ok(BufReader::new(stream))
    }

    /// Loads the thumbnail of every new photo, as the page does, until the server ends; sends how long each took since
    /// the shutter.
    pub(in crate::cli) fn follow(
        self,
        shutter: &Shutter,
        evening: &AtomicBool,
        shown: &Sender<(String, Duration)>,
    ) {
        while evening.load(Ordering::Relaxed) {
            let Ok(stream) = self.send("GET", "/live", "text/plain", b"") else { return };
            for line in stream.lines().map_while(Result::ok) {
                let news =
                    line.strip_prefix("data: ").and_then(|text| serde_json::from_str::<Value>(text).ok());
                for photo in news.iter().flat_map(photos) {
                    let (Some(id), Some(name)) = (photo["id"].as_i64(), photo["file_name"].as_str()) else {
                        continue;
                    };
                    let loaded = self.ask("GET", &format!("/photos/{id}/thumbnail"), "text/plain", b"");
                    if let (Ok(_), Some(time)) = (loaded, shutter.since(name)) {
                        // The evening may be over.
                        shown.send((name.to_owned(), time)).ok();
                    }
                }
            }
        }
    }
}
