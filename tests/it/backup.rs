//! Backups of a server that runs, and what becomes of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::client::Client;
use crate::common::server::Server;
use crate::common::{FEW, TestEnv, sample, tus};

/// Where the backups go.
fn disk(env: &TestEnv) -> PathBuf {
    env.root().join("backup")
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Takes a backup that has all it should.
fn back_up(env: &TestEnv) -> Value {
    let taken = env.json(&["backup", text(&disk(env))]);
    assert_eq!(taken["problems"], json!([]), "{taken}");
    taken
}

/// What is not as it should be in the backup.
fn verify(env: &TestEnv) -> Value {
    let verdict = env.json(&["verify", text(&disk(env))]);
    assert!(verdict["files"].as_u64().unwrap() > 0, "{verdict}");
    verdict["problems"].clone()
}

/// Another computer, with what was restored from the backup.
fn restore(env: &TestEnv) -> TestEnv {
    let other = TestEnv::new();
    let restored = other.json(&["restore", text(&disk(env))]);
    assert_eq!(restored["problems"], json!([]), "{restored}");
    other
}

/// All files below a folder, as paths within it.
fn files(root: &Path) -> Vec<String> {
    let (mut folders, mut files) = (vec![root.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files
}

/// The first file below a folder of the backup.
fn one_of(env: &TestEnv, folder: &str) -> PathBuf {
    let folder = disk(env).join(folder);
    let name = files(&folder).into_iter().min().unwrap();
    folder.join(name)
}

/// As on another disk: in the file system of the data folder the backup has the same file.
fn write_other(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::remove_file(path).unwrap();
    std::io::Write::write_all(&mut fs::File::create(path).unwrap(), &bytes).unwrap();
}

/// The address of a photo's picture, as an app gets it.
fn picture(client: &mut Client, event: i64) -> String {
    let own = client.get(&format!("/events/{event}/my-event-images")).expect(200);
    let url = own["items"][0]["original_url"].as_str().unwrap();
    format!("/media{}", url.split_once("/media").unwrap().1)
}

#[test]
fn links_cookies_favourites_and_sign_ins_survive_on_another_computer() {
    let server = Server::start();
    let (mut admin, event, _) = server.party();
    let (mut guest, base) = server.guest(&mut admin, event);
    let photos = guest.get(&format!("{base}/photos")).expect(200);
    let photo = photos["items"][0]["id"].as_i64().unwrap();
    assert!(guest.put(&format!("{base}/photos/{photo}/marks/bookmark"), &json!({})).status < 300);
    let kept = guest.get(&format!("{base}/bookmarks")).expect(200);
    let signed_in = server
        .client()
        .post(
            "/auth/local",
            &json!({ "login": "studio@example.com", "password": crate::common::server::PASSWORD }),
        )
        .expect(200);
    let url = picture(&mut admin, event);
    let bytes = admin.nobody().get(&url).body;
    let upload = tus::create(&mut admin, event, tus::large().len());
    assert_eq!(tus::patch(&mut admin, &upload, 0, &tus::large()[..1000]).status, 204);
    // Taken while an import writes.
    let card = server.env.card();
    for name in ["DSC_0105.jpg", "DSC_0106.jpg", "DSC_0107.jpg"] {
        fs::copy(sample("photos").join(name), card.join(name)).unwrap();
    }
    let mut import =
        server.env.command(&["import", "Party", text(&card)]).stdout(Stdio::null()).spawn().unwrap();
    let taken = back_up(&server.env);
    assert!(taken["backup"]["photos"].as_i64().unwrap() >= 4, "{taken}");
    import.wait().unwrap();
    assert_eq!(verify(&server.env), json!([]));
    let names = files(&disk(&server.env));
    for other in ["incoming", "uploads", "lock", "server.", "fotota.db-"] {
        assert!(!names.iter().any(|name| name.starts_with(other)), "{names:?}");
    }
    if let Ok(checked) = Command::new("sha256sum")
        .args(["-c", "--quiet", "SHA256SUMS"])
        .current_dir(disk(&server.env))
        .output()
    {
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    }
    let env = server.kill();
    let other = Server::on(restore(&env), "");
    let (mut restored, mut returning) = (other.client(), other.client());
    returning.cookies = guest.cookies;
    assert_eq!(restored.get(&base).status, 200);
    assert_eq!(returning.get(&format!("{base}/bookmarks")).expect(200)["items"], kept["items"]);
    let refresh = json!({ "refresh_token": signed_in["refresh_token"] });
    let access =
        restored.post("/auth/refresh", &refresh).expect(200)["access_token"].as_str().unwrap().to_owned();
    assert_eq!(restored.nobody().get(&url).body, bytes);
    // The upload begins from the start: its row is there, its file is not.
    let mut admin = restored.with_token(&access);
    assert_eq!(tus::offset(&mut admin, &upload), 0);
    assert_eq!(tus::patch(&mut admin, &upload, 0, &tus::large()).status, 204);
    admin.wait_until_indexed(event);
    let (names, _) = tus::photos(&mut admin, event);
    assert!(names.len() >= 5, "{names:?}");
    // The other computer goes on with the same backup.
    let taken = other.env.json(&["backup", text(&disk(&env))]);
    assert!(taken["problems"] == json!([]) && taken["backup"]["photos"].as_u64().unwrap() >= 5, "{taken}");
}

#[test]
fn a_killed_backup_leaves_the_one_before_and_the_next_goes_on() {
    let env = TestEnv::new().with_photos(&FEW).with_event();
    env.import();
    let kill = |milliseconds| {
        let mut backup = env.command(&["backup", text(&disk(&env))]).stdout(Stdio::null()).spawn().unwrap();
        std::thread::park_timeout(Duration::from_millis(milliseconds));
        backup.kill().unwrap();
        backup.wait().unwrap();
    };
    for milliseconds in [0, 3, 10, 25, 60] {
        kill(milliseconds);
    }
    back_up(&env);
    for (round, milliseconds) in [5, 10, 15, 20, 30, 50, 80].into_iter().enumerate() {
        fs::copy(sample("photos").join(format!("DSC_01{:02}.jpg", round + 5)), env.card().join("next.jpg"))
            .unwrap();
        env.import();
        assert!(env.run(&["secrets", "rotate"]).status.success());
        kill(milliseconds);
        assert_eq!(verify(&env), json!([]), "after {milliseconds} ms");
    }
    back_up(&env);
    let found = &restore(&env).json(&["doctor", "--deep"])["deep"];
    assert_eq!((&found["damage"], found["files"].as_u64()), (&json!([]), Some(33)), "{found}");
}

#[test]
fn only_what_is_new_is_copied_and_what_is_deleted_goes() {
    let env = TestEnv::new().with_photos(&FEW).with_event();
    env.import();
    let first = back_up(&env);
    // Three files of each photo, the keys.
    assert!(first["new_files"].as_u64().unwrap() > 12 && first["backup"]["events"] == 1, "{first}");
    let again = back_up(&env);
    assert_eq!((&again["new_files"], &again["deleted"]), (&json!(0), &json!(0)), "{again}");
    fs::copy(sample("photos/DSC_0105.jpg"), env.card().join("DSC_0105.jpg")).unwrap();
    env.import();
    assert_eq!(back_up(&env)["new_files"], 3);
    assert!(
        env.run(&["event", "delete", env.json(&["event", "list"])[0]["id"].to_string().as_str()])
            .status
            .success()
    );
    let emptied = back_up(&env);
    assert_eq!((&emptied["deleted"], &emptied["backup"]["photos"]), (&json!(15), &json!(0)), "{emptied}");
    let left = files(&disk(&env));
    assert!(
        !left.iter().any(|name| name.starts_with("originals") || name.starts_with("derived")),
        "{left:?}"
    );
    assert_eq!(verify(&env), json!([]));
}

#[test]
fn damage_is_found_and_named() {
    let env = TestEnv::new().with_photos(&FEW[..1]).with_event();
    env.import();
    back_up(&env);
    let original = one_of(&env, "originals");
    write_other(&original, |bytes| bytes[1000] ^= 1);
    let output = env.run(&["verify", text(&disk(&env))]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("DSC_0101.jpg in Party has other bytes than were stored"), "{said}");
    fs::remove_file(one_of(&env, "derived")).unwrap();
    let problems = verify(&env);
    let faults: Vec<_> =
        problems.as_array().unwrap().iter().map(|problem| problem["fault"].clone()).collect();
    assert_eq!(faults, ["missing", "changed"], "{problems}");
    assert_eq!(problems[0]["photo"], json!({ "file_name": "DSC_0101.jpg", "event": "Party" }));
    // What can be restored is; what is wrong with it is said.
    let other = TestEnv::new();
    let output = other.run(&["restore", text(&disk(&env))]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && said.contains("DSC_0101.jpg in Party"), "{said}");
    assert_eq!(other.json(&["event", "list"])[0]["name"], "Party");
    let found = &other.json(&["doctor", "--deep"])["deep"]["damage"];
    assert_eq!(found.as_array().unwrap().len(), 2, "{found}");
    // Without the damaged file, the next backup copies it again.
    fs::remove_file(original).unwrap();
    back_up(&env);
    assert_eq!(verify(&env), json!([]));
    write_other(&disk(&env).join("fotota.db"), |bytes| bytes[5000..6000].fill(0x55));
    let problems = verify(&env);
    assert_eq!(problems[0]["file"], "fotota.db", "{problems}");
    let said = String::from_utf8(TestEnv::new().run(&["restore", text(&disk(&env))]).stderr).unwrap();
    assert!(said.contains("database") && said.contains("hint:"), "{said}");
}

#[test]
fn an_interrupted_restore_is_said_and_goes_on() {
    let env = TestEnv::new().with_photos(&FEW).with_event();
    let data = env.data();
    let refused = |env: &TestEnv, arguments: &[&str], word: &str| {
        let output = env.run(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && said.contains(word) && said.contains("hint:"), "{said}");
    };
    env.import();
    back_up(&env);
    let other = TestEnv::new();
    refused(&other, &["backup", text(&disk(&other))], "no database");
    for milliseconds in [0, 2, 4, 8, 12, 16] {
        let mut restore =
            other.command(&["restore", text(&disk(&env))]).stdout(Stdio::null()).spawn().unwrap();
        std::thread::park_timeout(Duration::from_millis(milliseconds));
        restore.kill().unwrap();
        restore.wait().unwrap();
        if other.data().join("restore.unfinished").exists() {
            refused(&other, &["event", "list"], "interrupted");
        }
    }
    let is_there = |name: &str| other.data().join(name).exists();
    if is_there("restore.unfinished") || !is_there("fotota.db") {
        assert_eq!(other.json(&["restore", text(&disk(&env))])["problems"], json!([]));
    }
    assert_eq!(other.json(&["event", "list"])[0]["name"], "Party");
    refused(&other, &["restore", text(&disk(&env))], "already");
    refused(&env, &["backup", text(&data)], "inside each other");
    refused(&env, &["backup", text(&env.card())], "not empty");
    let third = TestEnv::new();
    fs::rename(disk(&env), third.data()).unwrap();
    refused(&third, &["event", "list"], "is a backup");
}
