//! The server's certificate: where it comes from, and the one in use, which is exchanged while the server runs.
//!
//! It comes from `files`, from a certificate authority on the internet (`acme`), or from an `authority` of this
//! server's own. `resolver` says which certificate a client gets; web server and cameras' connections use the same.

mod acme;
mod authority;
mod files;
mod pair;
mod resolver;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::Ticketer;
use tokio_rustls::rustls::server::ResolvesServerCert;

use crate::app::{App, Service, ServiceHandle};
use crate::domain::{Clock, Timestamp};
use crate::store::StoreError;

use acme::Acme;
use authority::Authority;
use files::Files;
use pair::{Pair, provider};
use resolver::Resolver;

pub(crate) use resolver::ACME_PROTOCOL;

/// For a request to a certificate authority that is under way.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Why encrypted connections are not possible.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A certificate or its key is of no use.
    #[error("`{path}` is no PEM file of {what} that can be used: {reason}")]
    File {
        /// As configured.
        path: PathBuf,
        /// What it is to be.
        what: &'static str,
        /// Why not.
        reason: String,
    },
    /// The generated authority is of no use.
    #[error("the certificate authority of the data folder cannot be used: {reason}")]
    Authority {
        /// Why not.
        reason: String,
    },
    /// No encryption at all.
    #[error("connections cannot be encrypted")]
    Encryption(#[from] tokio_rustls::rustls::Error),
    /// The data folder cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The server's certificate, and what keeps it current. Cheap to clone.
#[derive(Clone)]
pub struct Certificates {
    resolver: Arc<Resolver>,
    source: Arc<Source>,
    clock: Arc<dyn Clock>,
}

/// Where certificates come from.
enum Source {
    Files(Files),
    Acme(Box<Acme>),
    Authority(Box<Authority>),
}

/// After a look at a source.
struct Refreshed {
    /// Until the next look.
    pause: Duration,
    /// What the person who runs the server should know.
    problem: Option<String>,
}

impl Certificates {
    /// From where the configuration says; `None` if it names no source.
    ///
    /// # Errors
    /// When files cannot be used, or the data folder cannot.
    pub fn open(app: &App) -> Result<Option<Self>, TlsError> {
        let (https, resolver) = (&app.config.https, Arc::new(Resolver::default()));
        let source = if let Some((certificate, key)) = https.certificate.as_ref().zip(https.key.as_ref()) {
            Source::Files(Files::open(certificate, key, &resolver)?)
        } else if let Some(acme) = &https.acme {
            Source::Acme(Box::new(Acme::open(acme, app.store.clone(), app.clock.clone(), resolver.clone())?))
        } else if https.authority {
            Source::Authority(Box::new(Authority::open(&app.store, app.clock.now(), &resolver)?))
        } else {
            return Ok(None);
        };
        Ok(Some(Self { resolver, source: Arc::new(source), clock: app.clock.clone() }))
    }

    /// The service that keeps the certificate current.
    #[must_use]
    pub fn start(&self) -> Service {
        let this = self.clone();
        Service::start("certificates", self.clock.clone(), 1, move |service| this.run(service))
            .with_stop_timeout(STOP_TIMEOUT)
    }

    /// Whether there is a certificate for a host, a name or an address, that has not expired.
    #[must_use]
    pub fn covers(&self, host: &str) -> bool {
        let now = self.clock.now();
        self.resolver.current().is_some_and(|pair| pair.is_valid(now) && pair.covers(host))
    }

    /// When the certificate expires; `None` while there is none.
    #[must_use]
    pub fn expires(&self) -> Option<Timestamp> {
        Some(self.resolver.current()?.expires())
    }

    /// The certificate of the generated authority, which phones install; `None` with other sources.
    #[must_use]
    pub fn authority(&self) -> Option<&[u8]> {
        match &*self.source {
            Source::Authority(authority) => Some(authority.certificate()),
            Source::Files(_) | Source::Acme(_) => None,
        }
    }

    /// For connections with one of these protocols (ALPN), the best one first.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn server_config(&self, protocols: &[&[u8]]) -> Result<ServerConfig, TlsError> {
        let mut config = server_config(self.resolver.clone())?;
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Ok(config)
    }

    fn run(&self, service: &ServiceHandle) {
        loop {
            let seen = service.signal.wake_ups();
            let now = self.clock.now();
            let Refreshed { pause, problem } = match &*self.source {
                Source::Files(files) => files.refresh(&self.resolver),
                Source::Acme(acme) => acme.refresh(),
                Source::Authority(authority) => authority.refresh(now, &self.resolver),
            };
            if let Some(problem) = problem {
                tracing::warn!(problem, "the certificate needs attention");
                service.record_error(problem);
            }
            if service.signal.wait(seen, pause) || service.signal.is_stopping() {
                return;
            }
        }
    }
}

/// From two files that do not change, for connections of cameras.
///
/// # Errors
/// When the files cannot be used.
pub fn config_of_files(certificate: &Path, key: &Path) -> Result<ServerConfig, TlsError> {
    let resolver = Resolver::default();
    resolver.set(Pair::from_files(certificate, key)?);
    server_config(Arc::new(resolver))
}

/// When the certificate of two files expires.
///
/// # Errors
/// When the files cannot be used.
pub fn expiry_of_files(certificate: &Path, key: &Path) -> Result<Timestamp, TlsError> {
    Ok(Pair::from_files(certificate, key)?.expires())
}

fn server_config(resolver: Arc<dyn ResolvesServerCert>) -> Result<ServerConfig, TlsError> {
    let config = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    let mut config = config.with_no_client_auth().with_cert_resolver(resolver);
    // Sessions are in the clients' tickets, not in this server's memory.
    config.ticketer = Ticketer::new()?;
    Ok(config)
}
