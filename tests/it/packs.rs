//! `fotota models fetch` and `add`: terms, what is there already, what cannot be fetched.

use std::path::{Path, PathBuf};

use crate::common::TestEnv;

/// Sources as in `models/packs.toml`, with an address that nobody answers.
const SOURCE: &str = "[pack.recogniser.source]\nurl = \"https://127.0.0.1:1/net\"\nbytes = 4884269\n";

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(name)
}

/// A configuration with a pack `mine`: the default pack, but its recogniser is not in the executable.
fn config(env: &TestEnv, source: &str, more: &str) -> String {
    let known = std::fs::read_to_string(shipped("packs.toml")).unwrap();
    let default = known.split("[[pack]]").take(2).collect::<Vec<_>>().join("[[pack]]");
    let mine = default
        .replace("name = \"default\"", "name = \"mine\"\nterms = \"Be kind.\"")
        .replace("embedded = true", "embedded = false")
        .replace("[pack.detector]", "[pack.detector]\nembedded = true");
    env.put("packs.toml", format!("{mine}{source}").as_bytes());
    let list = env.card().join("packs.toml");
    env.put("mine.toml", format!("[face]\npacks_file = '{}'\n{more}", list.display()).as_bytes());
    env.card().join("mine.toml").display().to_string()
}

/// Success, and what was printed on standard error.
fn run(env: &TestEnv, arguments: &[&str]) -> (bool, String) {
    let output = env.run(arguments);
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn nothing_is_fetched_before_the_terms_are_accepted() {
    let env = TestEnv::new();
    // What the configuration accepts once and for all is not enough, nor that nobody can be asked.
    let config = config(&env, SOURCE, "accept_license = true\n");
    let (done, message) = run(&env, &["models", "fetch", "mine", "--config", &config]);
    assert!(!done && message.contains("Be kind.") && message.contains("licence: MIT"), "{message}");
    assert!(message.contains("--accept-license") && message.contains("127.0.0.1"), "{message}");
    assert!(!env.data().exists());
    let (done, message) = run(&env, &["models", "fetch", "mine", "--config", &config, "--accept-license"]);
    assert!(!done && message.contains("Be kind.") && message.contains("cannot download"), "{message}");
    assert!(!env.data().join("models/mine/mobilefacenet.onnx").exists());
}

#[test]
fn a_file_that_is_here_is_not_fetched_again() {
    let env = TestEnv::new();
    let config = config(&env, SOURCE, "");
    let folder = env.data().join("models/mine");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(shipped("mobilefacenet.onnx"), folder.join("mobilefacenet.onnx")).unwrap();
    let fetched = env.json(&["models", "fetch", "mine", "--config", &config]);
    assert_eq!(
        (fetched["pack"].as_str(), fetched["runs"].as_bool()),
        (Some("mine"), Some(true)),
        "{fetched}"
    );
    // A damaged one is.
    env.put("damaged", b"damaged");
    std::fs::copy(env.card().join("damaged"), folder.join("mobilefacenet.onnx")).unwrap();
    let (done, message) = run(&env, &["models", "fetch", "mine", "--config", &config, "--accept-license"]);
    assert!(!done && message.contains("cannot download"), "{message}");
}

#[test]
fn a_pack_is_added_and_then_used() {
    let env = TestEnv::new();
    let config = config(&env, "", "pack = \"mine\"\n");
    let (done, message) = run(&env, &["models", "fetch", "mine", "--config", &config, "--accept-license"]);
    assert!(!done && message.contains("fotota models add mine FOLDER"), "{message}");
    let folder = shipped("");
    let added = env.json(&["models", "add", "mine", folder.to_str().unwrap(), "--config", &config]);
    assert_eq!(added["files"][1]["sha256"], added["files"][1]["expected"], "{added}");
    let listed = env.json(&["models", "list", "--config", &config]);
    let mine = listed.as_array().unwrap().iter().find(|pack| pack["name"] == "mine").unwrap();
    assert_eq!((mine["present"].as_bool(), mine["embedded"].as_bool()), (Some(true), Some(false)), "{mine}");
    assert_eq!(env.json(&["models", "verify", "--config", &config])["pack"], "mine");
}

#[test]
fn a_pack_that_forbids_commercial_use_is_not_added_silently() {
    let env = TestEnv::new();
    let (done, message) = run(&env, &["models", "add", "buffalo_s", "."]);
    assert!(!done && message.contains("--accept-license"), "{message}");
    let (done, message) = run(&env, &["models", "add", "buffalo_s", ".", "--accept-license"]);
    assert!(!done && message.contains("det_500m.onnx"), "{message}");
}

#[test]
fn an_address_without_https_is_refused() {
    let env = TestEnv::new();
    let config = config(&env, &SOURCE.replace("https", "http"), "");
    let (done, message) = run(&env, &["models", "fetch", "mine", "--config", &config, "--accept-license"]);
    assert!(!done && message.contains("must begin with https://"), "{message}");
}
