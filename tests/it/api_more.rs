//! The API's other rows: bookmarks, share codes, what stands at the door, and the documentation.

use serde_json::{Value, json};

use crate::common::client::assert_shape;
use crate::common::server::Server;

fn bookmark() -> Value {
    let image =
        json!({ "id": "int", "file_name": "str", "url": "url", "id_event": "int", "created_at": "time" });
    json!({ "id": "int", "created_at": "time", "image": image })
}

#[test]
fn users_keep_photos_of_events_they_entered() {
    let server = Server::start();
    let (mut admin, mut user) = (server.admin(), server.user("rina"));
    let (first, second) = (admin.create_event("First"), admin.create_event("Second"));
    let photos = admin.upload_samples(first, &["DSC_0101.jpg", "DSC_0102.jpg"]);
    let others = admin.upload_samples(second, &["DSC_0103.jpg"]);
    let id = |photo: &Value| photo["id"].as_i64().unwrap();
    let keep = |ids: &[i64]| json!({ "image_ids": ids });
    let (a, b, c) = (id(&photos[0]), id(&photos[1]), id(&others[0]));
    // Not before entering; a photo that is not there is told from one that is not theirs to nobody.
    user.post("/fotota", &keep(&[a])).refused(404, "photo.not_found");
    user.post("/fotota", &keep(&[12345])).refused(404, "photo.not_found");
    user.enter(first);
    let made = user.post("/fotota", &keep(&[a, a, c, 12345, -1])).expect(201);
    assert_shape(&made, &json!([bookmark()]));
    assert_eq!((made.as_array().unwrap().len(), &made[0]["image"]["id"]), (1, &json!(a)));
    // A phone that repeats itself: only what is new.
    let made = user.post("/fotota", &keep(&[a, b])).expect(201);
    assert_eq!((made.as_array().unwrap().len(), &made[0]["image"]["id"]), (1, &json!(b)));
    assert_eq!(user.post("/fotota", &keep(&[a, b])).expect(201), json!([]));
    user.enter(second);
    user.post("/fotota", &keep(&[c])).expect(201);
    let kept = user.get("/fotota").expect(200);
    let group = json!({
        "event_id": "int", "event_name": "str", "event_date": "time?", "bookmarked_photos": [bookmark()]
    });
    assert_shape(&kept, &json!([group]));
    let groups: Vec<(&str, usize)> = kept
        .as_array()
        .unwrap()
        .iter()
        .map(|group| {
            (group["event_name"].as_str().unwrap(), group["bookmarked_photos"].as_array().unwrap().len())
        })
        .collect();
    assert_eq!(groups, [("Second", 1), ("First", 2)]);
    let picture = server.client().get(kept[0]["bookmarked_photos"][0]["image"]["url"].as_str().unwrap());
    assert_eq!(picture.status, 200);
    // Nobody else's, and in the form of the old service.
    let ids: Vec<i64> = kept[1]["bookmarked_photos"].as_array().unwrap().iter().map(id).collect();
    let path = format!("/fotota?ids={}&ids={}", ids[0], ids[1]);
    admin.delete(&path).refused(404, "bookmark.not_found");
    assert_shape(&user.delete(&path).expect(200), &json!({ "message": "str" }));
    user.delete(&path).refused(404, "bookmark.not_found");
    user.delete("/fotota").invalid("query", "ids");
    user.delete("/fotota?ids=x").invalid("query", "ids");
    assert_eq!(user.get("/fotota").expect(200).as_array().unwrap().len(), 1);
    user.post("/fotota", &json!({ "image_ids": "x" })).invalid("body", "image_ids");
    user.post("/fotota", &json!({})).invalid("body", "");
    for method in ["GET", "POST", "DELETE"] {
        server.client().send(method, "/fotota", "", Vec::new()).refused(401, "auth.required");
    }
}

#[test]
fn bookmarks_are_hidden_from_whom_a_new_password_keeps_out() {
    let server = Server::start();
    let (mut admin, mut user) = (server.admin(), server.user("rina"));
    let event = admin.create_event("Party");
    let photos = admin.upload_samples(event, &["DSC_0101.jpg"]);
    user.enter(event);
    user.post("/fotota", &json!({ "image_ids": [photos[0]["id"]] })).expect(201);
    assert_eq!(user.get("/fotota").expect(200).as_array().unwrap().len(), 1);
    let path = format!("/events/{event}");
    admin.put(&path, &json!({ "password": "another" })).expect(200);
    assert_eq!(user.get("/fotota").expect(200), json!([]));
    user.post(&format!("{path}/access"), &json!({ "password": "another" })).expect(200);
    assert_eq!(user.get("/fotota").expect(200).as_array().unwrap().len(), 1);
}

#[test]
fn a_share_code_leads_to_the_app_or_to_the_gallery() {
    let server = Server::with("[server]\ndeep_link_base_url = \"https://app.example.com/events/\"\n");
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let shown = admin.get(&format!("/events/{event}")).expect(200);
    let link = shown["link"].as_str().unwrap();
    let mut guest = server.client();
    let location = |answer: crate::common::client::Answer| {
        assert_eq!(answer.status, 307);
        answer.headers["location"].to_str().unwrap().to_owned()
    };
    assert_eq!(
        location(guest.get(&format!("{link}?target=app"))),
        format!("https://app.example.com/events/{event}")
    );
    let gallery = location(guest.get(link));
    assert_eq!(gallery, format!("{}/e/{}", server.base, shown["share_code"].as_str().unwrap()));
    assert!(guest.get(&gallery).text().contains("Party"));
    guest.get("/r/0000000000000000").refused(404, "event.not_found");
    guest.get("/r/nonsense").refused(404, "event.not_found");
    guest.get(&format!("{link}?target=fax")).invalid("query", "target");
    // Where there is no app.
    let env = server.kill();
    let server = Server::on(env, "");
    let path = format!("/r/{}?target=app", shown["share_code"].as_str().unwrap());
    assert!(location(server.client().get(&path)).contains("/e/"));
}

#[test]
fn the_door_tells_programs_and_people_apart() {
    let server = Server::start();
    let mut client = server.client();
    let door = json!({ "message": "str", "version": "str", "documentation_url": "url" });
    for path in ["/", "/api/v1"] {
        assert_shape(&client.get(path).expect(200), &door);
    }
    client.headers = vec![("accept", "text/html".to_owned()), ("accept-language", "id".to_owned())];
    let page = client.get("/");
    assert!(page.text().contains("lang=\"id\"") && page.text().contains("kode QR"));
    client.headers.clear();
    for path in ["/health", "/api/v1/health"] {
        let health = client.get(path).expect(200);
        assert_shape(&health, &json!({ "status": "str", "project": "str", "version": "str" }));
        assert_eq!(health["status"], "healthy");
    }
    client.get("/nothing/here").refused(404, "page.not_found");
    let refused = client.send("PATCH", "/health", "", Vec::new());
    refused.refused(405, "request.method_not_allowed");
    assert!(refused.headers["allow"].to_str().unwrap().contains("GET"));
    let large = json!({ "login": "x".repeat(100_000), "password": "x" });
    client.post("/auth/local", &large).refused(413, "request.too_large");
}

#[test]
fn the_documentation_loads_nothing_from_elsewhere() {
    let server = Server::start();
    let mut client = server.client();
    for mount in ["", "/api/v1"] {
        let page = client.get(&format!("{mount}/docs"));
        assert_eq!(page.status, 200);
        let text = page.text();
        let mut links = 0;
        let is_file = |part: &&str| [".js", ".css"].iter().any(|ending| part.ends_with(ending));
        for part in text.split(['"', '\'']).filter(is_file) {
            let file = client.get(&format!("{mount}/{part}"));
            assert_eq!(file.status, 200, "{part}");
            links += 1;
        }
        assert!(links >= 3 && !text.contains("http://") && !text.contains("https://"), "{text}");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("script-src 'self' 'unsafe"),
            "{policy}"
        );
        let document = client.get(&format!("{mount}/openapi.json")).expect(200);
        assert_eq!(document["openapi"], "3.1.0");
        assert_eq!(client.get(&format!("{mount}/redoc")).status, 307);
    }
    client.get("/docs/../../Cargo.toml").refused(404, "page.not_found");
    let printed = server.env.run(&["openapi"]).stdout;
    assert_eq!(serde_json::from_slice::<Value>(&printed).unwrap(), client.get("/openapi.json").json());
}
