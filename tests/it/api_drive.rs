//! Searches of Google Drive folders through the API, with a fake Drive server.

use fotota::imaging::{self, DecodeLimits};
use serde_json::{Value, json};

use crate::common::client::{assert_shape, read};
use crate::common::contract::shape;
use crate::common::drive::{
    EILEEN, GRACE, KEY, NAME, ROOT, add_few, begin, config, config_with, copies, drive, guest, link,
    wait_for_end,
};
use crate::common::server::{PASSWORD, Server};

/// With the progress, which the old service did not tell.
fn search_shape(name: &str) -> Value {
    let mut shape = shape(name);
    for field in ["files_total", "files_done", "files_failed"] {
        shape[field] = json!("int");
    }
    shape["message"] = json!("str");
    shape
}

#[test]
fn a_folder_is_searched_and_only_its_user_sees_the_matches() {
    let drive = drive();
    add_few(&drive, ROOT);
    let server = Server::with(&config(&drive));
    let (mut eileen, mut grace) = (guest(&server, "eileen", EILEEN), guest(&server, "grace", GRACE));
    let begun = eileen.post("/drive-searches", &link(ROOT)).expect(202);
    assert_shape(&begun, &json!({ "search_id": "int", "status": "str", "message": "str" }));
    assert_eq!(begun["status"], "pending");
    let path = format!("/drive-searches/{}", begun["search_id"]);
    let mut whole = wait_for_end(&mut eileen, &path);
    assert_shape(&whole, &search_shape("Drive result"));
    assert_eq!((&whole["status"], &whole["search_id"]), (&json!("completed"), &begun["search_id"]));
    assert_eq!((&whole["drive_folder_id"], &whole["drive_name"]), (&json!(ROOT), &json!(NAME)));
    assert_eq!(whole["drive_url"], link(ROOT)["drive_url"]);
    let found = whole["found_images"].take();
    let found = found.as_array().unwrap();
    assert_eq!(found.len(), 2);
    assert!(found[0]["similarity"].as_f64() >= found[1]["similarity"].as_f64());
    for image in found {
        let picture = server.client().get(image["url"].as_str().unwrap());
        assert_eq!((picture.status, &picture.headers["content-type"]), (200, &"image/jpeg".parse().unwrap()));
        let size =
            imaging::decode(std::io::Cursor::new(&picture.body), DecodeLimits { max_pixels: 50_000_000 })
                .unwrap()
                .full_size;
        let face = |name: &str| image["face_coords"][name].as_f64().unwrap();
        assert!(face("x") >= 0.0 && face("x") + face("w") <= f64::from(size.width), "{image}");
        assert!(face("y") >= 0.0 && face("y") + face("h") <= f64::from(size.height), "{image}");
        assert!(face("w") > 10.0 && face("h") > 10.0, "{image}");
    }
    let url = found[0]["url"].as_str().unwrap();
    let unsigned = url.split_once('?').unwrap().0;
    for wrong in
        [unsigned.to_owned(), url.replace("sig=", "sig=0"), format!("{unsigned}?exp=9999999999&sig=x")]
    {
        let refused = server.client().get(&wrong);
        assert!([403, 422].contains(&refused.status), "{wrong}: {}", refused.text());
    }

    grace.get(&path).refused(403, "drive.search_foreign");
    grace.delete(&path).refused(403, "drive.search_foreign");
    server.client().get(&path).refused(401, "auth.required");
    server.client().delete(&path).refused(401, "auth.required");
    eileen.get("/drive-searches/1").refused(404, "drive.search_not_found");
    eileen.get("/drive-searches/99999999999999999999").refused(404, "drive.search_not_found");
    eileen.get("/drive-searches/x").invalid("path", "search_id");
    assert_eq!(grace.get("/drive-searches").expect(200), json!([]));

    assert_eq!(copies(&server).len(), 2);
    eileen.delete(&path).expect(204);
    assert_eq!(copies(&server), [""; 0]);
    eileen.get(&path).refused(404, "drive.search_not_found");
    eileen.delete(&path).refused(404, "drive.search_not_found");
    server.client().get(url).refused(403, "link.invalid");
    server.assert_not_logged(&[KEY, ROOT, NAME, "eileen", "grace", "drive.google.com"]);
}

#[test]
fn only_links_to_public_folders_are_accepted() {
    let drive = drive();
    add_few(&drive, ROOT);
    drive.add_folder("trash-folder-01", "Gone", None);
    drive.change("trash-folder-01", |file| file.json["trashed"] = true.into());
    drive.add_folder("key-folder-0001", "Old", None);
    drive.change("key-folder-0001", |file| file.json["resourceKey"] = "0-key".into());
    let server = Server::with(&config(&drive));
    let (mut user, mut without) = (guest(&server, "eileen", EILEEN), server.user("rina"));
    for no_link in ["", "x", "https://example.com/drive/folders/1AbCdEfGhIjK", "file:///etc/passwd"] {
        let refused = user.post("/drive-searches", &json!({ "drive_url": no_link }));
        refused.refused(400, "drive.link_invalid");
    }
    let a_picture = format!("{ROOT}-eileen-1");
    user.post("/drive-searches", &link(&a_picture)).refused(400, "drive.link_invalid");
    for unseen in ["private-folder-1", "trash-folder-01", "key-folder-0001"] {
        user.post("/drive-searches", &link(unseen)).refused(404, "drive.folder_not_found");
    }
    let long = json!({ "drive_url": "x".repeat(2001) });
    user.post("/drive-searches", &long).invalid("body", "drive_url");
    for wrong in [json!({}), json!({ "drive_url": 7 }), json!([])] {
        user.post("/drive-searches", &wrong).invalid("body", "");
    }
    without.post("/drive-searches", &link(ROOT)).refused(400, "selfie.missing");
    without
        .upload("/users/me/selfie", "selfie_file", &[("me.jpg", &read("photos/DSC_0115.jpg"))])
        .expect(200);
    without.post("/drive-searches", &link(ROOT)).refused(400, "selfie.too_dark");
    server.client().post("/drive-searches", &link(ROOT)).refused(401, "auth.required");
    server.client().get("/drive-searches").refused(401, "auth.required");
    // None of this has created a search.
    assert_eq!(user.get("/drive-searches").expect(200), json!([]));
    // With its resource key, the old folder is found. It is empty.
    let with_key = "https://drive.google.com/drive/folders/key-folder-0001?resourcekey=0-key";
    let begun = user.post("/drive-searches", &json!({ "drive_url": with_key })).expect(202);
    let whole = wait_for_end(&mut user, &format!("/drive-searches/{}", begun["search_id"]));
    assert_eq!((&whole["status"], &whole["found_images"]), (&json!("completed"), &json!([])));
    server.assert_not_logged(&[KEY, "0-key", "private-folder", "trash-folder", "key-folder", ROOT]);
}

#[test]
fn missing_or_unreachable_drive_is_reported() {
    let drive = drive();
    let nowhere = config_with("http://127.0.0.1:1/drive/v3", KEY, "http://127.0.0.1:1");
    let wrong_key = config_with(&drive.url("/drive/v3"), "another-key", &drive.url(""));
    for (config, status, code) in [
        ("[accounts]\nregistration = \"open\"\n".to_owned(), 404, "drive.not_configured"),
        (nowhere, 503, "drive.unreachable"),
        (wrong_key, 503, "drive.unreachable"),
    ] {
        let server = Server::with(&config);
        let mut user = guest(&server, "eileen", EILEEN);
        user.post("/drive-searches", &link(ROOT)).refused(status, code);
        assert_eq!(user.get("/drive-searches").expect(200), json!([]));
        server.assert_not_logged(&[KEY, "another-key", ROOT]);
    }
}

#[test]
fn searches_are_listed_newest_first() {
    let drive = drive();
    let folders = ["first-folder", "second-folder", "third-folder"];
    for folder in folders {
        drive.add_folder(folder, folder, None);
    }
    let server = Server::with(&config(&drive));
    let mut user = guest(&server, "eileen", EILEEN);
    for folder in folders {
        let path = begin(&mut user, folder);
        wait_for_end(&mut user, &path);
    }
    let mut list = |query: &str| {
        let list = user.get(&format!("/drive-searches{query}")).expect(200);
        assert_shape(&list, &json!([search_shape("Drive search")]));
        let names = list.as_array().unwrap().iter().map(|search| search["drive_name"].as_str().unwrap());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(list(""), ["third-folder", "second-folder", "first-folder"]);
    assert_eq!(list("?skip=0&limit=100").len(), 3);
    assert_eq!(list("?skip=1&limit=1"), ["second-folder"]);
    assert_eq!(list("?limit=2"), ["third-folder", "second-folder"]);
    assert_eq!((list("?limit=1000").len(), list("?limit=0").len()), (3, 0));
    assert_eq!(list("?skip=3"), [""; 0]);
    for (query, field) in
        [("limit=-1", ""), ("limit=2147483648", "limit"), ("limit=x", ""), ("skip=-1", ""), ("skip=x", "")]
    {
        user.get(&format!("/drive-searches?{query}")).invalid("query", field);
    }
}

#[test]
fn a_running_search_is_not_created_twice_and_can_be_deleted() {
    let drive = drive();
    add_few(&drive, ROOT);
    let server = Server::with(&config(&drive));
    let (mut eileen, mut grace) = (guest(&server, "eileen", EILEEN), guest(&server, "grace", GRACE));
    let held = format!("{ROOT}-grace-02");
    drive.hold(&held);
    let search = begin(&mut eileen, ROOT);
    drive.wait_until_held();
    assert_eq!(begin(&mut eileen, ROOT), search);
    let other = begin(&mut grace, ROOT);
    assert_ne!(other, search);
    let running = eileen.get(&search).expect(200);
    assert_eq!((&running["status"], &running["files_done"]), (&json!("processing"), &json!(2)));
    assert_eq!(copies(&server).len(), 2);
    eileen.delete(&search).expect(204);
    drive.release();
    let found = wait_for_end(&mut grace, &other);
    assert_eq!((&found["status"], found["found_images"].as_array().unwrap().len()), (&json!("completed"), 1));
    assert_eq!(copies(&server).len(), 1);
    assert_eq!(eileen.get("/drive-searches").expect(200), json!([]));
    // Deleting an account deletes its searches and copies.
    let begun = begin(&mut eileen, ROOT);
    wait_for_end(&mut eileen, &begun);
    assert_eq!(copies(&server).len(), 3);
    eileen.delete("/users/me").expect(204);
    assert_eq!(copies(&server).len(), 1);
    grace.delete("/users/me").expect(204);
    assert_eq!(copies(&server), [""; 0]);
    server.client().post("/auth/register", &json!({ "login": "eileen", "password": PASSWORD })).expect(201);
}

#[test]
fn a_user_can_have_three_unfinished_searches() {
    let drive = drive();
    add_few(&drive, ROOT);
    for folder in ["second-folder", "third-folder", "fourth-folder"] {
        drive.add_folder(folder, folder, None);
    }
    let server = Server::with(&config(&drive));
    let (mut eileen, mut grace) = (guest(&server, "eileen", EILEEN), guest(&server, "grace", GRACE));
    drive.hold(&format!("{ROOT}-grace-02"));
    let first = begin(&mut eileen, ROOT);
    drive.wait_until_held();
    begin(&mut eileen, "second-folder");
    let third = begin(&mut eileen, "third-folder");
    eileen.post("/drive-searches", &link("fourth-folder")).refused(429, "limit.wait");
    // A repeated request returns the running search, and other users are not affected.
    assert_eq!(begin(&mut eileen, ROOT), first);
    let other = begin(&mut grace, "fourth-folder");
    eileen.delete(&third).expect(204);
    begin(&mut eileen, "fourth-folder");
    drive.release();
    wait_for_end(&mut grace, &other);
}

#[test]
fn deleting_the_selfie_ends_the_search() {
    let drive = drive();
    add_few(&drive, ROOT);
    let server = Server::with(&config(&drive));
    let mut eileen = guest(&server, "eileen", EILEEN);
    drive.hold(&format!("{ROOT}-grace-02"));
    let search = begin(&mut eileen, ROOT);
    drive.wait_until_held();
    eileen.delete("/users/me/selfie").expect(204);
    drive.release();
    let ended = eileen.get(&search).expect(200);
    assert_eq!(
        (&ended["status"], &ended["message"]),
        (&json!("failed"), &json!("the selfie was deleted or replaced"))
    );
    eileen.post("/drive-searches", &link(ROOT)).refused(400, "selfie.missing");
    // Earlier matches remain until she deletes the search; no new ones are added.
    let found = ended["found_images"].as_array().unwrap().len();
    let mut grace = guest(&server, "grace", GRACE);
    let other = begin(&mut grace, ROOT);
    wait_for_end(&mut grace, &other);
    let after = eileen.get(&search).expect(200);
    assert_eq!(
        (&after["status"], after["found_images"].as_array().unwrap().len()),
        (&json!("failed"), found)
    );
}
