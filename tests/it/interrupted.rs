//! Imports that are killed, and imports that run at the same time: the data folder ends as if nothing had happened.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use crate::common::{FEW, TestEnv};

/// Everything in the data folder that does not depend on random ids and on the clock.
fn contents(env: &TestEnv) -> Vec<String> {
    let connection = Connection::open(env.data().join("fotota.db")).unwrap();
    let rows = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    let mut all = rows(
        "select format('photo %s %s %d %s %d %d %s %s', file_name, hex(digest), size_bytes, format, width, height,
                       state, failure)
         from photo order by file_name",
    );
    all.extend(rows(
        "select format('face %s %s %s %s %s %s %s', file_name, x, y, w, h, score, hex(embedding))
         from face join photo on photo.id = photo_id order by file_name, x",
    ));
    all.extend(rows("select format('jobs %d', count(*)) from job"));
    all.extend(rows("select format('purges %d', count(*)) from purge"));
    // The index holds a vector for each face.
    all.extend(rows("select format('vectors %d', count(*)) from face_vec_1_rowids"));
    for (id, name) in ids(&connection) {
        for (folder, suffix) in [("originals", "jpg"), ("derived", "preview.jpg"), ("derived", "thumb.jpg")] {
            let path =
                env.data().join(folder).join(format!("{:02x}", id & 0xFF)).join(format!("{id}.{suffix}"));
            let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            all.push(format!("file {name} {suffix} {:x?}", Sha256::digest(bytes)));
        }
    }
    for folder in ["originals", "derived", "incoming"] {
        all.push(format!("{folder} {}", count_files(&env.data().join(folder))));
    }
    all
}

fn ids(connection: &Connection) -> Vec<(i64, String)> {
    let mut statement = connection
        .prepare("select id, file_name from photo where state = 'indexed' order by file_name")
        .unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn count_files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { count_files(&path) } else { 1 }).sum()
}

fn env() -> TestEnv {
    let env = TestEnv::new().with_photos(&FEW).with_event();
    // The same bytes under a second name, and a file that fails.
    std::fs::copy(env.card().join(FEW[0]), env.card().join("copy.jpg")).unwrap();
    env.put("truncated.jpg", &std::fs::read(env.card().join(FEW[1])).unwrap()[..60_000]);
    env
}

#[expect(clippy::disallowed_methods, reason = "the moment of the kill is the point of the test")]
fn kill_after(env: &TestEnv, time: Duration) {
    let card = env.card();
    let mut import = env.command(&["import", "Party", card.to_str().unwrap()]);
    let mut import = import.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(time);
    // SIGKILL on Unix.
    import.kill().unwrap();
    import.wait().unwrap();
}

#[test]
fn an_import_killed_at_any_moment_and_run_again_ends_as_one_that_was_not() {
    const POINTS: u32 = 16;
    let undisturbed = env();
    let start = Instant::now();
    undisturbed.import();
    let duration = start.elapsed();
    let expected = contents(&undisturbed);
    assert!(expected.iter().any(|line| line.starts_with("face ")), "{expected:#?}");
    for point in 0..POINTS {
        let disturbed = env();
        // From the first instant to the last; every fourth is killed a second time on its way.
        kill_after(&disturbed, duration * point / POINTS);
        if point % 4 == 3 {
            kill_after(&disturbed, duration / 3);
        }
        disturbed.import();
        assert_eq!(contents(&disturbed), expected, "killed at {point} of {POINTS}");
    }
}

#[test]
fn two_imports_at_the_same_time_share_the_work_and_double_nothing() {
    let undisturbed = env();
    undisturbed.import();
    let shared = env();
    let card = shared.card();
    let mut first = shared.command(&["import", "Party", card.to_str().unwrap()]);
    let mut first = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    shared.import();
    assert!(first.wait().unwrap().success());
    assert_eq!(contents(&shared), contents(&undisturbed));
}
