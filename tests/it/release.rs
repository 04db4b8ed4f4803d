//! The archives of a release: what is in them, and that it does not depend on where and when they were made.

#![cfg(unix)]

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::TestEnv;

/// A short program in place of the executable, which packing would take long for; it calls the executable.
fn stand_in(env: &TestEnv) -> PathBuf {
    let path = env.root().join("stand-in");
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o755).open(&path).unwrap();
    let text = format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_fotota"));
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    path
}

fn python(arguments: &[&str]) -> Command {
    let mut command = Command::new("python3");
    command.args(arguments).env("PYTHONDONTWRITEBYTECODE", "1").current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn pack(target: &str, program: &Path, out: &Path) -> PathBuf {
    let built = format!("{target}={}", program.display());
    let mut command =
        python(&["deploy/release", "--out", out.to_str().unwrap(), "--target", target, "--built", &built]);
    let output = command.env("SOURCE_DATE_EPOCH", "1764500000").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let version = env!("CARGO_PKG_VERSION");
    out.join(format!("fotota-{version}-{target}.tar.gz"))
}

#[test]
fn the_same_sources_give_the_same_archive_with_all_licences() {
    if !python(&["-c", "import tomllib"]).status().is_ok_and(|status| status.success()) {
        println!("SKIPPED: there is no Python 3.11");
        return;
    }
    let env = TestEnv::new();
    let program = stand_in(&env);
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    if !cfg!(target_os = "linux") {
        println!("SKIPPED: only archives for Linux are tried");
        return;
    }
    let first = pack(&target, &program, &env.root().join("first"));
    let second = pack(&target, &program, &env.root().join("second"));
    assert!(std::fs::read(&first).unwrap() == std::fs::read(&second).unwrap());

    let folder = env.root().join("unpacked");
    std::fs::create_dir(&folder).unwrap();
    let mut tar = Command::new("tar");
    tar.arg("xzf").arg(&first).arg("--strip-components=1").arg("-C").arg(&folder);
    assert!(tar.status().unwrap().success());
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(read("fotota"), std::fs::read_to_string(&program).unwrap());
    for name in ["LICENSE", "licences/LICENSE-centerface.txt", "completions/_fotota", "man/fotota-serve.1"] {
        assert!(!read(name).is_empty());
    }
    assert!(read("fotota.service").contains("ExecStart=/usr/local/bin/fotota "));
    let licences = read("licences/THIRD-PARTY.txt");
    let parts: serde_json::Value = serde_json::from_str(&read("fotota.cdx.json")).unwrap();
    let parts = parts["components"].as_array().unwrap();
    assert!(parts.len() > 100, "{}", parts.len());
    for part in parts.iter().filter(|part| part["type"] == "library" && part["name"] != "lit-html") {
        let title = format!("{} {} (", part["name"].as_str().unwrap(), part["version"].as_str().unwrap());
        assert!(licences.contains(&title), "no licence of {title}");
    }
    assert!(!licences.contains("criterion") && licences.contains("lit-html"));
}
