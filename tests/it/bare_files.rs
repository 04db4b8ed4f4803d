//! What originals say about themselves, read by exiftool, for every way on which a file leaves.

use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use image::ImageFormat;
use serde_json::{Value, json};

use crate::common::client::{Client, read};
use crate::common::node::say_skipped;
use crate::common::server::Server;

/// In every value that guests must not get.
const SECRET: &str = "Rahasia";
const PHOTO: &str = "DSC_0101.jpg";

fn has_exiftool() -> bool {
    let found = Command::new("exiftool").arg("-ver").output().is_ok_and(|output| output.status.success());
    if !found {
        say_skipped("exiftool is missing (Debian: libimage-exiftool-perl), so nobody reads what files say");
    }
    found
}

/// The photo in this format, with everything that cameras and programs write.
fn photo(folder: &Path, format: ImageFormat) -> Vec<u8> {
    let path = folder.join(format!("photo.{}", format.extensions_str()[0]));
    let mut bytes = Cursor::new(read(&format!("photos/{PHOTO}")));
    if format != ImageFormat::Jpeg {
        let picture = image::load(bytes, ImageFormat::Jpeg).unwrap().thumbnail(300, 300);
        bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
    }
    let write =
        |bytes: &[u8]| std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), bytes).unwrap();
    write(bytes.get_ref());
    let thumbnail = folder.join("thumbnail.jpg");
    let mut small = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(160, 120, image::Rgb([9, 99, 199]))
        .write_to(&mut small, ImageFormat::Jpeg)
        .unwrap();
    std::io::Write::write_all(&mut std::fs::File::create(&thumbnail).unwrap(), small.get_ref()).unwrap();
    let mut command = Command::new("exiftool");
    command.args(["-overwrite_original", "-q", "-m", "-n"]);
    for kept in [
        "Orientation=6",
        "ColorSpace=1",
        "DateTimeOriginal=2026:11:23 18:04:09",
        "OffsetTimeOriginal=+07:00",
        "EXIF:Copyright=(c) Studio Rina",
    ] {
        command.arg(format!("-{kept}"));
    }
    for tag in [
        "EXIF:Make",
        "EXIF:Model",
        "SerialNumber",
        "LensSerialNumber",
        "OwnerName",
        "Artist",
        "UserComment",
        "LensModel",
        "ImageDescription",
        "Software",
        "HostComputer",
        "ImageUniqueID",
        "XMP-dc:Creator",
        "XMP-dc:Description",
        "XMP-dc:Rights",
        "XMP-iptcCore:Location",
        "XMP-photoshop:City",
        "XMP-mwg-rs:RegionName",
        "IPTC:By-line",
        "IPTC:Keywords",
        "IPTC:City",
        "Comment",
        "XPComment",
        "XPAuthor",
        "GPSAreaInformation",
    ] {
        command.arg(format!("-{tag}={SECRET} {tag}"));
    }
    command.args(["-GPSLatitude=-6.2", "-GPSLatitudeRef=S", "-GPSLongitude=106.8", "-GPSLongitudeRef=E"]);
    command.args(["-DateTimeDigitized=2001:01:01 01:01:01", "-ModifyDate=2002:02:02 02:02:02"]);
    if format == ImageFormat::Jpeg {
        command.arg(format!("-ThumbnailImage<={}", thumbnail.display()));
    }
    let output = command.arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut bytes = std::fs::read(&path).unwrap();
    // The video of a motion photo.
    bytes.extend(format!("....ftypmp42 {SECRET}").bytes());
    bytes
}

/// What exiftool finds in a file's metadata: group and name, value.
fn says(folder: &Path, bytes: &[u8]) -> Vec<(String, String)> {
    let path = folder.join("sent");
    std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), bytes).unwrap();
    let arguments = ["-j", "-a", "-G1", "-u", "-U", "-n", "-b", "-api", "RequestAll=3"];
    let output = Command::new("exiftool").args(arguments).arg(&path).output().unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let values = found[0].as_object().unwrap().iter();
    // About the file as such, and what exiftool computes; how the picture is coded.
    let is_said = |name: &str| {
        let group = name.split(':').next().unwrap();
        !["SourceFile", "ExifTool", "System", "File", "Composite", "JFIF", "PNG", "RIFF", "Adobe"]
            .contains(&group)
            && !group.starts_with("ICC")
            && !group.starts_with("PNG-")
    };
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    values.filter(|(name, _)| is_said(name)).map(|(name, value)| (name.clone(), shown(value))).collect()
}

fn names(said: &[(String, String)]) -> Vec<&str> {
    let mut names: Vec<&str> = said.iter().map(|(name, _)| name.split(':').nth(1).unwrap()).collect();
    names.sort_unstable();
    names
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn pixels(bytes: &[u8]) -> image::RgbImage {
    image::load_from_memory(bytes).unwrap().into_rgb8()
}

/// The one file of an archive.
fn in_archive(guest: &mut Client, base: &str, id: i64) -> Vec<u8> {
    let prepared = guest.post(&format!("{base}/zip"), &json!({ "ids": [id] })).expect(200);
    let archive = guest.get(prepared["address"].as_str().unwrap()).body;
    assert_eq!(prepared["bytes"], archive.len());
    let number = |at: usize| u32::from_le_bytes(*archive[at..].first_chunk().unwrap()) as usize;
    let (length, name) = (number(18), number(26) & 0xFFFF);
    let file = archive[30 + name..30 + name + length].to_vec();
    assert_eq!(crc32fast::hash(&file) as usize, number(14));
    file
}

#[test]
fn guests_get_pixels_time_and_copyright_and_the_owner_gets_everything() {
    if !has_exiftool() {
        return;
    }
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    let mut admin = server.admin();
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let original = photo(folder.path(), format);
        assert!(contains(&original, SECRET), "{format:?}");
        let event = admin.create_event("Party");
        let name = format!("photo.{}", format.extensions_str()[0]);
        let uploaded =
            admin.upload(&format!("/events/{event}/images"), "files", &[(&name, &original)]).expect(201);
        admin.wait_until_indexed(event);
        let id = uploaded[0]["id"].as_i64().unwrap();
        let (mut guest, base) = server.guest(&mut admin, event);
        let token = server.user(&format!("visitor{event}")).enter(event);
        let mut anybody = server.client();
        let url = |client: &mut Client, list: &str| {
            let listed = client.get(&format!("/events/{event}/{list}")).expect(200);
            listed["items"][0]["original_url"].as_str().unwrap().to_owned()
        };
        let theirs = url(&mut server.client().with_token(&token), "images");
        let own = url(&mut admin, "my-event-images");
        assert_eq!(anybody.get(&own).body, original, "{format:?}");
        let download = format!("{base}/photos/{id}/download");
        for (kept, expected) in [
            (
                "copyright",
                &["ColorSpace", "Copyright", "DateTimeOriginal", "OffsetTimeOriginal", "Orientation"][..],
            ),
            ("nothing", &["ColorSpace", "Orientation"]),
        ] {
            admin.put(&format!("/events/{event}"), &json!({ "original_metadata": kept })).expect(200);
            for (way, sent) in [
                ("download", guest.get(&download).body),
                ("archive", in_archive(&mut guest, &base, id)),
                ("signed URL", anybody.get(&theirs).body),
            ] {
                let said = says(folder.path(), &sent);
                let mut known = names(&said);
                // Numbers that every EXIF block has.
                known.retain(|name| {
                    ![
                        "ExifVersion",
                        "ComponentsConfiguration",
                        "FlashpixVersion",
                        "YCbCrPositioning",
                        "ResolutionUnit",
                        "XResolution",
                        "YResolution",
                        "ExifByteOrder",
                    ]
                    .contains(name)
                });
                assert_eq!(known, expected, "{format:?} {kept} {way}: {said:?}");
                assert!(!contains(&sent, SECRET) && !contains(&sent, "ftyp"), "{format:?} {kept} {way}");
                assert_eq!(pixels(&sent), pixels(&original), "{format:?} {kept} {way}");
            }
        }
        admin.put(&format!("/events/{event}"), &json!({ "original_metadata": "all" })).expect(200);
        assert_eq!(guest.get(&download).body, original);
        assert_eq!(in_archive(&mut guest, &base, id), original);
        assert_eq!(anybody.get(&theirs).body, original);
    }
}

#[test]
fn a_damaged_original_is_not_sent_but_its_preview() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let mut png = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(900, 700, image::Rgb([9, 99, 199]))
        .write_to(&mut png, ImageFormat::Png)
        .unwrap();
    let png = png.into_inner();
    let uploaded = admin.upload(&format!("/events/{event}/images"), "files", &[("a.png", &png)]).expect(201);
    admin.wait_until_indexed(event);
    // The disk loses the chunk that ends the picture: who knows what follows.
    let stored = server.files().into_iter().find(|file| file.starts_with("originals/")).unwrap();
    let broken = [&png[..png.len() - 12], SECRET.as_bytes()].concat();
    let mut file = std::fs::File::create(server.env.data().join(stored)).unwrap();
    std::io::Write::write_all(&mut file, &broken).unwrap();
    let (mut guest, base) = server.guest(&mut admin, event);
    let sent = guest.get(&format!("{base}/photos/{}/download", uploaded[0]["id"]));
    assert_eq!((sent.status, &sent.headers["content-type"]), (200, &"image/jpeg".parse().unwrap()));
    assert!(!contains(&sent.body, SECRET));
    assert_eq!(pixels(&sent.body).dimensions(), (900, 700));
}

#[test]
fn a_download_goes_on_where_it_was_cut_off() {
    let server = Server::start();
    let (mut admin, event, photos) = server.party();
    let (mut guest, base) = server.guest(&mut admin, event);
    for path in ["download", "preview"].map(|kind| format!("{base}/photos/{}/{kind}", photos[0]["id"])) {
        let whole = guest.get(&path);
        let (tag, length) = (whole.headers["etag"].to_str().unwrap().to_owned(), whole.body.len());
        assert_eq!((whole.status, &whole.headers["accept-ranges"]), (200, &"bytes".parse().unwrap()));
        let ask = |headers: &[(&'static str, String)]| {
            let mut asking = guest.clone();
            asking.headers.extend_from_slice(headers);
            asking.get(&path)
        };
        for (range, from, to) in [
            ("bytes=0-999".to_owned(), 0, 1000),
            ("bytes=1000-".to_owned(), 1000, length),
            ("bytes=-7".to_owned(), length - 7, length),
        ] {
            let part = ask(&[("range", range), ("if-range", tag.clone())]);
            assert_eq!((part.status, &part.body[..]), (206, &whole.body[from..to]));
            let said = part.headers["content-range"].to_str().unwrap();
            assert_eq!(said, format!("bytes {from}-{}/{length}", to - 1));
        }
        let beyond = ask(&[("range", format!("bytes={length}-"))]);
        beyond.refused(416, "request.range");
        assert_eq!(beyond.headers["content-range"].to_str().unwrap(), format!("bytes */{length}"));
        // Of another file than the one that was begun.
        let changed = ask(&[("range", "bytes=5-".to_owned()), ("if-range", "\"other\"".to_owned())]);
        assert_eq!((changed.status, changed.body.len()), (200, length));
        let known = ask(&[("if-none-match", format!("\"other\", {tag}"))]);
        assert_eq!((known.status, known.body.len()), (304, 0));
    }
    // What counts is the download, not its parts.
    assert_eq!(admin.downloads(event), 2);
}
