//! Uploads in pieces: the protocol, and what is refused.

use serde_json::json;

use crate::common::client::read;
use crate::common::server::{PASSWORD, Server};
use crate::common::tus::{PHOTO, ask, create, files, header, offset, patch, photos};

#[test]
fn a_photo_comes_in_piece_by_piece_and_once() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let uploads = format!("/events/{event}/uploads");
    let spoken = server.client().send("OPTIONS", &uploads, "", Vec::new());
    assert_eq!((spoken.status, &spoken.headers["tus-version"]), (204, &"1.0.0".parse().unwrap()));
    assert_eq!(spoken.headers["tus-extension"], "creation,creation-with-upload,termination,expiration");
    assert_eq!(header(&spoken, "tus-max-size"), 200_000_000);

    let bytes = read(PHOTO);
    let path = create(&mut admin, event, bytes.len());
    assert_eq!(offset(&mut admin, &path), 0);
    // Too few to tell what it is, then a piece, then the rest.
    for (from, to) in [(0, 5), (5, 40_000)] {
        let answer = patch(&mut admin, &path, from, &bytes[from..to]);
        assert_eq!((answer.status, header(&answer, "upload-offset")), (204, i64::try_from(to).unwrap()));
        assert!(
            answer.headers.contains_key("upload-expires") && !answer.headers.contains_key("upload-photo")
        );
    }
    let items = admin.get(&uploads).expect(200)["items"].clone();
    assert_eq!((&items[0]["file_name"], &items[0]["offset"]), (&json!("a é.jpg"), &json!(40_000)));
    assert_eq!((&items[0]["size_bytes"], items.as_array().unwrap().len()), (&json!(bytes.len()), 1));
    let last = patch(&mut admin, &path, 40_000, &bytes[40_000..]);
    assert_eq!((last.status, last.headers.contains_key("upload-duplicate")), (204, false));
    let exposed = last.headers["access-control-expose-headers"].to_str().unwrap();
    assert!(exposed.contains("Upload-Photo") && exposed.contains("Location"));
    let photo = header(&last, "upload-photo");
    assert_eq!(photos(&mut admin, event), (vec!["a é.jpg".to_owned()], bytes.clone()));
    assert_eq!((admin.get(&uploads).expect(200), files(&server)), (json!({ "items": [] }), 0));

    // A client that missed the answer gets it again.
    let head = ask(&mut admin, "HEAD", &path, &[], b"");
    assert_eq!((head.status, header(&head, "upload-photo")), (200, photo));
    assert_eq!(header(&head, "upload-offset"), header(&head, "upload-length"));
    assert_eq!(header(&patch(&mut admin, &path, bytes.len(), b""), "upload-photo"), photo);
    patch(&mut admin, &path, 40_000, &bytes[40_000..]).refused(409, "upload.offset");

    // The same bytes again, all at once.
    let headers = [("upload-length", &*bytes.len().to_string())];
    let again = ask(&mut admin, "POST", &uploads, &headers, &bytes);
    assert_eq!((again.status, header(&again, "upload-photo")), (201, photo));
    assert_eq!(again.headers["upload-duplicate"], "true");
    assert_eq!(header(&again, "upload-offset"), i64::try_from(bytes.len()).unwrap());
    admin.wait_until_indexed(event);
    assert_eq!((photos(&mut admin, event).0.len(), files(&server)), (1, 0));
}

#[test]
fn the_method_may_stand_in_a_header() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let bytes = read(PHOTO);
    let path = create(&mut admin, event, bytes.len());
    let mut post = |method: &str, offset: &str, body: &[u8]| {
        let headers = [("x-http-method-override", method), ("upload-offset", offset)];
        ask(&mut admin, "POST", &path, &headers, body)
    };
    assert_eq!(header(&post("PATCH", "0", &bytes[..900]), "upload-offset"), 900);
    post("PATCH", "0", &bytes[..900]).refused(409, "upload.offset");
    assert_eq!(header(&post("HEAD", "", b""), "upload-offset"), 900);
    let other = post("TRACE", "", b"");
    assert_eq!(
        (other.status, &other.headers["allow"]),
        (405, &"OPTIONS, HEAD, PATCH, DELETE".parse().unwrap())
    );
    assert_eq!(post("DELETE", "", b"").status, 204);
    post("HEAD", "", b"").refused(404, "upload.not_found");
    assert_eq!(files(&server), 0);
}

#[test]
fn what_does_not_fit_the_protocol_or_the_event_is_refused() {
    let server = Server::with("[intake]\nmax_file_mb = 1\n[accounts]\nregistration = \"open\"\n");
    let mut admin = server.admin();
    let (event, other) = (admin.create_event("Party"), admin.create_event("Other"));
    let uploads = format!("/events/{event}/uploads");
    let mut post =
        |headers: &[(&'static str, &str)], body: &[u8]| ask(&mut admin, "POST", &uploads, headers, body);
    post(&[("upload-length", "1000001")], b"").refused(413, "request.too_large");
    post(&[("upload-length", "0")], b"").refused(415, "upload.refused");
    for length in ["", "-1", "x"] {
        post(&[("upload-length", length)], b"").invalid("header", "upload-length");
    }
    post(&[("upload-defer-length", "1")], b"").invalid("header", "upload-length");
    post(&[("upload-length", "9"), ("upload-metadata", "filename ?")], b"")
        .invalid("header", "upload-metadata");
    // A third of a file is no photo.
    for part in ["partial", "final;/events/1/uploads/1 /events/1/uploads/2"] {
        post(&[("upload-length", "9"), ("upload-concat", part)], b"").refused(400, "upload.concatenation");
    }
    // A video's first bytes are enough; nothing of it stays.
    post(&[("upload-length", "900000")], &vec![b'v'; 50_000]).refused(415, "upload.refused");
    post(&[("upload-length", "10")], &[b'v'; 11]).refused(413, "request.too_large");
    assert_eq!((server.count("select count(*) from upload"), files(&server)), (0, 0));

    let bytes = read(PHOTO);
    let path = create(&mut admin, event, bytes.len());
    let old = admin.send("HEAD", &path, "", Vec::new());
    assert_eq!((old.status, &old.headers["tus-version"]), (412, &"1.0.0".parse().unwrap()));
    admin
        .send("PATCH", &path, "application/offset+octet-stream", bytes.clone())
        .refused(412, "upload.protocol");
    let headers = [("upload-offset", "0"), ("content-type", "image/jpeg")];
    ask(&mut admin, "PATCH", &path, &headers, b"").refused(415, "upload.content_type");
    patch(&mut admin, &path, 1, &bytes[1..]).refused(409, "upload.offset");
    patch(&mut admin, &path, 0, &[bytes.as_slice(), b"x"].concat()).refused(413, "request.too_large");
    assert_eq!(offset(&mut admin, &path), 0);
    let elsewhere = path.replace(&event.to_string(), &other.to_string());
    patch(&mut admin, &elsewhere, 0, &bytes).refused(404, "upload.not_found");
    assert_eq!(ask(&mut admin, "HEAD", &elsewhere, &[], b"").status, 404);
    patch(&mut server.user("rina"), &path, 0, &bytes).refused(403, "event.not_owner");
    patch(&mut server.client(), &path, 0, &bytes).refused(401, "auth.required");

    server.change("update event set closed_at_ms = 1");
    patch(&mut admin, &path, 0, &bytes).refused(403, "event.closed");
    ask(&mut admin, "POST", &uploads, &[("upload-length", "9")], b"").refused(403, "event.closed");
    server.change("update event set closed_at_ms = null");

    patch(&mut admin, &path, 0, b"this is a text, and long enough to tell").refused(415, "upload.refused");
    patch(&mut admin, &path, 0, &bytes).refused(404, "upload.not_found");
    let short = create(&mut admin, event, 5);
    patch(&mut admin, &short, 0, b"short").refused(415, "upload.refused");
    let path = create(&mut admin, event, bytes.len());
    patch(&mut admin, &path, 0, &bytes[..100]);
    assert_eq!(ask(&mut admin, "DELETE", &path, &[], b"").status, 204);
    ask(&mut admin, "DELETE", &path, &[], b"").refused(404, "upload.not_found");
    assert_eq!((server.count("select count(*) from upload"), files(&server)), (0, 0));
    // An event takes its uploads with it.
    create(&mut admin, event, 9);
    assert_eq!(admin.delete(&format!("/events/{event}")).status, 204);
    assert_eq!((server.count("select count(*) from upload"), files(&server)), (0, 0));
}

#[test]
fn browsers_upload_with_their_cookie_and_its_token() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let mut browser = server.client();
    let account = json!({ "login": "studio@example.com", "password": PASSWORD });
    let csrf = browser.post("/auth/session", &account).expect(201)["csrf_token"].as_str().unwrap().to_owned();
    let uploads = format!("/events/{event}/uploads");
    ask(&mut browser, "POST", &uploads, &[("upload-length", "9")], b"").refused(403, "request.csrf");
    browser.headers = vec![("x-csrf-token", csrf)];
    let bytes = read(PHOTO);
    let path = create(&mut browser, event, bytes.len());
    assert_eq!(offset(&mut browser, &path), 0);
    assert_eq!(patch(&mut browser, &path, 0, &bytes).status, 204);
    assert_eq!(photos(&mut admin, event).1, bytes);
}

#[test]
fn an_owner_has_a_thousand_unfinished_uploads_at_most() {
    let server = Server::start();
    let mut admin = server.admin();
    let (event, other) = (admin.create_event("Party"), admin.create_event("Other"));
    // As many but one, into both events, and as many that have expired.
    server.change(&format!(
        "with recursive n (n) as (values (1) union all select n + 1 from n where n < 999)
         insert into upload (id, event_id, file_name, size_bytes, created_at_ms, expires_at_ms)
         select n, iif(n % 2 = 0, {event}, {other}), 'x', 9, 0, 9999999999999 from n
         union all select n + 1000, {event}, 'x', 9, 0, 1 from n"
    ));
    let path = create(&mut admin, event, 9);
    let uploads = format!("/events/{other}/uploads");
    ask(&mut admin, "POST", &uploads, &[("upload-length", "9")], b"").refused(429, "upload.too_many");
    assert_eq!(ask(&mut admin, "DELETE", &path, &[], b"").status, 204);
    create(&mut admin, other, 9);
}
