//! Regular backups of a server, as the studio and the doctor show them.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::TestEnv;
use crate::common::client::Client;
use crate::common::server::Server;

/// What the studio says, when it says so.
fn wait_for(admin: &mut Client, what: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..300 {
        let status = admin.get("/studio/status").expect(200);
        if what(&status["backups"]) {
            return status;
        }
        std::thread::park_timeout(Duration::from_millis(100));
    }
    panic!("the studio says {}", admin.get("/studio/status").text());
}

/// Changes what the backup says about itself.
fn edit(folder: &Path, fields: &[(&str, &str)]) {
    let path = folder.join("backup.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for (field, value) in fields {
        manifest[field] = json!(value);
    }
    File::create(&path).unwrap().write_all(manifest.to_string().as_bytes()).unwrap();
}

#[test]
fn a_server_backs_up_where_it_was_begun_by_hand_and_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let shown = disk.display().to_string();
    let config =
        format!("[server]\nbind = \"127.0.0.1:0\"\n[backup]\nfolder = '{shown}'\nevery_minutes = 1\n");
    let server = Server::on(TestEnv::new(), &config);
    let mut admin = server.admin();
    // The empty place of a disk that is not connected.
    let status = wait_for(&mut admin, |backups| backups["trouble"] == "away");
    assert!(status["backups"]["trouble_since"].is_string() && status["backups"]["taken_at"].is_null());
    assert_eq!(fs::read_dir(&disk).unwrap().count(), 0);
    let doctor = || {
        let path = server.env.root().join("config.toml");
        let said = server.env.json(&["doctor", "--config", path.to_str().unwrap()]);
        let checks = said["checks"].as_array().unwrap().clone();
        checks.into_iter().find(|check| check["check"] == "backups").unwrap()["detail"].to_string()
    };
    assert!(doctor().contains("is the disk connected?"), "{}", doctor());
    assert_eq!(server.env.json(&["backup", &shown])["problems"], json!([]));
    let status = wait_for(&mut admin, |backups| backups["trouble"].is_null());
    let by_hand = status["backups"]["taken_at"].clone();
    assert!(by_hand.is_string() && doctor().contains("was taken at"), "{status}");
    // It is time for the next one.
    admin.create_event("Party");
    edit(&disk, &[("taken_at", "2020-01-01T00:00:00Z")]);
    wait_for(&mut admin, |_| {
        let manifest = fs::read(disk.join("backup.json")).unwrap();
        serde_json::from_slice::<Value>(&manifest).is_ok_and(|manifest| manifest["events"] == 1)
    });
    let status = wait_for(&mut admin, |backups| backups["running"] == false);
    assert!(status["backups"]["taken_at"].as_str() >= by_hand.as_str(), "{status}");
    // A disk of somebody else, and an old backup.
    edit(&disk, &[("taken_at", "2020-01-01T00:00:00Z"), ("data_folder", "another")]);
    let status = wait_for(&mut admin, |backups| backups["trouble"] == "failed");
    assert!(status["backups"]["reason"].as_str().unwrap().contains("another data folder"), "{status}");
    for warning in ["backup_old", "service_failed"] {
        assert!(status["warnings"].as_array().unwrap().contains(&json!(warning)), "{status}");
    }
    assert!(doctor().contains("it is old"), "{}", doctor());
    assert_eq!(Server::start().admin().get("/studio/status").expect(200)["backups"], json!(null));
}
