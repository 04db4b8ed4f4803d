//! DNS records by signed updates (RFC 2136), as BIND, Knot and others take them. The signature is TSIG
//! (RFC 8945) with HMAC-SHA256. The server's answer is not verified: one that lies makes the order fail, no more.

use std::net::UdpSocket;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Provider;
use crate::config;
use crate::domain::{Clock, Timestamp, random_bytes};

/// A lost packet is sent again.
const ATTEMPTS: usize = 3;
const TIMEOUT: Duration = Duration::from_secs(4);
/// How long others may keep a record.
const TTL: u32 = 60;
/// By how many seconds the clocks may differ.
const FUDGE: u16 = 300;
const UPDATE: u16 = 5 << 11;
const TXT: u16 = 16;
const SOA: u16 = 6;
const TSIG: u16 = 250;
const IN: u16 = 1;
const NONE: u16 = 254;
const ANY: u16 = 255;

pub(super) struct Rfc2136 {
    pub(super) server: config::Rfc2136,
    pub(super) clock: Arc<dyn Clock>,
}

impl Provider for Rfc2136 {
    fn add(&self, name: &str, value: &str) -> Result<(), String> {
        self.update(name, value, (IN, TTL))
    }

    fn remove(&self, name: &str, value: &str) -> Result<(), String> {
        self.update(name, value, (NONE, 0))
    }
}

impl Rfc2136 {
    fn update(&self, name: &str, value: &str, class: (u16, u32)) -> Result<(), String> {
        let config::Rfc2136 { server, zone, key_name, key } = &self.server;
        let key = key.as_ref().map(config::Secret::expose).unwrap_or_default();
        let key = BASE64_STANDARD.decode(key).map_err(|_| "the key is not base64")?;
        let id = u16::from_be_bytes(random_bytes());
        let message = message(id, zone, (name, value), class)?;
        let message = sign(message, id, (key_name, &key), self.clock.now())?;
        let failed = |error: std::io::Error| format!("the DNS server {server} cannot be asked: {error}");
        let local = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(local).map_err(failed)?;
        socket.set_read_timeout(Some(TIMEOUT)).map_err(failed)?;
        // Packets of others are not seen then.
        socket.connect(server).map_err(failed)?;
        let mut answer = [0; 1500];
        for _ in 0..ATTEMPTS {
            socket.send(&message).map_err(failed)?;
            match socket.recv(&mut answer) {
                Ok(length) if length >= 12 && answer[..2] == id.to_be_bytes() => {
                    return verdict(answer[3] & 15);
                }
                _ => {}
            }
        }
        Err(format!("the DNS server {server} does not answer"))
    }
}

/// What the server's answer means.
fn verdict(code: u8) -> Result<(), String> {
    Err(match code {
        0 => return Ok(()),
        5 => "the DNS server does not let this key change the record".to_owned(),
        9 => "the DNS server refuses the key, its name, or this computer's clock".to_owned(),
        10 => "the record is not in the zone".to_owned(),
        code => format!("the DNS server refuses the update (code {code})"),
    })
}

/// The unsigned update.
fn message(
    id: u16,
    zone: &str,
    (name, value): (&str, &str),
    (class, ttl): (u16, u32),
) -> Result<Vec<u8>, String> {
    let mut message = Vec::with_capacity(512);
    // One zone, no condition, one update, nothing more.
    push(&mut message, &[id, UPDATE, 1, 0, 1, 0]);
    message.extend(wire_name(zone)?);
    push(&mut message, &[SOA, IN]);
    message.extend(wire_name(name)?);
    push(&mut message, &[TXT, class]);
    message.extend(ttl.to_be_bytes());
    let length = u8::try_from(value.len()).map_err(|_| "the value is too long")?;
    push(&mut message, &[u16::from(length) + 1]);
    message.push(length);
    message.extend(value.as_bytes());
    Ok(message)
}

/// With the signature as its last record.
fn sign(
    mut message: Vec<u8>,
    id: u16,
    (key_name, key): (&str, &[u8]),
    now: Timestamp,
) -> Result<Vec<u8>, String> {
    let (key_name, algorithm) = (wire_name(key_name)?, wire_name("hmac-sha256")?);
    let mut time = now.unix_s().to_be_bytes()[2..].to_vec();
    push(&mut time, &[FUDGE]);
    let mut variables = key_name.clone();
    push(&mut variables, &[ANY, 0, 0]);
    variables.extend(algorithm.iter().chain(&time));
    push(&mut variables, &[0, 0]);
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| "the key has no length")?;
    mac.update(&message);
    mac.update(&variables);
    let mac = mac.finalize().into_bytes();
    // One record more.
    message[11] = 1;
    message.extend(&key_name);
    push(&mut message, &[TSIG, ANY, 0, 0]);
    let length = algorithm.len() + time.len() + mac.len() + 8;
    push(&mut message, &[u16::try_from(length).unwrap_or(u16::MAX)]);
    message.extend(algorithm.iter().chain(&time));
    push(&mut message, &[u16::try_from(mac.len()).unwrap_or(u16::MAX)]);
    message.extend(mac);
    push(&mut message, &[id, 0, 0]);
    Ok(message)
}

fn push(message: &mut Vec<u8>, numbers: &[u16]) {
    message.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
}

/// Labels with their lengths, in small letters.
fn wire_name(name: &str) -> Result<Vec<u8>, String> {
    let mut wire = Vec::with_capacity(name.len() + 2);
    for label in name.trim_end_matches('.').split('.') {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..=63).contains(length));
        wire.push(length.ok_or_else(|| format!("`{name}` is no name"))?);
        wire.extend(label.to_ascii_lowercase().as_bytes());
    }
    wire.push(0);
    Ok(wire)
}
