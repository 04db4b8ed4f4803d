//! Which certificate a client gets. It is exchanged while the server runs: new connections get the new one.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

use super::pair::Pair;

/// By which a certificate authority that verifies a name says so (RFC 8737).
pub(crate) const ACME_PROTOCOL: &[u8] = b"acme-tls/1";

#[derive(Debug, Default)]
pub(super) struct Resolver {
    current: RwLock<Option<Arc<Pair>>>,
    /// What a certificate authority is to see, by name.
    proofs: RwLock<HashMap<String, Arc<CertifiedKey>>>,
}

impl Resolver {
    pub(super) fn current(&self) -> Option<Arc<Pair>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set(&self, pair: Pair) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(pair));
    }

    pub(super) fn prove(&self, name: &str, proof: Option<CertifiedKey>) {
        let mut proofs = self.proofs.write().unwrap_or_else(PoisonError::into_inner);
        match proof {
            Some(proof) => proofs.insert(name.to_owned(), Arc::new(proof)),
            None => proofs.remove(name),
        };
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, client: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if client.alpn().is_some_and(|mut protocols| protocols.any(|name| name == ACME_PROTOCOL)) {
            let proofs = self.proofs.read().unwrap_or_else(PoisonError::into_inner);
            return proofs.get(&client.server_name()?.to_ascii_lowercase()).cloned();
        }
        self.current().map(|pair| pair.certified.clone())
    }
}
