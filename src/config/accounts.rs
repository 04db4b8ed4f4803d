//! Configuration of accounts, sign-in, and the search of Google Drive folders.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::{Check, ConfigError, Secret, resolve};

/// Who may create a local account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Only admins, with `fotota user create`. Sign-in with a provider also creates an account.
    #[default]
    Closed,
    /// Everyone who can reach the server.
    Open,
}

/// Accounts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    /// Who may create one.
    pub registration: Registration,
    /// Lifetime of an access token.
    pub access_token_minutes: u32,
    /// Whether apps keep their first refresh token: for apps that do not store the new one of each refresh.
    pub keep_refresh_tokens: bool,
    /// Lifetime of a sign-in: of an app's since its last token refresh, of a browser's since it started.
    pub session_days: u32,
}

impl Default for Accounts {
    fn default() -> Self {
        Self {
            registration: Registration::Closed,
            access_token_minutes: 15,
            keep_refresh_tokens: false,
            session_days: 60,
        }
    }
}

impl Accounts {
    /// Lifetime of an access token.
    #[must_use]
    pub fn access_token(&self) -> Duration {
        Duration::from_secs(u64::from(self.access_token_minutes) * 60)
    }

    /// Lifetime of a refresh token and of a browser's sign-in.
    #[must_use]
    pub fn session(&self) -> Duration {
        days(self.session_days)
    }

    pub(super) fn check(&self, check: &Check) -> Result<(), ConfigError> {
        let Self { access_token_minutes: minutes, session_days, .. } = self;
        check((1..=43_200).contains(minutes), "accounts.access_token_minutes", minutes, "1 to 43200")?;
        check((1..=3650).contains(session_days), "accounts.session_days", session_days, "1 to 3650")
    }
}

/// Sign-in with Google, or with any other OpenID provider.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Google {
    /// The provider; its other URLs are in its discovery document.
    pub issuer: String,
    /// Client id of this server; unset: no sign-in with the provider.
    pub client_id: Option<String>,
    /// Client secret.
    pub client_secret: Option<Secret>,
    /// A file with the client secret.
    pub client_secret_file: Option<PathBuf>,
    /// Client ids of the mobile apps, whose tokens are accepted too.
    pub app_client_ids: Vec<String>,
    /// Redirect URI of the mobile app's authorization codes; empty for Google.
    pub app_redirect_uri: String,
    /// Used to verify access tokens if the discovery document has no `introspection_endpoint`.
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
    /// Google API key; unset: no search of Drive folders.
    pub api_key: Option<Secret>,
    /// A file with the key.
    pub api_key_file: Option<PathBuf>,
    /// URL of the Drive API, version 3.
    pub base_url: String,
    /// Hosts of Drive's thumbnails. No others receive requests.
    pub picture_hosts: Vec<String>,
    /// Maximum file size in megabytes (millions of bytes).
    pub max_file_mb: u64,
    /// Maximum number of pictures in a folder.
    pub max_files: u32,
    /// Days until the results of a search are deleted, and the faces of a folder that is not searched.
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
    /// Retention of results and of folders' faces.
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
