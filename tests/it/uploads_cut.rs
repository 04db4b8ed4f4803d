//! Uploads in pieces whose connections drop or stall, and whose servers are killed.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::client::read;
use crate::common::server::Server;
use crate::common::tus::{
    WRITTEN, ask, begin_piece, create, files, header, large, offset, patch, photos, wait_for,
};

#[test]
fn what_arrived_before_the_connection_dropped_is_kept() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let bytes = large();
    let path = create(&mut admin, event, bytes.len());
    let stream = begin_piece(&server, &admin, &path, 0, bytes.len(), &bytes[..700_001]);
    stream.shutdown(Shutdown::Both).unwrap();
    wait_for(&mut admin, event, 700_001);
    assert_eq!(offset(&mut admin, &path), 700_001);

    // This connection is dead without the server's knowing.
    let sent = 700_001 + WRITTEN + 5;
    let mut dead = begin_piece(&server, &admin, &path, 700_001, bytes.len() - 700_001, &bytes[700_001..sent]);
    wait_for(&mut admin, event, 700_001 + WRITTEN);
    patch(&mut admin, &path, 700_001 + WRITTEN, b"x").refused(409, "upload.busy");
    let offset = offset(&mut admin, &path);
    assert!((700_001 + WRITTEN..=sent).contains(&offset), "{offset}");
    let last = patch(&mut admin, &path, offset, &bytes[offset..]);
    assert_eq!((last.status, last.headers.contains_key("upload-photo")), (204, true));
    assert_eq!(photos(&mut admin, event).1, bytes);
    // It came back to life: nothing of what it still sends gets in.
    dead.write_all(&bytes[sent..]).ok();
    let mut answer = Vec::new();
    dead.shutdown(Shutdown::Write).ok();
    dead.read_to_end(&mut answer).ok();
    assert!(!String::from_utf8_lossy(&answer).contains("204 No Content"));
    assert_eq!(photos(&mut admin, event).1, bytes);
}

#[test]
fn who_sends_no_more_is_cut_off_and_keeps_what_arrived() {
    let server = Server::with("[server]\nslow_client_seconds = 1\n");
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let bytes = large();
    let path = create(&mut admin, event, bytes.len());
    let mut slow = begin_piece(&server, &admin, &path, 0, bytes.len(), &bytes[..1234]);
    let mut answer = Vec::new();
    slow.read_to_end(&mut answer).ok();
    assert!(String::from_utf8_lossy(&answer).contains("request.timeout"));
    assert_eq!(offset(&mut admin, &path), 1234);
}

#[test]
fn uploads_outlive_the_server() {
    let config = "[log]\n";
    let server = Server::with(config);
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let bytes = large();
    let path = create(&mut admin, event, bytes.len());
    let _stream = begin_piece(&server, &admin, &path, 0, bytes.len(), &bytes[..WRITTEN + 77]);
    wait_for(&mut admin, event, WRITTEN);
    let env = server.kill();
    let server = Server::on(env, config);
    admin.base = server.base.clone();
    let offset = offset(&mut admin, &path);
    assert!((WRITTEN..=WRITTEN + 77).contains(&offset), "{offset}");
    let last = patch(&mut admin, &path, offset, &bytes[offset..]);
    assert_eq!(last.status, 204);
    admin.wait_until_indexed(event);
    assert_eq!(photos(&mut admin, event), (vec!["a é.jpg".to_owned()], bytes));

    // Killed when all bytes were there, before they were a photo; one of them the event has already.
    let whole = [read("photos/DSC_0102.jpg"), read("photos/DSC_0103.jpg"), large()];
    let paths: Vec<String> = whole.iter().map(|bytes| create(&mut admin, event, bytes.len())).collect();
    let (late, text) = (create(&mut admin, event, 9), create(&mut admin, event, 40));
    server.change(&format!(
        "update upload set expires_at_ms = 1 where id = {}",
        late.rsplit('/').next().unwrap()
    ));
    let env = server.kill();
    let put = |path: &str, bytes: &[u8]| {
        let file = env.data().join("uploads").join(format!("{}.part", path.rsplit('/').next().unwrap()));
        std::fs::File::create(file).unwrap().write_all(bytes).unwrap();
    };
    paths.iter().zip(&whole).for_each(|(path, bytes)| put(path, bytes));
    put("/4711", b"of nobody");
    put(&text, &[b't'; 40]);
    let server = Server::on(env, config);
    admin.base = server.base.clone();
    let head = ask(&mut admin, "HEAD", &paths[0], &[], b"");
    assert_eq!((head.status, header(&head, "upload-offset")), (200, header(&head, "upload-length")));
    let empty = patch(&mut admin, &paths[1], whole[1].len(), b"");
    assert_ne!(header(&head, "upload-photo"), header(&empty, "upload-photo"));
    let known = ask(&mut admin, "HEAD", &paths[2], &[], b"");
    assert_eq!(
        (header(&known, "upload-photo"), &known.headers["upload-duplicate"]),
        (header(&last, "upload-photo"), &"true".parse().unwrap())
    );
    assert_eq!(ask(&mut admin, "HEAD", &late, &[], b"").status, 404);
    assert_eq!(ask(&mut admin, "HEAD", &text, &[], b"").status, 415);
    admin.wait_until_indexed(event);
    assert_eq!(photos(&mut admin, event).0.len(), 3);
    let items: Value = admin.get(&format!("/events/{event}/uploads")).expect(200)["items"].clone();
    assert_eq!(items, json!([]));
    // What expired goes soon after the start.
    for _ in 0..600 {
        if files(&server) == 0 {
            break;
        }
        std::thread::park_timeout(Duration::from_millis(50));
    }
    assert_eq!(files(&server), 0);
}
