//! Many photos at once as a ZIP archive: what is in it, how long it is, who gets it, what happens when photos go.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};

use crate::common::client::{Client, EVENT_PASSWORD, read};
use crate::common::drive::nobody;
use crate::common::server::Server;

/// A file of an archive.
#[derive(Debug, PartialEq)]
struct Unpacked {
    name: String,
    bytes: Vec<u8>,
    /// As (year, month, day, hour, minute).
    time: [u32; 5],
}

fn number(bytes: &[u8], at: usize, length: usize) -> usize {
    bytes[at..at + length].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// Unpacks by the archive's directory, and asserts that what stands before each file says the same, that checksums are
/// right, and that each name comes once.
fn unpack(archive: &[u8]) -> Vec<Unpacked> {
    let end = archive.len() - 22;
    assert_eq!(&archive[end..end + 4], b"PK\x05\x06");
    let mut at = number(archive, end + 16, 4);
    let mut files: Vec<Unpacked> = Vec::new();
    for _ in 0..number(archive, end + 10, 2) {
        assert_eq!(&archive[at..at + 4], b"PK\x01\x02");
        let (length, extra) = (number(archive, at + 28, 2), number(archive, at + 30, 2));
        let start = number(archive, at + 42, 4);
        assert_eq!(&archive[start..start + 4], b"PK\x03\x04");
        // Flags, method, time, checksum, sizes, length of the name.
        assert_eq!(archive[at + 8..at + 30], archive[start + 6..start + 28]);
        let name = &archive[at + 46..at + 46 + length];
        assert_eq!(name, &archive[start + 30..start + 30 + length]);
        let contents = start + 30 + length + number(archive, start + 28, 2);
        let bytes = archive[contents..contents + number(archive, at + 20, 4)].to_vec();
        assert_eq!(crc32fast::hash(&bytes) as usize, number(archive, at + 16, 4));
        let (time, date) = (number(archive, at + 12, 2), number(archive, at + 14, 2));
        let time = [1980 + (date >> 9), date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63];
        let name = String::from_utf8(name.to_vec()).unwrap();
        assert!(files.iter().all(|file| file.name.to_lowercase() != name.to_lowercase()), "{name} twice");
        files.push(Unpacked { name, bytes, time: time.map(|part| u32::try_from(part).unwrap()) });
        at += 46 + length + extra;
    }
    assert_eq!(at, end);
    files
}

fn ids(photos: &Value) -> Vec<i64> {
    photos.as_array().unwrap().iter().map(|photo| photo["id"].as_i64().unwrap()).collect()
}

fn prepare(guest: &mut Client, base: &str, ids: &[i64]) -> Value {
    guest.post(&format!("{base}/zip"), &json!({ "ids": ids })).expect(200)
}

/// Asks for the archive, and asserts that it is as long as was said.
fn fetch(guest: &mut Client, prepared: &Value) -> Vec<Unpacked> {
    let answer = guest.get(prepared["address"].as_str().unwrap());
    assert_eq!((answer.status, &answer.headers["content-type"]), (200, &"application/zip".parse().unwrap()));
    let length = answer.headers.get("content-length").map(|length| length.to_str().unwrap().to_owned());
    if prepared["exact"] == true {
        assert_eq!(length, Some(answer.body.len().to_string()));
        assert_eq!(prepared["bytes"], answer.body.len());
    } else {
        assert_eq!(length, None);
    }
    unpack(&answer.body)
}

#[test]
fn a_download_that_was_cut_off_goes_on() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let photos = ids(&admin.upload_samples(event, &["DSC_0101.jpg", "DSC_0102.jpg", "DSC_0103.jpg"]));
    let (mut guest, base) = server.guest(&mut admin, event);
    let prepared = prepare(&mut guest, &base, &photos);
    let address = prepared["address"].as_str().unwrap();
    let whole = guest.get(address);
    let tag = whole.headers["etag"].to_str().unwrap().to_owned();
    let mut part = |range: &str| {
        guest.headers = vec![("range", range.to_owned()), ("if-range", tag.clone())];
        guest.get(address)
    };
    let length = whole.body.len();
    // In a header, within a photo, in the directory; the last byte; a piece.
    for (first, end) in
        [(1, length), (length / 2, length), (length - 30, length), (length - 1, length), (70, 90)]
    {
        let answer = part(&format!("bytes={first}-{}", end - 1));
        assert_eq!((answer.status, answer.body == whole.body[first..end]), (206, true), "{first}");
        let range = format!("bytes {first}-{}/{length}", end - 1);
        assert_eq!(answer.headers["content-range"].to_str().unwrap(), range);
    }
    assert_eq!(part(&format!("bytes={length}-")).status, 416);
    // The rest of an archive is no further download.
    assert_eq!(admin.downloads(event), 3);
    // Another archive since: all of it.
    server.change(&format!("update photo set hidden = 1 where id = {}", photos[0]));
    let answer = part("bytes=70-");
    assert_eq!((answer.status, unpack(&answer.body).len()), (200, 2));
}

#[test]
fn an_archive_has_the_chosen_photos_as_they_are() {
    let server = Server::start();
    let mut admin = server.admin();
    let (event, other) = (admin.create_event("Pesta / Rina"), admin.create_event("Other"));
    admin.put(&format!("/events/{event}"), &json!({ "original_metadata": "all" })).expect(200);
    let names = ["DSC_0101.jpg", "DSC_0102.jpg", "DSC_0103.jpg"];
    let photos = ids(&admin.upload_samples(event, &names));
    let foreign = ids(&admin.upload_samples(other, &["DSC_0104.jpg"]))[0];
    server.change(&format!(
        "update photo set file_name = 'Ária.JPG', moment_ms = 1795457049000 where id in ({}, {});
         update photo set file_name = '../ária.jpg' where id = {}",
        photos[0], photos[1], photos[2]
    ));
    let (mut guest, base) = server.guest(&mut admin, event);
    // Some twice, some that are not there, one of another event.
    let chosen = [photos[2], photos[0], photos[2], foreign, 1, 0, -7, photos[1]];
    let prepared = prepare(&mut guest, &base, &chosen);
    assert_eq!((&prepared["files"], &prepared["exact"]), (&json!(3), &json!(true)));
    let files = fetch(&mut guest, &prepared);
    let found: Vec<(&str, &Vec<u8>)> = files.iter().map(|file| (file.name.as_str(), &file.bytes)).collect();
    let expected = names.map(|name| read(&format!("photos/{name}")));
    assert_eq!(
        found,
        [("_ária.jpg", &expected[2]), ("Ária.JPG", &expected[0]), ("Ária (2).JPG", &expected[1])]
    );
    assert_eq!(files[1].time, [2026, 11, 23, 18, 4]);
    // As often as it is asked for; every photo counts.
    assert_eq!(fetch(&mut guest, &prepared), files);
    assert_eq!(admin.downloads(event), 6);
    let address = prepared["address"].as_str().unwrap();
    let head = guest.send("HEAD", address, "", Vec::new());
    assert_eq!(head.headers["content-length"].to_str().unwrap(), prepared["bytes"].to_string());
    let name = head.headers["content-disposition"].to_str().unwrap();
    assert_eq!(name, "attachment; filename=\"Pesta _ Rina.zip\"; filename*=UTF-8''Pesta%20_%20Rina.zip");
    assert_eq!(admin.downloads(event), 6);

    // What was hidden since is not in it, and then nothing is.
    server.change(&format!("update photo set hidden = 1 where id = {}", photos[0]));
    let again = guest.get(address);
    assert_eq!(unpack(&again.body).len(), 2);
    server.change("update photo set hidden = 1");
    guest.get(address).refused(404, "photo.not_found");
    guest.post(&format!("{base}/zip"), &json!({ "ids": photos })).refused(404, "photo.not_found");
    server.change("update photo set hidden = 0; update event set download = 'nothing'");
    guest.get(address).refused(403, "download.forbidden");
    guest.post(&format!("{base}/zip"), &json!({ "ids": photos })).refused(403, "download.forbidden");
}

#[test]
fn archives_are_only_for_the_guest_who_selected_them() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let photos = ids(&admin.upload_samples(event, &["DSC_0104.jpg"]));
    let (mut guest, base) = server.guest(&mut admin, event);
    let (mut other, _) = server.guest(&mut admin, event);
    let path = format!("{base}/zip");
    for wrong in [json!({ "ids": [] }), json!({ "ids": vec![1; 2001] }), json!({}), json!({ "ids": "all" })] {
        guest.post(&path, &wrong).invalid("body", "");
    }
    server.client().post(&path, &json!({ "ids": photos })).refused(401, "session.required");
    let prepared = prepare(&mut guest, &base, &photos);
    let address = prepared["address"].as_str().unwrap();
    other.get(address).refused(404, "zip.expired");
    server.client().get(address).refused(401, "session.required");
    guest.get(&format!("{path}/none")).refused(404, "zip.expired");
    assert_eq!(fetch(&mut guest, &prepared).len(), 1);
    // A guest has four at a time.
    (0..4).for_each(|_| drop(prepare(&mut guest, &base, &photos)));
    guest.get(address).refused(404, "zip.expired");
    // A new password ends them all.
    let prepared = prepare(&mut guest, &base, &photos);
    admin.put(&format!("/events/{event}"), &json!({ "password": "another" })).expect(200);
    assert_ne!(guest.get(prepared["address"].as_str().unwrap()).status, 200);
    assert_ne!(EVENT_PASSWORD, "another");
}

#[test]
fn reduced_and_marked_photos_are_sent_too() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let photos = ids(&admin.upload_samples(event, &["DSC_0101.jpg", "DSC_0104.jpg"]));
    let (mut guest, base) = server.guest(&mut admin, event);
    server.change("update event set download = 'reduced'");
    let prepared = prepare(&mut guest, &base, &photos);
    let reduced = fetch(&mut guest, &prepared);
    for (file, id) in reduced.iter().zip(&photos) {
        assert_eq!(file.bytes, guest.get(&format!("{base}/photos/{id}/preview")).body);
    }
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbaImage::from_pixel(9, 9, image::Rgba([255; 4]))
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    let path = format!("/events/{event}/watermark");
    assert_eq!(admin.send("PUT", &path, "image/png", png.into_inner()).status, 204);
    let prepared = prepare(&mut guest, &base, &photos);
    assert_eq!((&prepared["exact"], prepared["bytes"].as_u64() > Some(1000)), (&json!(false), true));
    let marked = fetch(&mut guest, &prepared);
    for (file, id) in marked.iter().zip(&photos) {
        assert_eq!(file.bytes, guest.get(&format!("{base}/photos/{id}/download")).body);
    }
    assert_ne!(marked, reduced);
}

/// A connection that holds little of what its guest does not read. Some systems let it grow beyond an archive.
fn guest_who_waits(server: &Server) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(64 << 10).unwrap();
    let address: SocketAddr = server.base.strip_prefix("http://").unwrap().parse().unwrap();
    socket.connect(&address.into()).unwrap();
    socket.into()
}

#[test]
fn files_that_go_meanwhile_leave_an_archive_of_the_promised_length() {
    const PHOTOS: usize = 12;
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    // As they are, and larger together than what connections hold, so that the server has to wait for the guest.
    admin.put(&format!("/events/{event}"), &json!({ "original_metadata": "all" })).expect(200);
    let picture = nobody();
    let padded = |number: usize| {
        let mut bytes = picture.to_vec();
        bytes.resize(1_500_000, 0);
        bytes[1_499_999] = u8::try_from(number).unwrap();
        bytes
    };
    let files: Vec<Vec<u8>> = (0..PHOTOS).map(padded).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|bytes| ("a.jpg", bytes.as_slice())).collect();
    let photos = ids(&admin.upload(&format!("/events/{event}/images"), "files", &files).expect(201));
    admin.wait_until_indexed(event);
    let (mut guest, base) = server.guest(&mut admin, event);
    let prepared = prepare(&mut guest, &base, &photos);
    assert!(prepared["bytes"].as_u64().unwrap() > 18_000_000, "{prepared}");
    let mut stream = guest_who_waits(&server);
    let (name, value) = guest.cookies.iter().next().unwrap();
    let address = prepared["address"].as_str().unwrap();
    let request =
        format!("GET {address} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncookie: {name}={value}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = vec![0; 2000];
    stream.read_exact(&mut answer).unwrap();
    // The last one, while the first is being sent.
    assert_eq!(admin.delete(&format!("/images/{}", photos[PHOTOS - 1])).status, 204);
    stream.read_to_end(&mut answer).unwrap();
    let body = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
    let archive = &answer[body..];
    assert_eq!(prepared["bytes"], archive.len());
    let files = unpack(archive);
    assert_eq!((files.len(), files[10].name.as_str()), (PHOTOS - 1, "a (11).jpg"));
}

#[test]
fn hundreds_of_photos_come_in_one_archive() {
    const PHOTOS: usize = 300;
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    admin.put(&format!("/events/{event}"), &json!({ "original_metadata": "all" })).expect(200);
    let picture = nobody();
    let files: Vec<Vec<u8>> = (0..PHOTOS).map(|n| [picture.as_slice(), &n.to_le_bytes()].concat()).collect();
    let sent: Vec<(&str, &[u8])> = files.iter().map(|bytes| ("IMG_1.JPG", bytes.as_slice())).collect();
    let photos = ids(&admin.upload(&format!("/events/{event}/images"), "files", &sent).expect(201));
    admin.wait_until_indexed(event);
    let (mut guest, base) = server.guest(&mut admin, event);
    let prepared = prepare(&mut guest, &base, &photos);
    let unpacked = fetch(&mut guest, &prepared);
    assert!(unpacked.iter().map(|file| &file.bytes).eq(files.iter()));
    assert_eq!(unpacked[299].name, "IMG_1 (300).JPG");
}
