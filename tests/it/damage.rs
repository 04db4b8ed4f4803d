//! Damage in the data folder: it is found, said by name, and repaired from what is left.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::common::server::Server;
use crate::common::{FEW, TestEnv};

fn imported() -> TestEnv {
    let env = TestEnv::new().with_photos(&FEW).with_event();
    assert_eq!(env.import()["imported"], 4);
    env
}

/// The files in this folder of the data folder whose name ends so, sorted.
fn stored(env: &TestEnv, folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for shard in fs::read_dir(env.data().join(folder)).unwrap().map(|entry| entry.unwrap().path()) {
        found.extend(fs::read_dir(shard).unwrap().map(|entry| entry.unwrap().path()));
    }
    found.retain(|path| path.to_str().unwrap().ends_with(ending));
    found.sort();
    found
}

fn flip_a_bit(path: &Path) {
    let mut file = File::options().read(true).write(true).open(path).unwrap();
    let middle = file.metadata().unwrap().len() / 2;
    let mut byte = [0];
    file.seek(SeekFrom::Start(middle)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(middle)).unwrap();
    file.write_all(&[byte[0] ^ 1]).unwrap();
}

fn deep(env: &TestEnv, more: &[&str]) -> (bool, Value) {
    let report = env.json(&[&["doctor", "--deep"], more].concat());
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["check"] == "stored files").unwrap();
    (check["ok"].as_bool().unwrap(), report["deep"].clone())
}

/// Path, fault and whether it was repaired, sorted.
fn damage(report: &Value) -> Vec<(String, String, bool)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let found = report["damage"].as_array().unwrap().iter();
    let mut found: Vec<_> = found
        .map(|damage| (text(&damage["path"]), text(&damage["fault"]), damage["repaired"] == true))
        .collect();
    found.sort();
    found
}

fn below(env: &TestEnv, path: &Path) -> String {
    path.strip_prefix(env.data()).unwrap().to_str().unwrap().replace('\\', "/")
}

#[test]
fn the_doctor_names_what_is_damaged_and_makes_pictures_again() {
    let env = imported();
    let (ok, report) = deep(&env, &[]);
    assert!(ok && damage(&report).is_empty() && report["files"] == 12, "{report}");
    let original = stored(&env, "originals", ".jpg").remove(0);
    let before = fs::read(&original).unwrap();
    flip_a_bit(&original);
    let previews = stored(&env, "derived", ".preview.jpg");
    // Not of the photo whose original is damaged.
    let id = original.file_stem().unwrap().to_str().unwrap();
    let previews: Vec<_> = previews.into_iter().filter(|path| !path.to_str().unwrap().contains(id)).collect();
    let pictures = [fs::read(&previews[0]).unwrap(), fs::read(&previews[1]).unwrap()];
    fs::remove_file(&previews[0]).unwrap();
    File::options().write(true).open(&previews[1]).unwrap().set_len(1000).unwrap();
    let stray = env.data().join("originals/07/7.jpg");
    fs::create_dir_all(stray.parent().unwrap()).unwrap();
    fs::copy(&original, &stray).unwrap();

    let expected = |repaired| {
        let mut found = vec![
            (below(&env, &original), "changed".to_owned(), false),
            (below(&env, &previews[0]), "missing".to_owned(), repaired),
            (below(&env, &previews[1]), "damaged".to_owned(), repaired),
            (below(&env, &stray), "unknown".to_owned(), false),
        ];
        found.sort();
        found
    };
    let (ok, report) = deep(&env, &[]);
    assert!(!ok && damage(&report) == expected(false), "{report}");
    let named =
        report["damage"].as_array().unwrap().iter().find(|found| found["fault"] == "changed").unwrap();
    assert_eq!(named["event"], "Party");
    assert!(FEW.contains(&named["file_name"].as_str().unwrap()), "{named}");
    let printed = env.run(&["doctor", "--deep"]);
    assert_eq!(printed.status.code(), Some(1));
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(
        printed.contains("of event `Party`") && printed.contains("has other bytes than were stored"),
        "{printed}"
    );

    let (ok, report) = deep(&env, &["--repair"]);
    assert!(!ok && damage(&report) == expected(true) && report["vectors"] == 4, "{report}");
    assert!(fs::read(&previews[0]).unwrap() == pictures[0] && fs::read(&previews[1]).unwrap() == pictures[1]);
    assert!(fs::read(&original).unwrap() != before, "an original is never written");
    // From the card again.
    env.import();
    assert!(fs::read(&original).unwrap() == before);
    fs::remove_file(&stray).unwrap();
    assert!(deep(&env, &[]).0);
}

#[test]
fn a_start_makes_missing_pictures_again_and_the_studio_names_lost_photos() {
    let server = Server::start();
    let (admin, ..) = server.party();
    let token = admin.token;
    let env = server.kill();
    let thumbnail = stored(&env, "derived", ".thumb.jpg").remove(0);
    let before = fs::read(&thumbnail).unwrap();
    fs::remove_file(&thumbnail).unwrap();
    let lost = stored(&env, "originals", ".jpg").remove(1);
    fs::remove_file(&lost).unwrap();
    let server = Server::on(env, "");
    let damaged = || {
        (0..600).find_map(|_| {
            std::thread::park_timeout(std::time::Duration::from_millis(50));
            (server.count("select count(*) from damage") > 0 && thumbnail.exists()).then_some(())
        })
    };
    assert_eq!(damaged(), Some(()), "{}", server.log());
    assert!(fs::read(&thumbnail).unwrap() == before);
    let mut admin = server.client();
    admin.token = token;
    let status = admin.get("/studio/status").expect(200);
    assert_eq!(status["damaged"], 1);
    assert!(status["warnings"].as_array().unwrap().contains(&json!("files_damaged")), "{status}");
    let file = &status["damaged_files"][0];
    assert_eq!((&file["event"], &file["fault"]), (&json!("Party"), &json!("missing")));
    assert_eq!(file["path"], below(&server.env, &lost));
    assert!(FEW.contains(&file["file_name"].as_str().unwrap()), "{file}");
}

#[test]
fn photos_survive_the_loss_of_their_database() {
    let env = imported();
    let database = env.data().join("fotota.db");
    let whole = fs::read(&database).unwrap();
    let files = || (stored(&env, "originals", "").len(), stored(&env, "derived", "").len());
    let garbage: Vec<u8> = (0..4 * 8192_u32).map(|at| u8::try_from(at * 31 % 251).unwrap()).collect();
    let lose: [(&str, &dyn Fn()); 5] = [
        ("its database is missing", &|| fs::remove_file(&database).unwrap()),
        ("its database is empty", &|| drop(File::create(&database).unwrap())),
        ("is damaged", &|| File::create(&database).unwrap().write_all(&vec![0; whole.len()]).unwrap()),
        ("is damaged", &|| {
            File::options().write(true).open(&database).unwrap().set_len(whole.len() as u64 / 2).unwrap();
        }),
        ("is damaged", &|| {
            let mut file = File::options().write(true).open(&database).unwrap();
            file.seek(SeekFrom::Start(3 * 8192)).unwrap();
            file.write_all(&garbage).unwrap();
        }),
    ];
    for (problem, lose) in lose {
        lose();
        for command in [&["serve", "--bind", "127.0.0.1:0"][..], &["event", "list"]] {
            let output = env.run(command);
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{problem}: {said}");
            assert!(said.contains(problem) && said.contains("hint: "), "{problem}: {said}");
            assert_eq!(files(), (4, 8), "{problem}");
        }
        if problem == "is damaged" {
            let report = env.json(&["doctor", "--deep"]);
            assert!(report["healthy"] == false && report.to_string().contains("is damaged"), "{report}");
        }
        // The backup.
        for ending in ["fotota.db-wal", "fotota.db-shm"] {
            fs::remove_file(env.data().join(ending)).ok();
        }
        File::create(&database).unwrap().write_all(&whole).unwrap();
        assert_eq!(env.json(&["event", "list"]).as_array().map(Vec::len), Some(1));
        assert_eq!(files(), (4, 8));
    }
}
