//! The studio through the API: guests' rights, hidden photos, bulk changes.

use serde_json::{Value, json};

use crate::common::client::{Answer, Client, EVENT_PASSWORD, assert_shape, photos_shown, read, sorted_names};
use crate::common::server::Server;

const GRACE: &str = "selfies/Grace_Hopper_1.jpg";

fn change(client: &mut Client, event: i64, action: &str, ids: &[&Value]) -> Answer {
    client.post(&format!("/events/{event}/images/change"), &json!({ "ids": ids, "action": action }))
}

#[test]
fn an_event_has_settings_for_guests() {
    let server = Server::start();
    let mut admin = server.admin();
    let plain = admin.post("/events", &json!({ "name": "Party", "password": null })).expect(201);
    for (field, value) in [
        ("visibility", json!("all")),
        ("download", json!("original")),
        ("original_metadata", json!("copyright")),
        ("closed_at", json!(null)),
        ("delete_at", json!(null)),
        ("photographer", json!(null)),
        ("photographer_link", json!(null)),
        ("wall_paused", json!(false)),
        ("tap_search", json!(false)),
        ("watermark", json!(null)),
    ] {
        assert_eq!(plain[field], value, "{field}");
    }
    let whole = json!({
        "name": "Wedding", "password": EVENT_PASSWORD, "visibility": "matches", "download": "reduced", "closed": true,
        "original_metadata": "nothing",
        "delete_at": "2199-12-31", "photographer": " Studio \"Ayu\" <b> ", "photographer_link": "https://ayu.example",
        "wall_paused": true, "tap_search": true,
    });
    let created = admin.post("/events", &whole).expect(201);
    assert_shape(&created, &json!({ "closed_at": "time", "delete_at": "time", "wall_paused": "bool" }));
    assert_eq!((&created["visibility"], &created["download"]), (&json!("matches"), &json!("reduced")));
    assert_eq!(created["original_metadata"], "nothing");
    assert_eq!(created["tap_search"], true);
    assert_eq!(created["photographer"], "Studio \"Ayu\" <b>");
    assert_eq!(
        (&created["photographer_link"], &created["wall_paused"]),
        (&json!("https://ayu.example"), &json!(true))
    );
    let path = format!("/events/{}", created["id"]);
    // Absent fields stay, null clears.
    let after = admin.put(&path, &json!({ "closed": false, "delete_at": null })).expect(200);
    assert_eq!((&after["closed_at"], &after["delete_at"]), (&json!(null), &json!(null)));
    assert_eq!(
        (&after["visibility"], &after["photographer"]),
        (&created["visibility"], &created["photographer"])
    );
    let closed = admin.put(&path, &json!({ "closed": true })).expect(200)["closed_at"].clone();
    assert_eq!(
        admin.put(&path, &json!({ "closed": true, "photographer": null })).expect(200)["closed_at"],
        closed
    );
    let long = format!("mailto:{}@x.example", "x".repeat(300));
    for (field, value) in [
        ("visibility", json!("some")),
        ("download", json!(7)),
        ("original_metadata", json!("everything")),
        ("closed", json!("yes")),
        ("delete_at", json!("soon")),
        ("delete_at", json!("2001-01-01")),
        ("photographer", json!("")),
        ("photographer", json!("x".repeat(81))),
        ("photographer", json!("a\u{1b}[2J")),
        ("photographer_link", json!("javascript:alert(1)")),
        ("photographer_link", json!("ayu.example")),
        ("photographer_link", json!(long)),
        ("wall_paused", json!(1)),
        ("tap_search", json!("yes")),
    ] {
        admin.put(&path, &json!({ field: value })).invalid("body", field);
        let mut wrong = whole.clone();
        wrong[field] = value;
        admin.post("/events", &wrong).invalid("body", field);
    }
}

#[test]
fn only_the_owner_enters_a_closed_event() {
    let server = Server::start();
    let (mut admin, event, _) = server.party();
    let (mut user, path) = (server.user("grace"), format!("/events/{event}"));
    user.store_selfie(GRACE);
    let token = user.enter(event);
    let images = format!("{path}/images");
    let seen = user.get(&images).expect(200)["items"][0].clone();
    user.post("/fotota", &json!({ "image_ids": [seen["id"]] })).expect(201);
    admin.put(&path, &json!({ "closed": true })).expect(200);
    user.get(&images).refused(403, "event.closed");
    user.get(&format!("{path}/find-my-face")).refused(403, "event.closed");
    server.client().with_token(&token).get(&images).refused(403, "event.closed");
    user.post(&format!("{path}/access"), &json!({ "password": EVENT_PASSWORD })).refused(403, "event.closed");
    server.user("rina").get(&images).refused(403, "event.closed");
    server.client().get(seen["url"].as_str().unwrap()).refused(403, "link.invalid");
    assert_eq!(user.get("/fotota").expect(200), json!([]));
    assert_eq!(photos_shown(&user.get(&path).expect(200)), 0);
    // The closed event is the reason, even for a file that would be rejected anyway.
    admin.upload(&images, "files", &[("a.jpg", &read("photos/DSC_0105.jpg"))]).refused(403, "event.closed");
    assert_eq!(admin.get(&images).expect(200)["total_items"], 4);
    admin.post(&format!("{path}/access"), &json!({ "password": "" })).expect(200);
    // Closing loses nothing.
    admin.put(&path, &json!({ "closed": false })).expect(200);
    assert_eq!(user.get(&images).expect(200)["total_items"], 4);
    assert_eq!(user.get("/fotota").expect(200)[0]["bookmarked_photos"][0]["image"]["id"], seen["id"]);
    assert_eq!(server.client().get(seen["url"].as_str().unwrap()).status, 200);
}

#[test]
fn guests_who_see_only_their_matches_cannot_browse() {
    let server = Server::start();
    let (mut admin, event, _) = server.party();
    let (mut user, path) = (server.user("grace"), format!("/events/{event}"));
    user.store_selfie(GRACE);
    let token = user.enter(event);
    admin.put(&path, &json!({ "visibility": "matches" })).expect(200);
    user.get(&format!("{path}/images")).refused(403, "event.matches_only");
    server.client().with_token(&token).get(&format!("{path}/images")).refused(403, "event.matches_only");
    assert_eq!(photos_shown(&user.get(&path).expect(200)), 0);
    assert_eq!(
        sorted_names(&user.get(&format!("{path}/find-my-face")).expect(200)),
        ["DSC_0102.jpg", "DSC_0103.jpg"]
    );
    assert_eq!(admin.get(&format!("{path}/images")).expect(200)["total_items"], 4);
    assert_eq!(photos_shown(&admin.get(&path).expect(200)), 4);
}

#[test]
fn only_the_owner_sees_a_hidden_photo() {
    let server = Server::start();
    let (mut admin, event, photos) = server.party();
    let (mut user, path) = (server.user("grace"), format!("/events/{event}"));
    user.store_selfie(GRACE);
    user.enter(event);
    let hidden = &photos[1]["id"];
    let theirs = user.get(&format!("{path}/images")).expect(200)["items"][1].clone();
    assert_eq!(&theirs["id"], hidden);
    user.post("/fotota", &json!({ "image_ids": [hidden] })).expect(201);
    assert_eq!(change(&mut admin, event, "hide", &[hidden]).expect(200), json!({ "changed": 1 }));
    let listed = user.get(&format!("{path}/images")).expect(200);
    assert_eq!(sorted_names(&listed["items"]), ["DSC_0101.jpg", "DSC_0103.jpg", "DSC_0104.jpg"]);
    assert_eq!(sorted_names(&user.get(&format!("{path}/find-my-face")).expect(200)), ["DSC_0103.jpg"]);
    assert_eq!(user.get("/fotota").expect(200), json!([]));
    let (mut rina, mut anybody) = (server.user("rina"), server.client());
    rina.enter(event);
    assert_eq!(rina.post("/fotota", &json!({ "image_ids": [hidden] })).expect(201), json!([]));
    for kind in ["url", "thumbnail_url", "original_url"] {
        anybody.get(theirs[kind].as_str().unwrap()).refused(403, "link.invalid");
        assert_eq!(anybody.get(photos[1][kind].as_str().unwrap()).status, 200, "{kind}");
    }
    let previews = user.get(&path).expect(200)["images_preview"].to_string();
    assert!(!previews.contains(&hidden.to_string()), "{previews}");
    let own = admin.get(&format!("{path}/my-event-images?hidden=true")).expect(200);
    assert_eq!(sorted_names(&own["items"]), ["DSC_0102.jpg"]);
    assert_eq!(anybody.get(own["items"][0]["url"].as_str().unwrap()).status, 200);
    assert_eq!(change(&mut admin, event, "show", &[hidden]).expect(200)["changed"], 1);
    assert_eq!(anybody.get(theirs["url"].as_str().unwrap()).status, 200);
    assert_eq!(user.get("/fotota").expect(200).as_array().unwrap().len(), 1);
}

#[test]
fn the_owner_sees_the_state_of_each_photo() {
    let server = Server::start();
    let (mut admin, event, photos) = server.party();
    let path = format!("/events/{event}/my-event-images");
    let mut broken = read("photos/DSC_0105.jpg");
    broken.truncate(3000);
    admin.upload(&format!("/events/{event}/images"), "files", &[("=broken.jpg", &broken)]).expect(201);
    admin.wait_until_indexed(event);
    change(&mut admin, event, "pin", &[&photos[0]["id"]]).expect(200);
    change(&mut admin, event, "skip", &[&photos[1]["id"]]).expect(200);
    let page = admin.get(&format!("{path}?limit=200&sort_by=taken_at&sort_order=desc")).expect(200);
    let item = json!({
        "id": "int", "file_name": "str", "url": "url", "state": "str", "failure": "str?", "hidden": "bool",
        "wall": "str?", "taken_at": "str?", "camera": "str?", "width": "int?", "height": "int?", "faces": "int",
        "size_bytes": "int",
    });
    assert_shape(
        &page,
        &json!({ "total_items": "int", "total_pages": "int", "as_of": "int", "items": [item] }),
    );
    let by_name = |name: &str| {
        page["items"].as_array().unwrap().iter().find(|item| item["file_name"] == name).unwrap().clone()
    };
    let failed = by_name("=broken.jpg");
    assert_eq!((&failed["state"], &failed["size_bytes"]), (&json!("failed"), &json!(3000)));
    assert!(failed["failure"].as_str().is_some_and(|reason| !reason.is_empty()));
    let both = by_name("DSC_0103.jpg");
    assert_eq!(
        (&both["state"], &both["faces"], &both["failure"]),
        (&json!("indexed"), &json!(2), &json!(null))
    );
    assert_eq!(both["size_bytes"], read("photos/DSC_0103.jpg").len());
    assert_eq!(
        (&by_name("DSC_0101.jpg")["wall"], &by_name("DSC_0102.jpg")["wall"]),
        (&json!("pinned"), &json!("skipped"))
    );
    let count = |admin: &mut Client, query: &str| {
        admin.get(&format!("{path}?{query}")).expect(200)["total_items"].as_i64().unwrap()
    };
    assert_eq!((count(&mut admin, "state=indexed"), count(&mut admin, "state=failed")), (4, 1));
    assert_eq!((count(&mut admin, "state=pending"), count(&mut admin, "hidden=false")), (0, 5));
    for wrong in ["state=lost", "hidden=maybe", "limit=201", "sort_by=size", "page=0"] {
        admin.get(&format!("{path}?{wrong}")).invalid("query", "");
    }
    // The retry fails again: the file is still broken.
    assert_eq!(
        change(&mut admin, event, "retry", &[&failed["id"], &photos[0]["id"]]).expect(200)["changed"],
        1
    );
    admin.wait_until_indexed(event);
    assert_eq!(count(&mut admin, "state=failed"), 1);
}

#[test]
fn a_bulk_change_ignores_photos_of_other_events() {
    let server = Server::start();
    let (mut admin, event, photos) = server.party();
    let mut other = server.user("ayu");
    assert_eq!(server.env.json(&["user", "promote", "ayu"])["is_admin"], true);
    let foreign = other.create_event("Another");
    let theirs = other.upload_samples(foreign, &["DSC_0105.jpg"]);
    let all: Vec<&Value> = photos.as_array().unwrap().iter().map(|photo| &photo["id"]).collect();
    let (strange, gone) = (&theirs[0]["id"], json!(1));
    change(&mut other, event, "hide", &all).refused(403, "event.not_owner");
    change(&mut server.client(), event, "hide", &all).refused(401, "auth.required");
    change(&mut admin, 1, "hide", &all).refused(404, "event.not_found");
    assert_eq!(change(&mut admin, event, "delete", &[strange, &gone, &json!(-5)]).expect(200)["changed"], 0);
    let some = [all[0], all[0], strange, all[1]];
    assert_eq!(change(&mut admin, event, "pin", &some).expect(200)["changed"], 2);
    assert_eq!(change(&mut admin, event, "unpin", &some).expect(200)["changed"], 2);
    assert_eq!(change(&mut admin, event, "delete", &some).expect(200)["changed"], 2);
    assert!(!server.files().iter().any(|file| file.contains(&all[0].to_string())));
    assert_eq!(admin.get(&format!("/events/{event}/my-event-images")).expect(200)["total_items"], 2);
    assert_eq!(other.get(&format!("/events/{foreign}/images")).expect(200)["total_items"], 1);
    change(&mut admin, event, "burn", &all).invalid("body", "action");
    change(&mut admin, event, "hide", &[]).invalid("body", "ids");
    change(&mut admin, event, "hide", &vec![&gone; 3001]).invalid("body", "ids");
    assert_eq!(change(&mut admin, event, "hide", &vec![all[2]; 450]).expect(200)["changed"], 1);
}
