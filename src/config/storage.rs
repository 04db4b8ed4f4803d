//! Configuration of storage: where rows are, and how safely.

use std::path::PathBuf;

use serde::Deserialize;

use super::{Check, ConfigError, Secret, resolve};
use crate::store::{Durability, Rows, ServerRows};

/// Storage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Storage {
    /// Which failures committed data survives.
    pub durability: Durability,
    /// A `PostgreSQL` database for the rows, with the password in it. Without it they are in the data folder.
    pub url: Option<Secret>,
    /// File with the URL.
    pub url_file: Option<PathBuf>,
    /// PEM file with the certificate of the authority of the server's certificate: the connection is encrypted.
    pub root: Option<PathBuf>,
}

impl Storage {
    pub(super) fn take_secret(&mut self) -> Result<(), ConfigError> {
        let file = self.url_file.clone();
        resolve(&mut self.url, "FOTOTA_STORAGE_URL", file.as_deref())
    }

    /// With the rows in the data folder.
    #[must_use]
    pub fn in_folder(&self) -> Self {
        Self { durability: self.durability, ..Self::default() }
    }

    /// Where the rows are.
    #[must_use]
    pub fn rows(&self) -> Rows<'_> {
        let root = self.root.as_deref();
        self.url.as_ref().map_or(Rows::InFolder(self.durability), |url| {
            Rows::OnServer(ServerRows { url: url.expose(), root })
        })
    }

    pub(super) fn check(&self, check: &Check) -> Result<(), ConfigError> {
        let is_known =
            |url: &Secret| ["postgres://", "postgresql://"].iter().any(|s| url.expose().starts_with(s));
        let is_right = self.url.as_ref().is_none_or(is_known);
        // It may hold a password.
        check(is_right, "storage.url", &"something else", "postgres://USER:PASSWORD@HOST/DATABASE")?;
        check(self.root.is_none() || self.url.is_some(), "storage.root", &"set", "`storage.url` too")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_on_a_server_if_its_url_is_set_and_it_is_never_shown() {
        let storage: Storage = toml::from_str("url = \"postgres://ana:hush@db/fotota\"").unwrap();
        assert!(matches!(storage.rows(), Rows::OnServer(server) if server.url.contains("hush")));
        assert!(matches!(storage.in_folder().rows(), Rows::InFolder(Durability::Normal)));
        assert!(!format!("{storage:?}").contains("hush"));
        let check: &Check = &|valid, key, value, expected| {
            if valid { Ok(()) } else { Err(ConfigError::Range { key, value: value.to_string(), expected }) }
        };
        storage.check(check).unwrap();
        let other: Storage = toml::from_str("url = \"mysql://ana:hush@db/fotota\"").unwrap();
        let error = other.check(check).unwrap_err().to_string();
        assert!(error.contains("storage.url") && !error.contains("hush"), "{error}");
    }
}
