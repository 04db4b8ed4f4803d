//! Photos through the API: uploaded, listed, searched by face, deleted; and their signed URLs.

use serde_json::{Value, json};

use crate::common::client::{Client, assert_shape, read};
use crate::common::contract::shape;
use crate::common::server::Server;

const GRACE: &str = "selfies/Grace_Hopper_1.jpg";

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|image| image["file_name"].as_str().unwrap()).collect()
}

#[test]
fn uploads_are_answered_file_by_file() {
    let server = Server::start();
    let (mut admin, mut user) = (server.admin(), server.user("rina"));
    let event = admin.create_event("Party");
    let path = format!("/events/{event}/images");
    let (photo, second) = (read("photos/DSC_0101.jpg"), read("photos/DSC_0102.jpg"));
    let answer = admin.upload(
        &path,
        "files",
        &[
            ("../a é.jpg", &photo),
            ("video.mp4.jpg", b"not a picture at all, but long enough"),
            ("b.txt", &second),
        ],
    );
    let taken = answer.expect(201);
    assert_shape(&taken, &json!([shape("ImagePublic")]));
    assert_eq!(names(&taken), ["a é.jpg", "b.txt"]);
    let rejected: Value = serde_json::from_str(answer.headers["x-rejected-files"].to_str().unwrap()).unwrap();
    assert_shape(&rejected, &json!([{ "index": "int", "file_name": "str", "reason": "str" }]));
    assert_eq!((&rejected[0]["index"], &rejected[0]["file_name"]), (&json!(1), &json!("video.mp4.jpg")));
    // A repeated upload creates no duplicates.
    let again = admin.upload(&path, "files", &[("a.jpg", &photo)]).expect(201);
    assert_eq!(again[0]["id"], taken[0]["id"]);
    let nothing = admin.upload(&path, "files", &[("x.mov", b"nope")]);
    nothing.refused(400, "upload.nothing_accepted");
    assert_eq!(nothing.json()["rejected"][0]["file_name"], "x.mov");
    for (field, files) in [("photos", [("a.jpg", photo.as_slice())].as_slice()), ("files", &[])] {
        admin.upload(&path, field, files).invalid("body", "files");
    }
    admin.post(&path, &json!({})).invalid("body", "files");
    user.upload(&path, "files", &[("a.jpg", &photo)]).refused(403, "event.not_owner");
    server.client().upload(&path, "files", &[("a.jpg", &photo)]).refused(401, "auth.required");
    admin.upload("/events/1/images", "files", &[("a.jpg", &photo)]).refused(404, "event.not_found");
    let own = admin.get(&format!("/events/{event}/my-event-images")).expect(200);
    assert_eq!(own["total_items"], 2);
    // Rejected files leave nothing behind.
    admin.wait_until_indexed(event);
    assert!(!server.files().iter().any(|file| file.starts_with("incoming/")));
}

#[test]
fn a_file_over_the_limit_is_rejected_and_the_others_are_accepted() {
    let server = Server::with("[intake]\nmax_file_mb = 1\n");
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let photo = read("photos/DSC_0101.jpg");
    let mut large = photo.clone();
    large.resize(1_000_001, 0);
    let path = format!("/events/{event}/images");
    let answer = admin.upload(&path, "files", &[("large.jpg", &large), ("a.jpg", &photo)]);
    assert_eq!(names(&answer.expect(201)), ["a.jpg"]);
    assert!(answer.headers["x-rejected-files"].to_str().unwrap().contains("larger than the limit of 1 MB"));
}

#[test]
fn listings_sort_and_page_without_shifting() {
    let server = Server::start();
    let (mut admin, event, _) = server.party();
    let path = format!("/events/{event}/images");
    let whole = admin.get(&path).expect(200);
    assert_shape(&whole, &shape("Page"));
    assert_eq!(
        (&whole["total_items"], &whole["total_pages"], &whole["limit"]),
        (&json!(4), &json!(1), &json!(10))
    );
    assert_eq!(names(&whole["items"]), crate::common::FEW);
    let newest = admin.get(&format!("{path}?sort_order=desc&limit=3")).expect(200);
    assert_eq!(names(&newest["items"]), ["DSC_0104.jpg", "DSC_0103.jpg", "DSC_0102.jpg"]);
    let first = admin.get(&format!("{path}?sort_by=file_name&sort_order=desc&limit=2")).expect(200);
    assert_eq!(names(&first["items"]), ["DSC_0104.jpg", "DSC_0103.jpg"]);
    // A photo that would sort first arrives between two pages.
    admin.upload_samples(event, &["DSC_0115.jpg"]);
    let next = format!("{path}?sort_by=file_name&sort_order=desc&limit=2&page=2&as_of={}", first["as_of"]);
    let second = admin.get(&next).expect(200);
    assert_eq!(names(&second["items"]), ["DSC_0102.jpg", "DSC_0101.jpg"]);
    assert_eq!((&second["total_items"], &second["total_pages"]), (&json!(4), &json!(2)));
    let beyond = admin.get(&format!("{path}?page=9")).expect(200);
    assert_eq!((&beyond["total_items"], &beyond["items"]), (&json!(5), &json!([])));
    for wrong in ["page=0", "limit=51", "limit=0", "page=x", "sort_by=size", "sort_order=up", "page=-1"] {
        admin.get(&format!("{path}?{wrong}")).invalid("query", "");
    }
}

#[test]
fn only_the_owners_listing_has_pending_photos() {
    let server = Server::start();
    let (mut admin, event, _) = server.party();
    let mut user = server.user("rina");
    let visitor = user.enter(event);
    // Whole enough to be accepted, too broken to be decoded.
    let mut broken = read("photos/DSC_0105.jpg");
    broken.truncate(3000);
    admin.upload(&format!("/events/{event}/images"), "files", &[("broken.jpg", &broken)]).expect(201);
    admin.wait_until_indexed(event);
    let own = admin.get(&format!("/events/{event}/my-event-images?sort_by=file_name")).expect(200);
    assert_shape(&own, &shape("Page"));
    assert!(names(&own["items"]).contains(&"broken.jpg"));
    let seen = server.client().with_token(&visitor).get(&format!("/events/{event}/images")).expect(200);
    assert_eq!(names(&seen["items"]), crate::common::FEW);
    user.get(&format!("/events/{event}/my-event-images")).refused(403, "event.not_owner");
}

#[test]
fn a_user_finds_their_photos_only_after_entering() {
    let server = Server::start();
    let (mut admin, event, _) = server.party();
    let mut user = server.user("grace");
    let path = format!("/events/{event}/find-my-face");
    user.store_selfie(GRACE);
    // The old service asked for no password here.
    user.get(&path).refused(403, "event.access_required");
    server.client().get(&path).refused(401, "auth.required");
    let token = user.enter(event);
    server.client().with_token(&token).get(&path).refused(401, "auth.required");
    let found = user.get(&path).expect(200);
    let mut matched = shape("MatchedImage");
    matched["similarity"] = json!("number");
    assert_shape(&found, &json!([matched]));
    let mut sorted = names(&found);
    sorted.sort_unstable();
    assert_eq!(sorted, ["DSC_0102.jpg", "DSC_0103.jpg"]);
    let similarity = |index: usize| found[index]["similarity"].as_f64().unwrap();
    assert!(similarity(0) >= similarity(1) && similarity(1) > 0.38);
    // From another device, with an event token beside the access token.
    let mut elsewhere = user.clone();
    elsewhere.headers = vec![("x-event-token", token)];
    assert_eq!(elsewhere.get(&path).expect(200).as_array().unwrap().len(), 2);
    user.get("/events/1/find-my-face").refused(404, "event.not_found");
    // The owner needs no password.
    admin.get(&path).refused(400, "selfie.missing");
    admin.store_selfie("selfies/Eileen_Collins_1.jpg");
    let mut eileen = names(&admin.get(&path).expect(200)).into_iter().map(str::to_owned).collect::<Vec<_>>();
    eileen.sort_unstable();
    assert_eq!(eileen, ["DSC_0101.jpg", "DSC_0103.jpg"]);
}

#[test]
fn selfies_without_a_usable_face_are_refused_with_a_reason() {
    let server = Server::start();
    let (_, event, _) = server.party();
    let mut user = server.user("grace");
    user.enter(event);
    let path = format!("/events/{event}/find-my-face");
    user.get(&path).refused(400, "selfie.missing");
    for (picture, code) in
        [("photos/DSC_0115.jpg", "selfie.too_dark"), ("photos/DSC_0108.jpg", "selfie.several_faces")]
    {
        user.store_selfie(picture);
        user.get(&path).refused(400, code);
    }
}

#[test]
fn a_deleted_photo_disappears_from_listings_searches_bookmarks_and_disk() {
    let server = Server::start();
    let (mut admin, event, photos) = server.party();
    let mut user = server.user("grace");
    user.store_selfie(GRACE);
    user.enter(event);
    let (id, url) = (photos[1]["id"].as_i64().unwrap(), photos[1]["url"].as_str().unwrap());
    user.post("/fotota", &json!({ "image_ids": [id] })).expect(201);
    user.delete(&format!("/images/{id}")).refused(403, "event.not_owner");
    server.client().delete(&format!("/images/{id}")).refused(401, "auth.required");
    assert_eq!(server.client().get(url).status, 200);
    assert_eq!(admin.delete(&format!("/images/{id}")).status, 204);
    admin.delete(&format!("/images/{id}")).refused(404, "photo.not_found");
    assert!(!server.files().iter().any(|file| file.contains(&id.to_string())));
    assert_eq!(names(&user.get(&format!("/events/{event}/find-my-face")).expect(200)), ["DSC_0103.jpg"]);
    assert_eq!(user.get("/fotota").expect(200), json!([]));
    server.client().get(url).refused(403, "link.invalid");
}

#[test]
fn a_signed_url_opens_its_picture_until_the_password_changes() {
    let server = Server::start();
    let (mut admin, event, photos) = server.party();
    let mut anybody = server.client();
    for kind in ["url", "thumbnail_url", "original_url"] {
        let picture = anybody.get(photos[0][kind].as_str().unwrap());
        assert_eq!((picture.status, &picture.headers["content-type"]), (200, &"image/jpeg".parse().unwrap()));
        assert!(picture.headers["cache-control"].to_str().unwrap().contains("private"));
    }
    let original = anybody.get(photos[0]["original_url"].as_str().unwrap());
    assert_eq!(original.body, read("photos/DSC_0101.jpg"));
    let url = photos[0]["url"].as_str().unwrap();
    let (path, query) = url.split_once('?').unwrap();
    let other = photos[1]["url"].as_str().unwrap().split_once('?').unwrap().0;
    for forged in [
        format!("{other}?{query}"),
        format!("{}?{query}", path.replace("preview", "original")),
        format!("{path}?exp=9999999999&sig={}", query.split("sig=").nth(1).unwrap()),
        format!("{path}?exp=9999999999&sig={}", "0".repeat(64)),
    ] {
        anybody.get(&forged).refused(403, "link.invalid");
    }
    anybody.get(path).invalid("query", "");
    // The API is also served below `/api/v1`, pictures included.
    assert_eq!(anybody.get(&url.replace("/media/", "/api/v1/media/")).status, 200);
    admin.put(&format!("/events/{event}"), &json!({ "password": "another" })).expect(200);
    anybody.get(url).refused(403, "link.invalid");
}

#[test]
fn signed_urls_end_with_the_account_that_they_were_made_for() {
    let server = Server::start();
    let (mut admin, event, _) = server.party();
    let (mut grace, mut rina) = (server.user("grace"), server.user("rina"));
    let selfie = grace.store_selfie(GRACE)["selfie"].as_str().unwrap().to_owned();
    let token = grace.enter(event);
    rina.enter(event);
    let images = format!("/events/{event}/images");
    let url =
        |client: &mut Client| client.get(&images).expect(200)["items"][0]["url"].as_str().unwrap().to_owned();
    let theirs = [selfie, url(&mut grace), url(&mut server.client().with_token(&token))];
    let others = [url(&mut rina), url(&mut admin)];
    assert!(others.iter().all(|url| !theirs.contains(url)));
    let mut anybody = server.client();
    for url in theirs.iter().chain(&others) {
        assert_eq!(anybody.get(url).status, 200, "{url}");
    }
    // Another user's name does not help.
    let user = |url: &str| url.split("user=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let renamed = theirs[1].replace(&user(&theirs[1]), &user(&others[0]));
    server.env.json(&["user", "disable", "grace"]);
    for url in theirs.iter().chain([&renamed]) {
        anybody.get(url).refused(403, "link.invalid");
    }
    for url in &others {
        assert_eq!(anybody.get(url).status, 200, "{url}");
    }
    server.env.json(&["user", "enable", "grace"]);
    assert_eq!(anybody.get(&theirs[1]).status, 200);
    rina.delete("/users/me").expect(204);
    anybody.get(&others[0]).refused(403, "link.invalid");
}

#[test]
fn downloads_have_a_plain_name_too_and_an_ending_that_fits() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let photo = read("photos/DSC_0101.jpg");
    let files = [("pesta é.png", photo.as_slice())];
    let taken = admin.upload(&format!("/events/{event}/images"), "files", &files).expect(201);
    let answer = server.client().get(taken[0]["original_url"].as_str().unwrap());
    assert_eq!(
        answer.headers["content-disposition"],
        "attachment; filename=\"pesta _.jpg\"; filename*=UTF-8''pesta%20%C3%A9.jpg"
    );
}
