//! A guest's phone: enters, takes a selfie, leaves the page open and loads each new photo.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;

use super::Shutter;
use super::server::Venue;

/// A guest inside the event.
pub(super) struct Guest<'a> {
    venue: &'a Venue,
    cookie: String,
}

/// Lets a guest in who searches with this selfie.
pub(super) fn enter<'a>(venue: &'a Venue, selfie: &[u8]) -> anyhow::Result<Guest<'a>> {
    let mut guest = Guest { venue, cookie: String::new() };
    // The page tells phones behind one address apart.
    for (method, path) in [("GET", ""), ("POST", "/session")] {
        let head = guest.ask(method, path, "application/json", if path.is_empty() { b"" } else { b"{}" })?;
        let cookies = head.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
        for cookie in cookies.filter_map(|cookie| cookie.split(';').next()) {
            guest.cookie = format!("{}{cookie}; ", guest.cookie);
        }
    }
    guest.ask("POST", "/consent", "application/json", b"")?;
    guest.ask("POST", "/search", "image/jpeg", selfie)?;
    Ok(guest)
}

impl Guest<'_> {
    /// The head of a response that says yes, after the whole of it.
    fn ask(&self, method: &str, path: &str, content_type: &str, body: &[u8]) -> anyhow::Result<String> {
        let mut response = self.send(method, path, content_type, body)?;
        let mut bytes = Vec::new();
        response.read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let head = text.split("\r\n\r\n").next().unwrap_or_default();
        let done = head.split(' ').nth(1).is_some_and(|status| status.starts_with('2'));
        anyhow::ensure!(done, "{method} {path}: {}", text.lines().next().unwrap_or("no answer"));
        Ok(head.to_owned())
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
    pub(super) fn follow(self, shutter: &Shutter, evening: &AtomicBool, shown: &Sender<(String, Duration)>) {
        while evening.load(Ordering::Relaxed) {
            let Ok(stream) = self.send("GET", "/live", "text/plain", b"") else { return };
            for line in stream.lines().map_while(Result::ok) {
                let news =
                    line.strip_prefix("data: ").and_then(|text| serde_json::from_str::<Value>(text).ok());
                let lists = news.as_ref().map(|news| [&news["sure"], &news["maybe"]]);
                for photo in lists.into_iter().flatten().filter_map(Value::as_array).flatten() {
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
