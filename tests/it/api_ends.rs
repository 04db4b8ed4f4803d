//! When events and their faces end, through the API, and what is said about it afterwards.

use serde_json::json;

use crate::common::TestEnv;
use crate::common::client::EVENT_PASSWORD;
use crate::common::server::Server;

#[test]
fn dates_are_days_where_the_event_takes_place() {
    let server = Server::start();
    let mut admin = server.admin();
    let plain = admin.post("/events", &json!({ "name": "Plain", "password": null })).expect(201);
    assert!(plain["faces_delete_at"].is_string(), "the server's default: {plain}");
    assert_eq!((&plain["faces_deleted_at"], &plain["delete_at"]), (&json!(null), &json!(null)));
    let forever = json!({ "name": "Forever", "password": null, "faces_delete_at": null });
    assert_eq!(admin.post("/events", &forever).expect(201)["faces_delete_at"], json!(null));
    let wedding = json!({
        "name": "Wedding", "password": EVENT_PASSWORD, "time_zone": "Asia/Jakarta", "date": "2198-12-01",
        "delete_at": "2199-12-31",
    });
    let created = admin.post("/events", &wedding).expect(201);
    assert_eq!(created["delete_at"], "2199-12-31T16:59:59Z");
    assert_eq!(created["faces_delete_at"], "2199-03-01T16:59:59Z");
    let path = format!("/events/{}", created["id"]);
    let moved = admin.put(&path, &json!({ "time_zone": "America/Los_Angeles" })).expect(200);
    assert_eq!(moved["delete_at"], "2200-01-01T07:59:59Z", "the same day there");
    let exact = admin.put(&path, &json!({ "delete_at": "2199-06-01T10:00:00+07:00" })).expect(200);
    assert_eq!(exact["delete_at"], "2199-06-01T03:00:00Z");
    // Photos that end sooner take their faces with them.
    let sooner = admin.put(&path, &json!({ "delete_at": "2199-01-15" })).expect(200);
    assert_eq!(sooner["faces_delete_at"], sooner["delete_at"]);
    for (field, values) in [
        ("faces_delete_at", json!({ "faces_delete_at": "2001-01-01" })),
        ("faces_delete_at", json!({ "faces_delete_at": "soon" })),
        ("faces_delete_at", json!({ "faces_delete_at": "2199-02-02", "delete_at": "2199-02-01" })),
        ("delete_at", json!({ "delete_at": "2001-01-01" })),
    ] {
        admin.put(&path, &values).invalid("body", field);
    }
}

#[test]
fn an_event_whose_faces_are_gone_finds_nobody_and_stays_so() {
    let server = Server::start();
    let (mut admin, event, _) = server.party();
    admin.wait_until_indexed(event);
    let (mut user, path) = (server.user("grace"), format!("/events/{event}"));
    user.store_selfie("selfies/Grace_Hopper_1.jpg");
    user.enter(event);
    assert!(!user.get(&format!("{path}/find-my-face")).expect(200).as_array().unwrap().is_empty());
    // As the janitor does at the date.
    server.change("delete from face; update event set faces_deleted_at_ms = 1, faces_delete_at_ms = 1");
    user.get(&format!("{path}/find-my-face")).refused(409, "faces.ended");
    admin.put(&format!("{path}/people"), &json!({ "on": true })).refused(409, "faces.ended");
    admin.put(&path, &json!({ "faces_delete_at": "2199-01-01" })).refused(409, "faces.ended");
    admin.put(&path, &json!({ "faces_delete_at": null })).refused(409, "faces.ended");
    admin.put(&path, &json!({ "name": "After all" })).expect(200);
    assert_eq!(user.get(&format!("{path}/images")).expect(200)["total_items"], 4);
    let (mut guest, base) = server.guest(&mut admin, event);
    guest.post(&format!("{base}/consent"), &json!({})).expect(204);
    let refused = guest.get(&format!("{base}/photos/1/faces"));
    assert_eq!(refused.json()["code"], "faces.ended");
}

#[test]
fn what_was_erased_is_listed_signed_and_checked() {
    let server = Server::start();
    let (mut admin, event, _) = server.party();
    admin.wait_until_indexed(event);
    let faces = server.count("select count(*) from face");
    let mut user = server.user("grace");
    user.get("/studio/erasures").refused(403, "admin.required");
    admin.delete(&format!("/events/{event}")).expect(204);
    user.delete("/users/me").expect(204);
    let record = admin.get("/studio/erasures").expect(200);
    assert_eq!(record["fault"], json!(null));
    let items = record["items"].as_array().unwrap();
    let said: Vec<_> = items.iter().map(|item| (item["kind"].as_str(), item["reason"].as_str())).collect();
    assert_eq!(said, [(Some("event"), Some("owner")), (Some("account"), Some("user"))]);
    assert_eq!((&items[0]["event_name"], &items[0]["photos"]), (&json!("Party"), &json!(4)));
    assert_eq!(items[0]["faces"], faces);
    assert!(items.iter().all(|item| item["signature"].as_str().is_some_and(|text| text.len() == 128)));
    assert!(!record.to_string().contains("grace"));
    let trust = admin.get("/studio/clock").expect(200);
    assert_eq!((&trust["trusted"], &trust["seconds_left"]), (&json!(true), &json!(null)));
    admin.put("/studio/clock", &json!({ "right": "2099-01-01T00:00:00Z" })).invalid("body", "right");
    admin.put("/studio/clock", &json!({ "right": trust["shown"] })).expect(204);
    // The clock jumped while nobody looked: the studio says so, until somebody says that it is right.
    server.change("update retention_clock set trusted_ms = 1, steady_ms = 0");
    let warned = admin.get("/studio/status").expect(200);
    assert!(warned["warnings"].as_array().unwrap().contains(&json!("clock_jumped")), "{warned}");
    assert_eq!(admin.get("/studio/clock").expect(200)["trusted"], json!(false));
    assert!(!server.env.run(&["clock"]).status.success());
    assert!(server.env.run(&["clock", "--confirm"]).status.success());
    assert_eq!(admin.get("/studio/clock").expect(200)["trusted"], json!(true));
    let checked = server.env.json(&["erasures"]);
    assert_eq!((&checked["fault"], &checked["public_key"]), (&json!(null), &record["public_key"]));
    server.change("update erasure set photos = 3 where number = 1");
    assert_eq!(server.env.run(&["erasures"]).status.code(), Some(1));
    assert!(admin.get("/studio/erasures").expect(200)["fault"].as_str().unwrap().contains("entry 1"));
}

#[test]
fn a_restored_backup_says_that_later_entries_are_missing() {
    let env = TestEnv::new().with_event();
    let backup = env.root().join("backup");
    let backup = backup.to_str().unwrap();
    assert!(env.run(&["backup", backup]).status.success());
    assert!(env.run(&["event", "delete", "Party"]).status.success());
    assert_eq!(env.json(&["erasures"])["entries"].as_array().unwrap().len(), 1);
    std::fs::remove_dir_all(env.data()).unwrap();
    assert!(env.run(&["restore", backup]).status.success());
    let restored = env.json(&["erasures"]);
    assert!(restored["entries"].as_array().unwrap().is_empty());
    assert!(restored["fault"].as_str().unwrap().contains("restored"), "{restored}");
    // The server's first clean-up says so in the record.
    let server = Server::on(env, "");
    let entry = (0..500).find_map(|_| {
        std::thread::park_timeout(std::time::Duration::from_millis(20));
        let found = server.env.json(&["erasures"]);
        found["entries"].as_array().unwrap().first().cloned()
    });
    assert_eq!(entry.unwrap()["kind"], "restore");
    assert_eq!(server.env.json(&["erasures"])["fault"], json!(null));
}
