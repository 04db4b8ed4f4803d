//! The checks of the venue, in the terminal and in the studio.

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
    let server =
        Server::everywhere(TestEnv::new(), "[server]\nmdns = false\n[accounts]\nregistration = \"open\"\n");
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
    let server = Server::everywhere(env, "[server]\nmdns = false\n");
    let running = server.env.json(&["doctor", "--venue"]);
    let port = server.base.rsplit(':').next().unwrap();
    assert!(detail(&running, "venue.port").contains(port), "{running}");
    // On the terminal, with words instead of keys.
    let text = String::from_utf8(server.env.run(&["doctor", "--venue"]).stdout).unwrap();
    assert!(text.contains("Firewall: ") && !text.contains("venue."), "{text}");
}
