//! Hot folders of a running server, and of `fotota watch`.

use std::fs::{self, File};
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use crate::common::server::Server;
use crate::common::{FEW, TestEnv, sample};

/// The first number or text of a query, from a database that others may be writing to.
pub fn ask<T: rusqlite::types::FromSql>(env: &TestEnv, sql: &str) -> Option<T> {
    let connection = Connection::open(env.data().join("fotota.db")).ok()?;
    connection.busy_timeout(Duration::from_secs(10)).ok()?;
    connection.query_row(sql, [], |row| row.get(0)).ok()
}

/// Waits until a number is as expected; for minutes, because the computer may be busy.
#[track_caller]
pub fn wait_until(env: &TestEnv, sql: &str, expected: i64) {
    let mut found = None;
    for _ in 0..3000 {
        found = ask::<i64>(env, sql);
        if found == Some(expected) {
            return;
        }
        pause();
    }
    let log = fs::read_to_string(env.root().join("log")).unwrap_or_default();
    panic!("{found:?} instead of {expected}: {sql}\n{log}");
}

/// What other programs do in the meantime takes time.
pub fn pause() {
    std::thread::park_timeout(Duration::from_millis(100));
}

/// The configuration of a hot folder that is the card.
pub fn hot_card(env: &TestEnv) -> String {
    let event: i64 = ask(env, "select id from event").unwrap();
    format!("[[source]]\nevent = \"{event}\"\nfolder = '{}'\ncredit = \"Ana\"\n", env.card().display())
}

const INDEXED: &str = "select count(*) from photo where state = 'indexed' and credit = 'Ana'";
const TROUBLE: &str = "select count(*) from source where trouble is not null";

#[test]
fn a_folder_of_the_configuration_fills_its_event_and_only_with_whole_files() {
    let env = TestEnv::new().with_event();
    let config = hot_card(&env);
    let server = Server::on(env, &config);
    let env = &server.env;
    // In pieces, while others come at once.
    let bytes = fs::read(sample("photos").join(FEW[0])).unwrap();
    let mut slow = File::create(env.card().join("slow.jpg")).unwrap();
    for (index, piece) in bytes.chunks(bytes.len() / 5 + 1).enumerate() {
        slow.write_all(piece).unwrap();
        if index == 2 {
            fs::create_dir(env.card().join("day 2")).unwrap();
            for name in &FEW[1..] {
                let hidden = env.card().join("day 2").join(format!("{name}.part"));
                fs::copy(sample("photos").join(name), &hidden).unwrap();
                fs::rename(&hidden, env.card().join("day 2").join(name)).unwrap();
            }
            wait_until(env, INDEXED, 3);
        }
    }
    drop(slow);
    wait_until(env, INDEXED, 4);
    fs::rename(env.card().join("slow.jpg"), env.card().join("renamed.jpg")).unwrap();
    fs::remove_file(env.card().join("day 2").join(FEW[1])).unwrap();
    // The whole card goes, and comes again with one more.
    let elsewhere = env.root().join("elsewhere");
    fs::rename(env.card(), &elsewhere).unwrap();
    wait_until(env, "select count(*) from source where trouble = 'folder_missing'", 1);
    fs::rename(&elsewhere, env.card()).unwrap();
    env.put("DSC_0105.jpg", &fs::read(sample("photos").join("DSC_0105.jpg")).unwrap());
    wait_until(env, INDEXED, 5);
    wait_until(env, TROUBLE, 0);
    assert_eq!(ask::<i64>(env, "select count(*) from photo"), Some(5));
    let digest: Vec<u8> = ask(env, "select digest from photo where file_name = 'slow.jpg'").unwrap();
    assert_eq!(digest, Sha256::digest(&bytes).to_vec());

    // The configuration names it no more, and then again.
    let env = server.kill();
    let server = Server::on(env, "[log]\n");
    wait_until(&server.env, "select paused from source", 1);
    let env = server.kill();
    let server = Server::on(env, &config);
    server.env.put("DSC_0106.jpg", &fs::read(sample("photos").join("DSC_0106.jpg")).unwrap());
    wait_until(&server.env, INDEXED, 6);
    assert_eq!(ask::<i64>(&server.env, "select count(*) from source"), Some(1));
}

#[cfg(unix)]
#[test]
fn watch_takes_what_comes_until_it_is_interrupted() {
    let env = TestEnv::new().with_event().with_photos(&FEW[..1]);
    let card = env.card();
    let log = File::create(env.root().join("log")).unwrap();
    let mut watch = env.command(&["watch", "Party", card.to_str().unwrap(), "--credit", "Ana", "--json"]);
    let watch = watch.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    wait_until(&env, INDEXED, 1);
    fs::copy(sample("photos").join(FEW[1]), card.join(FEW[1])).unwrap();
    fs::copy(sample("photos").join(FEW[1]), card.join("the same.jpg")).unwrap();
    let cut = &fs::read(sample("photos").join(FEW[2])).unwrap()[..50_000];
    env.put("cut.jpg", cut);
    wait_until(&env, INDEXED, 2);
    wait_until(&env, "select count(*) from source_file", 3);
    // The server leaves this folder to it.
    assert_eq!(ask::<String>(&env, "select origin from source").as_deref(), Some("command"));
    assert!(
        std::process::Command::new("kill")
            .args(["-INT", &watch.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    let output = watch.wait_with_output().unwrap();
    assert!(output.status.success());
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary, serde_json::json!({ "photos": 2, "known": 1, "waiting": 1 }));
    assert_eq!(ask::<i64>(&env, "select count(*) from photo"), Some(2));
}
