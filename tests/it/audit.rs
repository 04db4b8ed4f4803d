//! The audit log: what accounts that use the studio did.

use std::path::Path;

use fotota::domain::AuditAction;
use fotota::web::{Rule, audited_action, table};
use serde_json::{Value, json};

use crate::common::client::Client;
use crate::common::server::{PASSWORD, Server};

/// They compute something, and change nothing.
const READS: [(&str, &str); 2] = [("POST", "/events/{event_id}/time-code"), ("POST", "/studio/qr")];

fn entries(admin: &mut Client) -> Vec<Value> {
    admin.get("/studio/audit").expect(200)["entries"].as_array().unwrap().clone()
}

/// Action, and why it was refused, the oldest first.
fn story(entries: &[Value]) -> Vec<(&str, &str)> {
    let text = |entry: &Value, name: &str| entry[name].as_str().map(str::to_owned);
    let mut story: Vec<_> = entries
        .iter()
        .map(|entry| (entry["action"].as_str().unwrap(), entry["refusal"].as_str().unwrap_or("done")))
        .collect();
    assert!(entries.iter().all(|entry| text(entry, "via").is_some()));
    story.reverse();
    story
}

#[test]
fn every_route_that_changes_something_of_the_studio_has_an_action() {
    let audited = [Rule::Admin, Rule::StudioUser, Rule::EventOwner, Rule::PhotoOwner];
    let mut seen = 0;
    for route in table() {
        let reads = matches!(route.method, "GET" | "HEAD") || READS.contains(&(route.method, route.path));
        if audited.contains(&route.rule) && !reads {
            seen += 1;
            let action = audited_action(route.method, route.path);
            assert!(action.is_some(), "src/web/rule/trail.rs does not know {} {}", route.method, route.path);
        }
    }
    assert!(seen > 25, "{seen}");
}

#[test]
fn the_studio_has_words_for_every_action() {
    let words = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/studio/audit/words.js");
    let words = std::fs::read_to_string(words).unwrap();
    for action in AuditAction::ALL {
        let line = format!("  '{0}': text('studio.audit.{0}'),", action.as_str());
        assert!(words.contains(&line), "words.js lacks {line}");
    }
}

#[test]
fn what_the_studio_does_is_recorded_with_who_and_where() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    admin.put(&format!("/events/{event}"), &json!({ "name": "Pesta" })).expect(200);
    admin.put(&format!("/events/{event}"), &json!({ "name": "Pesta Adi" })).expect(200);
    admin.upload_samples(event, &crate::common::FEW);
    // Reads, and what guests' accounts do on their own, are nobody's business.
    admin.get(&format!("/events/{event}")).expect(200);
    let mut user = server.user("rina");
    user.post("/auth/logout", &json!({})).expect(200);
    server.user("adi").delete(&format!("/events/{event}")).refused(403, "event.not_owner");
    admin.delete(&format!("/events/{event}")).expect(204);
    let found = entries(&mut admin);
    let story = story(&found);
    for wanted in [
        ("account.create", "done"),
        ("event.create", "done"),
        ("event.change", "done"),
        ("photo.upload", "done"),
        ("event.delete", "event.not_owner"),
        ("event.delete", "done"),
    ] {
        assert_eq!(story.iter().filter(|one| **one == wanted).count(), 1, "{wanted:?} in {story:?}");
    }
    assert_eq!(story.len(), 6, "{story:?}");
    let of =
        |action: &str| found.iter().find(|entry| entry["action"] == action && entry["refusal"].is_null());
    let change = of("event.change").unwrap();
    assert_eq!((&change["times"], &change["event_id"]), (&json!(2), &json!(event)));
    assert_eq!((&change["login"], &change["via"]), (&json!("studio@example.com"), &json!("app")));
    assert_eq!(change["network"], "127.0.0.1");
    assert_eq!(of("event.create").unwrap()["event_id"], event);
    user.get("/studio/audit").refused(401, "auth.required");
    server.user("tari").get("/studio/audit").refused(403, "admin.required");
}

#[test]
fn sign_ins_are_recorded_without_what_was_typed() {
    let server = Server::start();
    let mut admin = server.admin();
    server.user("rina");
    let sign_in = |login: &str, password: &str| {
        let credentials = json!({ "login": login, "password": password });
        server.client().post("/auth/session", &credentials).status
    };
    assert_eq!(sign_in("studio@example.com", PASSWORD), 201);
    assert_eq!(sign_in("studio@example.com", "wrong password"), 401);
    assert_eq!(sign_in("my secret password", "x"), 401);
    assert_eq!((sign_in("rina", PASSWORD), sign_in("rina", "wrong password")), (201, 401));
    // Refused ones are recorded after their answer.
    let mut asked = std::iter::repeat_with(|| entries(&mut admin)).take(1000);
    let found = asked.find(|found| found.len() == 4).unwrap();
    let mut story = story(&found);
    story.sort_unstable();
    assert_eq!(
        story,
        [
            ("account.create", "done"),
            ("account.sign_in", "auth.wrong"),
            ("account.sign_in", "auth.wrong"),
            ("account.sign_in", "done")
        ]
    );
    let unknown = found.iter().find(|entry| entry["user_id"].is_null()).unwrap();
    assert_eq!((&unknown["login"], &unknown["network"]), (&json!(null), &json!(null)));
    assert!(!json!(found).to_string().contains("secret"), "{found:?}");
}

#[test]
fn commands_are_recorded_and_list_the_log() {
    let server = Server::start();
    let mut admin = server.admin();
    server.env.json(&["user", "disable", "studio@example.com"]);
    server.env.json(&["user", "enable", "studio@example.com"]);
    let listed = server.env.json(&["audit", "--limit", "2"]);
    let actions: Vec<&str> =
        listed.as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["account.enable", "account.disable"]);
    assert_eq!((&listed[0]["via"], &listed[0]["login"]), (&json!("command"), &json!("studio@example.com")));
    admin.get("/studio/audit").refused(401, "auth.required");
    let text = server.env.command(&["audit"]).output().unwrap();
    assert!(String::from_utf8_lossy(&text.stdout).contains("account.enable"));
}
