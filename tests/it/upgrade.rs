//! A data folder of the version before, opened by this one: nothing is lost, and what was to be deleted goes.

use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

use crate::common::TestEnv;
use crate::common::server::Server;

const GUEST: &str = "0a046da7d3df0cfd74b2594865b335bf8f30d8f13151a6bb9b9f131308d35148";
const PHOTO: i64 = 8_519_996_395_377_745;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The folder as it was left: a process was killed in it.
pub fn old_folder() -> TestEnv {
    let env = TestEnv::new();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/data-schema-5");
    copy(&fixture, &env.data());
    fs::remove_file(env.data().join("README.md")).unwrap();
    let packed = File::open(env.data().join("fotota.db.gz")).unwrap();
    let mut database = File::create(env.data().join("fotota.db")).unwrap();
    std::io::copy(&mut flate2::read::GzDecoder::new(packed), &mut database).unwrap();
    fs::remove_file(env.data().join("fotota.db.gz")).unwrap();
    env
}

#[test]
fn a_data_folder_of_the_version_before_is_opened_with_all_that_it_holds() {
    let server = Server::on(old_folder(), "");
    // A guest's cookie of before still works, with its consent and favourite.
    let mut guest = server.client();
    guest.cookies.insert("fotota_guest".into(), GUEST.into());
    let favourites = guest.get("/e/rs90crgrx9yhh7fx/bookmarks").expect(200);
    assert_eq!(favourites["items"][0]["id"], PHOTO, "{favourites}");
    // So do accounts, favourites, selfies and the face search.
    let mut owner = server.client();
    let sign_in = json!({ "login": "studio2", "password": "xxxxxxxx" });
    owner.token =
        Some(owner.post("/auth/local", &sign_in).expect(200)["access_token"].as_str().unwrap().to_owned());
    let kept = owner.get("/fotota").expect(200);
    assert_eq!(kept[0]["bookmarked_photos"].as_array().unwrap().len(), 2, "{kept}");
    let event = kept[0]["event_id"].as_i64().unwrap();
    let found = owner.get(&format!("/events/{event}/find-my-face")).expect(200);
    assert!(found.as_array().unwrap().iter().any(|photo| photo["id"] == PHOTO), "{found}");
    // The pending photo is indexed, the upload continues where it stopped.
    owner.wait_until_indexed(event);
    let uploads = owner.get(&format!("/events/{event}/uploads")).expect(200);
    assert_eq!(uploads["items"][0]["offset"], 5000, "{uploads}");
    // What was deleted is gone from the disk.
    let left = server.files();
    for gone in ["originals/4d/77.jpg", "selfies/4e/78.jpg", "drive/4f/79.jpg"] {
        assert!(!left.contains(&gone.to_owned()), "{gone} is still there");
    }
    for kept in ["originals/51/8519996395377745.jpg", "uploads/5553647162339756.part"] {
        assert!(left.contains(&kept.to_owned()), "{kept} is gone");
    }
}

/// Wherever the upgrade is killed, the next start goes on with the old database or with the new one, never with half.
#[test]
fn an_upgrade_that_is_killed_is_done_by_the_next_start() {
    let env = old_folder();
    for milliseconds in [1, 3, 6, 10, 20, 40, 80] {
        let mut killed =
            env.command(&["event", "list"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::park_timeout(Duration::from_millis(milliseconds));
        killed.kill().unwrap();
        killed.wait().unwrap();
        let database = rusqlite::Connection::open(env.data().join("fotota.db")).unwrap();
        let (version, photos): (i64, i64) = database
            .query_row(
                "select user_version, (select count(*) from photo) from pragma_user_version",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap();
        assert!(version >= 5 && photos == 3, "after {milliseconds} ms: schema {version}, {photos} photos");
    }
    let event = env.json(&["event", "list"]);
    assert_eq!(event[0]["faces"], 2, "{event}");
}
