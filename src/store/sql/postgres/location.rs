//! Where the server is: the URL of the configuration, which may hold a password, and what may be said about it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use postgres::config::{Host, SslMode};
use postgres::{Client, Config, NoTls};

use super::encrypted::Encrypted;
use super::failure::failure;
use crate::store::sql::server_error::{Problem, ServerError};
use crate::store::{ServerRows, StoreError, StoreResult};

/// For how long a connection is tried.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection on which nothing comes for so long is looked after.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// A database of a server.
#[derive(Clone)]
pub(in crate::store) struct Location {
    config: Config,
    name: Arc<str>,
    encrypted: Option<Encrypted>,
}

impl Location {
    /// Database and host as the configuration has them.
    pub(in crate::store) fn find(server: ServerRows<'_>) -> StoreResult<Self> {
        let setup = |name: &str, said: String| {
            StoreError::Server(ServerError { server: name.into(), problem: Problem::Setup, said })
        };
        // What the driver says might repeat the password.
        let no_url = |_| setup("of `[storage] url`", "that is no URL of a PostgreSQL database".to_owned());
        let mut config: Config = server.url.parse().map_err(no_url)?;
        let name = name(&config);
        let encrypted = server.root.map(Encrypted::by).transpose().map_err(|said| setup(&name, said))?;
        match (&encrypted, config.get_ssl_mode()) {
            (None, SslMode::Require) => {
                let said = "an encrypted connection needs the certificate of the server's authority\n\
                            hint: name its file by `[storage] root`";
                return Err(setup(&name, said.to_owned()));
            }
            (None, _) => {}
            (Some(_), _) => drop(config.ssl_mode(SslMode::Require)),
        }
        config.application_name("fotota").keepalives_idle(KEEPALIVE);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        Ok(Self { config, name: name.into(), encrypted })
    }

    /// Database and host, for people; never the password.
    pub(in crate::store) fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub(super) fn connect(&self) -> StoreResult<Client> {
        let connected = match &self.encrypted {
            Some(encrypted) => self.config.connect(encrypted.clone()),
            None => self.config.connect(NoTls),
        };
        connected.map_err(|error| failure(&self.name, &error))
    }
}

fn name(config: &Config) -> String {
    let database = config.get_dbname().or(config.get_user()).unwrap_or("postgres");
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(host)) => host.clone(),
        #[cfg(unix)]
        Some(Host::Unix(folder)) => Path::display(folder).to_string(),
        None => "localhost".to_owned(),
    };
    let port = config.get_ports().first().map_or_else(String::new, |port| format!(":{port}"));
    format!("`{database}` at `{host}{port}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(url: &str) -> StoreResult<Location> {
        Location::find(ServerRows { url, root: None })
    }

    #[test]
    fn a_location_says_host_and_database_and_never_the_password() {
        let location = find("postgres://ana:s3cret@db.example.com:5433/photos").unwrap();
        assert_eq!(&**location.name(), "`photos` at `db.example.com:5433`");
        for wrong in
            ["postgres://ana:s3cret@:x/photos", "s3cret", "postgres://ana:s3cret@h/d?sslmode=require"]
        {
            let error = find(wrong).err().unwrap().to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn encryption_needs_an_authority() {
        let url = "postgres://h/photos?sslmode=require";
        let error = find(url).err().unwrap().to_string();
        assert!(error.contains("`photos` at `h:5432`") && error.contains("[storage] root"), "{error}");
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root.crt");
        for text in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            std::io::Write::write_all(&mut std::fs::File::create(&root).unwrap(), text.as_bytes()).unwrap();
            let error = Location::find(ServerRows { url, root: Some(&root) }).err().unwrap().to_string();
            assert!(error.contains("root.crt"), "{error}");
        }
    }
}
