//! What other programs of the system print.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(4);
/// More is not read.
const MOST_BYTES: u64 = 1 << 20;

/// What a program prints, in English where it has languages. `None` if there is no such program, it takes too long, or
/// it fails, as it does without the rights that it needs.
pub(super) fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).env("LC_ALL", "C");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let stdout = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.take(MOST_BYTES).read_to_end(&mut bytes);
        sender.send(read.map(|_| bytes)).ok();
    });
    let bytes = receiver.recv_timeout(TIMEOUT);
    if bytes.is_err() {
        child.kill().ok();
    }
    let succeeded = child.wait().is_ok_and(|status| status.success());
    let bytes = bytes.ok()?.ok().filter(|_| succeeded)?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_fails_or_is_not_there_says_nothing() {
        assert_eq!(output("echo", &["found"]).as_deref(), Some("found\n"));
        assert_eq!(output("sh", &["-c", "echo half; exit 1"]), None);
        assert_eq!(output("no-such-program-of-ours", &[]), None);
    }
}
