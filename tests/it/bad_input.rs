//! Invalid files and folders: each gets a clear message, and nothing is lost.

use std::fs::Permissions;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::common::{FEW, TestEnv, sample};

/// Why a file was rejected.
fn reason<'a>(summary: &'a Value, name: &str) -> &'a str {
    let rejected = summary["rejected"].as_array().unwrap();
    let entry = rejected.iter().find(|entry| entry["path"].as_str().unwrap().ends_with(name));
    entry.unwrap_or_else(|| panic!("{name} was not rejected: {summary}"))["reason"].as_str().unwrap()
}

/// Only the signature and header of a PNG, with a valid checksum.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
    header.extend([8, 2, 0, 0, 0]);
    let crc = header.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
    });
    [b"\x89PNG\r\n\x1a\n\0\0\0\x0d".as_slice(), &header, &(!crc).to_be_bytes()].concat()
}

#[test]
fn each_bad_file_is_reported_with_its_reason_and_good_ones_are_imported() {
    let env = TestEnv::new().with_photos(&FEW[..1]).with_event();
    let whole = std::fs::read(sample("photos/DSC_0102.jpg")).unwrap();
    env.put("truncated.jpg", &whole[..whole.len() / 2]);
    env.put("empty.jpg", b"");
    env.put("text.jpg", b"Dear photographer, this is no photo.");
    env.put("bomb.png", &png_header(60_000, 60_000));
    env.put("photo.without.usual.ending", &std::fs::read(sample("photos/DSC_0103.jpg")).unwrap());
    for _ in 0..2 {
        let summary = env.import();
        assert!(reason(&summary, "truncated.jpg").contains("incomplete"), "{summary}");
        assert!(reason(&summary, "empty.jpg").contains("empty"), "{summary}");
        assert!(reason(&summary, "text.jpg").contains("not a picture"), "{summary}");
        assert!(reason(&summary, "bomb.png").contains("60000x60000"), "{summary}");
        assert_eq!(summary["rejected"].as_array().unwrap().len(), 4);
        let good = summary["imported"].as_u64().unwrap() + summary["duplicates"].as_u64().unwrap();
        assert_eq!(good, 2, "{summary}");
    }
    // Accepted files that could not be indexed are kept.
    let event = env.json(&["event", "show", "Party"]);
    assert_eq!(event["photos"]["failed"], 2, "{event}");
}

#[test]
fn an_import_without_photos_has_its_own_exit_code() {
    let env = TestEnv::new().with_event();
    env.put("text.jpg", b"no photo");
    let card = env.card();
    assert_eq!(env.run(&["import", "Party", card.to_str().unwrap()]).status.code(), Some(5));
}

#[cfg(unix)]
#[test]
fn an_unreadable_folder_is_reported() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let rights = |path: &Path, mode| std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    let env = TestEnv::new().with_photos(&FEW[3..]);
    let locked = env.card().join("locked");
    std::fs::create_dir(&locked).unwrap();
    rights(&locked, 0o000);
    // The superuser may read everything: then run the program as another user.
    let superuser = std::fs::read_dir(&locked).is_ok();
    rights(env.root(), 0o777);
    let run = |arguments: &[&str]| {
        let mut command = env.command(arguments);
        if superuser {
            command.uid(65_534);
        }
        command.arg("--json").output()
    };
    let Ok(created) = run(&["event", "create", "Party"]) else {
        println!("SKIPPED: the program cannot be started as another user");
        return;
    };
    assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
    let output = run(&["import", "Party", env.card().to_str().unwrap()]).unwrap();
    rights(&locked, 0o755);
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(reason(&summary, "locked").contains("cannot be read"), "{summary}");
    assert_eq!(summary["imported"], 1);
}

#[test]
fn a_newer_data_folder_is_refused_and_left_unchanged() {
    let env = TestEnv::new().with_event();
    let database = env.data().join("fotota.db");
    rusqlite::Connection::open(&database).unwrap().pragma_update(None, "user_version", 1000).unwrap();
    let output = env.run(&["event", "list"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && message.contains("newer FotoTa"), "{message}");
    let kept: i64 = rusqlite::Connection::open(&database)
        .unwrap()
        .query_row("select count(*) from event", [], |row| row.get(0))
        .unwrap();
    assert_eq!(kept, 1);
}

/// Unmounts a file system, also when the test fails.
#[cfg(target_os = "linux")]
struct Unmount(std::path::PathBuf);

#[cfg(target_os = "linux")]
impl Drop for Unmount {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.0).status().ok();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_stops_the_import_and_a_second_one_continues() {
    let env = TestEnv::new().with_photos(&FEW);
    std::fs::create_dir(env.data()).unwrap();
    let mount = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"])
        .arg(env.data())
        .output()
        .is_ok_and(|output| output.status.success());
    if !mount {
        println!("SKIPPED: this user may not mount a small file system");
        return;
    }
    let _unmount = Unmount(env.data());
    let env = env.with_event();
    let filler = env.data().join("filler");
    std::fs::File::create(&filler).unwrap().write_all(&vec![1; 3_200_000]).unwrap();

    let card = env.card();
    let output = env.run(&["import", "Party", card.to_str().unwrap()]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("is full") && message.contains("free some space"), "{message}");

    std::fs::remove_file(&filler).unwrap();
    let summary = env.import();
    let all = summary["imported"].as_u64().unwrap() + summary["duplicates"].as_u64().unwrap();
    assert_eq!(all, 4, "{summary}");
    let event = env.json(&["event", "show", "Party"]);
    assert_eq!(event["photos"]["indexed"], 4, "{event}");
}

#[test]
fn files_that_cannot_be_read_are_counted_and_the_next_import_takes_them() {
    let env = TestEnv::new().with_photos(&FEW[..1]).with_event();
    let (card, later) = (env.card(), env.root().join("later.jpg"));
    let import = || env.run(&["import", "Party", card.to_str().unwrap(), later.to_str().unwrap()]);
    let output = import();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(6), "{message}");
    assert!(message.contains("later.jpg") && message.contains("1 file could not be read"), "{message}");
    std::fs::copy(crate::common::sample("photos").join(FEW[1]), &later).unwrap();
    assert_eq!(import().status.code(), Some(0));
    assert_eq!(env.json(&["event", "show", "Party"])["photos"]["indexed"], 2);
}
