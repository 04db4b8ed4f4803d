//! Users' accounts, their sign-in, and the search of Google Drive folders.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::{Check, ConfigError, Secret, resolve};

/// Who may make an account without an admin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Nobody: admins make accounts with `fotota user create`; sign-in with a provider makes one too.
    #[default]
    Closed,
    /// Everybody who reaches the server.
    Open,
}

/// Users' accounts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    /// Who may make one.
    pub registration: Registration,
    /// How long an access token is good.
    pub access_token_minutes: u32,
    /// How long a refresh token is good that nobody uses, and a browser's sign-in since it began.
    pub session_days: u32,
}

impl Default for Accounts {
    fn default() -> Self {
        Self { registration: Registration::Closed, access_token_minutes: 15, session_days: 60 }
    }
}

impl Accounts {
    /// How long an access token is good.
    #[must_use]
    pub fn access_token(&self) -> Duration {
        Duration::from_secs(u64::from(self.access_token_minutes) * 60)
    }

    /// How long a refresh token and a browser's sign-in are good.
    #[must_use]
    pub fn session(&self) -> Duration {
        days(self.session_days)
    }

    pub(super) fn check(&self, check: &Check) -> Result<(), ConfigError> {
        let Self { access_token_minutes: minutes, session_days, .. } = self;
        check((1..=1440).contains(minutes), "accounts.access_token_minutes", minutes, "1 to 1440")?;
        check((1..=3650).contains(session_days), "accounts.session_days", session_days, "1 to 3650")
    }
}

/// Sign-in with Google, or with any other OpenID provider.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Google {
    /// The provider; its other addresses are in its discovery document.
    pub issuer: String,
    /// What the provider calls this server; unset: no sign-in with it.
    pub client_id: Option<String>,
    /// Shared with the provider.
    pub client_secret: Option<Secret>,
    /// A file that holds it.
    pub client_secret_file: Option<PathBuf>,
    /// What the provider calls the mobile apps, whose tokens are good too.
    pub app_client_ids: Vec<String>,
    /// The redirect address that the mobile app's authorization codes were made for; Google's apps have none.
    pub app_redirect_uri: String,
    /// Tells for which app an access token was made, where the discovery document has no `introspection_endpoint`.
    pub token_info_url: String,
}

impl Default for Google {
    fn default() -> Self {
        Self {
            issuer: "https://accounts.google.com".to_owned(),
            client_id: None,
            client_secret: None,
            client_secret_file: None,
            app_client_ids: Vec::new(),
            app_redirect_uri: String::new(),
            token_info_url: "https://oauth2.googleapis.com/tokeninfo".to_owned(),
        }
    }
}

impl Google {
    pub(super) fn take_secret(&mut self) -> Result<(), ConfigError> {
        let file = self.client_secret_file.clone();
        resolve(&mut self.client_secret, "FOTOTA_GOOGLE_CLIENT_SECRET", file.as_deref())
    }
}

/// Search of public Google Drive folders.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Drive {
    /// Google's key for this server; unset: no search of Drive folders.
    pub api_key: Option<Secret>,
    /// A file that holds it.
    pub api_key_file: Option<PathBuf>,
    /// Version 3 of the Drive API.
    pub base_url: String,
    /// Hosts that Drive keeps reduced pictures on; others are not asked.
    pub picture_hosts: Vec<String>,
    /// Larger pictures are refused, in millions of bytes.
    pub max_file_mb: u64,
    /// Folders with more pictures are refused.
    pub max_files: u32,
    /// After so many days without a search a folder's faces are forgotten, and after as many the results of a search.
    pub keep_days: u32,
}

impl Default for Drive {
    fn default() -> Self {
        Self {
            api_key: None,
            api_key_file: None,
            base_url: "https://www.googleapis.com/drive/v3".to_owned(),
            picture_hosts: ["lh3", "lh4", "lh5", "lh6"]
                .map(|host| format!("https://{host}.googleusercontent.com"))
                .into(),
            max_file_mb: 50,
            max_files: 20_000,
            keep_days: 30,
        }
    }
}

impl Drive {
    /// How long folders and results are kept.
    #[must_use]
    pub fn keep(&self) -> Duration {
        days(self.keep_days)
    }

    pub(super) fn take_secret(&mut self) -> Result<(), ConfigError> {
        let file = self.api_key_file.clone();
        resolve(&mut self.api_key, "FOTOTA_DRIVE_API_KEY", file.as_deref())
    }

    pub(super) fn check(&self, check: &Check) -> Result<(), ConfigError> {
        check(self.max_file_mb > 0, "drive.max_file_mb", &self.max_file_mb, "at least 1")?;
        check(self.max_files > 0, "drive.max_files", &self.max_files, "at least 1")?;
        check((1..=3650).contains(&self.keep_days), "drive.keep_days", &self.keep_days, "1 to 3650")
    }
}

pub(super) fn days(days: u32) -> Duration {
    Duration::from_secs(u64::from(days) * 24 * 3600)
}
