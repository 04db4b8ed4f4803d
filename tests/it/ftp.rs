//! Cameras that send photos by FTP: what they may do, and what they may not.

use crate::common::client::read;
use crate::common::ftp::{CONFIG, Camera, Ftp};
use crate::common::server::Server;
use crate::common::tus::photos;

fn names(server: &Server, sql: &str) -> i64 {
    server.count(&format!("select count(*) from photo where {sql}"))
}

#[test]
fn a_sent_photo_is_in_the_event_with_its_credit() {
    let server = Server::with(CONFIG);
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let camera = Camera::add(&server, event, "r5");
    let (mut ftp, bytes) = (camera.sign_in(), read("photos/DSC_0101.jpg"));
    // As cameras begin.
    for (line, code) in [
        ("SYST", 215),
        ("FEAT", 211),
        ("OPTS UTF8 ON", 200),
        ("TYPE I", 200),
        ("PWD", 257),
        ("CWD /DCIM", 250),
        ("MKD 101_1129", 257),
        ("CWD 101_1129", 250),
        ("SIZE IMG_1.JPG", 550),
    ] {
        assert_eq!(ftp.code(line), code, "{line}");
    }
    assert_eq!(ftp.list("LIST -a"), "");
    assert_eq!(ftp.store("STOR IMG_1.JPG", &bytes).0, 226);
    assert_eq!(ftp.send("SIZE IMG_1.JPG").1, format!("213 {}\r\n", bytes.len()));
    assert!(ftp.list("LIST").ends_with(" IMG_1.JPG\r\n"));
    assert_eq!(ftp.list("NLST /DCIM/101_1129"), "IMG_1.JPG\r\n");
    assert!(ftp.list("MLSD").starts_with(&format!("type=file;size={};modify=", bytes.len())));
    assert_eq!((ftp.code("MDTM IMG_1.JPG"), ftp.code("MLST IMG_1.JPG")), (213, 250));
    // The same bytes again, under another name and in another session.
    let (code, text) = camera.sign_in().store("STOR IMG_2.JPG", &bytes);
    assert_eq!((code, text.as_str()), (226, "226 the event has this photo\r\n"));
    assert_eq!(ftp.code("QUIT"), 221);
    admin.wait_until_indexed(event);
    assert_eq!(photos(&mut admin, event), (vec!["IMG_1.JPG".to_owned()], bytes));
    let of_camera = format!("credit = 'Sari' and source_id = {}", camera.source.id);
    assert_eq!(names(&server, &of_camera), 1);
    assert_eq!(server.count("select count(*) from source where seen_at_ms is not null"), 1);
    server.assert_not_logged(&[&camera.password, "IMG_1", "101_1129"]);
}

#[test]
fn a_temporary_name_gives_way_to_the_photos_own() {
    let server = Server::with(CONFIG);
    let event = server.admin().create_event("Party");
    let camera = Camera::add(&server, event, "z9");
    let mut ftp = camera.sign_in();
    assert_eq!(ftp.store("STOR Z.TMP", &read("photos/DSC_0102.jpg")).0, 226);
    assert_eq!(ftp.code("RNTO DSC_2.JPG"), 503);
    assert_eq!((ftp.code("RNFR Z.TMP"), ftp.code("RNTO DSC_2.JPG")), (350, 250));
    assert_eq!(names(&server, "file_name = 'DSC_2.JPG'"), 1);
    assert_eq!((ftp.code("RNFR Z.TMP"), ftp.code("SIZE DSC_2.JPG")), (550, 213));
    // A photo that the event has under its owner's name keeps that.
    assert_eq!(camera.sign_in().store("STOR Y.TMP", &read("photos/DSC_0102.jpg")).0, 226);
    assert_eq!(ftp.store("STOR Y.TMP", &read("photos/DSC_0102.jpg")).0, 226);
    assert_eq!((ftp.code("RNFR Y.TMP"), ftp.code("RNTO OTHER.JPG")), (350, 250));
    assert_eq!((names(&server, "file_name = 'DSC_2.JPG'"), names(&server, "true")), (1, 1));
}

#[test]
fn nothing_can_be_read_or_deleted_and_cameras_do_not_see_each_other() {
    let server = Server::with(CONFIG);
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let (one, other) = (Camera::add(&server, event, "one"), Camera::add(&server, event, "other"));
    let (mut ftp, mut stranger) = (one.sign_in(), other.sign_in());
    assert_eq!(ftp.store("STOR A.JPG", &read("photos/DSC_0101.jpg")).0, 226);
    assert_eq!(ftp.store("STOR PART.JPG", &read("photos/DSC_0102.jpg")[..9000]).0, 426);
    for (line, code) in [
        ("RETR A.JPG", 550),
        ("DELE A.JPG", 550),
        ("RMD /", 550),
        ("SITE CHMOD 777 A.JPG", 502),
        ("XYZ", 502),
    ] {
        assert_eq!(ftp.code(line), code, "{line}");
    }
    assert_eq!(ftp.list("NLST"), "A.JPG\r\nPART.JPG\r\n");
    assert_eq!(stranger.list("NLST"), "");
    for line in ["SIZE A.JPG", "SIZE PART.JPG", "DELE PART.JPG", "RNFR PART.JPG", "MDTM A.JPG"] {
        assert_eq!(stranger.code(line), 550, "{line}");
    }
    assert_eq!(stranger.code("REST 9000"), 350);
    stranger.write("STOR PART.JPG");
    assert_eq!(stranger.reply().0, 554);
    // What is no photo yet may go.
    assert_eq!((ftp.code("DELE PART.JPG"), ftp.code("SIZE PART.JPG")), (250, 550));
    assert_eq!(server.files().iter().filter(|file| file.starts_with("uploads/")).count(), 0);
    // Data goes only to the client itself.
    assert_eq!((ftp.code("PORT 10,0,0,1,200,1"), ftp.code("EPRT |1|127.0.0.1|80|")), (501, 501));
}

#[test]
fn a_camera_that_wants_to_be_connected_to_is() {
    let server = Server::with(CONFIG);
    let event = server.admin().create_event("Party");
    let mut ftp = Camera::add(&server, event, "old").sign_in();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let [high, low] = listener.local_addr().unwrap().port().to_be_bytes();
    assert_eq!(ftp.code(&format!("PORT 127,0,0,1,{high},{low}")), 200);
    assert_eq!(ftp.code("STOR A.JPG"), 150);
    let (mut data, _) = listener.accept().unwrap();
    std::io::Write::write_all(&mut data, &read("photos/DSC_0101.jpg")).unwrap();
    drop(data);
    assert_eq!(ftp.reply().0, 226);
    assert_eq!(ftp.code("STOR B.JPG"), 150);
    assert_eq!(ftp.reply().0, 425);
}

#[test]
fn only_the_password_of_an_open_event_lets_a_camera_in() {
    let server = Server::with(CONFIG);
    let event = server.admin().create_event("Party");
    let camera = Camera::add(&server, event, "r5");
    let mut ftp = Ftp::connect(camera.address);
    assert_eq!((ftp.code("PWD"), ftp.code("STOR A.JPG"), ftp.code("PASS x")), (530, 530, 503));
    let (wrong, unknown) = (ftp.sign_in("r5", "0000000000"), ftp.sign_in("r6", &camera.password));
    assert_eq!((wrong.0, &wrong), (530, &unknown));
    assert_eq!(camera.trouble(&server), Some(("wrong_password", String::new())));
    // Typed on a camera.
    assert_eq!(ftp.sign_in(" R5", &camera.password.to_uppercase()).0, 230);
    assert_eq!(camera.trouble(&server), None);

    camera.change(&server, |source| source.paused = true);
    let (code, text) = Ftp::connect(camera.address).sign_in("r5", &camera.password);
    assert!(code == 530 && text.contains("paused"), "{text}");
    assert_eq!(ftp.code("STOR A.JPG"), 550);
    camera.change(&server, |source| source.paused = false);
    camera.close_event(&server, true);
    let (code, text) = Ftp::connect(camera.address).sign_in("r5", &camera.password);
    assert!(code == 530 && text.contains("closed"), "{text}");
    assert_eq!(
        (ftp.code("STOR A.JPG"), camera.trouble(&server)),
        (550, Some(("event_closed", String::new())))
    );
    camera.close_event(&server, false);
    assert_eq!(ftp.store("STOR A.JPG", &read("photos/DSC_0101.jpg")).0, 226);
    // A new password ends the session too.
    camera.change(&server, |source| source.key_version += 1);
    assert_eq!(ftp.code("STOR B.JPG"), 421);
    assert_eq!(Ftp::connect(camera.address).sign_in("r5", &camera.password).0, 530);
}

#[test]
fn guessing_is_slowed() {
    let server = Server::with(CONFIG);
    let event = server.admin().create_event("Party");
    let camera = Camera::add(&server, event, "r5");
    // A connection ends after three wrong passwords.
    let mut ftp = Ftp::connect(camera.address);
    let codes: Vec<u16> = (0..3).map(|_| ftp.sign_in("r5", "x").0).collect();
    assert_eq!(codes, [530, 530, 421]);
    let replies: Vec<_> = (0..4).map(|_| Ftp::connect(camera.address).sign_in("r5", "x").1).collect();
    assert!(replies[3].contains("too many wrong passwords"), "{replies:?}");
    // The others are not affected.
    Camera::add(&server, event, "r6").sign_in();
}

#[test]
fn a_taken_port_is_an_error_with_a_hint() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let env = crate::common::TestEnv::new();
    let config = env.root().join("config.toml");
    let text = format!("[ftp]\nenabled = true\nport = {}\n", taken.local_addr().unwrap().port());
    std::io::Write::write_all(&mut std::fs::File::create(&config).unwrap(), text.as_bytes()).unwrap();
    let output = env.run(&["serve", "--bind", "127.0.0.1:0", "--config", config.to_str().unwrap()]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && error.contains("cannot listen for cameras"), "{error}");
    assert!(error.contains("hint: another program may use the port"), "{error}");
}
