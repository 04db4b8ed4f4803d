//! Configuration of storage: where rows and pictures are, and how safely.

use std::path::PathBuf;

use serde::Deserialize;

use super::{Check, ConfigError, Secret, resolve};
use crate::store::{BucketPlace, Durability, Places, Rows, ServerRows};

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
    /// A bucket for pictures. Without it they are in the data folder.
    pub bucket: Option<Bucket>,
}

/// A bucket of an S3-compatible service.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Where the names of all objects begin.
    #[serde(default)]
    pub prefix: String,
    /// Address of the service; without it that of Amazon for the region.
    pub endpoint: Option<String>,
    /// As the service calls it.
    #[serde(default = "any_region")]
    pub region: String,
    /// Id of the access key. Without it, the environment of Amazon's own programs decides.
    pub key_id: Option<String>,
    /// The secret key.
    pub secret_key: Option<Secret>,
    /// File with the secret key.
    pub secret_key_file: Option<PathBuf>,
    /// PEM file with the certificate of the authority of the service's certificate, in place of the public ones.
    pub root: Option<PathBuf>,
    /// Whether guests' browsers get previews and thumbnails from the service itself.
    #[serde(default)]
    pub direct: bool,
}

/// What services without regions expect.
fn any_region() -> String {
    "us-east-1".to_owned()
}

impl Bucket {
    fn check(&self, check: &Check) -> Result<(), ConfigError> {
        check(!self.name.is_empty(), "storage.bucket.name", &self.name, "the name of a bucket")?;
        let is_url = |url: &String| ["http://", "https://"].iter().any(|start| url.starts_with(start));
        let endpoint = self.endpoint.as_ref();
        check(
            endpoint.is_none_or(is_url),
            "storage.bucket.endpoint",
            &endpoint.map_or("", String::as_str),
            "an http or https URL",
        )?;
        let is_whole = self.key_id.is_some() == self.secret_key.is_some();
        check(is_whole, "storage.bucket.key_id", &"one of two", "`key_id` and the secret key, or neither")
    }

    fn place(&self) -> BucketPlace<'_> {
        let secret = self.secret_key.as_ref().map(Secret::expose);
        BucketPlace {
            name: &self.name,
            prefix: &self.prefix,
            endpoint: self.endpoint.as_deref(),
            region: &self.region,
            key: self.key_id.as_deref().zip(secret),
            root: self.root.as_deref(),
            is_direct: self.direct,
        }
    }

    /// Where browsers find the service, if they may ask it.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        let address = self.endpoint.clone();
        let address = address.unwrap_or_else(|| format!("https://s3.{}.amazonaws.com", self.region));
        let origin = url::Url::parse(&address).ok()?.origin().ascii_serialization();
        self.direct.then_some(origin)
    }
}

impl Storage {
    pub(super) fn take_secret(&mut self) -> Result<(), ConfigError> {
        let file = self.url_file.clone();
        resolve(&mut self.url, "FOTOTA_STORAGE_URL", file.as_deref())?;
        let Some(bucket) = &mut self.bucket else { return Ok(()) };
        resolve(&mut bucket.secret_key, "FOTOTA_BUCKET_SECRET_KEY", bucket.secret_key_file.as_deref())
    }

    /// With the rows in the data folder.
    #[must_use]
    pub fn in_folder(&self) -> Self {
        Self { durability: self.durability, ..Self::default() }
    }

    /// Where rows and blobs are.
    #[must_use]
    pub fn places(&self) -> Places<'_> {
        let root = self.root.as_deref();
        let rows = self.url.as_ref().map_or(Rows::InFolder(self.durability), |url| {
            Rows::OnServer(ServerRows { url: url.expose(), root })
        });
        Places { rows, bucket: self.bucket.as_ref().map(Bucket::place) }
    }

    pub(super) fn check(&self, check: &Check) -> Result<(), ConfigError> {
        let is_known =
            |url: &Secret| ["postgres://", "postgresql://"].iter().any(|s| url.expose().starts_with(s));
        let is_right = self.url.as_ref().is_none_or(is_known);
        // It may hold a password.
        check(is_right, "storage.url", &"something else", "postgres://USER:PASSWORD@HOST/DATABASE")?;
        check(self.root.is_none() || self.url.is_some(), "storage.root", &"set", "`storage.url` too")?;
        let Some(bucket) = &self.bucket else { return Ok(()) };
        check(self.url.is_some(), "storage.bucket", &"set", "`storage.url` too")?;
        bucket.check(check)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_on_a_server_if_its_url_is_set_and_it_is_never_shown() {
        let storage: Storage = toml::from_str("url = \"postgres://ana:hush@db/fotota\"").unwrap();
        assert!(matches!(storage.places().rows, Rows::OnServer(server) if server.url.contains("hush")));
        assert!(matches!(storage.in_folder().places().rows, Rows::InFolder(Durability::Normal)));
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
