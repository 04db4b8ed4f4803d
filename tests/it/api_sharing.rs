//! How a photographer brings guests to an event: links with keys, invitations, QR codes.

use serde_json::{Value, json};

use crate::common::client::{Client, assert_shape};
use crate::common::server::Server;

fn links(admin: &mut Client, event: i64) -> Value {
    admin.get(&format!("/events/{event}/sharing")).expect(200)
}

#[test]
fn links_carry_a_key_until_the_password_changes() {
    let server = Server::start();
    let mut admin = server.admin();
    let (event, other) = (admin.create_event("Party"), admin.create_event("Another"));
    let first = links(&mut admin, event);
    assert_shape(
        &first,
        &json!({ "link": "url", "keyed_link": "url", "short_link": "url", "wall_link": "url" }),
    );
    let code = admin.get(&format!("/events/{event}")).expect(200)["share_code"].as_str().unwrap().to_owned();
    let key = |links: &Value, name: &str| {
        let link = links[name].as_str().unwrap();
        let (page, key) = link.split_once("#k=").unwrap();
        assert!(key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit()), "{link}");
        (page.to_owned(), key.to_owned())
    };
    assert!(first["link"].as_str().unwrap().ends_with(&format!("/e/{code}")));
    assert!(first["short_link"].as_str().unwrap().ends_with(&format!("/r/{code}")));
    let (page, entry) = key(&first, "keyed_link");
    let (wall_page, wall) = key(&first, "wall_link");
    assert_eq!(page, first["link"].as_str().unwrap());
    assert!(wall_page.ends_with(&format!("/wall/{event}")) && wall != entry);
    assert_eq!(links(&mut admin, event), first);
    assert_ne!(key(&links(&mut admin, other), "keyed_link").1, entry);
    admin.put(&format!("/events/{event}"), &json!({ "password": "another" })).expect(200);
    let second = links(&mut admin, event);
    assert!(key(&second, "keyed_link").1 != entry && key(&second, "wall_link").1 != wall);
    admin.put(&format!("/events/{event}"), &json!({ "password": null })).expect(200);
    let open = links(&mut admin, event);
    assert_eq!(open["keyed_link"], open["link"]);
    let path = format!("/events/{event}/sharing");
    server.user("rina").get(&path).refused(403, "event.not_owner");
    server.client().get(&path).refused(401, "auth.required");
    admin.get("/events/1/sharing").refused(404, "event.not_found");
    server.assert_not_logged(&[&entry, &wall]);
}

#[test]
fn links_begin_with_the_public_url() {
    let server = Server::with("[server]\npublic_url = \"https://foto.example\"\n");
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    for name in ["link", "keyed_link", "short_link", "wall_link"] {
        let link = links(&mut admin, event)[name].clone();
        assert!(link.as_str().unwrap().starts_with("https://foto.example/"), "{link}");
    }
}

#[test]
fn each_invitation_is_new() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let path = format!("/events/{event}/invitations");
    let first = admin.post(&path, &json!({})).expect(201);
    assert_shape(&first, &json!({ "link": "url", "expires_at": "time" }));
    let link = first["link"].as_str().unwrap();
    let (page, token) = link.split_once("#k=").unwrap();
    assert_eq!(page, links(&mut admin, event)["link"]);
    assert_eq!(token.len(), 64);
    assert_ne!(admin.post(&path, &json!({})).expect(201)["link"], first["link"]);
    server.user("rina").post(&path, &json!({})).refused(403, "event.not_owner");
    server.client().post(&path, &json!({})).refused(401, "auth.required");
    admin.post("/events/1/invitations", &json!({})).refused(404, "event.not_found");
    server.assert_not_logged(&[token]);
}

#[test]
fn qr_codes_hold_any_text() {
    let server = Server::start();
    let mut admin = server.admin();
    let drawn = admin.post("/studio/qr", &json!({ "text": "</svg><script>alert(1)</script>" }));
    assert_eq!((drawn.status, &drawn.headers["content-type"]), (200, &"image/svg+xml".parse().unwrap()));
    let text = drawn.text();
    assert!(
        text.starts_with("<svg ") && !text.contains("script") && text.matches("<path").count() == 1,
        "{text}"
    );
    for wrong in
        [json!({ "text": "" }), json!({ "text": "x".repeat(2001) }), json!({ "text": "祝".repeat(2000) })]
    {
        admin.post("/studio/qr", &wrong).invalid("body", "text");
    }
    admin.post("/studio/qr", &json!({})).invalid("body", "");
    server.user("rina").post("/studio/qr", &json!({ "text": "x" })).refused(403, "admin.required");
    server.client().post("/studio/qr", &json!({ "text": "x" })).refused(401, "auth.required");
}
