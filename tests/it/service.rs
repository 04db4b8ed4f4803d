//! Service files: what they say, and what systemd thinks of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::TestEnv;

/// What `fotota service print` says, called without a data folder.
fn printed(manager: &str, before: &[&str], program: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fotota"));
    command.args(before).args(["service", "print", manager, "--program"]).arg(program);
    let output = command.env_remove("FOTOTA_DATA").env("HOME", "/home/ana").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn program() -> PathBuf {
    env!("CARGO_BIN_EXE_fotota").into()
}

fn config(env: &TestEnv, text: &str) -> String {
    let file = env.root().join("fotota.toml");
    std::io::Write::write_all(&mut std::fs::File::create(&file).unwrap(), text.as_bytes()).unwrap();
    file.to_str().unwrap().to_owned()
}

#[cfg(unix)]
#[test]
fn each_system_calls_the_server_with_its_data_folder() {
    let program = Path::new("/usr/local/bin/fotota");
    let unit = printed("systemd", &[], program);
    assert!(unit.contains("\nExecStart=/usr/local/bin/fotota --data /var/lib/fotota serve\n"), "{unit}");
    let unit = printed("systemd-user", &[], program);
    assert!(
        unit.contains("\nExecStart=/usr/local/bin/fotota --data /home/ana/fotota-data serve\n"),
        "{unit}"
    );
    let agent = printed("launchd", &["--data", "/Volumes/A & B"], program);
    assert!(
        agent.contains("<string>/usr/local/bin/fotota</string>\n        <string>--data</string>"),
        "{agent}"
    );
    assert!(agent.contains("<string>/Volumes/A &amp; B</string>"), "{agent}");
    let task = printed("windows", &["--data", "/data folder"], program);
    assert!(task.contains("<Arguments>--data \"/data folder\" serve</Arguments>"), "{task}");
    for text in [unit, agent, task] {
        assert!(!text.contains(['{', '}']), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn words_of_a_unit_stand_for_themselves() {
    let unit = printed("systemd", &["--data", "/srv/100% \"$A\""], Path::new("/usr/local/bin/fotota"));
    assert!(unit.contains("--data \"/srv/100%% \\\"$$A\\\"\" serve"), "{unit}");
    assert!(unit.contains("\nReadWritePaths=\"/srv/100%% \\\"$A\\\"\"\n"), "{unit}");
    assert!(!unit.contains("StateDirectory"), "{unit}");
}

#[test]
fn only_a_port_that_needs_a_right_gives_one() {
    let env = TestEnv::new();
    let without = printed("systemd", &[], &program());
    assert!(without.contains("CapabilityBoundingSet=\n") && !without.contains("CAP_"), "{without}");
    let second = config(&env, "[https]\nbind = \"0.0.0.0:443\"\nauthority = true\n");
    let with = printed("systemd", &["--config", &second], &program());
    assert!(with.contains("\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n"), "{with}");
    assert!(!with.contains("PrivateUsers"), "{with}");
    let backup = config(&env, "[backup]\nfolder = \"/media/backup/fotota\"\n");
    let unit = printed("systemd", &["--config", &backup], &program());
    assert!(unit.contains("\nReadWritePaths=-/media/backup/fotota\n"), "{unit}");
}

/// A unit in a folder of the test, as systemd wants it: a file with its name.
fn unit(env: &TestEnv, manager: &str, text: &str) -> PathBuf {
    let folder = env.root().join(manager);
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("fotota.service");
    std::io::Write::write_all(&mut std::fs::File::create(&file).unwrap(), text.as_bytes()).unwrap();
    file
}

#[test]
fn systemd_reads_the_units_and_finds_little_exposed() {
    let env = TestEnv::new();
    let analyze = |arguments: &[&str], file: &Path| {
        let mut command = Command::new("systemd-analyze");
        // A manager of a user has a folder there.
        command.env("XDG_RUNTIME_DIR", env.root()).env("LC_ALL", "C");
        command.args(arguments).arg(file).output()
    };
    if analyze(&["--version"], Path::new("")).is_err() {
        println!("SKIPPED: there is no systemd-analyze");
        return;
    }
    for manager in ["systemd", "systemd-user"] {
        let text = printed(manager, &[], &program());
        let file = unit(&env, manager, &text);
        let scope: &[&str] = if manager == "systemd" { &["verify"] } else { &["verify", "--user"] };
        let verified = analyze(scope, &file).unwrap();
        let said = String::from_utf8_lossy(&verified.stderr);
        assert!(!said.contains("fotota.service:"), "{manager}: {said}");
        // A mistake is found.
        let wrong = unit(&env, "wrong", &text.replace("\nUMask", "\nUMaks"));
        let said = analyze(scope, &wrong).unwrap();
        assert!(String::from_utf8_lossy(&said.stderr).contains("UMaks"));
    }
    let security = analyze(
        &["security", "--offline=true", "--threshold=15", "--no-pager"],
        &unit(&env, "systemd", &printed("systemd", &[], &program())),
    )
    .unwrap();
    let said = String::from_utf8_lossy(&security.stdout);
    println!("{}", said.lines().last().unwrap_or_default());
    assert!(security.status.success(), "{said}");
}
