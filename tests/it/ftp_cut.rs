//! Files of cameras whose connections drop or hang, and what is no photo at all.

use std::net::Shutdown;
use std::time::Duration;

use crate::common::client::read;
use crate::common::ftp::{CONFIG, Camera, large};
use crate::common::server::Server;
use crate::common::tus::photos;

/// Until something of a file is on the disk, while it is still coming in.
fn wait_for_part(server: &Server) {
    for _ in 0..600 {
        if server.files().iter().any(|file| file.starts_with("uploads/")) {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(50));
    }
    panic!("nothing comes in");
}

#[test]
fn a_broken_file_is_no_photo_and_goes_on_where_it_stopped() {
    let server = Server::with(CONFIG);
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let (camera, bytes) = (Camera::add(&server, event, "r5"), large());
    let mut ftp = camera.sign_in();
    let (code, text) = ftp.store("STOR A.JPG", &bytes[..1_300_000]);
    assert!(code == 426 && text.contains("1300000 bytes"), "{text}");
    let trouble = camera.trouble(&server).unwrap();
    assert!(trouble.0 == "transfer_broken" && trouble.1.starts_with("A.JPG: "), "{trouble:?}");
    assert_eq!(server.count("select count(*) from photo"), 0);
    drop(ftp);
    // In another session, in both ways.
    let mut ftp = camera.sign_in();
    assert_eq!(ftp.send("SIZE A.JPG").1, "213 1300000\r\n");
    assert_eq!((ftp.code("REST 1300001"), ftp.code("STOR A.JPG")), (350, 554));
    // From within what is there.
    assert_eq!(ftp.code("REST 1200000"), 350);
    assert_eq!(ftp.store("STOR A.JPG", &bytes[1_200_000..1_500_000]).0, 426);
    assert_eq!(ftp.send("SIZE A.JPG").1, "213 1500000\r\n");
    assert_eq!(ftp.store("APPE A.JPG", &bytes[1_500_000..]).0, 226);
    assert_eq!((camera.trouble(&server), ftp.code("APPE A.JPG")), (None, 550));
    // The start was for that file alone.
    let other = read("photos/DSC_0102.jpg");
    assert_eq!(ftp.store("STOR B.JPG", &other).0, 226);
    // From its beginning again.
    let third = [&bytes[..], b"more behind the end"].concat();
    assert_eq!(ftp.store("STOR C.JPG", &third[..2_000_000]).0, 426);
    assert_eq!(ftp.store("STOR C.JPG", &bytes[..1_100_000]).0, 426);
    assert_eq!(ftp.send("SIZE C.JPG").1, "213 1100000\r\n");
    assert_eq!((ftp.code("RNFR C.JPG"), ftp.code("RNTO D.JPG"), ftp.code("SIZE C.JPG")), (350, 250, 550));
    assert_eq!(ftp.store("APPE D.JPG", &bytes[1_100_000..]).1, "226 the event has this photo\r\n");
    admin.wait_until_indexed(event);
    let (names, first) = photos(&mut admin, event);
    assert_eq!(names.len(), 2);
    assert!(first == bytes || first == other);
    assert_eq!(server.files().iter().filter(|file| file.starts_with("uploads/")).count(), 0);
}

#[test]
fn a_part_outlives_the_server() {
    let server = Server::with(CONFIG);
    let event = server.admin().create_event("Party");
    let (mut camera, bytes) = (Camera::add(&server, event, "r5"), large());
    let mut ftp = camera.sign_in();
    let data = ftp.begin("STOR A.JPG", &bytes[..2_500_000]);
    wait_for_part(&server);
    let server = Server::on(server.kill(), CONFIG);
    drop(data);
    camera.address = server.ftp.unwrap();
    let mut ftp = camera.sign_in();
    let size: usize = ftp.send("SIZE A.JPG").1.trim()[4..].parse().unwrap();
    assert!((1..=2_500_000).contains(&size), "{size}");
    assert_eq!(ftp.code(&format!("REST {size}")), 350);
    assert_eq!(ftp.store("STOR A.JPG", &bytes[size..]).0, 226);
    assert_eq!(server.count(&format!("select count(*) from photo where size_bytes = {}", bytes.len())), 1);
}

#[test]
fn a_hanging_transfer_gives_way_to_the_camera_that_comes_back() {
    let server = Server::with(CONFIG);
    let event = server.admin().create_event("Party");
    let (camera, bytes) = (Camera::add(&server, event, "r5"), large());
    let (mut hanging, mut ftp) = (camera.sign_in(), camera.sign_in());
    let data = hanging.begin("STOR A.JPG", &bytes[..2_500_000]);
    wait_for_part(&server);
    let size: usize = ftp.send("SIZE A.JPG").1.trim()[4..].parse().unwrap();
    assert!((1..=2_500_000).contains(&size), "{size}");
    assert_eq!(hanging.reply().0, 426);
    assert_eq!(ftp.store("APPE A.JPG", &bytes[size..]).0, 226);
    drop(data);
    assert_eq!(server.count(&format!("select count(*) from photo where size_bytes = {}", bytes.len())), 1);
}

#[test]
fn an_aborted_or_silent_transfer_ends_and_the_session_goes_on() {
    let server = Server::with(&format!("{CONFIG}[server]\nslow_client_seconds = 1\n"));
    let event = server.admin().create_event("Party");
    let (camera, bytes) = (Camera::add(&server, event, "r5"), large());
    let mut ftp = camera.sign_in();
    let data = ftp.begin("STOR A.JPG", &bytes[..5000]);
    ftp.write("ABOR");
    assert_eq!((ftp.reply().0, ftp.reply().0), (426, 226));
    drop(data);
    let data = ftp.begin("STOR B.JPG", &bytes[..5000]);
    assert_eq!((ftp.reply().0, ftp.code("NOOP")), (426, 200));
    data.shutdown(Shutdown::Both).ok();
    assert_eq!(ftp.send("SIZE B.JPG").1, "213 5000\r\n");
}

#[test]
fn what_is_no_photo_is_refused_with_the_reason() {
    let server = Server::with(&format!("{CONFIG}[intake]\nmax_file_mb = 2\n"));
    let event = server.admin().create_event("Party");
    let camera = Camera::add(&server, event, "r5");
    let mut ftp = camera.sign_in();
    let (code, text) = ftp.store("STOR NOTES.TXT", &vec![b't'; 100_000]);
    assert!(code == 550 && text.contains("not a picture"), "{text}");
    let trouble = camera.trouble(&server).unwrap();
    assert!(trouble.0 == "file_refused" && trouble.1.starts_with("NOTES.TXT: not a picture"), "{trouble:?}");
    assert_eq!(ftp.store("STOR LARGE.JPG", &large()).0, 552);
    assert_eq!(ftp.store("STOR EMPTY.JPG", b"").0, 426);
    // The file itself is cut: it does not get better by coming again.
    let cut = &read("photos/DSC_0101.jpg")[..20_000];
    assert_eq!((ftp.store("STOR CUT.JPG", cut).0, ftp.store("STOR CUT.JPG", cut).0), (426, 550));
    assert_eq!(server.count("select (select count(*) from photo) + (select count(*) from upload)"), 0);
    assert_eq!(server.files().iter().filter(|file| file.starts_with("uploads/")).count(), 0);
    // The session goes on.
    assert_eq!(ftp.store("STOR A.JPG", &read("photos/DSC_0101.jpg")).0, 226);
    let line = format!("STOR {}", "x".repeat(2000));
    assert_eq!(ftp.code(&line), 553);
    assert_eq!(ftp.code(&"x".repeat(10_000)), 500);
}
