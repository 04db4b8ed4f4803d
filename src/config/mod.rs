//! The configuration: defaults, overridden by a TOML file, overridden by the command line. `config.example.toml`
//! explains every key; an unknown key is an error. Secrets may come from the environment or from files.

mod accounts;
mod backup;
mod ftp;
mod https;
mod metrics;
mod nodes;
mod photos;
mod secret;
mod server;
mod sources;
mod storage;

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::domain::Event;

pub use accounts::{Accounts, Drive, Google, Registration};
pub use backup::Backup;
pub use ftp::{Ftp, PortRange};
pub use https::{Acme, AcmeDns, Https, Rfc2136};
pub use metrics::Metrics;
pub use nodes::Nodes;
pub use photos::{Face, Intake};
pub use secret::Secret;
pub use server::{Server, is_host};
pub use sources::HotFolder;
pub use storage::{Bucket, Storage};

use secret::resolve;

/// Why a configuration is invalid.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Not TOML, or an unknown key or value.
    #[error("the configuration `{path}` is invalid")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Position and cause.
        source: toml::de::Error,
    },
    /// A number is out of range.
    #[error("the configuration key `{key}` is {value}, expected {expected}")]
    Range {
        /// Section and key.
        key: &'static str,
        /// The configured value.
        value: String,
        /// The valid range.
        expected: &'static str,
    },
}

/// The whole configuration.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Web server.
    pub server: Server,
    /// HTTPS.
    pub https: Https,
    /// Face detection and recognition.
    pub face: Face,
    /// Intake of photos.
    pub intake: Intake,
    /// FTP server for cameras.
    pub ftp: Ftp,
    /// Storage.
    pub storage: Storage,
    /// Several servers on one database.
    pub nodes: Nodes,
    /// Regular backups.
    pub backup: Backup,
    /// Retention of personal data.
    pub privacy: Privacy,
    /// Accounts.
    pub accounts: Accounts,
    /// Sign-in with Google or another OpenID provider.
    pub google: Google,
    /// Search of public Google Drive folders.
    pub drive: Drive,
    /// Log output.
    pub log: Log,
    /// Metrics for Prometheus.
    pub metrics: Metrics,
    /// Hot folders.
    pub source: Vec<HotFolder>,
}

/// Retention of personal data.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Privacy {
    /// Hours until a guest's session is deleted.
    pub guest_session_hours: u32,
    /// Days until a user's unused selfie is deleted.
    pub selfie_days: u32,
    /// Days after a new event until its faces are deleted, if its owner says nothing; 0: with its photos.
    pub faces_days: u32,
    /// Days until an entry of the audit log is deleted.
    pub audit_days: u32,
    /// Different people that one phone may search for in an hour where guests see only their own photos.
    pub people_per_hour: u32,
}

impl Default for Privacy {
    fn default() -> Self {
        Self { guest_session_hours: 24, selfie_days: 365, faces_days: 90, audit_days: 90, people_per_hour: 5 }
    }
}

impl Privacy {
    /// Lifetime of a guest's session.
    #[must_use]
    pub fn guest_session(&self) -> Duration {
        Duration::from_secs(u64::from(self.guest_session_hours) * 3600)
    }

    /// Retention of an unused selfie.
    #[must_use]
    pub fn selfie(&self) -> Duration {
        accounts::days(self.selfie_days)
    }

    /// Gives a new event, whose owner has said nothing about it, an end of its faces.
    pub fn end_faces(&self, event: &mut Event) {
        if self.faces_days > 0 {
            event.keep_faces_for(accounts::days(self.faces_days));
        }
    }

    /// Retention of the audit log.
    #[must_use]
    pub fn audit(&self) -> Duration {
        accounts::days(self.audit_days)
    }
}

/// Log format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// Lines of JSON for programs.
    Json,
}

/// Log output on standard error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// Text or JSON.
    pub format: LogFormat,
}

/// Rejects a value that is out of range.
type Check<'a> = dyn Fn(bool, &'static str, &dyn Display, &'static str) -> Result<(), ConfigError> + 'a;

impl Config {
    /// Reads the configuration file, if any, and the secrets. Missing keys keep their defaults.
    ///
    /// # Errors
    /// If a file cannot be read, or has an unknown key or a value out of range.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let mut config = path.map_or_else(|| Ok(Self::default()), Self::read)?;
        config.google.take_secret()?;
        config.drive.take_secret()?;
        config.https.take_secrets()?;
        config.metrics.take_secret()?;
        config.storage.take_secret()?;
        config.nodes.take_address();
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
        self.https.check(check)?;
        self.ftp.check(self.https.is_enabled(), check)?;
        self.backup.check(check)?;
        self.metrics.check(check)?;
        self.storage.check(check)?;
        self.nodes.check(self.storage.url.is_some(), check)?;
        let Privacy { guest_session_hours: hours, selfie_days, faces_days, audit_days, people_per_hour } =
            self.privacy;
        check((1..=24).contains(&hours), "privacy.guest_session_hours", &hours, "1 to 24")?;
        check((1..=3650).contains(&selfie_days), "privacy.selfie_days", &selfie_days, "1 to 3650")?;
        check((0..=3650).contains(&faces_days), "privacy.faces_days", &faces_days, "0 to 3650")?;
        check((1..=3650).contains(&audit_days), "privacy.audit_days", &audit_days, "1 to 3650")?;
        let most = (1..=100_000).contains(&people_per_hour);
        check(most, "privacy.people_per_hour", &people_per_hour, "1 to 100000")?;
        self.accounts.check(check)?;
        self.source.iter().try_for_each(|folder| folder.check(check))?;
        self.drive.check(check)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_has_the_defaults_and_every_key() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.toml");
        assert_eq!(Config::read(&path).unwrap(), Config::default());
        // Keys without a default are commented out; uncommented, they must be valid.
        let text = std::fs::read_to_string(path).unwrap();
        let all: String =
            text.lines().map(|line| line.strip_prefix("#! ").unwrap_or(line).to_owned() + "\n").collect();
        let config: Config = toml::from_str(&all).unwrap();
        assert!(config.server.public_url.is_some() && config.server.deep_link_base_url.is_some());
        assert!(config.server.address.is_some());
        let Google { client_id, client_secret, client_secret_file, .. } = &config.google;
        assert!(client_id.is_some() && client_secret.is_some() && client_secret_file.is_some());
        assert!(config.ftp.address.is_some() && config.ftp.tls_files().is_some());
        assert!(
            config.https.bind.is_some() && config.https.certificate.is_some() && config.https.key.is_some()
        );
        let acme = config.https.acme.unwrap();
        assert!(!acme.names.is_empty() && acme.contact.is_some() && acme.root.is_some());
        assert!(acme.dns_command.is_some() && acme.acme_dns.is_some() && acme.rfc2136.is_some());
        assert_eq!((acme.directory, acme.dns_wait_seconds), (Acme::default().directory, 30));
        assert!(config.backup.folder.is_some());
        let Storage { url, url_file, root, .. } = config.storage;
        assert!(url.is_some() && url_file.is_some() && root.is_some() && config.nodes.address.is_some());
        assert!(config.metrics.bind.is_some() && config.metrics.token_file.is_some());
        assert!(config.drive.api_key.is_some() && config.drive.api_key_file.is_some());
        assert!(config.face.packs_file.is_some() && config.face.models_folder.is_some());
        let [folder] = &config.source[..] else { panic!("a hot folder") };
        assert!(folder.event_id().is_some() && folder.name.is_some() && folder.credit.is_some());
        assert!(config.face.detector_threshold.is_some() && config.face.match_threshold.is_some());
    }

    #[test]
    fn errors_name_unknown_keys_and_values_out_of_range() {
        let error = toml::from_str::<Config>("[intake]\nworker = 3\n").unwrap_err().to_string();
        assert!(error.contains("worker"), "{error}");
        let config: Config = toml::from_str("[face]\nmatch_threshold = 7.0\n").unwrap();
        let error = config.check().unwrap_err().to_string();
        assert_eq!(error, "the configuration key `face.match_threshold` is 7, expected 0 to 1");
    }
}
