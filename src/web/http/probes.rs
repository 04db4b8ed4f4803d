//! Answers what phones and computers ask to find out whether a network has internet, so that they stay in one that has
//! none. They ask it here only if a router sends the names below to this server. No other name gets such an answer.

use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, HOST, HeaderName};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::config::Config;

/// What a system asks, and the answer that it expects to the letter.
struct Probe {
    hosts: &'static [&'static str],
    paths: &'static [&'static str],
    answer: Answer,
}

enum Answer {
    /// Status 204.
    Nothing,
    Page(&'static str),
    Text(&'static str),
    /// A text, and the header by which `NetworkManager` knows that it is online without reading the text.
    NetworkManager(&'static str),
}

const NETWORK_MANAGER: HeaderName = HeaderName::from_static("x-networkmanager-status");

const PROBES: [Probe; 14] = [
    Probe {
        // Android and Chrome OS; then Samsung, Xiaomi, Oppo with Realme, Vivo, Huawei, Honor; Edge.
        hosts: &[
            "connectivitycheck.gstatic.com",
            "connectivitycheck.android.com",
            "clients1.google.com",
            "clients3.google.com",
            "www.google.com",
            "www.gstatic.com",
            "play.googleapis.com",
            "connectivitycheck.samsung.com",
            "connect.rom.miui.com",
            "connectivitycheck.platform.xiaomi.com",
            "conn1.coloros.com",
            "conn2.coloros.com",
            "conn1.oppomobile.com",
            "conn2.oppomobile.com",
            "wifi.vivo.com.cn",
            "connectivitycheck.platform.hicloud.com",
            "connectivitycheck.platform.hihonorcloud.com",
            "edge-http.microsoft.com",
        ],
        paths: &["/generate_204", "/gen_204", "/captiveportal/generate_204"],
        answer: Answer::Nothing,
    },
    Probe {
        // iOS, iPadOS, macOS; the last ones are those of old versions.
        hosts: &[
            "captive.apple.com",
            "www.apple.com",
            "www.appleiphonecell.com",
            "www.itools.info",
            "www.ibook.info",
            "www.airport.us",
            "www.thinkdifferent.us",
        ],
        paths: &["/hotspot-detect.html", "/library/test/success.html"],
        answer: Answer::Page("<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"),
    },
    Probe {
        // Windows 10 and 11.
        hosts: &["www.msftconnecttest.com", "ipv6.msftconnecttest.com"],
        paths: &["/connecttest.txt"],
        answer: Answer::Text("Microsoft Connect Test"),
    },
    Probe {
        // Windows 7 and 8.
        hosts: &["www.msftncsi.com", "ipv6.msftncsi.com"],
        paths: &["/ncsi.txt"],
        answer: Answer::Text("Microsoft NCSI"),
    },
    Probe {
        hosts: &["detectportal.firefox.com"],
        paths: &["/success.txt"],
        answer: Answer::Text("success\n"),
    },
    Probe {
        hosts: &["detectportal.firefox.com"],
        paths: &["/canonical.html"],
        answer: Answer::Page(
            r#"<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>"#,
        ),
    },
    Probe {
        hosts: &["nmcheck.gnome.org"],
        paths: &["/check_network_status.txt"],
        answer: Answer::NetworkManager("NetworkManager is online\n"),
    },
    Probe {
        hosts: &["network-test.debian.org"],
        paths: &["/nm"],
        answer: Answer::NetworkManager("NetworkManager is online\n"),
    },
    Probe { hosts: &["connectivity-check.ubuntu.com"], paths: &["/"], answer: Answer::NetworkManager("") },
    Probe {
        hosts: &["fedoraproject.org"],
        paths: &["/static/hotspot.txt"],
        answer: Answer::NetworkManager("OK"),
    },
    Probe {
        hosts: &["static.redhat.com"],
        paths: &["/test/rhel-networkmanager.txt"],
        answer: Answer::NetworkManager("OK"),
    },
    Probe {
        hosts: &["ping.archlinux.org", "www.archlinux.org"],
        paths: &["/nm-check.txt", "/check_network_status.txt"],
        answer: Answer::NetworkManager("NetworkManager is online\n"),
    },
    Probe {
        hosts: &["conncheck.opensuse.org"],
        paths: &["/"],
        answer: Answer::NetworkManager("NetworkManager is online\n"),
    },
    Probe { hosts: &["networkcheck.kde.org"], paths: &["/"], answer: Answer::NetworkManager("OK\n") },
];

/// The answer to such a question; `None` to everything else.
pub(crate) fn answer(config: &Config, request: &Request) -> Option<Response> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads || !config.server.probes {
        return None;
    }
    let path = request.uri().path();
    let mut asked = PROBES.iter().filter(|probe| probe.paths.contains(&path)).peekable();
    asked.peek()?;
    let host = host(request.headers())?;
    let probe = asked.find(|probe| probe.hosts.iter().any(|known| known.eq_ignore_ascii_case(host)))?;
    Some(probe.answer.to_response())
}

/// The name in the `Host` header, if it comes with no port but that of HTTP. A name may end with a dot.
fn host(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(HOST)?.to_str().ok()?;
    let host = host.strip_suffix(":80").unwrap_or(host);
    Some(host.strip_suffix('.').unwrap_or(host))
}

impl Answer {
    fn to_response(&self) -> Response {
        let plain = [(CONTENT_TYPE, "text/plain")];
        match self {
            Self::Nothing => StatusCode::NO_CONTENT.into_response(),
            Self::Page(body) => ([(CONTENT_TYPE, "text/html")], *body).into_response(),
            Self::Text(body) => (plain, *body).into_response(),
            Self::NetworkManager(body) => (plain, [(NETWORK_MANAGER, "online")], *body).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn only_the_names_of_the_table_are_answered() {
        let config = Config::default();
        let ask = |method: &str, host: Option<&str>, path: &str| {
            let mut request = Request::builder().method(method).uri(path);
            if let Some(host) = host {
                request = request.header(HOST, host);
            }
            answer(&config, &request.body(Body::empty()).unwrap()).is_some()
        };
        for host in ["captive.apple.com", "Captive.Apple.com", "captive.apple.com:80", "captive.apple.com."] {
            assert!(ask("GET", Some(host), "/hotspot-detect.html"), "{host}");
        }
        assert!(ask("HEAD", Some("captive.apple.com"), "/hotspot-detect.html?x=1"));
        for (method, host, path) in [
            ("GET", None, "/hotspot-detect.html"),
            ("GET", Some("192.168.1.7"), "/hotspot-detect.html"),
            ("GET", Some("captive.apple.com.evil.example"), "/hotspot-detect.html"),
            ("GET", Some("captive.apple.com:8080"), "/hotspot-detect.html"),
            ("GET", Some("captive.apple.com"), "/generate_204"),
            ("GET", Some("captive.apple.com"), "/"),
            ("POST", Some("captive.apple.com"), "/hotspot-detect.html"),
        ] {
            assert!(!ask(method, host, path), "{method} {host:?} {path}");
        }
    }

    #[test]
    fn no_question_has_two_answers() {
        let mut asked = Vec::new();
        for Probe { hosts, paths, .. } in &PROBES {
            asked.extend(hosts.iter().flat_map(|host| paths.iter().map(move |path| (*host, *path))));
        }
        let all = asked.len();
        asked.sort_unstable();
        asked.dedup();
        assert_eq!(asked.len(), all);
    }
}
