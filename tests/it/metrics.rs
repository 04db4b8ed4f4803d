//! `/metrics` of a real server: its whole text is what the format demands, counters move, nobody without the right gets
//! it, and nothing in it is about anybody.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde_json::Value;

use crate::common::TestEnv;
use crate::common::client::{Client, EVENT_PASSWORD, read};
use crate::common::prometheus::{Metric, number, parse};
use crate::common::server::Server;

const TOKEN: &str = "a token of many characters";
const WITH_TOKEN: &str =
    "[metrics]\ntoken = \"a token of many characters\"\n[accounts]\nregistration = \"open\"\n";

fn scrape(server: &Server) -> HashMap<String, Metric> {
    let answer = server.client().with_token(TOKEN).get("/metrics");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    parse(&answer.text())
}

/// Counts are whole.
fn is(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 0.1
}

/// Somebody enters, searches and downloads.
fn visit(server: &Server, admin: &mut Client, event: i64) -> Client {
    let (mut guest, base) = server.guest(admin, event);
    guest.post(&format!("{base}/consent"), &Value::Null).expect(204);
    let selfie = read("selfies/Grace_Hopper_1.jpg");
    let found = guest.send("POST", &format!("{base}/search"), "image/jpeg", selfie).expect(200);
    let photo = &found["sure"][0]["id"];
    assert_eq!(guest.get(&format!("{base}/photos/{photo}/thumbnail")).status, 200);
    guest
}

#[test]
fn counters_move_and_say_nothing_about_anybody() {
    let server = Server::with(WITH_TOKEN);
    let before = scrape(&server);
    let (mut admin, event, photos) = server.party();
    let guest = visit(&server, &mut admin, event);
    server.client().get("/no/such/page/Rina");
    server.client().send("BREW", "/health", "text/plain", Vec::new());
    let after = scrape(&server);
    let moved =
        |name: &str, labels: &[(&str, &str)]| number(&after, name, labels) - number(&before, name, labels);
    let search = [("route", "/e/{share_code}/search"), ("method", "POST"), ("status", "2xx")];
    assert!(is(moved("fotota_http_requests_total", &search), 1.0));
    assert!(is(moved("fotota_http_request_seconds_count", &search[..1]), 1.0));
    assert!(moved("fotota_http_requests_total", &[("route", "(none)"), ("status", "4xx")]) >= 1.0);
    assert!(moved("fotota_http_errors_total", &[("code", "page.not_found")]) >= 1.0);
    assert!(moved("fotota_search_seconds_count", &[]) >= 1.0);
    assert!(is(moved("fotota_indexing_seconds_count", &[]), 4.0));
    assert!(moved("fotota_indexing_stage_seconds_total", &[("stage", "detect")]) > 0.0);
    assert!(moved("fotota_received_bytes_total", &[("by", "upload")]) > 10_000.0);
    assert!(moved("fotota_picture_sent_bytes_total", &[]) > 1000.0);
    assert!(is(number(&after, "fotota_photos", &[("state", "indexed")]), 4.0));
    assert!(is(moved("fotota_events", &[]), 1.0) && is(moved("fotota_selfie_searches", &[]), 1.0));
    assert!(moved("fotota_faces", &[]) >= 1.0);
    for name in ["fotota_disk_free_bytes", "fotota_database_bytes", "fotota_ready", "fotota_http_connections"]
    {
        assert!(number(&after, name, &[]) > 0.0, "{name}");
    }
    for service in ["indexing", "janitor", "samples"] {
        assert!(is(number(&after, "fotota_service_up", &[("service", service)]), 1.0), "{service}");
    }
    assert!(is(number(&after, "fotota_alert", &[("alert", "local_only")]), 1.0));
    assert!(is(number(&after, "fotota_alert", &[("alert", "stuck")]), 0.0));
    #[cfg(target_os = "linux")]
    for name in ["process_resident_memory_bytes", "process_open_fds", "process_cpu_seconds_total"] {
        assert!(number(&after, name, &[]) > 0.0, "{name}");
    }
    // Nobody can be found in it.
    let text = server.client().with_token(TOKEN).get("/metrics").text();
    let shown = admin.get(&format!("/events/{event}")).expect(200);
    let mut secrets =
        vec!["Party".to_owned(), event.to_string(), EVENT_PASSWORD.to_owned(), TOKEN.to_owned()];
    secrets.push(shown["share_code"].as_str().unwrap().to_owned());
    secrets.extend(photos.as_array().unwrap().iter().map(|photo| photo["id"].to_string()));
    secrets.extend(["DSC_", ".jpg", "studio@example.com", "Rina", "127.0.0.1", "BREW"].map(str::to_owned));
    secrets.extend(guest.cookies.values().cloned());
    for secret in secrets {
        assert!(secret.len() > 3 && !text.contains(&secret), "`{secret}` is in {text}");
    }
}

#[test]
fn nobody_without_the_right_gets_them() {
    let silent = Server::start();
    silent.client().get("/metrics").refused(401, "metrics.refused");
    silent.admin().get("/metrics").refused(401, "metrics.refused");
    let server = Server::with(WITH_TOKEN);
    let (mut admin, event, _) = server.party();
    let (mut guest, _) = server.guest(&mut admin, event);
    for caller in [&mut guest, &mut admin, &mut server.user("somebody"), &mut server.client()] {
        caller.get("/metrics").refused(401, "metrics.refused");
    }
    server.client().with_token("a token of many characterS").get("/metrics").refused(401, "metrics.refused");
    assert_eq!(server.client().with_token(TOKEN).get("/metrics").status, 200);
    server.assert_not_logged(&[TOKEN]);
}

#[test]
fn an_address_of_their_own_has_nothing_else() {
    let server = Server::on(TestEnv::new(), "[metrics]\nbind = \"127.0.0.1:0\"\n");
    server.client().get("/metrics").refused(401, "metrics.refused");
    let own = format!("http://{}", server.metrics.unwrap());
    let mut prometheus = Client::new(&own);
    let answer = prometheus.get("/metrics");
    assert_eq!(answer.status, 200);
    assert!(parse(&answer.text()).contains_key("fotota_build_info"));
    for path in ["/", "/health", "/studio", "/openapi.json"] {
        prometheus.get(path).refused(404, "page.not_found");
    }
    // A page of another site, shown by a browser on this computer.
    prometheus.headers.push(("host", "evil.example".to_owned()));
    prometheus.get("/metrics").refused(401, "metrics.refused");
}

/// A panel of a metric that nobody counts stays empty, and one that no document names is not understood.
#[test]
fn the_dashboard_and_the_document_name_the_metrics_that_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dashboard = std::fs::read(root.join("deploy/grafana-dashboard.json")).unwrap();
    let dashboard: Value = serde_json::from_slice(&dashboard).unwrap();
    let document = std::fs::read_to_string(root.join("docs/OPERATING.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let shown = folder.path().display().to_string();
    let server = Server::with(&format!("{WITH_TOKEN}[backup]\nfolder = '{shown}'\n"));
    let (mut admin, event, _) = server.party();
    visit(&server, &mut admin, event);
    server.client().get("/no/such/page");
    let metrics = scrape(&server);
    for name in metrics.keys().filter(|name| !name.starts_with("process_")) {
        assert!(document.contains(&format!("`{name}`")), "docs/OPERATING.md does not name {name}");
    }
    let mut named = HashSet::new();
    let mut expressions = Vec::new();
    collect(&dashboard, &mut expressions);
    for expression in &expressions {
        let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        named.extend(words.filter(|word| word.starts_with("fotota_") || word.starts_with("process_")));
    }
    assert!(named.len() > 20, "{named:?}");
    for name in named {
        let base = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
        assert!(
            metrics.contains_key(name) || base.is_some_and(|base| metrics.contains_key(base)),
            "no metric is called {name}"
        );
    }
}

/// What panels and variables ask for.
fn collect<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "expr" || name == "query" => found.push(text),
                    _ => collect(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}
