//! What phones and computers ask in a new network, as they were recorded: with the expected answer they stay in it.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::common::server::Server;

/// Sends a request; returns the head of the answer, in lower case, and its body.
fn ask(server: &Server, request: &str) -> (String, String) {
    let mut stream = TcpStream::connect(server.base.strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

/// What is asked: lines as they were sent, `Connection` but for "close" left out.
const ANDROID: &str = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                       Chrome/60.0.3112.32 Safari/537.36\r\nAccept-Encoding: gzip";
const APPLE: &str = "User-Agent: CaptiveNetworkSupport-481.60.2 wispr";
const WINDOWS: &str = "User-Agent: Microsoft NCSI";
const FIREFOX: &str = "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 \
                       Firefox/140.0\r\nAccept: */*\r\nCache-Control: no-cache\r\nPragma: no-cache";
const BROWSER: &str =
    "User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)\r\nAccept: text/html,*/*";
const LINUX: &str = "Accept: */*";

const SUCCESS: &str = "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>";
const ONLINE: &str = "NetworkManager is online\n";

#[test]
fn systems_get_the_answer_that_they_expect() {
    let server = Server::start();
    for (version, host, path, lines, status, body) in [
        ("1.1", "connectivitycheck.gstatic.com", "/generate_204", ANDROID, "204", ""),
        ("1.1", "www.google.com", "/gen_204", ANDROID, "204", ""),
        ("1.1", "play.googleapis.com", "/generate_204", ANDROID, "204", ""),
        ("1.1", "clients3.google.com", "/generate_204", ANDROID, "204", ""),
        ("1.1", "connect.rom.miui.com", "/generate_204", ANDROID, "204", ""),
        ("1.0", "captive.apple.com", "/hotspot-detect.html", APPLE, "200", SUCCESS),
        ("1.0", "www.apple.com", "/library/test/success.html", APPLE, "200", SUCCESS),
        ("1.1", "captive.apple.com", "/hotspot-detect.html", BROWSER, "200", SUCCESS),
        ("1.1", "www.msftconnecttest.com", "/connecttest.txt", WINDOWS, "200", "Microsoft Connect Test"),
        ("1.1", "www.msftncsi.com", "/ncsi.txt", WINDOWS, "200", "Microsoft NCSI"),
        ("1.1", "detectportal.firefox.com", "/success.txt?ipv4", FIREFOX, "200", "success\n"),
        ("1.1", "nmcheck.gnome.org", "/check_network_status.txt", LINUX, "200", ONLINE),
        ("1.1", "network-test.debian.org", "/nm", LINUX, "200", ONLINE),
        ("1.1", "connectivity-check.ubuntu.com.", "/", LINUX, "200", ""),
        ("1.1", "fedoraproject.org", "/static/hotspot.txt", LINUX, "200", "OK"),
    ] {
        let request =
            format!("GET {path} HTTP/{version}\r\nHost: {host}\r\n{lines}\r\nConnection: close\r\n\r\n");
        let (head, found) = ask(&server, &request);
        assert!(head.split(' ').nth(1) == Some(status) && found == body, "{host}{path}: {head}\n{found}");
        let length = format!("content-length: {}", body.len());
        assert!(status == "204" || head.contains(&length), "{host}{path}: {head}");
        assert_eq!(lines == LINUX, head.contains("x-networkmanager-status: online"), "{host}{path}: {head}");
        assert!(!head.contains("set-cookie") && !head.contains("location:"), "{head}");
    }
    let canonical =
        "GET /canonical.html HTTP/1.1\r\nHost: detectportal.firefox.com\r\nConnection: close\r\n\r\n";
    let (head, body) = ask(&server, canonical);
    assert!(head.contains("200 ok") && body.contains("support.mozilla.org/kb/captive-portal"), "{body}");
    server.assert_not_logged(&["gstatic", "apple.com", "hotspot-detect", "msft"]);
}

#[test]
fn other_names_and_a_server_that_is_told_not_to_answer_differ_in_nothing() {
    let ask_for = |server: &Server, host: &str, path: &str| {
        ask(server, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
    };
    let server = Server::start();
    for (host, path) in [
        ("192.168.1.7", "/generate_204"),
        ("photos.example", "/hotspot-detect.html"),
        ("captive.apple.com", "/generate_204"),
        ("www.msftncsi.com", "/connecttest.txt"),
    ] {
        let (head, _) = ask_for(&server, host, path);
        assert!(head.starts_with("http/1.1 404"), "{host}{path}: {head}");
    }
    let (_, root) = ask_for(&server, "photos.example", "/");
    assert!(!root.is_empty() && ask_for(&server, "captive.apple.com", "/").1 == root);
    let server = Server::with("[server]\nprobes = false\n");
    let (head, _) = ask_for(&server, "captive.apple.com", "/hotspot-detect.html");
    assert!(head.starts_with("http/1.1 404"), "{head}");
}
