//! The executable on a temporary data folder, and the sample event.

pub mod acme;
pub mod client;
pub mod contract;
pub mod drive;
#[expect(dead_code, reason = "the tests of the crate use all of it")]
#[path = "../../../src/drive/tests/server.rs"]
pub mod drive_server;
pub mod ftp;
pub mod guest;
pub mod node;
pub mod oidc;
pub mod prometheus;
pub mod server;
pub mod tls;
pub mod tus;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The photos and selfies that the executable carries for its demo.
pub fn sample(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo").join(path)
}

/// A photo of Eileen Collins alone, one of Grace Hopper alone, one of both, one of nobody.
pub const FEW: [&str; 4] = ["DSC_0101.jpg", "DSC_0102.jpg", "DSC_0103.jpg", "DSC_0104.jpg"];

fn write(path: &Path, bytes: &[u8]) {
    std::io::Write::write_all(&mut std::fs::File::create(path).unwrap(), bytes).unwrap();
}

/// The configuration of commands that name none: wherever the tests run, it is not on the internet.
const LOCAL: &str = "local.toml";

/// A folder for the data, and one that stands for a camera's card.
pub struct TestEnv {
    root: TempDir,
}

impl TestEnv {
    pub fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["card", "temporary"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        let env = Self { root };
        write(&env.root().join(LOCAL), b"[server]\ninternet = false\n");
        env
    }

    /// With the data folder of another one.
    #[cfg(unix)]
    pub fn sharing(other: &Self) -> Self {
        let env = Self::new();
        std::os::unix::fs::symlink(other.data(), env.data()).unwrap();
        env
    }

    pub fn root(&self) -> &Path {
        self.root.path()
    }

    pub fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    pub fn card(&self) -> PathBuf {
        self.root.path().join("card")
    }

    /// Where commands make their temporary folders.
    pub fn temporary(&self) -> PathBuf {
        self.root.path().join("temporary")
    }

    /// Copies photos of the sample event onto the card.
    pub fn with_photos(self, names: &[&str]) -> Self {
        for name in names {
            std::fs::copy(sample("photos").join(name), self.card().join(name)).unwrap();
        }
        self
    }

    pub fn put(&self, name: &str, bytes: &[u8]) {
        write(&self.card().join(name), bytes);
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fotota"));
        command.arg("--data").arg(self.data()).args(arguments).stdin(Stdio::null());
        command.env(if cfg!(windows) { "TMP" } else { "TMPDIR" }, self.temporary());
        command.env("FOTOTA_CONFIG", self.root().join(LOCAL));
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What the command prints as JSON, on its last line.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.command(arguments).arg("--json").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let last = text.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|_| {
            panic!("{arguments:?} printed {text:?} and {}", String::from_utf8_lossy(&output.stderr))
        })
    }

    /// An event called `Party`.
    pub fn with_event(self) -> Self {
        let event = self.json(&["event", "create", "Party"]);
        assert_eq!(event["name"], "Party", "{event}");
        self
    }

    /// Imports the whole card into `Party`.
    pub fn import(&self) -> Value {
        let card = self.card();
        self.json(&["import", "Party", card.to_str().unwrap()])
    }
}

/// The names of the photos that a search found, sorted.
pub fn found(result: &Value) -> Vec<&str> {
    let matches = result["matches"].as_array().unwrap_or_else(|| panic!("no matches in {result}"));
    let mut names: Vec<&str> = matches.iter().map(|m| m["file_name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}
