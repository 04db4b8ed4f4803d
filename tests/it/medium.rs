//! Medium pictures: what phones get of a photo until somebody zooms in.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use serde_json::json;

use crate::common::client::{Answer, Client};
use crate::common::server::Server;

fn size(answer: &Answer) -> (u32, u32) {
    assert_eq!((answer.status, &answer.headers["content-type"]), (200, &"image/jpeg".parse().unwrap()));
    let picture = image::load_from_memory(&answer.body).unwrap();
    (picture.width(), picture.height())
}

fn tag(answer: &Answer) -> String {
    answer.headers["etag"].to_str().unwrap().to_owned()
}

/// The answer to a client that has what this tag stands for.
fn ask_again(client: &Client, path: &str, tag: &str) -> Answer {
    let mut asking = client.clone();
    asking.headers.push(("if-none-match", tag.to_owned()));
    asking.get(path)
}

#[test]
fn a_medium_picture_is_made_of_the_preview_and_not_stored() {
    let server = Server::start();
    let (mut admin, event, photos) = server.party();
    let (mut guest, base) = server.guest(&mut admin, event);
    let (stored, id) = (server.files(), &photos[0]["id"]);
    let path = format!("{base}/photos/{id}/medium");
    let preview = guest.get(&format!("{base}/photos/{id}/preview"));
    let medium = guest.get(&path);
    assert_eq!((size(&preview), size(&medium)), ((1600, 1067), (1024, 682)));
    assert!(medium.body.len() < preview.body.len());
    assert_ne!(tag(&medium), tag(&preview));
    assert!(medium.headers["cache-control"].to_str().unwrap().starts_with("private"));
    assert_eq!(guest.get(&path).body, medium.body);
    let list = admin.get(&format!("/events/{event}/my-event-images")).expect(200);
    let own = list["items"].as_array().unwrap().iter().find(|photo| photo["id"] == *id).unwrap();
    assert_eq!(server.client().get(own["medium_url"].as_str().unwrap()).body, medium.body);
    assert_eq!(server.files(), stored);

    let known = ask_again(&guest, &path, &tag(&medium));
    assert_eq!((known.status, known.body.len(), tag(&known)), (304, 0, tag(&medium)));
    assert_eq!(ask_again(&guest, &path, &tag(&preview)).status, 200);
    // Nothing is read or made for a client that has the picture.
    let other = format!("{base}/photos/{}/medium", photos[1]["id"]);
    let of_other = tag(&medium).replace(&id.to_string(), &photos[1]["id"].to_string());
    let shard = |id: &serde_json::Value| format!("derived/{:02x}/", id.as_i64().unwrap() & 0xFF);
    let of_other = of_other.replace(&shard(id), &shard(&photos[1]["id"]));
    std::fs::remove_dir_all(server.env.data().join("derived")).unwrap();
    assert_eq!(ask_again(&guest, &other, &of_other).status, 304);
    guest.get(&other).refused(404, "photo.not_found");
    assert_eq!(guest.get(&path).body, medium.body);

    // With the photo, the copy in memory goes, also for those who have it.
    let delete = json!({ "ids": [id], "action": "delete" });
    admin.post(&format!("/events/{event}/images/change"), &delete).expect(200);
    guest.get(&path).refused(404, "photo.not_found");
    ask_again(&guest, &path, &tag(&medium)).refused(404, "photo.not_found");
    server.client().get(&path).refused(401, "session.required");
}

#[test]
fn small_photos_are_not_enlarged() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let photo = |width, height| {
        let mut png = Cursor::new(Vec::new());
        let pixels = RgbImage::from_fn(width, height, |x, y| {
            Rgb([x % 200, y % 200, 99].map(|v| u8::try_from(v).unwrap()))
        });
        pixels.write_to(&mut png, ImageFormat::Png).unwrap();
        png.into_inner()
    };
    let files = [("small.png", photo(700, 1024)), ("tall.png", photo(700, 1030))];
    let files = files.each_ref().map(|(name, bytes)| (*name, &bytes[..]));
    let photos = admin.upload(&format!("/events/{event}/images"), "files", &files).expect(201);
    admin.wait_until_indexed(event);
    let (mut guest, base) = server.guest(&mut admin, event);
    let mut get = |at: usize, kind: &str| guest.get(&format!("{base}/photos/{}/{kind}", photos[at]["id"]));
    let (medium, preview) = (get(0, "medium"), get(0, "preview"));
    assert_eq!((size(&medium), &medium.body, tag(&medium)), ((700, 1024), &preview.body, tag(&preview)));
    assert_eq!(size(&get(1, "medium")), (695, 1024));
}
