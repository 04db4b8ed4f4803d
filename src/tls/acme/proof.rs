//! How this server proves that a name is its own: by a certificate of its own (TLS-ALPN-01, RFC 8737), which needs a
//! server that can be reached from the internet at port 443; or by a DNS record (DNS-01), for one that cannot.

use std::sync::Arc;
use std::time::Duration;

use instant_acme::{ChallengeType, KeyAuthorization};
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::sign::CertifiedKey;

use super::dns::{self, Provider};
use super::error::AcmeError;
use crate::config;
use crate::domain::Clock;
use crate::outbound::Outbound;
use crate::tls::pair::provider;
use crate::tls::resolver::Resolver;

/// What the authority is to see for a name.
#[derive(Clone)]
pub(super) struct Proof {
    name: String,
    digest: Vec<u8>,
    text: String,
}

impl Proof {
    pub(super) fn new(name: &str, authorization: &KeyAuthorization) -> Self {
        let digest = authorization.digest().as_ref().to_vec();
        Self { name: name.to_owned(), digest, text: authorization.dns_value() }
    }
}

pub(super) enum Prover {
    Certificate(Arc<Resolver>),
    Dns { provider: Box<dyn Provider>, wait: Duration },
}

impl Prover {
    pub(super) fn new(
        config: &config::Acme,
        outbound: Outbound,
        clock: Arc<dyn Clock>,
        resolver: Arc<Resolver>,
    ) -> Self {
        let wait = Duration::from_secs(config.dns_wait_seconds.into());
        match dns::provider(config, outbound, clock) {
            Some(provider) => Self::Dns { provider, wait },
            None => Self::Certificate(resolver),
        }
    }

    pub(super) fn kind(&self) -> ChallengeType {
        match self {
            Self::Certificate(_) => ChallengeType::TlsAlpn01,
            Self::Dns { .. } => ChallengeType::Dns01,
        }
    }

    pub(super) fn add(&self, proof: &Proof) -> Result<(), AcmeError> {
        match self {
            Self::Certificate(resolver) => {
                let made = certificate(proof).map_err(AcmeError::Other)?;
                resolver.prove(&proof.name, Some(made));
                Ok(())
            }
            Self::Dns { provider, .. } => provider
                .add(&record(&proof.name), &proof.text)
                .map_err(|reason| AcmeError::Dns { name: proof.name.clone(), reason }),
        }
    }

    /// Until the authority can see what was added.
    pub(super) fn wait(&self) -> Duration {
        match self {
            Self::Certificate(_) => Duration::ZERO,
            Self::Dns { wait, .. } => *wait,
        }
    }

    /// What stays behind by a failure does no harm.
    pub(super) fn remove(&self, proof: &Proof) {
        match self {
            Self::Certificate(resolver) => resolver.prove(&proof.name, None),
            Self::Dns { provider, .. } => {
                if let Err(reason) = provider.remove(&record(&proof.name), &proof.text) {
                    tracing::warn!(reason, "a DNS record of a finished verification was not removed");
                }
            }
        }
    }
}

fn record(name: &str) -> String {
    format!("_acme-challenge.{name}")
}

fn certificate(proof: &Proof) -> Result<CertifiedKey, String> {
    let text = |error: rcgen::Error| error.to_string();
    let key = KeyPair::generate().map_err(text)?;
    let mut params = CertificateParams::new([proof.name.clone()]).map_err(text)?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(&proof.digest)];
    let made = params.self_signed(&key).map_err(text)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(str::to_owned)?;
    let key = provider().key_provider.load_private_key(key).map_err(|error| error.to_string())?;
    // Not checked for being a pair: its extension is critical, and unknown to the check.
    Ok(CertifiedKey::new(vec![made.der().clone()], key))
}
