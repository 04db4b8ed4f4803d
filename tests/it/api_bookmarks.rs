//! Bookmarks through the API.

use serde_json::{Value, json};

use crate::common::client::assert_shape;
use crate::common::contract::shape;
use crate::common::server::Server;

#[test]
fn users_bookmark_photos_of_events_they_entered() {
    let server = Server::start();
    let (mut admin, mut user) = (server.admin(), server.user("rina"));
    let (first, second) = (admin.create_event("First"), admin.create_event("Second"));
    let photos = admin.upload_samples(first, &["DSC_0101.jpg", "DSC_0102.jpg"]);
    let others = admin.upload_samples(second, &["DSC_0103.jpg"]);
    let id = |photo: &Value| photo["id"].as_i64().unwrap();
    let keep = |ids: &[i64]| json!({ "image_ids": ids });
    let (a, b, c) = (id(&photos[0]), id(&photos[1]), id(&others[0]));
    // Not before entering. Missing photos and foreign ones get the same answer.
    assert_eq!(user.post("/fotota", &keep(&[a])).expect(201), json!([]));
    assert_eq!(user.post("/fotota", &keep(&[12345])).expect(201), json!([]));
    user.enter(first);
    let created = user.post("/fotota", &keep(&[a, a, c, 12345, -1])).expect(201);
    assert_shape(&created, &json!([shape("Bookmark")]));
    assert_eq!((created.as_array().unwrap().len(), &created[0]["image"]["id"]), (1, &json!(a)));
    // A repeated request adds only what is new.
    let created = user.post("/fotota", &keep(&[a, b])).expect(201);
    assert_eq!((created.as_array().unwrap().len(), &created[0]["image"]["id"]), (1, &json!(b)));
    assert_eq!(user.post("/fotota", &keep(&[a, b])).expect(201), json!([]));
    user.enter(second);
    user.post("/fotota", &keep(&[c])).expect(201);
    let kept = user.get("/fotota").expect(200);
    assert_shape(&kept, &json!([shape("bookmark group")]));
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
    // Only their own, with the query of the old service.
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
fn a_new_password_hides_bookmarks_until_the_user_enters_again() {
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
