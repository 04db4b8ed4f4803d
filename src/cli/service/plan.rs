//! What installs and removes a service: one file, and the programs that are called around it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

/// In each file that this program writes, so that it neither replaces nor removes others.
const MARK: &str = "Written by `fotota service`";

/// A program of the system with its arguments.
pub(super) type Step = Vec<String>;

/// How to install and to remove the service.
pub(super) struct Plan {
    pub(super) file: PathBuf,
    pub(super) text: String,
    /// Windows reads its own files that way.
    pub(super) utf16: bool,
    /// Before the file is written.
    pub(super) prepare: Vec<Step>,
    pub(super) start: Vec<Step>,
    /// While the file is still there.
    pub(super) stop: Vec<Step>,
    /// When the file is gone.
    pub(super) forget: Vec<Step>,
    /// What the user may want to know afterwards.
    pub(super) hint: String,
}

/// A program and its arguments, of one line.
pub(super) fn step(line: &str) -> Step {
    line.split(' ').map(str::to_owned).collect()
}

impl Plan {
    pub(super) fn install(&self) -> anyhow::Result<()> {
        self.refuse_a_file_of_others()?;
        if self.file.exists() {
            self.stop();
        }
        self.prepare.iter().try_for_each(call)?;
        let context = || format!("cannot write `{}`", self.file.display());
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder).with_context(context)?;
        }
        let mut written = std::fs::File::create(&self.file).with_context(context)?;
        std::io::Write::write_all(&mut written, &self.bytes()).with_context(context)?;
        drop(written);
        self.start.iter().try_for_each(call)
    }

    pub(super) fn uninstall(&self) -> anyhow::Result<()> {
        if !self.file.exists() {
            bail!("there is no service: `{}` is not there", self.file.display());
        }
        self.refuse_a_file_of_others()?;
        self.stop();
        std::fs::remove_file(&self.file)
            .with_context(|| format!("cannot remove `{}`", self.file.display()))?;
        self.forget.iter().try_for_each(call)
    }

    /// A step that fails is no obstacle: the service may have been stopped before.
    fn stop(&self) {
        for step in &self.stop {
            call(step).ok();
        }
    }

    fn refuse_a_file_of_others(&self) -> anyhow::Result<()> {
        let Ok(bytes) = std::fs::read(&self.file) else { return Ok(()) };
        // Without the zeros of UTF-16.
        let bytes: Vec<u8> = bytes.into_iter().filter(|byte| *byte != 0).collect();
        if String::from_utf8_lossy(&bytes).contains(MARK) {
            return Ok(());
        }
        bail!("`{0}` was not written by FotoTa\nhint: remove or rename it yourself", self.file.display())
    }

    fn bytes(&self) -> Vec<u8> {
        if !self.utf16 {
            return self.text.clone().into_bytes();
        }
        "\u{FEFF}".encode_utf16().chain(self.text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    }

    pub(super) fn as_json(&self) -> serde_json::Value {
        serde_json::json!({ "file": self.file.to_string_lossy(), "text": self.text, "prepare": self.prepare,
            "start": self.start, "stop": self.stop, "forget": self.forget })
    }
}

/// What the program prints is for the user.
fn call(step: &Step) -> anyhow::Result<()> {
    let line = step.join(" ");
    let (program, arguments) = step.split_first().context("a step without a program")?;
    let mut command = Command::new(program);
    let status = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).status();
    if !status.with_context(|| format!("cannot call `{line}`"))?.success() {
        bail!("`{line}` failed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(file: PathBuf) -> Plan {
        let (prepare, start, stop, forget) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let text = format!("# {MARK}.\n");
        Plan { file, text, utf16: false, prepare, start, stop, forget, hint: String::new() }
    }

    #[test]
    fn a_file_of_somebody_else_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("fotota.service");
        std::io::Write::write_all(&mut std::fs::File::create(&file).unwrap(), b"[Unit]\n").unwrap();
        assert!(plan(file.clone()).install().is_err());
        assert!(plan(file.clone()).uninstall().is_err());
        assert_eq!(std::fs::read(&file).unwrap(), b"[Unit]\n");
    }

    #[test]
    fn a_service_is_written_replaced_and_removed_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("units/fotota.service");
        for utf16 in [false, true] {
            let plan = Plan { utf16, ..plan(file.clone()) };
            plan.install().unwrap();
            plan.install().unwrap();
            let written = std::fs::read(&file).unwrap();
            assert_eq!(written.starts_with(&[0xFF, 0xFE]), utf16);
            plan.uninstall().unwrap();
            assert!(!file.exists() && plan.uninstall().is_err());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_step_that_fails_is_named() {
        let file = tempfile::tempdir().unwrap().path().join("fotota.service");
        let failing = Plan { start: vec![step("false --now fotota")], ..plan(file.clone()) };
        assert_eq!(failing.install().unwrap_err().to_string(), "`false --now fotota` failed");
        let unwilling = Plan { stop: vec![step("false")], ..plan(file.clone()) };
        unwilling.uninstall().unwrap();
        assert!(!file.exists());
    }
}
