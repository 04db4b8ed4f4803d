//! A search of a large folder continues after the server was killed, and the next search reuses its results.

use std::sync::Arc;

use serde_json::json;

use crate::common::drive::{
    Drive, EILEEN, GRACE, KEY, NAME, ROOT, Trouble, begin, config, copies, drive, guest, nobody, photo,
    wait_for_end,
};
use crate::common::server::Server;

/// In the order of their ids, which is the order of processing.
const OF_EILEEN: [&str; 5] = ["below-eileen-5", "deeper-both-7", "page-00010", "page-00120", "page-00240"];
const OF_GRACE: [&str; 4] = ["deeper-both-7", "page-00030", "page-00120", "page-00230"];
const DENIED: &str = "denied-00403";
/// Each of them fails once.
const BUSY: [&str; 2] = ["page-00020", "page-00200"];
const HELD: &str = "page-00125";
const LAST: &str = "page-00249";

/// 250 pictures on three pages, two subfolders, and every kind of broken picture.
fn large_folder() -> Drive {
    let drive = drive();
    let nothing = nobody();
    for number in 0..250 {
        let bytes = match number {
            10 | 240 => photo(101),
            30 | 230 => photo(102),
            120 => photo(103),
            _ => nothing.clone(),
        };
        drive.add_picture(Some(ROOT), &format!("page-{number:05}"), &bytes, json!({}));
    }
    drive.add_folder("below-folder", "Malam Kedua", Some(ROOT));
    drive.add_folder("deeper-folder", "Malam Ketiga", Some("below-folder"));
    drive.add_picture(Some("below-folder"), OF_EILEEN[0], &photo(105), json!({}));
    drive.add_picture(Some("deeper-folder"), OF_EILEEN[1], &photo(107), json!({}));
    drive.add_picture(Some(ROOT), DENIED, &nothing, json!({}));
    drive.change(DENIED, |file| file.always = Some(Trouble(403, "cannotDownloadFile")));
    for (id, trouble) in
        BUSY.into_iter().zip([Trouble(429, "rateLimitExceeded"), Trouble(500, "internalError")])
    {
        drive.change(id, |file| file.troubles.push_back(trouble));
    }
    drive.add_picture(Some(ROOT), "text-000001", &Arc::new(b"no picture at all".to_vec()), json!({}));
    drive.add_picture(Some(ROOT), "huge-000001", &nothing, json!({ "size": "1000001" }));
    drive
}

/// The downloads without the retries of the busy ones.
fn once(downloads: &[String]) -> Vec<&str> {
    let mut once: Vec<&str> = downloads.iter().map(String::as_str).collect();
    once.dedup();
    let twice = downloads.len() - once.len();
    assert_eq!(twice, once.iter().filter(|id| BUSY.contains(id)).count(), "{downloads:?}");
    once
}

#[test]
fn a_search_survives_a_kill_and_downloads_nothing_twice() {
    let drive = large_folder();
    let server = Server::with(&config(&drive));
    let mut eileen = guest(&server, "eileen", EILEEN);
    let mut grace = guest(&server, "grace", GRACE);
    drive.hold(HELD);
    let search = begin(&mut eileen, ROOT);
    drive.wait_until_held();
    let middle = eileen.get(&search).expect(200);
    assert_eq!((&middle["status"], &middle["files_total"]), (&json!("processing"), &json!(255)));
    let found_before = middle["found_images"].clone();
    assert_eq!(found_before.as_array().unwrap().len(), 4, "{middle}");

    let killed = server.pid();
    let env = server.kill();
    drive.release();
    let before = drive.take_downloads();
    // It continues without any request, up to the last page.
    drive.hold(LAST);
    let server = Server::on(env, &config(&drive));
    assert_ne!(server.pid(), killed);
    drive.wait_until_held();
    drive.release();
    (eileen.base, grace.base) = (server.base.clone(), server.base.clone());
    let whole = wait_for_end(&mut eileen, &search);
    assert_eq!(whole["status"], "completed", "{whole}");
    let counts = ["files_total", "files_done", "files_failed"].map(|name| whole[name].as_u64().unwrap());
    // Denied, not a picture, too large.
    assert_eq!(counts, [255, 255, 3]);
    assert_eq!(whole["found_images"].as_array().unwrap().len(), OF_EILEEN.len());
    for found in found_before.as_array().unwrap() {
        let found = |other: &&serde_json::Value| other["id"] == found["id"];
        assert!(whole["found_images"].as_array().unwrap().iter().any(|other| found(&other)));
    }
    let after = drive.take_downloads();
    let (before, after) = (once(&before), once(&after));
    assert!(before.len() > 100 && after.len() > 100 && after.contains(&HELD), "{before:?} {after:?}");
    let twice: Vec<_> = before.iter().filter(|id| after.contains(id)).collect();
    assert!(twice.is_empty(), "{twice:?}");
    // All except the one that is too large.
    assert_eq!(before.len() + after.len(), 254);
    assert_eq!(copies(&server).len(), OF_EILEEN.len());
    assert!(!server.files().iter().any(|file| file.starts_with("drive/downloads/")));

    let second = begin(&mut grace, ROOT);
    let found = wait_for_end(&mut grace, &second);
    assert_eq!((&found["status"], &found["files_failed"]), (&json!("completed"), &json!(3)), "{found}");
    assert_eq!(found["found_images"].as_array().unwrap().len(), OF_GRACE.len());
    // Matches, for its own copies; and the denied one, which may have been shared since.
    let mut expected = [OF_GRACE.as_slice(), &[DENIED]].concat();
    expected.sort_unstable();
    assert_eq!(drive.take_downloads(), expected);
    assert_eq!(copies(&server).len(), OF_EILEEN.len() + OF_GRACE.len());
    let secrets =
        [KEY, ROOT, NAME, "Malam", "below-", "deeper-", "page-0", "-0000", DENIED, "drive.google.com"];
    server.assert_not_logged(&secrets);
}
