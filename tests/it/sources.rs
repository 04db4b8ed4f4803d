//! Sources of photos: contributors with an upload link, guests, and what the owner sees and decides.

use serde_json::{Value, json};

use crate::common::client::{Answer, Client, read};
use crate::common::server::Server;
use crate::common::tus::{PHOTO, ask, files};

/// `Sari` in base64.
const NAMED: &str = "filename YS5qcGc=,credit U2FyaQ==";

fn send(client: &mut Client, uploads: &str, bytes: &[u8]) -> Answer {
    let length = bytes.len().to_string();
    ask(client, "POST", uploads, &[("upload-length", &*length), ("upload-metadata", NAMED)], bytes)
}

fn add(admin: &mut Client, event: i64, source: &Value) -> Value {
    admin.post(&format!("/events/{event}/sources"), source).expect(201)
}

fn listed(admin: &mut Client, event: i64, query: &str) -> Value {
    admin.get(&format!("/events/{event}/my-event-images?{query}")).expect(200)["items"].clone()
}

/// A new browser, and the link's part before the `#` and after `k=`.
fn follow(server: &Server, link: &str) -> (Client, String, String) {
    let (address, key) = link.split_once("#k=").unwrap();
    let path = address.split_once("//").unwrap().1;
    (server.client(), path[path.find('/').unwrap()..].to_owned(), key.to_owned())
}

#[test]
fn a_contributor_uploads_by_link_and_is_credited_until_the_link_ends() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let source = json!({ "kind": "contributor", "name": "Budi", "credit": "Budi W.", "max_photos": 2 });
    let id = add(&mut admin, event, &source)["id"].as_i64().unwrap();
    let path = format!("/events/{event}/sources/{id}");
    let link = admin.get(&format!("{path}/access")).expect(200)["link"].as_str().unwrap().to_owned();

    let (mut budi, page, key) = follow(&server, &link);
    assert_eq!((budi.get(&page).status, page == format!("/u/{id}")), (200, true));
    budi.get(&format!("{page}/status")).refused(401, "source.access_required");
    let session = format!("{page}/session");
    budi.post(&session, &json!({ "key": "0".repeat(20) })).refused(401, "source.access_required");
    let shown = budi.post(&session, &json!({ "key": key })).expect(200);
    assert_eq!((&shown["event_name"], &shown["credit"]), (&json!("Party"), &json!("Budi W.")));

    let uploads = format!("{page}/uploads");
    assert_eq!(send(&mut budi, &uploads, &read(PHOTO)).status, 201);
    // A contributor sees none of the event, and no other's uploads.
    budi.get(&format!("/events/{event}/images")).refused(401, "auth.required");
    send(&mut budi, &format!("/events/{event}/uploads"), &read(PHOTO)).refused(401, "auth.required");
    admin.wait_until_indexed(event);
    let photo = listed(&mut admin, event, &format!("source={id}"))[0].clone();
    assert_eq!((&photo["credit"], &photo["source_id"]), (&json!("Budi W."), &json!(id)));
    assert_eq!((&photo["held"], &photo["hidden"]), (&json!(false), &json!(false)));
    assert_eq!(listed(&mut admin, event, "credit=Budi%20W.").as_array().unwrap().len(), 1);
    for other in ["source=1", "credit=", "credit=Budi", "held=true", "camera=none"] {
        assert_eq!(listed(&mut admin, event, other), json!([]), "{other}");
    }

    // What was begun continues; another contributor cannot reach it.
    let bytes = read("photos/DSC_0102.jpg");
    let length = bytes.len().to_string();
    let begun = ask(&mut budi, "POST", &uploads, &[("upload-length", &*length)], b"");
    let begun = begun.headers["location"].to_str().unwrap().to_owned();
    assert!(begun.starts_with(&uploads), "{begun}");
    assert_eq!(budi.get(&uploads).expect(200)["items"].as_array().unwrap().len(), 1);
    assert_eq!(admin.get(&format!("/events/{event}/uploads")).expect(200)["items"], json!([]));
    let other = add(&mut admin, event, &json!({ "kind": "contributor", "name": "Tina" }))["id"].clone();
    let link = admin.get(&format!("/events/{event}/sources/{other}/access")).expect(200)["link"].clone();
    let (mut tina, page_of_tina, key) = follow(&server, link.as_str().unwrap());
    tina.post(&format!("{page_of_tina}/session"), &json!({ "key": key })).expect(200);
    let theirs = begun.replace(&page, &page_of_tina);
    assert_eq!(ask(&mut tina, "HEAD", &theirs, &[], b"").status, 404);

    // Paused, continued, full, revoked.
    admin.put(&path, &json!({ "paused": true })).expect(200);
    send(&mut budi, &uploads, &bytes).refused(403, "source.paused");
    admin.put(&path, &json!({ "paused": false, "max_photos": 1 })).expect(200);
    send(&mut budi, &uploads, &bytes).refused(403, "source.full");
    let changed = admin.put(&path, &json!({ "max_photos": null, "new_key": true })).expect(200);
    assert_eq!((&changed["max_photos"], &changed["photos"]), (&Value::Null, &json!(1)));
    send(&mut budi, &uploads, &bytes).refused(401, "source.access_required");
    assert_eq!(admin.delete(&path).status, 204);
    assert_eq!((files(&server), listed(&mut admin, event, "")[0]["credit"].clone()), (0, json!("Budi W.")));
}

#[test]
fn guests_photos_wait_for_approval_and_can_be_taken_back() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let (mut guest, page) = server.guest(&mut admin, event);
    let uploads = format!("{page}/uploads");
    send(&mut guest, &uploads, &read(PHOTO)).refused(403, "source.paused");

    add(&mut admin, event, &json!({ "kind": "guests", "name": "Guests", "max_per_guest": 2 }));
    let again = json!({ "kind": "guests", "name": "More" });
    admin.post(&format!("/events/{event}/sources"), &again).refused(409, "source.exists");
    assert_eq!(send(&mut guest, &uploads, &read(PHOTO)).status, 201);
    assert_eq!(send(&mut guest, &uploads, &read("photos/DSC_0102.jpg")).status, 201);
    send(&mut guest, &uploads, &read("photos/DSC_0103.jpg")).refused(403, "source.full");
    admin.wait_until_indexed(event);

    // Nobody sees them before the owner does.
    let shown = |guest: &mut Client| guest.get(&format!("{page}/photos")).expect(200)["items"].clone();
    assert_eq!(shown(&mut guest), json!([]));
    let sent = guest.get(&format!("{page}/sent")).expect(200);
    assert_eq!((&sent["left"], &sent["items"][0]["state"]), (&json!(0), &json!("waiting")));
    let waiting = listed(&mut admin, event, "held=true");
    let ids: Vec<i64> =
        waiting.as_array().unwrap().iter().map(|photo| photo["id"].as_i64().unwrap()).collect();
    assert_eq!((ids.len(), &waiting[0]["credit"]), (2, &json!("Sari")));
    let source = admin.get(&format!("/events/{event}/sources")).expect(200)["items"][0].clone();
    assert_eq!((&source["waiting"], &source["photos_today"]), (&json!(2), &json!(2)));

    let change = format!("/events/{event}/images/change");
    admin.post(&change, &json!({ "ids": [ids[0]], "action": "show" })).expect(200);
    let seen = shown(&mut guest);
    assert_eq!((&seen[0]["credit"], &seen[0]["by_guest"]), (&json!("Sari"), &json!(true)));
    let taken = guest.get(&format!("{page}/photos/taken-by")).expect(200)["items"].clone();
    assert_eq!(taken, json!([{ "credit": "Sari", "camera": "", "photos": 1 }]));
    let own = admin.get(&format!("/events/{event}/images/taken-by")).expect(200)["items"].clone();
    assert_eq!(own, json!([{ "credit": "Sari", "camera": "", "photos": 2 }]));
    for (query, count) in [
        ("credit=Sari", 1),
        ("credit=", 0),
        ("credit=Tina", 0),
        ("camera=", 1),
        ("camera=Canon", 0),
        ("camera=&credit=Sari", 1),
        ("camera=&credit=", 0),
    ] {
        let found = guest.get(&format!("{page}/photos?{query}")).expect(200);
        assert_eq!(found["items"].as_array().unwrap().len(), count, "{query}");
    }
    admin.post(&change, &json!({ "ids": [ids[1]], "action": "hide" })).expect(200);
    assert_eq!(listed(&mut admin, event, "held=true"), json!([]));

    // Another guest cannot take them back; the one who sent them can.
    let (mut other, _) = server.guest(&mut admin, event);
    let photo = format!("{page}/sent/{}", ids[0]);
    other.delete(&photo).refused(404, "photo.not_found");
    assert_eq!(guest.delete(&photo).status, 204);
    guest.delete(&photo).refused(404, "photo.not_found");
    assert_eq!((shown(&mut guest), listed(&mut admin, event, "").as_array().unwrap().len()), (json!([]), 1));
    assert_eq!(guest.get(&format!("{page}/sent")).expect(200)["left"], 1);
}

#[test]
fn sources_belong_to_their_event_and_folders_to_admins() {
    let server = Server::start();
    let mut admin = server.admin();
    let (event, other) = (admin.create_event("Party"), admin.create_event("Other"));
    let camera = json!({ "kind": "camera", "name": "Canon R5 (left)" });
    let (one, two) = (add(&mut admin, event, &camera), add(&mut admin, other, &camera));
    assert_eq!((&one["login"], &two["login"]), (&json!("canonr5l"), &json!("canonr5l2")));
    let path = format!("/events/{event}/sources/{}", one["id"]);
    let access = admin.get(&format!("{path}/access")).expect(200);
    assert_eq!((&access["login"], access["password"].as_str().unwrap().len()), (&one["login"], 10));
    admin.put(&path, &json!({ "new_key": true })).expect(200);
    assert_ne!(admin.get(&format!("{path}/access")).expect(200)["password"], access["password"]);
    let elsewhere = format!("/events/{other}/sources/{}", one["id"]);
    admin.put(&elsewhere, &json!({ "name": "x" })).refused(404, "source.not_found");
    admin.delete(&elsewhere).refused(404, "source.not_found");

    let sources = format!("/events/{event}/sources");
    let folder = tempfile::tempdir().unwrap();
    let hot = json!({ "kind": "folder", "name": "Tether", "folder": folder.path() });
    assert_eq!(add(&mut admin, event, &hot)["trouble"], Value::Null);
    admin.post(&sources, &hot).refused(409, "source.exists");
    for wrong in ["relative", "/no/such/folder"] {
        let hot = json!({ "kind": "folder", "name": "Tether", "folder": wrong });
        admin.post(&sources, &hot).refused(422, "source.folder_unusable");
    }
    let data = json!({ "kind": "folder", "name": "Own", "folder": server.env.data().join("originals") });
    admin.post(&sources, &data).refused(422, "source.folder_unusable");
    admin.post(&sources, &json!({ "kind": "camera", "name": " " })).invalid("body", "name");
    admin.post(&sources, &json!({ "kind": "folder", "name": "x" })).invalid("body", "folder");

    let server = Server::with("[intake]\nstudio_folders = false\n");
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let sources = format!("/events/{event}/sources");
    assert_eq!(admin.get(&sources).expect(200)["folders_allowed"], false);
    admin.post(&sources, &hot).refused(403, "source.folders_off");
}
