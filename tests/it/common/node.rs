//! Folders of Node.js scripts below `tests/`, with their packages installed below the build folder.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Prints that a test was skipped. Unlike `eprintln!`, this is shown even for passing tests.
pub fn say_skipped(reason: &str) {
    std::io::stderr().write_all(format!("SKIPPED: {reason}\n").as_bytes()).unwrap();
}

/// Copies `tests/NAME` and installs its packages if necessary. Returns the folder, or the reason for a failure.
pub fn install(name: &str) -> Result<PathBuf, String> {
    const VERSION: u32 = 20;
    let version = Command::new("node").arg("--version").output().map_err(|_| "`node` is not installed")?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    if major.is_none_or(|major: u32| major < VERSION) {
        return Err(format!("`node` is older than {VERSION}"));
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    for file in std::fs::read_dir(source).unwrap().map(|entry| entry.unwrap().path()) {
        if file.is_file() {
            std::fs::copy(&file, folder.join(file.file_name().unwrap())).unwrap();
        }
    }
    // Written after a successful installation.
    let done = folder.join("installed-lock.json");
    let lock = std::fs::read(folder.join("package-lock.json")).unwrap();
    if std::fs::read(&done).is_ok_and(|installed| installed == lock) {
        return Ok(folder);
    }
    let npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"])
        .current_dir(&folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|_| "`npm` is not installed")?;
    if !npm.status.success() {
        let text = String::from_utf8_lossy(&npm.stderr).into_owned();
        let reason = text.lines().find(|line| line.starts_with("npm error")).unwrap_or("no reason given");
        return Err(format!("`npm ci` failed: {reason}"));
    }
    std::fs::copy(folder.join("package-lock.json"), done).unwrap();
    Ok(folder)
}
