//! What happens when the authority refuses, or cannot be reached. Orders that succeed are in `tests/it/acme.rs`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{CertificateParams, KeyPair};

use super::*;
use crate::domain::{FixedClock, Timestamp};
use crate::store::testing::TestStore;

const NOW: Timestamp = Timestamp::from_unix_ms(1_800_000_000_000);
const DAY: Duration = Duration::from_hours(24);

/// An authority that knows accounts, and answers every order with this problem. Counts orders.
fn refusing(kind: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (url, orders) = (base.clone(), Arc::new(AtomicUsize::new(0)));
    let counted = orders.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(&mut stream);
            let (mut head, mut length) = (String::new(), 0);
            while lines.read_line(&mut head).unwrap() > 2 {
                let last = head.lines().next_back().unwrap().to_lowercase();
                length = last.strip_prefix("content-length: ").map_or(length, |text| text.parse().unwrap());
            }
            lines.read_exact(&mut vec![0; length]).unwrap();
            let path = head.split(' ').nth(1).unwrap();
            let (status, body) = match path {
                "/dir" => (
                    "200 OK",
                    serde_json::json!({ "newNonce": format!("{url}/nonce"),
                    "newAccount": format!("{url}/account"), "newOrder": format!("{url}/order") }),
                ),
                "/nonce" => ("200 OK", serde_json::Value::Null),
                "/account" => ("201 Created", serde_json::json!({ "status": "valid" })),
                _ => {
                    counted.fetch_add(1, Ordering::SeqCst);
                    let kind = format!("urn:ietf:params:acme:error:{kind}");
                    ("429 Too Many Requests", serde_json::json!({ "type": kind, "detail": "not today" }))
                }
            };
            let body = if path == "/nonce" { String::new() } else { body.to_string() };
            let head =
                format!("replay-nonce: n\r\nlocation: {url}/account/1\r\ncontent-length: {}", body.len());
            write!(stream, "HTTP/1.1 {status}\r\n{head}\r\nconnection: close\r\n\r\n{body}").unwrap();
        }
    });
    (format!("{base}/dir"), orders)
}

fn open(store: &TestStore, clock: &Arc<FixedClock>, directory: String) -> (Acme, Arc<Resolver>) {
    let names = vec!["photos.example".to_owned()];
    let config = config::Acme { names, accept_terms: true, directory, ..config::Acme::default() };
    let resolver = Arc::new(Resolver::default());
    (Acme::open(&config, (**store).clone(), clock.clone(), resolver.clone()).unwrap(), resolver)
}

/// Stores a certificate for 90 days, of which so many are left.
fn put_certificate(store: &TestStore, left: u32) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["photos.example".to_owned()]).unwrap();
    let end = time::OffsetDateTime::from_unix_timestamp(NOW.plus(DAY * left).unix_s()).unwrap();
    (params.not_before, params.not_after) = (end - time::Duration::days(90), end);
    let made = params.self_signed(&key).unwrap();
    let pem = key.serialize_pem() + &made.pem();
    store.write_secret_file(SecretFile::AcmeCertificate, pem.as_bytes()).unwrap();
}

fn minutes(refreshed: &Refreshed) -> u64 {
    refreshed.pause.as_secs() / 60
}

#[test]
fn refusals_are_repeated_after_growing_pauses_and_said_in_words() {
    let (store, clock) = (TestStore::new(), Arc::new(FixedClock::new(NOW)));
    let (directory, orders) = refusing("rateLimited");
    let (acme, _) = open(&store, &clock, directory);
    let refreshed: Vec<Refreshed> = (0..6).map(|_| acme.refresh()).collect();
    assert_eq!(refreshed.iter().map(minutes).collect::<Vec<_>>(), [60, 120, 240, 360, 360, 360]);
    assert_eq!(orders.load(Ordering::SeqCst), 6, "one order each");
    let problem = refreshed[0].problem.as_ref().unwrap();
    assert!(
        problem.contains("issues no certificate: not today") && problem.contains("60 minutes"),
        "{problem}"
    );
    let (directory, _) = refusing("rejectedIdentifier");
    let (acme, _) = open(&store, &clock, directory);
    assert_eq!([(); 8].map(|()| minutes(&acme.refresh())), [5, 10, 20, 40, 80, 160, 320, 360]);
}

#[test]
fn without_the_internet_an_old_certificate_is_used_and_the_problem_is_said_when_it_is_near_its_end() {
    let (store, clock) = (TestStore::new(), Arc::new(FixedClock::new(NOW)));
    // Nobody listens there.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let problem = |left: u32| {
        put_certificate(&store, left);
        let (acme, resolver) = open(&store, &clock, format!("http://{gone}/dir"));
        let refreshed = acme.refresh();
        assert!(resolver.current().is_some_and(|pair| pair.covers("photos.example")));
        assert_eq!(minutes(&refreshed), 5);
        refreshed.problem
    };
    assert_eq!((problem(80), problem(20)), (None, None));
    assert!(problem(5).is_some_and(|text| text.contains("cannot be reached")));
}

#[test]
fn a_certificate_is_renewed_when_a_third_is_left_or_the_names_or_the_authority_change() {
    let (store, clock) = (TestStore::new(), Arc::new(FixedClock::new(NOW)));
    let (directory, orders) = refusing("rateLimited");
    let ordered = |directory: &str, left: u32| {
        put_certificate(&store, left);
        let before = orders.load(Ordering::SeqCst);
        open(&store, &clock, directory.to_owned()).0.refresh();
        orders.load(Ordering::SeqCst) - before
    };
    // The first one has no account yet.
    assert_eq!([ordered(&directory, 80), ordered(&directory, 80), ordered(&directory, 31)], [1, 0, 0]);
    assert_eq!(ordered(&directory, 29), 1);
    let (other, others) = refusing("rateLimited");
    assert_eq!((ordered(&other, 80), others.load(Ordering::SeqCst)), (0, 1));
    let config =
        config::Acme { names: vec!["new.example".into()], directory: other, ..config::Acme::default() };
    let acme = Acme::open(&config, (*store).clone(), clock.clone(), Arc::default()).unwrap();
    acme.refresh();
    assert_eq!(others.load(Ordering::SeqCst), 2);
}
