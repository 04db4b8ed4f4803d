//! Accounts and secrets on the command line, beside a running server.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::common::TestEnv;
use crate::common::server::{PASSWORD, Server};
use crate::upgrade::old_folder;

/// A command with a password in its environment, as scripts give it.
fn with_password(env: &TestEnv, arguments: &[&str], password: &str) -> std::process::Output {
    env.command(arguments).arg("--json").env("FOTOTA_PASSWORD", password).output().unwrap()
}

fn json_of(output: &std::process::Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("{text} {}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn an_admin_is_made_promoted_and_demoted_on_the_command_line() {
    let server = Server::start();
    let env = &server.env;
    let made = json_of(&with_password(
        env,
        &["admin", "create", "Studio@Example.com", "--name", "Studio Adi"],
        PASSWORD,
    ));
    assert_eq!((&made["login"], &made["is_admin"]), (&json!("studio@example.com"), &json!(true)));
    // The set-up link is of no use any more.
    let setup = json!({ "token": server.setup, "login": "other", "password": PASSWORD });
    server.client().post("/setup", &setup).refused(403, "setup.refused");
    let again = with_password(env, &["admin", "create", "studio@example.com"], PASSWORD);
    assert!(
        !again.status.success() && json_of(&again)["error"]["message"].as_str().unwrap().contains("already")
    );
    let short = with_password(env, &["user", "create", "rina"], "short");
    assert!(!short.status.success());
    // From standard input, where scripts do not want it in the environment.
    let mut child = env
        .command(&["user", "create", "rina", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), format!("{PASSWORD}\n").as_bytes()).unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    let credentials = json!({ "login": "rina", "password": PASSWORD });
    let tokens = server.client().post("/auth/local", &credentials).expect(200);
    let mut rina = server.client().with_token(tokens["access_token"].as_str().unwrap());
    let event = json!({ "name": "Party", "password": "rahasia" });
    rina.post("/events", &event).refused(403, "admin.required");
    env.json(&["user", "promote", "rina"]);
    rina.post("/events", &event).expect(201);
    env.json(&["user", "demote", "rina"]);
    rina.post("/events", &event).refused(403, "admin.required");
    let users = env.json(&["user", "list"]);
    assert_eq!(users.as_array().unwrap().len(), 2);
    assert!(!env.run(&["user", "promote", "nobody"]).status.success());
}

#[test]
fn a_new_password_signs_out_everywhere() {
    let server = Server::start();
    let mut user = server.user("rina");
    let changed = with_password(&server.env, &["user", "password", "rina"], "another password");
    assert!(changed.status.success());
    user.get("/users/me").refused(401, "auth.required");
    let credentials = |password: &str| json!({ "login": "rina", "password": password });
    server.client().post("/auth/local", &credentials(PASSWORD)).refused(401, "auth.wrong");
    server.client().post("/auth/local", &credentials("another password")).expect(200);
}

#[test]
fn tokens_of_the_command_line_work_and_secrets_made_anew_end_all() {
    let server = Server::start();
    server.user("rina");
    let printed = server.env.json(&["user", "token", "rina", "--hours", "2"]);
    let token = printed["access_token"].as_str().unwrap().to_owned();
    let mut script = server.client().with_token(&token);
    assert_eq!(script.get("/users/me").expect(200)["name"], "rina");
    server.env.json(&["user", "disable", "rina"]);
    script.get("/users/me").refused(401, "auth.required");
    assert!(!server.env.run(&["user", "token", "rina"]).status.success());
    server.env.json(&["user", "enable", "rina"]);
    let printed = server.env.json(&["user", "token", "rina"]);
    let token = printed["access_token"].as_str().unwrap().to_owned();
    assert_eq!(server.env.json(&["secrets", "rotate", "access"])["rotated"], json!(["access"]));
    let server = Server::on(server.kill(), "");
    server.client().with_token(&token).get("/users/me").refused(401, "auth.required");
}

#[test]
fn the_doctor_tells_what_is_missing() {
    let env = TestEnv::new();
    let checks = |report: &Value, name: &str| -> (bool, String) {
        let check =
            report["checks"].as_array().unwrap().iter().find(|check| check["check"] == name).unwrap().clone();
        (check["ok"].as_bool().unwrap(), check["detail"].as_str().unwrap().to_owned())
    };
    let report = env.json(&["doctor"]);
    assert!(!env.data().exists() && checks(&report, "data folder").1.contains("no tables yet"), "{report}");
    assert!(checks(&report, "admin").1.contains("fotota admin create"));
    for part in ["sign-in with a provider", "search of Google Drive"] {
        assert!(checks(&report, part).1.contains("not set up"), "{report}");
    }
    // Half set up is a fault, and the secret may come from the environment.
    let config = env.root().join("half.toml");
    let text = "[server]\nbind = \"127.0.0.1:0\"\n[google]\nclient_id = \"me\"\n";
    std::io::Write::write_all(&mut std::fs::File::create(&config).unwrap(), text.as_bytes()).unwrap();
    let doctor = |secret: Option<&str>| {
        let mut command = env.command(&["--config", config.to_str().unwrap(), "doctor", "--json"]);
        command.envs(secret.map(|secret| ("FOTOTA_GOOGLE_CLIENT_SECRET", secret)));
        json_of(&command.output().unwrap())
    };
    let (healthy, detail) = checks(&doctor(None), "sign-in with a provider");
    assert!(!healthy && detail.contains("FOTOTA_GOOGLE_CLIENT_SECRET"), "{detail}");
    let report = doctor(Some("hush"));
    assert!(checks(&report, "sign-in with a provider").0 && !report.to_string().contains("hush"));
}

fn read_files(folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            read_files(&path, files);
        } else {
            files.insert(path.display().to_string(), std::fs::read(&path).unwrap());
        }
    }
}

#[test]
fn the_doctor_changes_no_byte() {
    let env = old_folder();
    let contents = || {
        let mut files = BTreeMap::new();
        read_files(&env.data(), &mut files);
        files
    };
    let detail = |name: &str| -> String {
        let report = env.json(&["doctor"]);
        let checks = report["checks"].as_array().unwrap();
        checks.iter().find(|check| check["check"] == name).unwrap()["detail"].as_str().unwrap().to_owned()
    };
    let before = contents();
    assert!(detail("data folder").contains("the next start migrates it"));
    assert!(contents() == before);
    // Migrated, and closed by its last process.
    env.json(&["event", "list"]);
    let before = contents();
    assert!(detail("jobs").starts_with("1 photo pending"), "{}", detail("jobs"));
    assert!(contents() == before);
    // While a server has it open.
    let server = Server::on(env, "");
    assert!(server.env.json(&["doctor"]).to_string().contains("has 1 event\""));
}
