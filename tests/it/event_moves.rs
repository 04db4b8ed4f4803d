//! An event moves from a laptop to a server on the internet, and back: its photos, guests, users and links go on.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::client::{Answer, Client, EVENT_PASSWORD, read};
use crate::common::server::{PASSWORD, Server};
use crate::common::{FEW, TestEnv};

/// Where the event can be sent.
fn reception(to: &Server) -> String {
    let address = to.env.json(&["event", "receive"])["address"].as_str().unwrap().to_owned();
    let token = address.split_once("/receive#").unwrap().1;
    format!("{}/receive#{token}", to.base)
}

#[track_caller]
fn send(from: &TestEnv, event: i64, address: &str) -> Value {
    let sent = from.json(&["event", "send", &event.to_string(), address]);
    assert_eq!((&sent["left_out"], &sent["moved"]), (&json!([]), &json!(true)), "{sent}");
    sent
}

/// What both sides have, from the database: ids, so that links and favourites stay good.
fn content(server: &Server, event: i64) -> Vec<String> {
    let connection = rusqlite::Connection::open(server.env.data().join("fotota.db")).unwrap();
    let rows = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([event], |row| row.get::<_, String>(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let photos = "select id || ' ' || file_name || ' ' || hex(digest) || ' ' || state || ' ' || hidden || ' '
                         || coalesce(taken_at, '') || ' ' || moment_ms || ' ' || faces
                  from photo where event_id = ?1 order by id";
    let faces = "select photo_id || ' ' || round(x) || ' ' || hex(embedding) from face where event_id = ?1
                 order by photo_id, x";
    let consents = "select subject || action || at_ms from consent where event_id = ?1 order by 1";
    [photos, faces, consents].into_iter().flat_map(rows).collect()
}

fn originals(server: &Server) -> Vec<String> {
    server
        .files()
        .into_iter()
        .filter(|file| file.starts_with("originals") || file.starts_with("derived"))
        .collect()
}

fn location(answer: &Answer) -> String {
    answer.headers["location"].to_str().unwrap().to_owned()
}

/// A guest's browser follows a redirect to the other server; the part after the `#` is kept.
fn follow(server: &Server, location: &str) -> (Client, String) {
    let (page, fragment) = location.split_once('#').unwrap_or((location, ""));
    let path = page.strip_prefix(&server.base).unwrap_or_else(|| panic!("{location}")).to_owned();
    let mut browser = server.client();
    assert_eq!(browser.get(&path).status, 200);
    if let Some(key) = fragment.strip_prefix("k=") {
        browser.post(&format!("{path}/session"), &json!({ "key": key })).expect(204);
    }
    (browser, path)
}

#[test]
fn links_guests_and_users_go_on_on_a_server_and_back() {
    let (laptop, server) = (Server::start(), Server::start());
    let (mut admin, event, photos) = laptop.party();
    let mut other_admin = server.admin();
    let first = photos[0]["id"].as_i64().unwrap();
    // A guest who keeps a photo, and a user with a favourite.
    let (mut guest, base) = laptop.guest(&mut admin, event);
    guest.post(&format!("{base}/consent"), &json!({})).expect(204);
    guest.put(&format!("{base}/photos/{first}/marks/bookmark"), &json!({})).expect(204);
    let mut user = laptop.user("grace");
    user.enter(event);
    user.post("/fotota", &json!({ "image_ids": [first] })).expect(201);
    let sharing = admin.get(&format!("/events/{event}/sharing")).expect(200);
    let wall_key = sharing["wall_link"].as_str().unwrap().split_once("#k=").unwrap().1.to_owned();
    let entry_key = sharing["keyed_link"].as_str().unwrap().split_once("#k=").unwrap().1.to_owned();
    let mut wall = laptop.client();
    wall.post(&format!("/wall/{event}/session"), &json!({ "key": wall_key })).expect(204);
    let contributor = json!({ "kind": "contributor", "name": "Ada" });
    let source =
        admin.post(&format!("/events/{event}/sources"), &contributor).expect(201)["id"].as_i64().unwrap();
    let access = admin.get(&format!("/events/{event}/sources/{source}/access")).expect(200);
    let upload_key = access["link"].as_str().unwrap().split_once("#k=").unwrap().1.to_owned();
    let before = content(&laptop, event);
    assert!(before.len() > 4 + 3, "{before:?}");

    send(&laptop.env, event, &reception(&server));
    assert_eq!((content(&server, event), originals(&server)), (before.clone(), originals(&laptop)));
    // The printed code: the key in it is good there, and the laptop sends everybody there.
    let printed = laptop.client().get(&base);
    assert_eq!((printed.status, location(&printed)), (307, format!("{}{base}", server.base)));
    let mut newcomer = server.client();
    newcomer.post(&format!("{base}/session"), &json!({ "key": entry_key })).expect(204);
    server.client().post(&format!("{base}/session"), &json!({ "password": EVENT_PASSWORD })).expect(204);
    // The guest with all marks and the consent, once.
    let page = guest.get(&base);
    let (mut moved, path) = follow(&server, &location(&page));
    assert_eq!(path, base);
    assert_eq!(moved.get(&format!("{base}/bookmarks")).expect(200)["items"][0]["id"], first);
    let searched =
        moved.send("POST", &format!("{base}/search"), "image/jpeg", read("selfies/Grace_Hopper_1.jpg"));
    assert!(!searched.expect(200)["sure"].as_array().unwrap().is_empty());
    let again = location(&page).split_once("#k=").unwrap().1.to_owned();
    server
        .client()
        .post(&format!("{base}/session"), &json!({ "key": again }))
        .refused(401, "invitation.invalid");
    // An open page is told by its next request, the wall too.
    let told = guest.get(&format!("{base}/photos"));
    told.refused(410, "event.moved");
    assert!(told.json()["location"].as_str().unwrap().starts_with(&format!("{}{base}#k=", server.base)));
    let told = wall.get(&format!("/wall/{event}/photos"));
    told.refused(410, "event.moved");
    assert_eq!(told.json()["location"], format!("{}/wall/{event}#k={wall_key}", server.base));
    let mut wall = server.client();
    wall.post(&format!("/wall/{event}/session"), &json!({ "key": wall_key })).expect(204);
    assert_eq!(wall.get(&format!("/wall/{event}/photos")).expect(200)["photos"].as_array().unwrap().len(), 4);
    let mut contributor = server.client();
    contributor.post(&format!("/u/{source}/session"), &json!({ "key": upload_key })).expect(200);
    // The user signs in there as here.
    let account = json!({ "login": "grace", "password": PASSWORD });
    let signed_in = server.client().post("/auth/local", &account).expect(200);
    let mut there = server.client().with_token(signed_in["access_token"].as_str().unwrap());
    let kept = there.get("/fotota").expect(200);
    assert_eq!(kept[0]["bookmarked_photos"][0]["image"]["id"], first, "{kept}");
    there.post("/events", &json!({ "name": "Mine" })).refused(403, "admin.required");

    // What comes later follows; what was deleted on either side stays deleted; twice is once.
    let last = photos[3]["id"].as_i64().unwrap();
    assert_eq!(other_admin.delete(&format!("/images/{last}")).status, 204);
    admin.upload_samples(event, &["DSC_0105.jpg"]);
    let second = photos[1]["id"].as_i64().unwrap();
    assert_eq!(admin.delete(&format!("/images/{second}")).status, 204);
    let address = reception(&server);
    assert_eq!(send(&laptop.env, event, &address)["photos"], 1);
    assert_eq!(send(&laptop.env, event, &address)["photos"], 0);
    let names = "select group_concat(file_name) from (select file_name from photo order by file_name)";
    let connection = rusqlite::Connection::open(server.env.data().join("fotota.db")).unwrap();
    let names: String = connection.query_row(names, [], |row| row.get(0)).unwrap();
    assert_eq!(names, [FEW[0], FEW[2], "DSC_0105.jpg"].join(","));

    // Back: what happened there is here then.
    let hide = json!({ "ids": [first], "action": "hide" });
    other_admin.post(&format!("/events/{event}/images/change"), &hide).expect(200);
    other_admin.put(&format!("/events/{event}"), &json!({ "name": "Wedding" })).expect(200);
    send(&server.env, event, &reception(&laptop));
    assert_eq!(content(&laptop, event), content(&server, event));
    assert_eq!(originals(&laptop), originals(&server));
    assert_eq!(admin.get(&format!("/events/{event}")).expect(200)["name"], "Wedding");
    assert_eq!(laptop.client().get(&base).status, 200);
    assert_eq!(location(&server.client().get(&base)), format!("{}{base}", laptop.base));
    let (mut back, _) = follow(&laptop, &location(&moved.get(&base)));
    back.get(&format!("{base}/photos")).expect(200);
}

/// A move of a demo's worth of photos whose sender or receiver is killed at one instant after another.
#[test]
fn a_move_that_is_interrupted_goes_on() {
    let (laptop, mut server) = (Server::start(), Server::start());
    let (_, event, _) = laptop.party();
    drop(server.admin());
    let before = content(&laptop, event);
    let mut address = reception(&server);
    for round in 0..6_u64 {
        let arguments = ["event", "send", &event.to_string(), &address, "--copy"];
        let mut sender =
            laptop.env.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::park_timeout(Duration::from_millis(20 + 60 * round));
        if round % 2 == 0 {
            sender.kill().unwrap();
        } else {
            server = Server::on(server.kill(), "");
            sender.kill().unwrap();
            address = reception(&server);
        }
        sender.wait().unwrap();
    }
    send(&laptop.env, event, &address);
    assert_eq!((content(&server, event), originals(&server)), (before, originals(&laptop)));
}

#[test]
fn a_file_brings_an_event_once_and_only_its_own() {
    let here = TestEnv::new().with_photos(&FEW).with_event();
    here.import();
    let file = here.root().join("party.zip");
    let file = file.to_str().unwrap();
    let written = here.json(&["event", "export", "Party", file]);
    assert_eq!((&written["photos"], &written["left_out"]), (&json!(4), &json!([])));
    let there = TestEnv::new();
    let brought = there.json(&["import-event", file]);
    assert_eq!((&brought["new"], &brought["known"]), (&json!(4), &json!(0)), "{brought}");
    let again = there.json(&["import-event", file]);
    assert_eq!((&again["new"], &again["known"]), (&json!(0), &json!(4)), "{again}");
    let found = |env: &TestEnv| {
        env.json(&["search", "Party", crate::common::sample("selfies/Grace_Hopper_1.jpg").to_str().unwrap()])
    };
    assert_eq!(crate::common::found(&found(&there)), crate::common::found(&found(&here)));
    // Cut off, or with other bytes than its rows say.
    let whole = std::fs::read(file).unwrap();
    here.put("cut.zip", &whole[..whole.len() / 2]);
    let photo = read(&format!("photos/{}", FEW[0]));
    let at = whole.windows(1000).position(|bytes| bytes == &photo[1000..2000]).unwrap();
    let mut changed = whole;
    changed[at] ^= 1;
    here.put("changed.zip", &changed);
    let third = TestEnv::new();
    let cut = third.run(&["import-event", here.card().join("cut.zip").to_str().unwrap()]);
    assert!(!cut.status.success() && String::from_utf8_lossy(&cut.stderr).contains("no whole event file"));
    let output = third.run(&["import-event", here.card().join("changed.zip").to_str().unwrap()]);
    assert!(!output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains(FEW[0]), "{output:?}");
}

#[test]
fn only_the_holder_of_an_address_brings_one_event() {
    let (laptop, server) = (Server::start(), Server::start());
    let (_, event, _) = laptop.party();
    drop(server.admin());
    let wrong = format!("{}/receive#nothing", server.base);
    let output = laptop.env.run(&["event", "send", &event.to_string(), &wrong]);
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("refuses"));
    assert!(laptop.client().get(&format!("/events/{event}")).status != 410);
    let address = reception(&server);
    send(&laptop.env, event, &address);
    let second = laptop.env.json(&["event", "create", "Second"])["id"].as_i64().unwrap();
    let output = laptop.env.run(&["event", "send", &second.to_string(), &address]);
    assert!(!output.status.success(), "{output:?}");
    assert_eq!(server.count("select count(*) from event"), 1);
    // An address that somebody guessed, or none.
    for token in ["", "Bearer ", "Bearer x"] {
        let mut client = server.client();
        client.headers.push(("authorization", token.to_owned()));
        client
            .post("/receive/photos", &json!({ "event": event, "photos": [] }))
            .refused(401, "reception.refused");
    }
    server.assert_not_logged(&[address.split_once('#').unwrap().1]);
}

#[test]
fn a_damaged_photo_is_named_once_and_the_others_move() {
    let (laptop, server) = (Server::start(), Server::start());
    let (_, event, _) = laptop.party();
    drop(server.admin());
    let original = laptop.files().into_iter().find(|file| file.starts_with("originals")).unwrap();
    std::fs::File::options()
        .write(true)
        .open(laptop.env.data().join(original))
        .unwrap()
        .set_len(100)
        .unwrap();
    let sent = laptop.env.json(&["event", "send", &event.to_string(), &reception(&server)]);
    assert_eq!((&sent["photos"], sent["left_out"].as_array().unwrap().len()), (&json!(3), 1), "{sent}");
    assert_eq!(server.count("select count(*) from photo"), 3);
}
