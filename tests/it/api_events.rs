//! Events through the API: created, changed, found, entered, deleted.

use serde_json::{Value, json};

use crate::common::client::{EVENT_PASSWORD, assert_shape, photos_shown};
use crate::common::contract::shape;
use crate::common::server::Server;

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|event| event["name"].as_str().unwrap()).collect()
}

#[test]
fn only_admins_create_events() {
    let server = Server::start();
    let (mut admin, mut user) = (server.admin(), server.user("rina"));
    let whole = json!({ "name": " Rina & Adi ", "description": "The wedding", "date": "2026-12-24T18:00:00+07:00",
                        "password": EVENT_PASSWORD });
    user.post("/events", &whole).refused(403, "admin.required");
    server.client().post("/events", &whole).refused(401, "auth.required");
    let created = admin.post("/events", &whole).expect(201);
    assert_shape(&created, &shape("EventDetail"));
    assert_eq!((&created["name"], &created["date"]), (&json!("Rina & Adi"), &json!("2026-12-24T11:00:00Z")));
    assert_eq!((&created["indexed_by_robota"], photos_shown(&created)), (&json!(true), 0));
    // 16 characters of base 32 are 80 random bits.
    let code = created["share_code"].as_str().unwrap();
    assert_eq!(code.len(), 16);
    assert!(created["link"].as_str().unwrap().ends_with(&format!("/r/{code}")));
    for (field, value) in [
        ("name", json!("ab")),
        ("name", json!("a\nbc")),
        ("password", json!("abc")),
        ("date", json!("24.12.2026")),
        ("description", json!("x".repeat(5001))),
    ] {
        let mut wrong = whole.clone();
        wrong[field] = value;
        admin.post("/events", &wrong).invalid("body", field);
    }
    for wrong in [
        json!({ "name": "Party" }),
        json!({ "password": "rahasia" }),
        json!({ "name": 7, "password": "rahasia" }),
    ] {
        admin.post("/events", &wrong).invalid("body", "");
    }
    admin.send("POST", "/events", "application/json", b"{".to_vec()).invalid("body", "");
    // As the old service read them: numbers, a byte order mark, a field twice.
    let seconds = json!({ "name": "Numbers", "date": 1_700_000_000, "password": EVENT_PASSWORD });
    assert_eq!(admin.post("/events", &seconds).expect(201)["date"], "2023-11-14T22:13:20Z");
    let twice = "\u{feff}{\"name\": \"First\", \"password\": \"rahasia\", \"name\": \"Second\"}";
    let created = admin.send("POST", "/events", "application/json", twice.as_bytes().to_vec()).expect(201);
    assert_eq!(created["name"], "Second");
    // Without a password only by an explicit null.
    let open = admin.post("/events", &json!({ "name": "Open", "password": null })).expect(201);
    assert_eq!(open["password_protected"], false);
}

#[test]
fn events_are_found_by_part_of_their_name_newest_first() {
    let server = Server::start();
    let (mut admin, mut user) = (server.admin(), server.user("rina"));
    for (name, date) in [
        ("Wedding of RINA", json!("2026-01-01")),
        ("rina's birthday", json!("2026-06-01")),
        ("Marina Bay run", json!(null)),
        ("Conference", json!("2026-07-01")),
    ] {
        admin.post("/events", &json!({ "name": name, "date": date, "password": "rahasia" })).expect(201);
    }
    admin.post("/events", &json!({ "name": "Open Rina", "password": null })).expect(201);
    let found = user.get("/events/search?q=Rina").expect(200);
    assert_shape(&found, &json!([shape("EventDetail")]));
    assert_eq!(names(&found), ["rina's birthday", "Wedding of RINA", "Marina Bay run"]);
    assert_eq!(names(&user.get("/events/search?q=nothing").expect(200)), [""; 0]);
    admin.post("/events", &json!({ "name": "Straßenfest ΜΆΪΟΣ", "password": "rahasia" })).expect(201);
    // "strassen", "straßen", and "μάϊος" with the sigma that ends words.
    for part in ["STRASSEN", "stra%C3%9Fen", "%CE%BC%CE%AC%CF%8A%CE%BF%CF%82"] {
        let found = user.get(&format!("/events/search?q={part}")).expect(200);
        assert_eq!(names(&found), ["Straßenfest ΜΆΪΟΣ"], "{part}");
    }
    // Wildcards of the database are plain characters.
    assert_eq!(names(&user.get("/events/search?q=%25%25%25").expect(200)), [""; 0]);
    // The link is the only protection of an event without a password: only its owner finds it.
    assert!(names(&admin.get("/events/search?q=Rina").expect(200)).contains(&"Open Rina"));
    user.get("/events/search?q=ri").invalid("query", "q");
    user.get("/events/search").invalid("query", "");
    server.client().get("/events/search?q=rina").refused(401, "auth.required");
    let own = admin.get("/events/my-events").expect(200);
    assert_shape(&own, &json!([shape("EventDetail")]));
    assert_eq!(names(&own)[..3], ["Conference", "rina's birthday", "Wedding of RINA"]);
    user.get("/events/my-events").refused(403, "admin.required");
}

#[test]
fn only_the_owner_changes_an_event_and_absent_fields_stay() {
    let server = Server::start();
    let (mut admin, mut user) = (server.admin(), server.user("rina"));
    let event = admin.create_event("Party");
    let path = format!("/events/{event}");
    let before = user.get(&path).expect(200);
    assert_shape(&before, &shape("EventDetail"));
    let after = admin.put(&path, &json!({ "description": "Bring cake", "date": "2026-12-31" })).expect(200);
    assert_shape(&after, &shape("EventDetail"));
    assert_eq!((&after["name"], &after["description"]), (&json!("Party"), &json!("Bring cake")));
    assert_eq!(after["share_code"], before["share_code"]);
    let after = admin.put(&path, &json!({ "date": null, "name": "Big party" })).expect(200);
    assert_eq!((&after["date"], &after["description"]), (&json!(null), &json!("Bring cake")));
    user.put(&path, &json!({ "name": "Mine" })).refused(403, "event.not_owner");
    admin.put(&path, &json!({ "name": "x" })).invalid("body", "name");
    admin.put("/events/1", &json!({ "name": "Nothing" })).refused(404, "event.not_found");
    user.get("/events/1").refused(404, "event.not_found");
    user.get("/events/99999999999999999999").refused(404, "event.not_found");
    user.get("/events/one").invalid("path", "event_id");
    // Another admin is not the owner.
    assert_eq!(server.env.json(&["user", "promote", "rina"])["is_admin"], true);
    user.put(&path, &json!({ "name": "Mine" })).refused(403, "event.not_owner");
    user.delete(&path).refused(403, "event.not_owner");
}

#[test]
fn a_new_password_ends_access_to_an_event() {
    let server = Server::start();
    let (mut admin, mut user) = (server.admin(), server.user("rina"));
    let (event, other) = (admin.create_event("Party"), admin.create_event("Another"));
    let (access, images) = (format!("/events/{event}/access"), format!("/events/{event}/images"));
    user.post(&access, &json!({ "password": "guess" })).refused(401, "password.wrong");
    user.post(&access, &json!({})).invalid("body", "");
    server.client().post(&access, &json!({ "password": EVENT_PASSWORD })).refused(401, "auth.required");
    user.get(&images).refused(403, "event.access_required");
    let entered = user.post(&access, &json!({ "password": EVENT_PASSWORD })).expect(200);
    assert_shape(&entered, &json!({ "event_access_token": "str", "token_type": "str" }));
    let token = entered["event_access_token"].as_str().unwrap().to_owned();
    server.client().with_token(&token).get(&images).expect(200);
    user.get(&images).expect(200);
    let elsewhere = format!("/events/{other}/images");
    server.client().with_token(&token).get(&elsewhere).refused(403, "event.access_required");
    user.get(&elsewhere).refused(403, "event.access_required");
    // An event token opens its event, and signs nobody in.
    server.client().with_token(&token).get("/users/me").refused(401, "auth.required");
    admin.put(&format!("/events/{event}"), &json!({ "password": "another" })).expect(200);
    server.client().with_token(&token).get(&images).refused(403, "event.access_required");
    user.get(&images).refused(403, "event.access_required");
}

#[test]
fn previews_need_entry() {
    let server = Server::start();
    let (mut admin, mut user) = (server.admin(), server.user("rina"));
    let event = admin.create_event("Party");
    let five = ["DSC_0101.jpg", "DSC_0102.jpg", "DSC_0103.jpg", "DSC_0104.jpg", "DSC_0105.jpg"];
    admin.upload_samples(event, &five);
    let path = format!("/events/{event}");
    let unseen = user.get(&path).expect(200);
    assert_eq!(photos_shown(&unseen), 0);
    let placeholder = server.client().get(unseen["images_preview"][3].as_str().unwrap());
    assert_eq!(
        (placeholder.status, &placeholder.headers["content-type"]),
        (200, &"image/png".parse().unwrap())
    );
    user.enter(event);
    assert_eq!(photos_shown(&user.get(&path).expect(200)), 4);
    let shown = admin.get(&path).expect(200);
    let picture = server.client().get(shown["images_preview"][0].as_str().unwrap());
    assert!(picture.status == 200 && picture.body.starts_with(b"\xFF\xD8\xFF"));
    // Few photos are filled up.
    let small = admin.create_event("Small");
    admin.upload_samples(small, &five[..1]);
    assert_eq!(photos_shown(&admin.get(&format!("/events/{small}")).expect(200)), 1);
}

#[test]
fn the_history_lists_the_last_five_events() {
    let server = Server::start();
    let (mut admin, mut user) = (server.admin(), server.user("rina"));
    assert_eq!(user.get("/activity/me/recent").expect(200), json!([]));
    let events: Vec<i64> = (1..=6).map(|n| admin.create_event(&format!("Event {n}"))).collect();
    for event in events.iter().chain([&events[2]]) {
        user.enter(*event);
    }
    let recent = user.get("/activity/me/recent").expect(200);
    assert_shape(&recent, &json!([shape("EventSummary")]));
    assert_eq!(names(&recent), ["Event 3", "Event 6", "Event 5", "Event 4", "Event 2"]);
    server.client().get("/activity/me/recent").refused(401, "auth.required");
}

#[test]
fn an_event_is_deleted_with_photos_bookmarks_and_files() {
    let server = Server::start();
    let (mut admin, mut user) = (server.admin(), server.user("grace"));
    let event = admin.create_event("Party");
    // The record of what was erased comes, with its key.
    let files = |server: &Server| {
        let is_record = |name: &String| name.starts_with("secrets/erasures");
        server.files().into_iter().filter(|name| !is_record(name)).collect::<Vec<_>>()
    };
    let before = files(&server);
    let photos = admin.upload_samples(event, &["DSC_0102.jpg", "DSC_0103.jpg"]);
    user.enter(event);
    user.post("/fotota", &json!({ "image_ids": [photos[0]["id"]] })).expect(201);
    assert!(files(&server).len() > before.len());
    let path = format!("/events/{event}");
    user.delete(&path).refused(403, "event.not_owner");
    let deleted = admin.delete(&path);
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    admin.delete(&path).refused(404, "event.not_found");
    assert_eq!(files(&server), before);
    assert_eq!(user.get("/fotota").expect(200), json!([]));
    assert_eq!(user.get("/activity/me/recent").expect(200), json!([]));
    server.client().get(photos[0]["url"].as_str().unwrap()).refused(403, "link.invalid");
}

#[test]
fn events_of_the_command_line_belong_to_the_first_admin() {
    let env = crate::common::TestEnv::new().with_event();
    let server = Server::on(env, "");
    let mut admin = server.admin();
    let own = admin.get("/events/my-events").expect(200);
    assert_shape(&own, &json!([shape("EventDetail")]));
    assert_eq!(names(&own), ["Party"]);
    server.env.json(&["event", "create", "Second"]);
    assert_eq!(admin.get("/events/my-events").expect(200).as_array().unwrap().len(), 2);
}
