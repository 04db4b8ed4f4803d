//! Certificates of an authority that verifies names, end to end.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::common::TestEnv;
use crate::common::acme::{DNS_KEY, Dns, Pebble, free_port};
use crate::common::server::Server;
use crate::common::tls::{ask, client, connect, put};

const HEALTH: &str = "GET /health HTTP/1.1\r\nhost: localhost";

/// Waits until the log says one of these; returns the whole log.
fn wait_for(server: &Server, words: &str) -> String {
    for _ in 0..1200 {
        let log = server.log();
        if log.contains(words) {
            return log;
        }
        std::thread::park_timeout(std::time::Duration::from_millis(100));
    }
    panic!("nobody says `{words}`: {}", server.log());
}

#[test]
fn names_are_verified_by_a_connection_and_the_certificate_is_kept() {
    let (env, dns, port) = (TestEnv::new(), Dns::start(), free_port());
    let Some(pebble) = Pebble::start(&env, port, dns.address) else { return };
    let second = format!("[https]\nbind = \"127.0.0.1:{port}\"\n");
    let config = second + &pebble.config(&env, "[\"photos.example\", \"www.photos.example\"]", "");
    let server = Server::on(env, &config);
    wait_for(&server, "got a certificate");
    let (address, trusting) = (server.https.unwrap().to_string(), client(pebble.root(), &[]));
    for name in ["photos.example", "www.photos.example"] {
        assert!(ask(connect(&address, name, &trusting).unwrap(), HEALTH).contains("\"healthy\""));
    }
    assert!(connect(&address, "other.example", &trusting).is_err());
    // Nobody else gets what only the authority is to see.
    assert!(connect(&address, "photos.example", &client(pebble.root(), &[b"acme-tls/1"])).is_err());
    assert!(!server.log().contains("PRIVATE KEY"));
    #[cfg(unix)]
    for name in ["acme-account.json", "acme-certificate.pem"] {
        use std::os::unix::fs::PermissionsExt;
        let found = std::fs::metadata(server.env.data().join("secrets").join(name)).unwrap();
        assert_eq!(found.permissions().mode() & 0o777, 0o600, "{name}");
    }
    // At a venue without the internet.
    let root = pebble.root();
    drop(pebble);
    let server = Server::on(server.kill(), &config);
    let address = server.https.unwrap().to_string();
    assert!(
        ask(connect(&address, "photos.example", &client(root, &[])).unwrap(), HEALTH).contains("\"healthy\"")
    );
}

#[test]
fn names_are_verified_by_records_of_a_dns_server_with_a_key() {
    let (env, dns) = (TestEnv::new(), Dns::start());
    let Some(pebble) = Pebble::start(&env, 1, dns.address) else { return };
    let key = BASE64_STANDARD.encode(DNS_KEY);
    let more = format!(
        "dns_wait_seconds = 0\n[https.acme.rfc2136]\nserver = \"{}\"\nzone = \"example\"\nkey_name = \"fotota\"\n\
         key = \"{key}\"\n",
        dns.address
    );
    // Both names have one record, with a value each.
    let server =
        Server::on_with(env, |env| pebble.config(env, "[\"photos.example\", \"*.photos.example\"]", &more));
    let log = wait_for(&server, "got a certificate");
    assert!(!log.contains(&key));
    let address = server.base.strip_prefix("http://").unwrap().to_owned();
    for name in ["photos.example", "ana.photos.example"] {
        assert!(
            ask(connect(&address, name, &client(pebble.root(), &[])).unwrap(), HEALTH)
                .contains("\"healthy\"")
        );
    }
    let set = dns.history.lock().unwrap().clone();
    assert_eq!(set.keys().collect::<Vec<_>>(), ["_acme-challenge.photos.example"]);
    assert_eq!(set["_acme-challenge.photos.example"].len(), 2);
    assert!(dns.records.lock().unwrap().values().all(Vec::is_empty), "records are removed");
}

#[cfg(unix)]
#[test]
fn names_are_verified_by_records_that_a_program_sets_and_failures_end_in_words() {
    use std::os::unix::fs::PermissionsExt;
    let (env, dns) = (TestEnv::new(), Dns::start());
    let Some(pebble) = Pebble::start(&env, 1, dns.address) else { return };
    let (hook, output) = (env.root().join("hook"), env.root().join("hook-output"));
    put(&hook, &format!("#!/bin/sh\necho \"$@\" >> '{}'\n", output.display()));
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o700)).unwrap();
    let more = format!("dns_wait_seconds = 0\ndns_command = \"{}\"\n", hook.display());
    // The program has set nothing that the authority could see.
    let server = Server::on_with(env, |env| pebble.config(env, "[\"photos.example\"]", &more));
    let log = wait_for(&server, "the certificate needs attention");
    assert!(log.contains("could not verify `photos.example`") && log.contains("in 5 minutes"), "{log}");
    let ran = std::fs::read_to_string(&output).unwrap();
    let lines: Vec<&str> = ran.lines().collect();
    let value = lines[0].strip_prefix("add _acme-challenge.photos.example ").unwrap();
    assert_eq!(lines[1], format!("remove _acme-challenge.photos.example {value}"), "{ran}");
    // Now somebody does what the program asks for; the account is the same.
    let account = std::fs::read(server.env.data().join("secrets/acme-account.json")).unwrap();
    let env = server.kill();
    std::fs::remove_file(env.root().join("log")).unwrap();
    let (records, said) = (dns.records.clone(), output);
    let watched = std::thread::spawn(move || {
        loop {
            let text = std::fs::read_to_string(&said).unwrap();
            if let Some(line) = text.lines().nth(2) {
                let [name, value] = [1, 2].map(|at| line.split(' ').nth(at).unwrap().to_owned());
                records.lock().unwrap().insert(name, vec![value]);
                return;
            }
            std::thread::park_timeout(std::time::Duration::from_millis(20));
        }
    });
    let more = more.replace("= 0", "= 2");
    let server = Server::on_with(env, |env| pebble.config(env, "[\"photos.example\"]", &more));
    wait_for(&server, "got a certificate");
    watched.join().unwrap();
    assert_eq!(std::fs::read(server.env.data().join("secrets/acme-account.json")).unwrap(), account);
}

#[test]
fn a_refused_order_ends_in_words() {
    let (env, dns) = (TestEnv::new(), Dns::start());
    let Some(pebble) = Pebble::start(&env, 1, dns.address) else { return };
    let server = Server::on_with(env, |env| pebble.config(env, "[\"blocked.example\"]", ""));
    let log = wait_for(&server, "the certificate needs attention");
    assert!(log.contains("the certificate authority issues no certificate"), "{log}");
    // Guests do not notice.
    assert_eq!(server.client().get("/health").status, 200);
}
