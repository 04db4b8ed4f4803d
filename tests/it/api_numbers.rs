//! What a photographer is told in numbers: how far the work is, what guests did, who agreed, how the server stands.

use serde_json::{Value, json};

use crate::common::FEW;
use crate::common::client::{Client, EVENT_PASSWORD, assert_shape, read};
use crate::common::server::Server;

fn party(server: &Server) -> (Client, i64) {
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    admin.upload_samples(event, &FEW);
    (admin, event)
}

#[test]
fn the_owner_sees_how_far_the_work_is() {
    let server = Server::start();
    let (mut admin, event) = party(&server);
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
fn the_owner_sees_what_happened_and_who_agreed_and_never_whom() {
    let server = Server::start();
    let (mut admin, event) = party(&server);
    let code = admin.get(&format!("/events/{event}")).expect(200)["share_code"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        let mut guest = server.client();
        let session = format!("/e/{code}/session");
        assert_eq!(guest.post(&session, &json!({ "password": EVENT_PASSWORD })).status, 204);
        assert_eq!(guest.post(&format!("/e/{code}/consent"), &json!({})).status, 204);
        assert_eq!(guest.delete(&session).status, 204);
    }
    let (numbers, table) = (format!("/events/{event}/statistics"), format!("/events/{event}/consents"));
    let statistics = admin.get(&numbers).expect(200);
    let count = json!({ "photos": "int", "faces": "int", "guests": "int", "searches": "int", "hits": "int",
                        "downloads": "int" });
    assert_shape(
        &statistics,
        &json!({ "totals": count, "slot_seconds": "int",
                                       "consents": { "given": "int", "withdrawn": "int" } }),
    );
    assert_eq!((&statistics["totals"]["photos"], &statistics["totals"]["faces"]), (&json!(4), &json!(4)));
    assert_eq!(statistics["consents"], json!({ "given": 2, "withdrawn": 2 }));
    assert_eq!(statistics["slot_seconds"], 300);
    for kind in ["photos", "faces"] {
        // They may have come on both sides of a slot's end.
        let slots = statistics["series"][kind].as_array().unwrap();
        for slot in slots {
            let at = fotota::domain::Timestamp::parse(slot[0].as_str().unwrap()).unwrap();
            assert_eq!(at.unix_ms() % 300_000, 0);
        }
        assert_eq!(slots.iter().map(|slot| slot[1].as_i64().unwrap()).sum::<i64>(), 4);
    }
    assert_eq!(statistics["series"]["downloads"], json!([]));
    let answer = admin.get(&table);
    assert_eq!(
        (answer.status, &answer.headers["content-type"]),
        (200, &"text/csv; charset=utf-8".parse().unwrap())
    );
    let attachment = answer.headers["content-disposition"].to_str().unwrap();
    assert_eq!(attachment, format!("attachment; filename=\"consents-{event}.csv\""));
    let text = answer.text();
    let rows: Vec<Vec<&str>> = text.split_terminator("\r\n").map(|row| row.split(',').collect()).collect();
    assert_eq!(rows[0], ["time", "action", "version", "session"]);
    let actions: Vec<&str> = rows[1..].iter().map(|row| row[1]).collect();
    assert_eq!(actions, ["given", "withdrawn", "given", "withdrawn"]);
    assert!(rows[1][3] == rows[2][3] && rows[3][3] == rows[4][3] && rows[1][3] != rows[3][3], "{text}");
    let mut user = server.user("rina");
    for path in [&numbers, &table] {
        user.get(path).refused(403, "event.not_owner");
        server.client().get(path).refused(401, "auth.required");
    }
}

#[test]
fn the_studio_says_how_the_server_stands() {
    let server = Server::start();
    let (mut admin, _) = party(&server);
    let status = admin.get("/studio/status").expect(200);
    assert_shape(
        &status,
        &json!({ "version": "str", "base_url": "url", "local_only": "bool", "disk_free_bytes": "int",
                 "disk_total_bytes": "int", "pending": "int", "failed": "int", "workers": "int", "warnings": ["str"],
                 "google": "bool", "pack": "str" }),
    );
    // The tests' server listens on this computer alone.
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
