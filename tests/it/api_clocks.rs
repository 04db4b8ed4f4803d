//! Clocks of cameras: set by hand, by two photos of one moment, by a photo of the time code.

use std::io::Cursor;

use fotota::domain::Timestamp;
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use crate::common::client::{Client, EVENT_PASSWORD};
use crate::common::server::Server;

/// An EXIF block: model, time, serial number.
pub fn exif(model: &str, serial: &str, time: &str) -> Vec<u8> {
    let number = |value: usize| u32::try_from(value).unwrap().to_le_bytes();
    let texts = [model, time, serial].map(|text| format!("{text}\0\0\0\0"));
    let (exif, mut at) = (8 + 2 + 2 * 12 + 4, 8 + 2 + 2 * 12 + 4 + 2 + 2 * 12 + 4);
    let mut text = |tag: u16, text: &str| {
        let place = at;
        at += text.len();
        [&tag.to_le_bytes()[..], &[2, 0], &number(text.len()), &number(place)].concat()
    };
    let model = text(0x110, &texts[0]);
    let below = [text(0x9003, &texts[1]), text(0xA431, &texts[2])].concat();
    let pointer = [&[0x69, 0x87, 4, 0][..], &number(1), &number(exif)].concat();
    let directories = [&[2, 0][..], &model, &pointer, &[0; 4], &[2, 0], &below, &[0; 4]].concat();
    [&b"II*\0\x08\0\0\0"[..], &directories, texts.concat().as_bytes()].concat()
}

pub fn jpeg(picture: &RgbImage, block: &[u8]) -> Vec<u8> {
    let mut plain = Cursor::new(Vec::new());
    picture.write_to(&mut plain, ImageFormat::Jpeg).unwrap();
    let (plain, length) = (plain.into_inner(), u16::try_from(block.len() + 8).unwrap().to_be_bytes());
    [&plain[..2], &[0xFF, 0xE1], &length, b"Exif\0\0", block, &plain[2..]].concat()
}

/// A picture of nothing, different for each time.
fn photo(serial: &str, time: &str) -> Vec<u8> {
    jpeg(&RgbImage::from_pixel(60, 40, Rgb([90; 3])), &exif("Abc 5", serial, time))
}

/// The code that the studio shows, photographed: as high as a third of the picture, on grey.
fn photo_of(svg: &str, time: &str) -> Vec<u8> {
    const MODULE: u32 = 8;
    let modules = svg.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap();
    let side = MODULE * modules.parse::<u32>().unwrap();
    let mut picture = RgbImage::from_pixel(side * 4, side * 3, Rgb([120; 3]));
    let mut fill = |x: u32, y: u32, width: u32, height: u32, grey: u8| {
        for (x, y) in (y..y + height).flat_map(|y| (x..x + width).map(move |x| (x, y))) {
            picture.put_pixel(side + x, side + y, Rgb([grey; 3]));
        }
    };
    fill(0, 0, side, side, 220);
    for run in svg.split(" d=\"M").nth(1).unwrap().split("z\"").next().unwrap().split("zM") {
        let numbers: Vec<u32> = run.split(['h', 'v', ' ']).filter_map(|text| text.parse().ok()).collect();
        fill(numbers[0] * MODULE, numbers[1] * MODULE, numbers[2] * MODULE, MODULE, 30);
    }
    jpeg(&image::imageops::blur(&picture, 1.0), &exif("Abc 5", "9", time))
}

struct Scene {
    _server: Server,
    admin: Client,
    event: i64,
    path: String,
}

impl Scene {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let server = Server::start();
        let mut admin = server.admin();
        let event = json!({ "name": "Party", "password": EVENT_PASSWORD, "time_zone": "UTC" });
        let event = admin.post("/events", &event).expect(201)["id"].as_i64().unwrap();
        let mut scene = Self { _server: server, admin, event, path: format!("/events/{event}") };
        scene.upload(files);
        scene
    }

    fn upload(&mut self, files: &[(&str, &[u8])]) {
        if !files.is_empty() {
            self.admin.upload(&format!("{}/images", self.path), "files", files).expect(201);
            self.admin.wait_until_indexed(self.event);
        }
    }

    /// Photos by their moments: names, hours and minutes.
    fn moments(&mut self) -> Vec<(String, String)> {
        let items = self.photos();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        items.iter().map(|one| (text(&one["file_name"]), text(&one["moment"])[11..16].to_owned())).collect()
    }

    fn photos(&mut self) -> Vec<Value> {
        let list = self.admin.get(&format!("{}/my-event-images?sort_by=taken_at", self.path)).expect(200);
        list["items"].as_array().unwrap().clone()
    }

    fn photo(&mut self, name: &str) -> Value {
        self.photos().into_iter().find(|one| one["file_name"] == name).unwrap()
    }

    fn cameras(&mut self) -> Vec<Value> {
        let list = self.admin.get(&format!("{}/cameras", self.path)).expect(200);
        list["cameras"].as_array().unwrap().clone()
    }
}

fn pairs(moments: &[(String, String)]) -> Vec<(&str, &str)> {
    moments.iter().map(|(name, time)| (name.as_str(), time.as_str())).collect()
}

#[test]
fn two_bodies_of_one_model_have_two_clocks() {
    let files = [
        ("a.jpg", photo("20261111", "2026:11:28 18:00:00")),
        ("b.jpg", photo("20261111", "2026:11:28 18:30:00")),
        ("c.jpg", photo("20262222", "2026:11:28 18:10:00")),
    ];
    let mut scene = Scene::new(&files.each_ref().map(|(name, bytes)| (*name, bytes.as_slice())));
    let cameras = scene.cameras();
    let seen: Vec<_> =
        cameras.iter().map(|one| (&one["camera"], &one["serial_end"], &one["photos"])).collect();
    assert_eq!(
        seen,
        [(&json!("Abc 5"), &json!("1111"), &json!(2)), (&json!("Abc 5"), &json!("2222"), &json!(1))]
    );
    assert!(!cameras[0]["body"].as_str().unwrap().contains("20261111"));
    assert_eq!(
        (&cameras[0]["first"], &cameras[0]["last"]),
        (&json!("2026-11-28T18:00:00"), &json!("2026-11-28T18:30:00"))
    );
    let path = format!("{}/cameras", scene.path);
    let set = |scene: &mut Scene, body: &Value, ms: &Value| {
        scene.admin.put(&path, &json!({ "camera": "Abc 5", "body": body, "offset_ms": ms }))
    };
    let answer = set(&mut scene, &cameras[0]["body"], &json!(-3_600_000)).expect(200);
    assert_eq!(answer["cameras"][0]["offset_ms"], -3_600_000);
    assert_eq!(pairs(&scene.moments()), [("a.jpg", "17:00"), ("b.jpg", "17:30"), ("c.jpg", "18:10")]);
    let photo = scene.photo("a.jpg");
    assert_eq!(
        (&photo["clock_offset_ms"], &photo["camera_serial_end"]),
        (&json!(-3_600_000), &json!("1111"))
    );
    assert_eq!(photo["taken_at"], "2026-11-28T18:00:00");
    // A strip of one camera, from a place and around a moment.
    let strip = |scene: &mut Scene, more: &str| {
        let body = cameras[0]["body"].as_str().unwrap();
        scene.admin.get(&format!("{path}/images?camera=Abc%205&body={body}{more}"))
    };
    let whole = strip(&mut scene, "").expect(200);
    assert_eq!((&whole["total"], &whole["items"][1]["moment"]), (&json!(2), &json!("2026-11-28T17:30:00")));
    let near = strip(&mut scene, "&limit=1&around=2026-11-28T17:15:00").expect(200);
    assert_eq!((&near["from"], &near["items"][0]["file_name"]), (&json!(1), &json!("b.jpg")));
    strip(&mut scene, "&limit=0").invalid("query", "limit");
    strip(&mut scene, "&around=soon").invalid("query", "around");
    set(&mut scene, &json!("unknown"), &json!(1)).refused(404, "camera.not_found");
    set(&mut scene, &cameras[0]["body"], &json!(4_000_000_000_000_i64)).invalid("body", "offset_ms");
    set(&mut scene, &cameras[0]["body"], &json!(0)).expect(200);
    assert_eq!(pairs(&scene.moments())[0], ("a.jpg", "18:00"));
}

#[test]
fn two_photos_of_one_moment_correct_a_clock() {
    let files = [
        ("a.jpg", photo("1", "2000:01:01 00:00:00")),
        ("b.jpg", photo("2", "2026:11:28 18:10:00")),
        ("c.jpg", jpeg(&RgbImage::new(50, 50), b"nothing")),
    ];
    let mut scene = Scene::new(&files.each_ref().map(|(name, bytes)| (*name, bytes.as_slice())));
    let path = format!("{}/cameras/same-moment", scene.path);
    let ids = ["a.jpg", "b.jpg", "c.jpg"].map(|name| scene.photo(name)["id"].clone());
    let mut same = |photo: &Value, reference: &Value| {
        scene.admin.post(&path, &json!({ "photo": photo, "reference": reference }))
    };
    same(&ids[0], &ids[1]).expect(200);
    same(&ids[0], &ids[0]).refused(409, "camera.same");
    same(&ids[2], &ids[0]).refused(409, "camera.unknown");
    same(&ids[0], &json!(7)).refused(404, "photo.not_found");
    assert_eq!(scene.photo("a.jpg")["moment"], "2026-11-28T18:10:00");
}

#[test]
fn a_photo_of_the_time_code_corrects_its_camera() {
    let mut scene = Scene::new(&[]);
    let path = format!("{}/time-code", scene.path);
    let svg = scene.admin.post(&path, &json!({})).text();
    let code = photo_of(&svg, "2000:01:01 00:00:00");
    scene.upload(&[("code.jpg", &code), ("late.jpg", &photo("9", "2000:01:01 00:20:00"))]);
    let shown = scene.photo("code.jpg");
    let at = |value: &Value| Timestamp::parse(value.as_str().unwrap()).unwrap();
    // By the server's clock, not by the camera's, 26 years ago.
    let (moment, received) = (at(&shown["moment"]), at(&shown["created_at"]));
    assert!(received.plus(std::time::Duration::from_secs(1)).since(moment).as_secs() < 600, "{shown}");
    assert_eq!(shown["hidden"], true);
    let late = scene.photo("late.jpg");
    assert_eq!(at(&late["moment"]).since(moment).as_secs(), 1200);
    assert_eq!((&late["hidden"], &late["clock_offset_ms"]), (&json!(false), &shown["clock_offset_ms"]));

    // Where it was not recognised by itself: the owner asks.
    let camera = scene.cameras()[0].clone();
    let wrong = json!({ "camera": camera["camera"], "body": camera["body"], "offset_ms": 5 });
    scene.admin.put(&format!("{}/cameras", scene.path), &wrong).expect(200);
    let measure = |scene: &mut Scene, photo: &Value| {
        let path = format!("{}/images/{}/time-code", scene.path, photo["id"]);
        scene.admin.post(&path, &json!({}))
    };
    let measured = measure(&mut scene, &shown).expect(200);
    assert_eq!(measured["cameras"][0]["offset_ms"], camera["offset_ms"]);
    measure(&mut scene, &late).refused(409, "time_code.missing");
    measure(&mut scene, &json!({ "id": 7 })).refused(404, "photo.not_found");
    let link = scene.admin.post("/studio/qr", &json!({ "text": "http://192.168.1.7/e/0123456789" })).text();
    scene.upload(&[("link.jpg", &photo_of(&link, "2000:01:01 00:30:00"))]);
    let link = scene.photo("link.jpg");
    assert_eq!(link["hidden"], false);
    measure(&mut scene, &link).refused(409, "time_code.other");
}
