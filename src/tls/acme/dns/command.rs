//! DNS records by a program of the person who runs the server: `PROGRAM add NAME VALUE`, `PROGRAM remove NAME VALUE`.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

use super::Provider;

const TIMEOUT: Duration = Duration::from_mins(2);
/// Letters of what it says about a failure.
const MAX_REASON: usize = 500;

pub(super) struct Command(pub(super) PathBuf);

impl Provider for Command {
    fn add(&self, name: &str, value: &str) -> Result<(), String> {
        self.run(["add", name, value])
    }

    fn remove(&self, name: &str, value: &str) -> Result<(), String> {
        self.run(["remove", name, value])
    }
}

impl Command {
    fn run(&self, arguments: [&str; 3]) -> Result<(), String> {
        let program = self.0.display();
        let mut command = std::process::Command::new(&self.0);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn().map_err(|error| format!("`{program}` cannot be run: {error}"))?;
        let (ended, end) = mpsc::channel();
        std::thread::spawn(move || ended.send(child.wait_with_output()));
        let late = |_| format!("`{program}` did not end within {} s", TIMEOUT.as_secs());
        let output = end.recv_timeout(TIMEOUT).map_err(late)?.map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(());
        }
        let said: String = String::from_utf8_lossy(&output.stderr).chars().take(MAX_REASON).collect();
        Err(format!("`{program}` failed ({}): {}", output.status, said.trim()))
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_program_gets_name_and_value_and_says_what_went_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let (program, output) = (folder.path().join("hook"), folder.path().join("output"));
        let script = format!(
            "#!/bin/sh\necho \"$@\" >> '{}'\n[ \"$1\" = add ] || {{ echo no right to >&2; exit 3; }}\n",
            output.display()
        );
        std::io::Write::write_all(&mut std::fs::File::create(&program).unwrap(), script.as_bytes()).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        let command = Command(program);
        command.add("_acme-challenge.a.example", "x; y").unwrap();
        let refused = command.remove("_acme-challenge.a.example", "x; y").unwrap_err();
        assert!(refused.contains("no right to") && refused.contains('3'), "{refused}");
        let ran = std::fs::read_to_string(output).unwrap();
        assert_eq!(ran, "add _acme-challenge.a.example x; y\nremove _acme-challenge.a.example x; y\n");
        assert!(Command("no/such/program".into()).add("a", "b").unwrap_err().contains("cannot be run"));
    }
}
