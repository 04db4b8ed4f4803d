//! An event's progress and the server's state, as the studio shows them.

use serde_json::{Value, json};

use crate::common::client::{assert_shape, read};
use crate::common::server::Server;

#[test]
fn the_owner_sees_the_progress_of_an_event() {
    let server = Server::start();
    let (mut admin, event, _) = server.party();
    let mut broken = read("photos/DSC_0105.jpg");
    broken.truncate(3000);
    admin.upload(&format!("/events/{event}/images"), "files", &[("broken.jpg", &broken)]).expect(201);
    admin.wait_until_indexed(event);
    let own = admin.get(&format!("/events/{event}/my-event-images")).expect(200);
    let ids = json!({ "ids": [own["items"][0]["id"]], "action": "hide" });
    admin.post(&format!("/events/{event}/images/change"), &ids).expect(200);
    let path = format!("/events/{event}/progress");
    let progress = admin.get(&path).expect(200);
    let counts = json!({
        "received": "int", "indexed": "int", "visible": "int", "hidden": "int", "pending": "int", "failed": "int",
        "faces": "int", "per_minute": "number", "seconds_left": "int?", "oldest_pending_seconds": "int?",
        "uploads": "int",
    });
    assert_shape(&progress, &counts);
    for (field, count) in [
        ("received", 5),
        ("indexed", 4),
        ("visible", 3),
        ("hidden", 1),
        ("pending", 0),
        ("failed", 1),
        ("faces", 4),
        ("uploads", 0),
    ] {
        assert_eq!(progress[field], count, "{field}");
    }
    assert_eq!(
        (&progress["seconds_left"], &progress["oldest_pending_seconds"]),
        (&json!(null), &json!(null))
    );
    server.user("rina").get(&path).refused(403, "event.not_owner");
    server.client().get(&path).refused(401, "auth.required");
    admin.get("/events/1/progress").refused(404, "event.not_found");
}

#[test]
fn the_studio_shows_the_state_of_the_server() {
    let server = Server::start();
    let (mut admin, ..) = server.party();
    let status = admin.get("/studio/status").expect(200);
    assert_shape(
        &status,
        &json!({ "version": "str", "base_url": "url", "local_only": "bool", "disk_free_bytes": "int",
                 "disk_total_bytes": "int", "pending": "int", "indexed": "int", "pending_again": "int",
                 "failed": "int", "workers": "int", "warnings": ["str"], "damaged": "int",
                 "google": "bool", "pack": "str" }),
    );
    // The tests' server listens on localhost only.
    let has =
        |status: &Value, warning: &str| status["warnings"].as_array().unwrap().contains(&json!(warning));
    assert!(status["local_only"] == true && has(&status, "local_only") && !has(&status, "stuck"), "{status}");
    assert_eq!((&status["pending"], &status["google"]), (&json!(0), &json!(false)));
    assert!(status["workers"].as_i64().unwrap() > 0 && status["disk_total_bytes"].as_i64().unwrap() > 0);
    server.user("rina").get("/studio/status").refused(403, "admin.required");
    server.client().get("/studio/status").refused(401, "auth.required");
    let public = Server::with("[server]\npublic_url = \"https://foto.example/\"\n");
    let status = public.admin().get("/studio/status").expect(200);
    assert_eq!((&status["base_url"], &status["local_only"]), (&json!("https://foto.example"), &json!(false)));
    assert!(!has(&status, "local_only"));
}
