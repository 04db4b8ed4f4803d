//! Every answer of the mobile app's contract, at both mounts: its status, the names and types of its fields.

use serde_json::{Value, json};

use crate::common::client::{Client, EVENT_PASSWORD, assert_shape, read};
use crate::common::contract::shape;
use crate::common::drive::{EILEEN, ROOT, add_few, config, drive, link, wait_for_end};
use crate::common::server::{PASSWORD, Server};

/// Asks below one mount.
struct Phone {
    client: Client,
    mount: &'static str,
}

impl Phone {
    fn new(server: &Server, mount: &'static str, login: &str) -> Self {
        let (mut client, sign_in) = (server.client(), json!({ "login": login, "password": PASSWORD }));
        let tokens = client.post(&format!("{mount}/auth/local"), &sign_in).expect(200);
        assert_shape(&tokens, &shape("Token"));
        Self { client: client.with_token(tokens["access_token"].as_str().unwrap()), mount }
    }

    /// Sends a request; the answer has this status and shape.
    #[track_caller]
    fn ask(&mut self, request: &str, body: &Value, status: u16, expected: &Value) -> Value {
        let (method, path) = request.split_once(' ').unwrap();
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let path = format!("{}{path}", self.mount);
        let answer = self.client.send(method, &path, "application/json", body).expect(status);
        assert_shape(&answer, expected);
        answer
    }

    #[track_caller]
    fn get(&mut self, path: &str, expected: &Value) -> Value {
        self.ask(&format!("GET {path}"), &Value::Null, 200, expected)
    }

    #[track_caller]
    fn send_file(&mut self, path: &str, field: &str, file: &str, status: u16, expected: &Value) -> Value {
        let path = format!("{}{path}", self.mount);
        let answer = self.client.upload(&path, field, &[(file, &read(file))]).expect(status);
        assert_shape(&answer, expected);
        answer
    }
}

fn list(name: &str) -> Value {
    json!([shape(name)])
}

/// Four pictures, and each face inside the picture that it is about.
#[track_caller]
fn assert_pictures(events: &[&Value], matches: &Value) {
    for event in events {
        assert_eq!(event["images_preview"].as_array().unwrap().len(), 4, "{event}");
    }
    assert!(!matches.as_array().unwrap().is_empty());
    for found in matches.as_array().unwrap() {
        let number = |value: &Value| value.as_u64().unwrap();
        let face = &found["face"];
        assert!(number(&face["x"]) + number(&face["w"]) <= number(&found["width"]), "{found}");
        assert!(number(&face["y"]) + number(&face["h"]) <= number(&found["height"]), "{found}");
        assert!(number(&face["w"]) > 10, "{found}");
    }
}

/// The picture behind a URL has the size that the answer says.
#[track_caller]
fn assert_size(client: &mut Client, image: &Value, url: &str, sides: [&str; 2]) {
    let limits = fotota::imaging::DecodeLimits { max_pixels: 50_000_000 };
    let picture = client.get(image[url].as_str().unwrap()).body;
    let size = fotota::imaging::decode(std::io::Cursor::new(&picture), limits).unwrap().full_size;
    let said = sides.map(|side| image[side].as_u64().unwrap());
    assert_eq!([u64::from(size.width), u64::from(size.height)], said, "{url} of {image}");
}

fn walk(server: &Server, mount: &'static str) {
    let (mut admin, mut user) =
        (Phone::new(server, mount, "studio@example.com"), Phone::new(server, mount, "eileen"));
    let nothing = Value::Null;
    user.get(if mount.is_empty() { "/" } else { "" }, &shape("welcome"));
    user.get("/health", &shape("health"));
    let me = user.get("/users/me", &shape("UserPublic"));
    assert_eq!((&me["email"], &me["selfie"]), (&json!(""), &nothing));
    let me = user.send_file("/users/me/selfie", "selfie_file", EILEEN, 200, &shape("UserPublic"));
    assert!(me["selfie"].is_string());
    // Events.
    let new = json!({ "name": format!("Party {mount}"), "password": EVENT_PASSWORD });
    let event = admin.ask("POST /events", &new, 201, &shape("EventDetail"));
    let path = format!("/events/{}", event["id"]);
    let images = format!("{path}/images");
    for file in ["photos/DSC_0101.jpg", "photos/DSC_0103.jpg"] {
        admin.send_file(&images, "files", file, 201, &list("ImagePublic"));
    }
    admin.client.wait_until_indexed(event["id"].as_i64().unwrap());
    let changed =
        admin.ask(&format!("PUT {path}"), &json!({ "description": "x" }), 200, &shape("EventDetail"));
    admin.get("/events/my-events", &list("EventDetail"));
    admin.get(&format!("{path}/my-event-images"), &shape("Page"));
    let seen = user.get("/events/search?q=party", &list("EventDetail"))[0].clone();
    user.get(&path, &shape("EventDetail"));
    let password = json!({ "password": EVENT_PASSWORD });
    user.ask(&format!("POST {path}/access"), &password, 200, &shape("event token"));
    let recent = user.get("/activity/me/recent", &list("EventSummary"))[0].clone();
    // Photos.
    let page = user.get(&images, &shape("Page"));
    let photo = page["items"][0].clone();
    assert_size(&mut user.client, &photo, "url", ["width", "height"]);
    assert_size(&mut user.client, &photo, "original_url", ["original_width", "original_height"]);
    let found = user.get(&format!("{path}/find-my-face"), &list("MatchedImage"));
    assert_pictures(&[&event, &changed, &seen, &recent], &found);
    let keep = json!({ "image_ids": [photo["id"]] });
    let kept = user.ask("POST /fotota", &keep, 201, &list("Bookmark"));
    user.get("/fotota", &list("bookmark group"));
    user.ask(&format!("DELETE /fotota?ids={}", kept[0]["id"]), &nothing, 200, &shape("message"));
    assert_eq!(
        user.ask("POST /fotota", &json!({ "image_ids": ["12345"] }), 201, &list("Bookmark")),
        json!([])
    );
    // Google Drive.
    let begun = user.ask("POST /drive-searches", &link(ROOT), 202, &shape("new Drive search"));
    let search = format!("/drive-searches/{}", begun["search_id"]);
    wait_for_end(&mut user.client, &search);
    let result = user.get(&search, &shape("Drive result"));
    for image in result["found_images"].as_array().unwrap() {
        assert_size(&mut user.client, image, "url", ["width", "height"]);
    }
    user.get("/drive-searches?skip=0&limit=100", &list("Drive search"));
    user.ask(&format!("DELETE {search}"), &nothing, 204, &json!({}));
    admin.ask(&format!("DELETE /images/{}", photo["id"]), &nothing, 204, &json!({}));
    admin.ask(&format!("DELETE {path}"), &nothing, 204, &json!({}));
    user.ask("DELETE /users/me/selfie", &nothing, 204, &json!({}));
    user.ask("POST /auth/logout", &nothing, 200, &shape("message"));
}

#[test]
fn every_answer_has_the_fields_and_types_of_the_contract() {
    let drive = drive();
    add_few(&drive, ROOT);
    let server = Server::with(&config(&drive));
    server.admin();
    server.user("eileen");
    for mount in ["", "/api/v1"] {
        walk(&server, mount);
    }
}

#[test]
fn an_event_of_nobody_has_an_owner_too() {
    let server =
        Server::on(crate::common::TestEnv::new().with_event(), "[accounts]\nregistration = \"open\"\n");
    let mut user = server.user("rina");
    let id = server.count("select id from event");
    let event = user.get(&format!("/events/{id}")).expect(200);
    assert_shape(&event, &shape("EventDetail"));
    user.post(&format!("/events/{id}/access"), &json!({ "password": "" })).expect(200);
    assert_shape(&user.get("/activity/me/recent").expect(200), &list("EventSummary"));
}

#[test]
fn an_event_token_that_is_not_valid_asks_for_the_password() {
    let server = Server::start();
    let (mut admin, mut user) = (server.admin(), server.user("rina"));
    let event = admin.create_event("Party");
    let (images, token) = (format!("/events/{event}/images"), user.enter(event));
    admin.put(&format!("/events/{event}"), &json!({ "password": "another" })).expect(200);
    for bad in [token.as_str(), "x.y.z", "nonsense"] {
        server.client().with_token(bad).get(&images).refused(403, "event.access_required");
        let mut beside = server.client();
        beside.headers = vec![("x-event-token", bad.to_owned())];
        beside.get(&images).refused(403, "event.access_required");
    }
    // An access token that is over is renewed instead, and so is none.
    user.post("/auth/logout", &json!({})).expect(200);
    user.get(&images).refused(401, "auth.required");
    user.headers = vec![("x-event-token", "x.y.z".to_owned())];
    user.get(&images).refused(401, "auth.required");
    server.client().get(&images).refused(401, "auth.required");
}
