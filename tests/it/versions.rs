//! Exports of one capture through a hot folder: which is shown, which the owner chooses, and what is deleted.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use crate::api_clocks::{exif, jpeg};
use crate::common::client::Client;
use crate::common::server::Server;
use crate::watch::{ask, wait_until};

/// An export of one capture, this wide.
fn export(width: u32) -> Vec<u8> {
    let block = exif("Abc 5", "7", "2026:11:28 18:00:00");
    jpeg(&RgbImage::from_pixel(width, 40, Rgb([90; 3])), &block)
}

/// An event with the photo `IMG_1.jpg` from its owner, and a hot folder.
fn party(server: &Server) -> (Client, i64, Value) {
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let path = format!("/events/{event}/images");
    admin.upload(&path, "files", &[("IMG_1.jpg", &export(60))]).expect(201);
    admin.wait_until_indexed(event);
    let folder = json!({ "kind": "folder", "name": "Exports", "folder": server.env.card() });
    admin.post(&format!("/events/{event}/sources"), &folder).expect(201);
    let photo = photo(&mut admin, event);
    (admin, event, photo)
}

/// The only photo.
fn photo(admin: &mut Client, event: i64) -> Value {
    let list = admin.get(&format!("/events/{event}/my-event-images")).expect(200);
    assert_eq!(list["total_items"], 1, "{list}");
    list["items"][0].clone()
}

fn original(admin: &mut Client, photo: &Value) -> Vec<u8> {
    admin.get(photo["original_url"].as_str().unwrap()).body
}

/// Width of each, and which is shown.
fn shown(versions: &Value) -> Vec<(i64, bool)> {
    let items = versions["items"].as_array().unwrap().iter();
    items.map(|one| (one["width"].as_i64().unwrap(), one["current"].as_bool().unwrap())).collect()
}

const VERSIONS: &str = "select count(*) from photo_version";

#[test]
fn an_export_that_comes_again_replaces_the_older_one_until_its_owner_chooses() {
    let server = Server::start();
    let (mut admin, event, before) = party(&server);
    let versions = format!("/events/{event}/images/{}/versions", before["id"]);
    let only = admin.get(&versions).expect(200);
    assert_eq!((shown(&only), &only["items"][0]["id"]), (vec![(60, true)], &before["id"]));
    server.env.put("img_1.jpg", &export(90));
    wait_until(&server.env, VERSIONS, 2);
    let after = photo(&mut admin, event);
    assert_eq!((&after["id"], &after["versions"]), (&before["id"], &json!(2)));
    assert_eq!((&after["file_name"], &after["original_width"]), (&json!("img_1.jpg"), &json!(90)));
    assert_eq!(original(&mut admin, &after), export(90));
    // The URL is another one, because browsers keep pictures; the thumbnail behind it too.
    assert_ne!(after["thumbnail_url"], before["thumbnail_url"]);
    let thumbnail = admin.get(after["thumbnail_url"].as_str().unwrap()).body;
    let thumbnail = image::load(Cursor::new(thumbnail), ImageFormat::Jpeg).unwrap();
    assert_eq!(thumbnail.width(), 90);

    let list = admin.get(&versions).expect(200);
    assert_eq!(shown(&list), [(90, true), (60, false)]);
    let chosen = admin.put(&versions, &json!({ "version": list["items"][1]["id"] })).expect(200);
    assert_eq!(shown(&chosen), [(90, false), (60, true)]);
    let back = photo(&mut admin, event);
    assert_eq!(original(&mut admin, &back), export(60));
    wait_until(&server.env, "select count(*) from job", 0);
    server.env.put("img_1.jpg", &export(120));
    wait_until(&server.env, VERSIONS, 3);
    assert_eq!(shown(&admin.get(&versions).expect(200)), [(120, false), (90, false), (60, true)]);
    assert_eq!(original(&mut admin, &back), export(60));

    // A kill loses none of them.
    let server = Server::on(server.kill(), "[log]\n");
    let of_photos = |folder: &str| server.files().iter().filter(|name| name.starts_with(folder)).count();
    assert_eq!((of_photos("originals"), of_photos("derived")), (3, 6));
    assert_eq!(ask::<i64>(&server.env, "select width from photo"), Some(60));
    admin.base = server.client().base;
    admin.delete(&format!("/images/{}", before["id"])).expect(204);
    assert_eq!((of_photos("originals"), of_photos("derived")), (0, 0));
    assert_eq!(ask::<i64>(&server.env, VERSIONS), Some(0));
}

#[test]
fn other_photos_and_other_versions_are_refused() {
    let server = Server::start();
    let (mut admin, event, photo) = party(&server);
    let other = admin.create_event("Other");
    let versions = format!("/events/{event}/images/{}/versions", photo["id"]);
    for path in [
        format!("/events/{other}/images/{}/versions", photo["id"]),
        format!("/events/{event}/images/12345/versions"),
    ] {
        admin.get(&path).refused(404, "photo.not_found");
        admin.put(&path, &json!({ "version": photo["id"] })).refused(404, "photo.not_found");
    }
    for unknown in [12345, -1] {
        admin.put(&versions, &json!({ "version": unknown })).refused(404, "version.not_found");
    }
    admin.put(&versions, &json!({ "version": "x" })).invalid("body", "version");
    let mut somebody = server.user("somebody@example.com");
    somebody.get(&versions).refused(403, "event.not_owner");
    somebody.put(&versions, &json!({ "version": photo["id"] })).refused(403, "event.not_owner");
}
