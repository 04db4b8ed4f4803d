//! What the photographer lets others see and keep: the logo on previews and downloads, the size of downloads, hidden
//! photos.

use std::io::Cursor;

use image::{ImageReader, RgbImage, RgbaImage};
use serde_json::json;

use crate::common::client::{Answer, Client, read};
use crate::common::server::Server;

const PHOTO: &str = "DSC_0101.jpg";
/// A colour that no photo of the sample has in its corner.
const INK: [u8; 3] = [255, 0, 255];

fn logo(width: u32, height: u32) -> Vec<u8> {
    let mut png = Cursor::new(Vec::new());
    let ink = image::Rgba([INK[0], INK[1], INK[2], 255]);
    RgbaImage::from_pixel(width, height, ink).write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

fn put(client: &mut Client, event: i64, query: &str, logo: Vec<u8>) -> Answer {
    client.send("PUT", &format!("/events/{event}/watermark{query}"), "image/png", logo)
}

fn decoded(answer: &Answer) -> RgbImage {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.headers["cache-control"].to_str().unwrap().starts_with("private"));
    ImageReader::new(Cursor::new(&answer.body)).with_guessed_format().unwrap().decode().unwrap().into_rgb8()
}

/// Whether the logo stands in the corner at right below.
fn is_marked(picture: &RgbImage) -> bool {
    let (width, height) = picture.dimensions();
    let side = width.min(height) * 8 / 100;
    let pixel = picture.get_pixel(width - side, height - side).0;
    pixel.iter().zip(INK).all(|(value, ink)| value.abs_diff(ink) < 40)
}

/// An event with one photo, its owner, a guest with the photo's address.
fn party(server: &Server) -> (Client, i64, Client, String) {
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    admin.put(&format!("/events/{event}"), &json!({ "original_metadata": "all" })).expect(200);
    let photo = admin.upload_samples(event, &[PHOTO])[0]["id"].as_i64().unwrap();
    let (guest, base) = server.guest(&mut admin, event);
    (admin, event, guest, format!("{base}/photos/{photo}"))
}

#[test]
fn the_logo_is_on_what_others_see_and_never_on_what_is_stored() {
    let server = Server::start();
    let (mut admin, event, mut guest, photo) = party(&server);
    let stored = || -> Vec<Vec<u8>> {
        let files = server
            .files()
            .into_iter()
            .filter(|file| file.starts_with("originals/") || file.starts_with("derived/"));
        files.map(|file| std::fs::read(server.env.data().join(file)).unwrap()).collect()
    };
    let before = stored();
    let mut get = |kind: &str| guest.get(&format!("{photo}/{kind}"));
    let [thumbnail, medium, preview] = ["thumbnail", "medium", "preview"].map(|kind| get(kind).body);
    assert_eq!(get("download").body, read(&format!("photos/{PHOTO}")));

    assert_eq!(put(&mut admin, event, "?corner=bottom_right&opacity=1", logo(50, 50)).status, 204);
    assert_eq!(get("thumbnail").body, thumbnail);
    let marked = get("preview");
    assert!(is_marked(&decoded(&marked)) && !marked.headers.contains_key("content-disposition"));
    let small = get("medium");
    assert!(is_marked(&decoded(&small)) && small.headers["etag"] != marked.headers["etag"]);
    assert_eq!(decoded(&small).dimensions(), (1024, 682));
    let download = get("download");
    let name = download.headers["content-disposition"].to_str().unwrap();
    assert!(name.ends_with(PHOTO) && name.starts_with("attachment"), "{name}");
    let original = image::load_from_memory(&read(&format!("photos/{PHOTO}"))).unwrap();
    let picture = decoded(&download);
    assert!(is_marked(&picture));
    assert_eq!(picture.dimensions(), (original.width(), original.height()));
    assert!(!download.body.windows(4).any(|bytes| bytes == b"Exif"));

    // A visitor's addresses lead to the same, the owner's own to the files.
    let mut user = server.user("rina");
    let token = user.enter(event);
    let path = format!("/events/{event}/images");
    let seen = server.client().with_token(&token).get(&path).expect(200)["items"][0].clone();
    let own = admin.get(&format!("/events/{event}/my-event-images")).expect(200)["items"][0].clone();
    let mut anybody = server.client();
    let mut fetch = |image: &serde_json::Value, kind: &str| anybody.get(image[kind].as_str().unwrap());
    assert_eq!(fetch(&seen, "url").body, marked.body);
    assert_eq!(fetch(&seen, "medium_url").body, small.body);
    assert_eq!(fetch(&seen, "original_url").body, download.body);
    assert_eq!(fetch(&seen, "thumbnail_url").body, thumbnail);
    assert_eq!(fetch(&own, "url").body, preview);
    assert_eq!(fetch(&own, "medium_url").body, medium);
    assert_eq!(fetch(&own, "original_url").body, read(&format!("photos/{PHOTO}")));

    // Another one at another place is seen at once, and so is that it is gone.
    assert_eq!(put(&mut admin, event, "?corner=top_left&opacity=1", logo(50, 50)).status, 204);
    assert!(!is_marked(&decoded(&get("preview"))) && !is_marked(&decoded(&get("medium"))));
    assert_ne!(get("medium").body, medium);
    assert_eq!(admin.delete(&format!("/events/{event}/watermark")).status, 204);
    assert_eq!((get("medium").body, get("preview").body), (medium, preview));
    assert_eq!(stored(), before);
}

#[test]
fn logos_are_looked_at_before_they_are_kept() {
    let server = Server::start();
    let (mut admin, event, _, _) = party(&server);
    let path = format!("/events/{event}/watermark");
    admin.get(&path).refused(404, "watermark.missing");
    admin.delete(&path).refused(404, "watermark.missing");
    for wrong in
        [b"hello".to_vec(), Vec::new(), read(&format!("photos/{PHOTO}")), logo(5000, 1), vec![0; 3 << 20]]
    {
        put(&mut admin, event, "", wrong).refused(400, "watermark.unreadable");
    }
    for query in ["?corner=middle", "?opacity=2", "?opacity=-0.1", "?opacity=NaN", "?opacity=x"] {
        put(&mut admin, event, query, logo(5, 5)).invalid("query", "");
    }
    admin.get(&path).refused(404, "watermark.missing");
    let png = logo(300, 20);
    assert_eq!(put(&mut admin, event, "", png.clone()).status, 204);
    let shown = admin.get(&path);
    assert_eq!((shown.body, shown.headers["content-type"].to_str().unwrap()), (png, "image/png"));
    put(&mut server.user("rina"), event, "", logo(5, 5)).refused(403, "event.not_owner");
    put(&mut server.client(), event, "", logo(5, 5)).refused(401, "auth.required");
    // It goes with its event.
    assert_eq!(admin.delete(&format!("/events/{event}")).status, 204);
    assert_eq!(server.count("select count(*) from watermark"), 0);
}

#[test]
fn guests_keep_what_the_owner_lets_them() {
    let server = Server::start();
    let (mut admin, event, mut guest, photo) = party(&server);
    let mut user = server.user("rina");
    let token = user.enter(event);
    let listed = server.client().with_token(&token).get(&format!("/events/{event}/images")).expect(200);
    let original = listed["items"][0]["original_url"].as_str().unwrap().to_owned();
    let own = admin.get(&format!("/events/{event}/my-event-images")).expect(200);
    let own = own["items"][0]["original_url"].as_str().unwrap().to_owned();
    let mut anybody = server.client();
    server.change("update photo set file_name = 'pesta.png'");

    server.change("update event set download = 'reduced'");
    let reduced = guest.get(&format!("{photo}/download"));
    assert_eq!(reduced.body, guest.get(&format!("{photo}/preview")).body);
    assert!(reduced.headers["content-disposition"].to_str().unwrap().ends_with("''pesta.jpg"));
    assert_eq!(anybody.get(&original).body, reduced.body);
    assert_eq!(admin.downloads(event), 1);

    server.change("update event set download = 'nothing'");
    guest.get(&format!("{photo}/download")).refused(403, "download.forbidden");
    anybody.get(&original).refused(403, "download.forbidden");
    assert_eq!(guest.get(&format!("{photo}/preview")).status, 200);
    assert_eq!(anybody.get(&own).body, read(&format!("photos/{PHOTO}")));

    server.change("update event set download = 'original'; update photo set hidden = 1");
    for kind in ["thumbnail", "preview", "download"] {
        guest.get(&format!("{photo}/{kind}")).refused(404, "photo.not_found");
    }
    anybody.get(&original).refused(403, "link.invalid");
    assert_eq!(anybody.get(&own).body, read(&format!("photos/{PHOTO}")));
    assert_eq!(admin.downloads(event), 1);
    guest.post(&format!("{photo}/download"), &json!({})).refused(405, "request.method_not_allowed");
}
