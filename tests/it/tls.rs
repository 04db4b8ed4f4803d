//! HTTPS: on the port of HTTP, with certificates from files and of a generated authority.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;
use tokio_rustls::rustls::pki_types::CertificateDer;

use crate::common::TestEnv;
use crate::common::ftp::Ftp;
use crate::common::server::{PASSWORD, Server};
use crate::common::tls::{Authority, ask, ask_with, client, config, connect, files, put};

const HTTP_1: &[&[u8]] = &[b"http/1.1"];
const HEALTH: &str = "GET /health HTTP/1.1\r\nhost: localhost";

/// A server with a certificate for `localhost`, its authority, and its address.
fn start(more: &str) -> (Server, Authority, String) {
    let (env, authority) = (TestEnv::new(), Authority::new());
    authority.issue(&env, &["localhost", "photos.example"]);
    let config = config(&env) + more;
    let server = Server::on(env, &config);
    let address = address(&server);
    (server, authority, address)
}

fn address(server: &Server) -> String {
    server.base.strip_prefix("http://").unwrap().to_owned()
}

/// Waits for something that the server does by itself.
fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..600 {
        if is_so() {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(100));
    }
    panic!("{what}");
}

#[test]
fn http_and_https_are_spoken_on_one_port() {
    let (server, authority, address) = start("");
    let trusting = client(authority.der(), HTTP_1);
    let plain = ask(TcpStream::connect(&address).unwrap(), HEALTH);
    let encrypted = ask(connect(&address, "localhost", &trusting).unwrap(), HEALTH);
    assert!(plain.contains("\"healthy\"") && encrypted.contains("\"healthy\""), "{plain} {encrypted}");
    assert!(connect(&address, "other.example", &trusting).is_err(), "it is not for this name");
    // Without ALPN too, as old clients.
    let old = client(authority.der(), &[]);
    assert!(ask(connect(&address, "localhost", &old).unwrap(), HEALTH).contains("\"healthy\""));
    // Cookies of encrypted pages are not sent without encryption; links name the scheme of the request.
    server.admin();
    let body = json!({ "login": "studio@example.com", "password": PASSWORD }).to_string();
    let sign_in = "POST /auth/session HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json";
    let plain = ask_with(TcpStream::connect(&address).unwrap(), sign_in, &body);
    let encrypted = ask_with(connect(&address, "localhost", &trusting).unwrap(), sign_in, &body);
    assert!(plain.contains("set-cookie:") && !plain.contains("; Secure"), "{plain}");
    assert!(encrypted.contains("set-cookie:") && encrypted.contains("; Secure"), "{encrypted}");
    let root = ask(connect(&address, "localhost", &trusting).unwrap(), "GET / HTTP/1.1\r\nhost: localhost");
    assert!(root.contains("https://localhost/docs"), "{root}");
}

#[test]
fn a_certificate_is_exchanged_while_the_server_runs_and_a_broken_one_is_not() {
    let (server, authority, address) = start("");
    let trusting = client(authority.der(), HTTP_1);
    // A client of its own each time: sessions that are resumed keep their certificate.
    let shown = || -> CertificateDer<'static> {
        let trusting = client(authority.der(), HTTP_1);
        let stream = connect(&address, "localhost", &trusting).unwrap();
        stream.conn.peer_certificates().unwrap()[0].clone().into_owned()
    };
    let open = connect(&address, "localhost", &trusting).unwrap();
    let renewed = authority.issue(&server.env, &["localhost"]);
    wait_for("the new certificate is not used", || shown() == renewed);
    // A connection with the former one goes on.
    assert!(ask(open, HEALTH).contains("\"healthy\""));
    let [_, key] = files(&server.env);
    put(&key, "no key");
    wait_for("nobody says that the key is broken", || {
        server.log().contains("the former certificate is still used")
    });
    assert_eq!(shown(), renewed);
    assert!(!server.log().contains("PRIVATE KEY"));
}

#[test]
fn a_pair_that_does_not_fit_together_is_an_error_at_the_start() {
    let (env, authority) = (TestEnv::new(), Authority::new());
    let [certificate, key] = files(&env);
    authority.issue(&env, &["localhost"]);
    let other = std::fs::read_to_string(&key).unwrap();
    authority.issue(&env, &["localhost"]);
    put(&key, &other);
    let path = env.root().join("config.toml");
    put(&path, &config(&env));
    let said = |env: &TestEnv| {
        let output = env.run(&["serve", "--bind", "127.0.0.1:0", "--config", path.to_str().unwrap()]);
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(said(&env).contains("is no PEM file of a certificate that can be used"), "{}", said(&env));
    put(&certificate, "nothing");
    assert!(said(&env).contains("server.crt` is no PEM file of a certificate"), "{}", said(&env));
    std::fs::remove_file(&key).unwrap();
    assert!(said(&env).contains("server."), "{}", said(&env));
}

#[test]
fn slow_handshakes_and_idle_connections_end() {
    let (_server, authority, address) = start("[server]\nslow_client_seconds = 1\n");
    for begin in [&[][..], &[22], &[22, 3, 1, 2, 0, 1]] {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.write_all(begin).unwrap();
        // The end, or a reset.
        stream.read_to_end(&mut Vec::new()).ok();
    }
    for protocol in [&b"http/1.1"[..], b"h2"] {
        let trusting = client(authority.der(), &[protocol]);
        let mut stream = connect(&address, "localhost", &trusting).unwrap();
        assert_eq!(stream.conn.alpn_protocol(), Some(protocol));
        stream.read_to_end(&mut Vec::new()).ok();
    }
}

#[test]
fn pages_opened_without_encryption_under_the_certificates_name_are_redirected() {
    let (server, authority, address) = start("redirect = true\nbind = \"127.0.0.1:0\"\n");
    let page = |host: &str| format!("GET /account?x=1 HTTP/1.1\r\nhost: {host}\r\naccept: text/html");
    let answer = |head: &str| ask(TcpStream::connect(&address).unwrap(), head);
    let redirected = answer(&page("photos.example:80"));
    // The port of `https.bind`, which is 443 where it matters.
    assert!(redirected.starts_with("HTTP/1.1 307"), "{redirected}");
    assert!(redirected.contains("location: https://photos.example:0/account?x=1"), "{redirected}");
    for served in [
        page("127.0.0.1"),
        page("evil.example"),
        "GET /account HTTP/1.1\r\nhost: photos.example\r\naccept: application/json".to_owned(),
        "HEAD /account HTTP/1.1\r\nhost: photos.example\r\naccept: text/html".to_owned(),
    ] {
        assert!(answer(&served).starts_with("HTTP/1.1 200"), "{served}");
    }
    let trusting = client(authority.der(), HTTP_1);
    let second = server.https.unwrap().to_string();
    for address in [&address, &second] {
        let encrypted = ask(connect(address, "photos.example", &trusting).unwrap(), &page("photos.example"));
        assert!(encrypted.starts_with("HTTP/1.1 200"), "{encrypted}");
    }
}

#[test]
fn cameras_get_the_certificate_of_the_web_server() {
    let (server, authority, _) = start("[ftp]\nenabled = true\nport = 0\nrequire_tls = true\n");
    let mut ftp = Ftp::connect(server.ftp.unwrap());
    assert_eq!(ftp.code("AUTH TLS"), 234);
    assert_eq!(ftp.encrypt(&client(authority.der(), &[])).code("PBSZ 0"), 200);
}
