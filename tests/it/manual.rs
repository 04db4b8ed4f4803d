//! What shells and `man` read.

use std::process::Stdio;

use crate::common::TestEnv;

fn printed(env: &TestEnv, arguments: &[&str]) -> String {
    let output = env.run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_shell_completes_the_commands() {
    let env = TestEnv::new();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = printed(&env, &["completions", shell]);
        assert!(
            script.contains("fotota") && script.contains("rehearse") && script.contains("bind"),
            "{shell}"
        );
    }
}

#[test]
fn bash_takes_the_completions() {
    let env = TestEnv::new();
    let script = printed(&env, &["completions", "bash"]);
    let Ok(mut bash) = std::process::Command::new("bash").args(["-n"]).stdin(Stdio::piped()).spawn() else {
        println!("SKIPPED: there is no bash");
        return;
    };
    std::io::Write::write_all(&mut bash.stdin.take().unwrap(), script.as_bytes()).unwrap();
    assert!(bash.wait().unwrap().success());
}

#[test]
fn there_is_a_manual_page_for_each_command_and_none_says_what_is_set_here() {
    let env = TestEnv::new();
    let folder = env.root().join("man");
    let mut command = env.command(&["man", folder.to_str().unwrap()]);
    assert!(command.env("FOTOTA_DATA", "/a/secret/place").status().unwrap().success());
    let page = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    assert!(page("fotota.1").contains("fotota\\-serve(1)"), "{}", page("fotota.1"));
    assert!(page("fotota-serve.1").contains("\\-\\-bind"));
    assert!(page("fotota-event-create.1").contains("\\-\\-password"));
    assert!(!page("fotota-serve.1").contains("secret"));
    assert!(printed(&env, &["man"]).contains(".TH fotota 1"));
}
