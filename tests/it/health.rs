//! The question of a health check.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::common::TestEnv;

#[test]
fn health_says_whether_the_server_of_this_folder_answers() {
    let env = TestEnv::new();
    let health = || env.run(&["health"]);
    assert_eq!(health().status.code(), Some(1));
    assert!(String::from_utf8_lossy(&health().stderr).contains("no server runs"));

    let mut command = env.command(&["serve", "--bind", "0.0.0.0:0", "--json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let bound = serde_json::from_str::<Value>(&line).unwrap()["bound"].as_str().unwrap().to_owned();
    let port = bound.rsplit(':').next().unwrap().to_owned();
    let answer = env.json(&["health"]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(answer["healthy"], true);
    assert_eq!(answer["address"], format!("127.0.0.1:{port}"));
    assert_eq!(health().status.code(), Some(1));
}
