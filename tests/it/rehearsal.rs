//! Rehearsals: started by the studio and in the terminal, stopped, and killed. Nothing of them may stay.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::common::TestEnv;
use crate::common::client::Client;
use crate::common::server::Server;
use crate::watch::pause;

const SMALL: (u16, u16) = (4, 1);
const PATH: &str = "/studio/rehearsal";

fn plan((guests, within): (u16, u16)) -> Value {
    json!({ "guests": guests, "within_seconds": within })
}

/// For minutes, because the computer may be busy.
#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if is_so() {
            return;
        }
        pause();
    }
    panic!("waited in vain until {what}");
}

/// Waits until no rehearsal runs any more; returns how it ended.
fn ended(admin: &mut Client) -> Value {
    let mut status = Value::Null;
    wait_until("the rehearsal ends", || {
        status = admin.get(PATH).expect(200);
        status["state"] != "running"
    });
    status
}

/// Waits until the photos are made, while a rehearsal runs.
fn until_guests_arrive(admin: &mut Client) {
    wait_until("guests arrive", || {
        let status = admin.get(PATH).expect(200);
        assert_eq!(status["state"], "running", "{status}");
        status["running"]["doing"] == "guests"
    });
}

/// What is left of rehearsals: their folders, and processes that were started in this environment.
fn left_over(env: &TestEnv) -> Vec<String> {
    let folders = std::fs::read_dir(env.temporary()).unwrap();
    let mut found: Vec<_> = folders.map(|entry| entry.unwrap().path().display().to_string()).collect();
    if cfg!(target_os = "linux") {
        let root = env.root().display().to_string();
        for process in std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path()) {
            let line = std::fs::read(process.join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line);
            if line.contains(&root) && line.split('\0').any(|argument| argument == "rehearse") {
                found.push(line.into_owned());
            }
        }
    }
    found
}

#[test]
fn the_studio_plays_a_rehearsal_beside_its_events() {
    let server = Server::start();
    let mut admin = server.admin();
    let idle = json!({
        "state": "idle", "running": null, "report": null, "problem": null, "guests_lately": false
    });
    assert_eq!(admin.get(PATH).expect(200), idle);
    admin.post(PATH, &plan(SMALL)).expect(202);
    admin.post(PATH, &plan(SMALL)).refused(409, "rehearsal.running");
    let running = &admin.get(PATH).expect(200)["running"];
    assert_eq!((&running["guests"], &running["within_seconds"]), (&json!(4), &json!(1)), "{running}");
    assert_eq!((&running["doing"], &running["takes_seconds"]), (&json!("photos"), &json!(21)), "{running}");
    let status = ended(&mut admin);
    let report = &status["report"];
    assert_eq!((&status["state"], &status["problem"]), (&json!("done"), &json!(null)), "{status}");
    assert_eq!((&report["guests"], &report["failed"]), (&json!(4), &json!(0)), "{report}");
    assert!(report["p95_ms"].as_f64().unwrap() > 0.0, "{report}");
    assert!(["none", "computer", "wifi"].contains(&report["limit"].as_str().unwrap()), "{report}");
    assert_eq!(left_over(&server.env), Vec::<String>::new());
    assert_eq!(server.count("select count(*) from event") + server.count("select count(*) from photo"), 0);
}

#[test]
fn guests_who_are_there_are_not_made_to_wait_unasked() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    server.guest(&mut admin, event);
    assert_eq!(admin.get(PATH).expect(200)["guests_lately"], true);
    admin.post(PATH, &plan(SMALL)).refused(409, "rehearsal.guests");
    for (wrong, field) in [((0, 1), "guests"), ((501, 1), "guests"), ((1, 121), "within_seconds")] {
        admin.post(PATH, &plan(wrong)).invalid("body", field);
    }
    admin.post(PATH, &json!({ "guests": 1, "within_seconds": 1, "despite_guests": true })).expect(202);
    admin.delete(PATH).expect(204);
    let mut user = server.user("rina");
    user.get(PATH).refused(403, "admin.required");
    user.post(PATH, &plan(SMALL)).refused(403, "admin.required");
    user.delete(PATH).refused(403, "admin.required");
}

#[test]
fn a_stopped_rehearsal_leaves_nothing() {
    let server = Server::start();
    let mut admin = server.admin();
    // Nothing to stop is no error.
    admin.delete(PATH).expect(204);
    admin.post(PATH, &plan((50, 120))).expect(202);
    until_guests_arrive(&mut admin);
    assert!(!left_over(&server.env).is_empty());
    admin.delete(PATH).expect(204);
    assert_eq!(admin.get(PATH).expect(200)["state"], "idle");
    assert_eq!(left_over(&server.env), Vec::<String>::new());
    // In the middle of the preparation.
    admin.post(PATH, &plan((50, 120))).expect(202);
    wait_until("its folder is there", || !left_over(&server.env).is_empty());
    admin.delete(PATH).expect(204);
    wait_until("nothing is left", || left_over(&server.env).is_empty());
}

#[test]
fn a_rehearsal_ends_with_a_server_that_is_killed() {
    let server = Server::start();
    let mut admin = server.admin();
    admin.post(PATH, &plan((50, 120))).expect(202);
    until_guests_arrive(&mut admin);
    let env = server.kill();
    wait_until("nothing is left", || left_over(&env).is_empty());
}

#[test]
fn a_rehearsal_that_cannot_start_says_why() {
    let server = Server::start();
    let mut admin = server.admin();
    // The server has read it, and the rehearsal reads it again.
    let config = server.env.root().join("config.toml");
    std::fs::File::create(config).unwrap().set_len(1).unwrap();
    admin.post(PATH, &plan(SMALL)).expect(202);
    let status = ended(&mut admin);
    assert_eq!(status["state"], "failed", "{status}");
    assert!(status["problem"].as_str().unwrap().contains("config.toml"), "{status}");
}

/// In the terminal, `kill -9` gives it no chance to clean up; its server does.
#[test]
fn a_killed_rehearsal_leaves_neither_server_nor_photos() {
    let env = TestEnv::new();
    let mut command =
        env.command(&["rehearse", "--guests", "50", "--within", "120", "--address", "127.0.0.1"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let notes = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(notes.take_while(|note| !note.contains("come to the server")).count() > 0);
    assert!(!left_over(&env).is_empty());
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until("nothing is left", || left_over(&env).is_empty());
}
