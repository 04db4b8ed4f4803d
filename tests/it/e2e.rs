//! People in real browsers, against the program: each file of scenarios in `tests/e2e/` is a test. Without Node.js, its
//! packages or Chromium they say so and pass.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::common::node;

/// Where Debian has it; `FOTOTA_CHROMIUM` names another one.
const CHROMIUM: &str = "/usr/bin/chromium";

fn chromium() -> PathBuf {
    std::env::var_os("FOTOTA_CHROMIUM").map_or_else(|| CHROMIUM.into(), PathBuf::from)
}

/// Plays all scenarios of `tests/e2e/FILE.e2e.mjs`.
fn play(file: &str) {
    static INSTALLED: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| node::install("e2e"));
    // A browser and a server at once are enough for one computer.
    static TURN: Mutex<()> = Mutex::new(());
    let folder = match INSTALLED.as_ref() {
        Ok(folder) if chromium().is_file() => folder,
        Ok(_) => return node::say_skipped(&format!("no browser to test with: there is no `{CHROMIUM}`")),
        Err(reason) => return node::say_skipped(&format!("no browser to test with: {reason}")),
    };
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let output = Command::new("node")
        .args(["run.mjs", &format!("{file}: ")])
        .current_dir(folder)
        .env("FOTOTA_BIN", env!("CARGO_BIN_EXE_fotota"))
        .env("FOTOTA_SOURCES", env!("CARGO_MANIFEST_DIR"))
        .env("FOTOTA_CHROMIUM", chromium())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
}

/// A test for each file, and a list of them.
macro_rules! scenarios {
    ($($name:ident),*) => {
        $(#[test]
        fn $name() {
            play(stringify!($name));
        })*

        const FILES: &[&str] = &[$(stringify!($name)),*];
    };
}

scenarios!(
    account,
    guest,
    guest_selfies,
    guest_views,
    home,
    https,
    live,
    photos,
    second_factor,
    studio_address,
    studio_backups,
    studio_clocks,
    studio_ends,
    sources,
    studio_events,
    studio_live,
    studio_people,
    studio_photos,
    studio_share,
    studio_uploads,
    studio_venue,
    studio_views,
    wall
);

#[test]
fn every_file_of_scenarios_is_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    for name in names.filter_map(|name| name.into_string().ok()) {
        let scenarios = name.strip_suffix(".e2e.mjs");
        assert!(scenarios.is_none_or(|name| FILES.contains(&name)), "`{name}` is no test of e2e.rs");
    }
}
