//! Certificates of an authority on the internet that issues them by itself (ACME, RFC 8555), renewed in time.
//!
//! A laptop at a venue may be without the internet for days: the certificate is renewed when a third of its lifetime is
//! left, and until little of it is left a failure is no problem. Failures are repeated after growing pauses, because
//! authorities lock out those who ask too often.

mod dns;
mod error;
mod http;
mod order;
mod proof;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use instant_acme::{Account, AccountCredentials, NewAccount};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

use super::pair::Pair;
use super::resolver::Resolver;
use super::{Refreshed, TlsError};
use crate::config;
use crate::domain::Clock;
use crate::outbound::Outbound;
use crate::store::{SecretFile, Store};

use error::AcmeError;
use http::Http;
use proof::Prover;

/// Of a certificate's lifetime; then it is renewed.
const RENEWED_WITH: f64 = 1.0 / 3.0;
/// Of a certificate's lifetime; then a failure is a problem.
const URGENT_WITH: f64 = 1.0 / 8.0;
/// Between two looks at a certificate that is good.
const PAUSE: Duration = Duration::from_hours(1);
/// After the first failure. Let's Encrypt allows five failed verifications in an hour.
const FIRST_PAUSE: Duration = Duration::from_mins(5);
/// After the first refusal because of too many requests.
const LIMITED_PAUSE: Duration = Duration::from_hours(1);
const LONGEST_PAUSE: Duration = Duration::from_hours(6);

pub(super) struct Acme {
    config: config::Acme,
    store: Store,
    clock: Arc<dyn Clock>,
    outbound: Outbound,
    resolver: Arc<Resolver>,
    prover: Prover,
    /// One after the other.
    failures: Mutex<u32>,
}

impl Acme {
    /// With the certificate that was issued last, if there is one.
    pub(super) fn open(
        config: &config::Acme,
        store: Store,
        clock: Arc<dyn Clock>,
        resolver: Arc<Resolver>,
    ) -> Result<Self, TlsError> {
        let dns = config.acme_dns.as_ref().map(|account| account.url.as_str());
        let mut outbound = Outbound::new([config.directory.as_str()].into_iter().chain(dns));
        if let Some(path) = &config.root {
            let bad = |reason| TlsError::File { path: path.clone(), what: "a certificate", reason };
            let root = CertificateDer::from_pem_file(path).map_err(|error| bad(error.to_string()))?;
            outbound = outbound.trusting(&root);
        }
        if let Some(stored) = store.read_secret_file(SecretFile::AcmeCertificate)? {
            match Pair::from_pem(&stored) {
                Ok(pair) => resolver.set(pair),
                Err(reason) => tracing::warn!(reason, "the stored certificate cannot be used"),
            }
        }
        let prover = Prover::new(config, outbound.clone(), clock.clone(), resolver.clone());
        Ok(Self {
            config: config.clone(),
            store,
            clock,
            outbound,
            resolver,
            prover,
            failures: Mutex::default(),
        })
    }

    /// Gets a certificate if there is none, or it is time to renew it.
    pub(super) fn refresh(&self) -> Refreshed {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_due() {
            *failures = 0;
            return Refreshed { pause: PAUSE, problem: None };
        }
        match self.renew() {
            Ok(()) => {
                *failures = 0;
                Refreshed { pause: PAUSE, problem: None }
            }
            Err(error) => {
                *failures += 1;
                let pause = pause_after(*failures, &error);
                let minutes = pause.as_secs() / 60;
                let problem = format!("{error}; the next attempt is in {minutes} minutes");
                if self.is_urgent() {
                    return Refreshed { pause, problem: Some(problem) };
                }
                tracing::info!(problem, "the certificate was not renewed yet; it is good for a while");
                Refreshed { pause, problem: None }
            }
        }
    }

    fn is_due(&self) -> bool {
        let fits =
            |pair: &Pair| self.config.names.iter().all(|name| pair.covers(&name.replacen('*', "x", 1)));
        let now = self.clock.now();
        let current = self.resolver.current();
        current.is_none_or(|pair| !fits(&pair) || pair.has_less_than(RENEWED_WITH, now))
            || self.stored_account().is_none()
    }

    fn is_urgent(&self) -> bool {
        let now = self.clock.now();
        self.resolver.current().is_none_or(|pair| pair.has_less_than(URGENT_WITH, now))
    }

    fn renew(&self) -> Result<(), AcmeError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.map_err(|error| AcmeError::Other(error.to_string()))?;
        let pem = runtime.block_on(async {
            let account = self.account().await?;
            order::obtain(&account, &self.config.names, &self.prover).await
        })?;
        let pair = Pair::from_pem(pem.as_bytes()).map_err(AcmeError::Other)?;
        self.store.write_secret_file(SecretFile::AcmeCertificate, pem.as_bytes())?;
        let expires = pair.expires();
        self.resolver.set(pair);
        tracing::info!(%expires, "got a certificate");
        Ok(())
    }

    /// The account at this authority: the stored one, or a new one.
    async fn account(&self) -> Result<Account, AcmeError> {
        let builder = Account::builder_with_http(Box::new(Http(self.outbound.clone())));
        if let Some(stored) = self.stored_account() {
            return Ok(builder.from_credentials(stored).await?);
        }
        let contact = self.config.contact.as_ref().map(|address| format!("mailto:{address}"));
        let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
        let terms_of_service_agreed = self.config.accept_terms;
        let wanted = NewAccount { contact: &contact, terms_of_service_agreed, only_return_existing: false };
        let (account, credentials) = builder.create(&wanted, self.config.directory.clone(), None).await?;
        let text = serde_json::to_vec(&credentials).map_err(|error| AcmeError::Other(error.to_string()))?;
        self.store.write_secret_file(SecretFile::AcmeAccount, &text)?;
        Ok(account)
    }

    /// `None` if there is none, or it is at another authority.
    fn stored_account(&self) -> Option<AccountCredentials> {
        let stored = self.store.read_secret_file(SecretFile::AcmeAccount).ok().flatten()?;
        let text: serde_json::Value = serde_json::from_slice(&stored).ok()?;
        let ours = text["directory"] == self.config.directory.as_str();
        ours.then(|| serde_json::from_value(text).ok()).flatten()
    }
}

/// Until the next attempt, after so many failures.
fn pause_after(failures: u32, error: &AcmeError) -> Duration {
    let first = if error.is_limit() { LIMITED_PAUSE } else { FIRST_PAUSE };
    first.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST_PAUSE)
}
