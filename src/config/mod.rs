//! The configuration: defaults, overlaid by a TOML file, overlaid by the command line. `config.example.toml` explains
//! every key; an unknown key is an error that names it. Secrets may come from the environment or from files.

mod accounts;
mod photos;
mod secret;

use std::fmt::Display;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::store::Durability;

pub use accounts::{Accounts, Drive, Google, Registration};
pub use photos::{Face, Intake};
pub use secret::Secret;

use secret::resolve;

/// Why a configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("cannot read the configuration `{path}`")]
    Read {
        /// As given.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Not TOML, or a key or value that is not known.
    #[error("the configuration `{path}` is invalid")]
    Parse {
        /// As given.
        path: PathBuf,
        /// Where and what.
        source: toml::de::Error,
    },
    /// A number out of its range.
    #[error("the configuration key `{key}` is {value}, expected {expected}")]
    Range {
        /// Section and key.
        key: &'static str,
        /// As given.
        value: String,
        /// What would do.
        expected: &'static str,
    },
}

/// Everything that can be set.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Guests' web server.
    pub server: Server,
    /// Finding and recognising faces.
    pub face: Face,
    /// Taking photos in.
    pub intake: Intake,
    /// Keeping them.
    pub storage: Storage,
    /// Guests' and users' data.
    pub privacy: Privacy,
    /// Users' accounts.
    pub accounts: Accounts,
    /// Sign-in with Google or another OpenID provider.
    pub google: Google,
    /// Search of public Google Drive folders.
    pub drive: Drive,
    /// What is written to standard error.
    pub log: Log,
}

/// Guests' web server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port to listen on.
    pub bind: SocketAddr,
    /// How guests reach it, for links and QR codes; unset: `http://` and the address in the local network.
    pub public_url: Option<String>,
    /// Where the mobile app opens events: their id is appended; unset: there is no app.
    pub deep_link_base_url: Option<String>,
    /// Whether a proxy in front of the server says in `X-Forwarded-For` who is asking.
    pub behind_proxy: bool,
    /// A client that sends nothing for so long, in the middle of a request, is cut off.
    pub slow_client_seconds: u32,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([0, 0, 0, 0], 8080)),
            public_url: None,
            deep_link_base_url: None,
            behind_proxy: false,
            slow_client_seconds: 30,
        }
    }
}

impl Server {
    /// How long a client may send nothing in the middle of a request.
    #[must_use]
    pub fn slow_client(&self) -> Duration {
        Duration::from_secs(self.slow_client_seconds.into())
    }

    fn check(&self, check: &Check) -> Result<(), ConfigError> {
        let seconds = self.slow_client_seconds;
        check((1..=600).contains(&seconds), "server.slow_client_seconds", &seconds, "1 to 600")
    }
}

/// Keeping photos.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Storage {
    /// How hard commits are pressed onto the disk.
    pub durability: Durability,
}

/// Guests' and users' data.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Privacy {
    /// After so many hours a guest's session is forgotten.
    pub guest_session_hours: u32,
    /// A user's stored selfie that nobody searched with for so many days is deleted.
    pub selfie_days: u32,
}

impl Default for Privacy {
    fn default() -> Self {
        Self { guest_session_hours: 24, selfie_days: 365 }
    }
}

impl Privacy {
    /// How long a guest's session lasts.
    #[must_use]
    pub fn guest_session(&self) -> Duration {
        Duration::from_secs(u64::from(self.guest_session_hours) * 3600)
    }

    /// How long a stored selfie lasts that is not used.
    #[must_use]
    pub fn selfie(&self) -> Duration {
        accounts::days(self.selfie_days)
    }
}

/// How the log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A line for a person.
    #[default]
    Text,
    /// A line of JSON for a program.
    Json,
}

/// What is written to standard error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// How it looks.
    pub format: LogFormat,
}

/// Refuses a value that is out of its range.
type Check<'a> = dyn Fn(bool, &'static str, &dyn Display, &'static str) -> Result<(), ConfigError> + 'a;

impl Config {
    /// Reads a configuration file, where there is one, and the secrets; what it does not name keeps its default.
    ///
    /// # Errors
    /// When a file cannot be read, has an unknown key, or a value out of range.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let mut config = path.map_or_else(|| Ok(Self::default()), Self::read)?;
        config.google.take_secret()?;
        config.drive.take_secret()?;
        config.check()?;
        Ok(config)
    }

    fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        toml::from_str(&text).map_err(|source| ConfigError::Parse { path: path.to_owned(), source })
    }

    fn check(&self) -> Result<(), ConfigError> {
        let check: &Check = &|valid, key, value, expected| {
            if valid { Ok(()) } else { Err(ConfigError::Range { key, value: value.to_string(), expected }) }
        };
        self.server.check(check)?;
        self.face.check(check)?;
        self.intake.check(check)?;
        let Privacy { guest_session_hours: hours, selfie_days } = self.privacy;
        check((1..=24).contains(&hours), "privacy.guest_session_hours", &hours, "1 to 24")?;
        check((1..=3650).contains(&selfie_days), "privacy.selfie_days", &selfie_days, "1 to 3650")?;
        self.accounts.check(check)?;
        self.drive.check(check)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_the_default_and_names_every_key() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.toml");
        assert_eq!(Config::read(&path).unwrap(), Config::default());
        // Keys without a default stand there as comments: uncommented, they must be known.
        let text = std::fs::read_to_string(path).unwrap();
        let all: String =
            text.lines().map(|line| line.strip_prefix("#! ").unwrap_or(line).to_owned() + "\n").collect();
        let config: Config = toml::from_str(&all).unwrap();
        assert!(config.server.public_url.is_some() && config.server.deep_link_base_url.is_some());
        let Google { client_id, client_secret, client_secret_file, .. } = &config.google;
        assert!(client_id.is_some() && client_secret.is_some() && client_secret_file.is_some());
        assert!(config.drive.api_key.is_some() && config.drive.api_key_file.is_some());
        assert!(config.face.packs_file.is_some() && config.face.models_folder.is_some());
        assert!(config.face.detector_threshold.is_some() && config.face.match_threshold.is_some());
    }

    #[test]
    fn unknown_keys_and_wild_values_are_named() {
        let error = toml::from_str::<Config>("[intake]\nworker = 3\n").unwrap_err().to_string();
        assert!(error.contains("worker"), "{error}");
        let config: Config = toml::from_str("[face]\nmatch_threshold = 7.0\n").unwrap();
        let error = config.check().unwrap_err().to_string();
        assert_eq!(error, "the configuration key `face.match_threshold` is 7, expected 0 to 1");
    }
}
