//! HEIC and raw files: what guests and the photographer get of them.

use serde_json::{Value, json};

use crate::common::client::{Client, read};
use crate::common::server::Server;

const SECOND: u8 = 9;

/// A TIFF file with a camera, a time, and the place of a JPEG: what EXIF blocks and raw files begin with.
fn tiff(second: u8, jpeg: (usize, usize)) -> Vec<u8> {
    let number = |value: usize| u32::try_from(value).unwrap().to_le_bytes();
    let field = |tag: u16, kind: u16, count: usize, value: [u8; 4]| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &number(count), &value].concat()
    };
    let (exif, time) = (8 + 2 + 4 * 12 + 4, 8 + 2 + 4 * 12 + 4 + 2 + 12 + 4);
    let first = [
        field(0x10F, 2, 4, *b"Abc\0"),
        field(0x201, 4, 1, number(jpeg.0)),
        field(0x202, 4, 1, number(jpeg.1)),
        field(0x8769, 4, 1, number(exif)),
    ]
    .concat();
    let below = field(0x9003, 2, 20, number(time));
    let text = format!("2026:11:23 18:04:{second:02}\0");
    [&b"II*\0\x08\0\0\0\x04\0"[..], &first, &[0; 4], &[1, 0], &below, &[0; 4], text.as_bytes()].concat()
}

fn raw(second: u8) -> Vec<u8> {
    let jpeg = read("photos/DSC_0102.jpg");
    let mut file = tiff(second, (500, jpeg.len()));
    file.resize(500, 0);
    file.extend(jpeg);
    file
}

fn jpeg(second: u8) -> Vec<u8> {
    let (plain, block) = (read("photos/DSC_0102.jpg"), tiff(second, (0, 0)));
    let length = u16::try_from(block.len() + 8).unwrap().to_be_bytes();
    [&plain[..2], &[0xFF, 0xE1], &length, b"Exif\0\0", &block, &plain[2..]].concat()
}

fn upload(admin: &mut Client, event: i64, name: &str, bytes: &[u8]) -> Value {
    let answer = admin.upload(&format!("/events/{event}/images"), "files", &[(name, bytes)]).expect(201);
    admin.wait_until_indexed(event);
    answer
}

fn photos(admin: &mut Client, event: i64) -> Vec<Value> {
    let list = admin.get(&format!("/events/{event}/my-event-images")).expect(200);
    list["items"].as_array().unwrap().clone()
}

fn get(client: &mut Client, url: &Value) -> Vec<u8> {
    let url = url.as_str().unwrap();
    let answer = client.get(&url[url.find("/media").unwrap()..]);
    assert_eq!(answer.status, 200);
    answer.body
}

fn originals(server: &Server) -> usize {
    server.files().iter().filter(|file| file.starts_with("originals/")).count()
}

#[test]
fn a_raw_file_and_a_jpeg_of_one_capture_are_one_photo() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let (raw, jpeg) = (raw(SECOND), jpeg(SECOND));
    upload(&mut admin, event, "DSC_1.NEF", &raw);
    let alone = photos(&mut admin, event);
    assert_eq!((&alone[0]["state"], &alone[0]["raw_url"]), (&json!("indexed"), &Value::Null));
    assert_eq!(get(&mut admin, &alone[0]["original_url"]), raw);
    // Guests get a JPEG, one by one and in an archive.
    let (mut guest, base) = server.guest(&mut admin, event);
    let id = alone[0]["id"].as_i64().unwrap();
    let download = guest.get(&format!("{base}/photos/{id}/download"));
    assert!(download.body.starts_with(b"\xFF\xD8"));
    let prepared = guest.post(&format!("{base}/zip"), &json!({ "ids": [id] })).expect(200);
    assert_eq!(prepared["exact"], false);
    let archive = guest.get(prepared["address"].as_str().unwrap()).body;
    assert!(archive.windows(9).any(|name| name == b"DSC_1.jpg"));
    assert!(!archive.windows(9).any(|name| name == b"DSC_1.NEF"));

    upload(&mut admin, event, "dsc_1.JPG", &jpeg);
    let joined = photos(&mut admin, event);
    assert_eq!(joined.len(), 1);
    assert_eq!(
        (&joined[0]["file_name"], &joined[0]["raw_file_name"]),
        (&json!("dsc_1.JPG"), &json!("DSC_1.NEF"))
    );
    assert_eq!(get(&mut admin, &joined[0]["original_url"]), jpeg);
    assert_eq!(get(&mut admin, &joined[0]["raw_url"]), raw);
    assert_eq!(originals(&server), 2);
    // Sent again, it is known.
    upload(&mut admin, event, "DSC_1.NEF", &raw);
    assert_eq!(photos(&mut admin, event).len(), 1);
    // A second later is another capture.
    upload(&mut admin, event, "dsc_1.NEF", &self::raw(SECOND + 1));
    assert_eq!(photos(&mut admin, event).len(), 2);
    let id = joined[0]["id"].as_i64().unwrap();
    admin
        .post(&format!("/events/{event}/images/change"), &json!({ "ids": [id], "action": "delete" }))
        .expect(200);
    assert_eq!(originals(&server), 1);
}

#[cfg(feature = "heic")]
#[test]
fn guests_download_a_heic_as_jpeg_and_its_photographer_as_it_is() {
    let picture = image::load_from_memory(&read("photos/DSC_0101.jpg")).unwrap().to_rgb8();
    let (width, height) = picture.dimensions();
    let heic =
        heifer::encode_rgb8(width, height, picture.as_raw(), &heifer::EncodeOptions::default()).unwrap();
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    // By its content, not by its name.
    upload(&mut admin, event, "IMG_1.jpg", &heic);
    let photo = photos(&mut admin, event).remove(0);
    assert_eq!((&photo["state"], &photo["damaged"]), (&json!("indexed"), &json!(false)));
    assert!(photo["faces"].as_u64().unwrap() > 0, "{photo}");
    assert_eq!(get(&mut admin, &photo["original_url"]), heic);
    let (mut guest, base) = server.guest(&mut admin, event);
    let download = guest.get(&format!("{base}/photos/{}/download", photo["id"])).body;
    let full = image::load_from_memory_with_format(&download, image::ImageFormat::Jpeg).unwrap();
    assert_eq!((full.width(), full.height()), (width, height));
}

#[test]
fn damaged_photos_are_marked_and_other_kinds_are_named() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let whole = read("photos/DSC_0101.jpg");
    upload(&mut admin, event, "no end.jpg", &whole[..whole.len() - 2]);
    let photo = photos(&mut admin, event).remove(0);
    assert_eq!((&photo["state"], &photo["damaged"]), (&json!("indexed"), &json!(true)));
    let files: [(&str, &[u8]); 2] =
        [("a.avif", b"\0\0\0\x18ftypavif\0\0\0\0mif1avif"), ("b.tif", b"II*\0\x08\0\0\0\0\0")];
    let refused = admin.upload(&format!("/events/{event}/images"), "files", &files).text();
    assert!(refused.contains("AVIF") && refused.contains("TIFF"), "{refused}");
}
