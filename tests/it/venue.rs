//! The checks of the venue, in the terminal and in the studio.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::common::TestEnv;
use crate::common::client::assert_shape;
use crate::common::server::Server;

fn finding<'a>(findings: &'a Value, what: &str) -> &'a Value {
    let findings = findings.as_array().unwrap();
    let found = |finding: &&Value| finding["what"] == what || finding["check"] == what;
    findings.iter().find(found).unwrap_or_else(|| panic!("no {what} in {findings:?}"))
}

#[test]
fn the_studio_checks_the_venue() {
    let server = Server::everywhere(TestEnv::new(), "mdns = false\n[accounts]\nregistration = \"open\"\n");
    let mut admin = server.admin();
    // Every computer has this address.
    admin.put("/studio/address", &json!({ "address": "127.0.0.1" })).expect(200);
    let found = admin.get("/studio/venue").expect(200);
    let shape = json!({ "findings": [{ "what": "str", "state": "str", "says": "str", "values": {} }] });
    for finding in found["findings"].as_array().unwrap() {
        let mut bare = finding.clone();
        bare["values"] = json!({});
        assert_shape(&json!({ "findings": [bare] }), &shape);
    }
    let found = &found["findings"];
    let address = finding(found, "venue.address");
    assert_eq!((&address["state"], &address["says"]), (&json!("fail"), &json!("studio.warning.local_only")));
    assert_eq!(finding(found, "venue.name")["says"], "venue.name.off");
    assert_eq!(finding(found, "venue.certificate")["says"], "venue.certificate.none");
    let port = server.base.rsplit(':').next().unwrap();
    assert_eq!(finding(found, "venue.port")["values"]["ports"], port);
    for what in ["venue.firewall", "venue.disk", "venue.power", "venue.sleep"] {
        let state = finding(found, what)["state"].as_str().unwrap();
        assert!(["ok", "warn", "fail", "unknown"].contains(&state), "{what}: {state}");
    }
    server.user("rina").get("/studio/venue").refused(403, "admin.required");
    server.client().get("/studio/venue").refused(401, "auth.required");
}

#[test]
fn the_doctor_checks_the_venue_with_and_without_a_server() {
    let env = TestEnv::new();
    let stopped = env.json(&["doctor", "--venue"]);
    assert!(!env.data().exists(), "the doctor only looks");
    let detail = |report: &Value, what: &str| -> String {
        finding(&report["venue"], what)["detail"].as_str().unwrap().to_owned()
    };
    assert!(detail(&stopped, "venue.name").contains("does not run"), "{stopped}");
    assert!(detail(&stopped, "venue.port").contains("8080"), "{stopped}");
    assert_eq!(env.json(&["doctor"])["venue"], json!(null));
    let server = Server::everywhere(env, "mdns = false\n");
    let running = server.env.json(&["doctor", "--venue"]);
    let port = server.base.rsplit(':').next().unwrap();
    assert!(detail(&running, "venue.port").contains(port), "{running}");
    // On the terminal, with words instead of keys.
    let text = String::from_utf8(server.env.run(&["doctor", "--venue", "--seconds", "0"]).stdout).unwrap();
    assert!(text.contains("Firewall: ") && !text.contains("venue."), "{text}");
}

/// What the phone's page does, without a browser; returns its report.
fn check_with_phone(server: &Server, key: &str) -> Value {
    let mut phone = server.client();
    let page = phone.get("/venue-check");
    assert!(page.status == 200 && page.text().contains("venue/venue.js"));
    let now =
        phone.post("/venue-check/clock", &json!({ "key": key })).expect(200)["now_ms"].as_i64().unwrap();
    assert!(now > 1_700_000_000_000, "{now}");
    let sample = phone.post("/venue-check/sample", &json!({ "key": key }));
    assert_eq!(sample.status, 200);
    let report = json!({ "key": key, "bytes": sample.body.len(), "ms": 100, "ahead_ms": -90_000 });
    phone.post("/venue-check/report", &report).expect(204);
    report
}

#[test]
fn a_phone_reports_to_the_studio() {
    let server = Server::start();
    let mut admin = server.admin();
    let shown = admin.get("/studio/venue/phones").expect(200);
    assert_eq!(shown["phones"], json!([]));
    let key = shown["link"].as_str().unwrap().split_once("/venue-check#k=").unwrap().1.to_owned();
    let mut report = check_with_phone(&server, &key);
    let phones = &admin.get("/studio/venue/phones").expect(200)["phones"];
    assert_eq!(phones.as_array().unwrap().len(), 1);
    assert_eq!(finding(&phones[0], "venue.phone")["says"], "venue.phone.reached");
    let clock = finding(&phones[0], "venue.clock");
    assert_eq!((&clock["says"], &clock["values"]["seconds"]), (&json!("venue.clock.apart"), &json!("90")));
    // Nobody without the key, nothing that a phone would not report, and only the last few.
    let mut phone = server.client();
    for path in ["clock", "sample", "report"] {
        report["key"] = json!("guessed");
        phone.post(&format!("/venue-check/{path}"), &report).refused(403, "link.invalid");
        phone.post(&format!("/venue-check/{path}"), &json!({})).expect(422);
    }
    report["key"] = json!(key);
    report["bytes"] = json!(7);
    phone.post("/venue-check/report", &report).invalid("body", "bytes");
    for _ in 0..7 {
        check_with_phone(&server, &key);
    }
    assert_eq!(admin.get("/studio/venue/phones").expect(200)["phones"].as_array().unwrap().len(), 5);
    server.user("rina").get("/studio/venue/phones").refused(403, "admin.required");
    server.assert_not_logged(&[&key]);
}

#[test]
fn the_doctor_waits_for_a_phone() {
    let server = Server::start();
    let doctor = || {
        let mut command = server.env.command(&["doctor", "--venue", "--seconds", "60"]);
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    };
    let mut child = doctor();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let link = lines.find(|line| line.contains("/venue-check#k=")).unwrap();
    // The code follows when the report of an earlier phone has been read.
    assert!(lines.any(|line| line.contains('█') || line.contains('▀')));
    check_with_phone(&server, link.split_once("#k=").unwrap().1);
    let rest: Vec<String> = lines.collect();
    child.wait().unwrap();
    let has = |words: &str| rest.iter().any(|line| line.contains(words));
    assert!(has("ok    Phone: The phone reached") && has("warn  Clocks: ") && has("90 seconds"), "{rest:?}");
}
