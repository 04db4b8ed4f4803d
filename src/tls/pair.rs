//! A certificate with its chain and private key, and what it says about itself.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::client::verify_server_name;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::sign::CertifiedKey;
use x509_cert::der::Decode;

use super::TlsError;
use crate::domain::Timestamp;

/// A certificate that can be used.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(super) certified: Arc<CertifiedKey>,
    not_before: Timestamp,
    not_after: Timestamp,
}

impl Pair {
    /// From PEM files.
    pub(crate) fn from_files(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let no = |path: &Path, what| {
            let path = path.to_owned();
            move |reason: String| TlsError::File { path, what, reason }
        };
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| no(certificate, "a certificate")(error.to_string()))?;
        let key =
            PrivateKeyDer::from_pem_file(key).map_err(|error| no(key, "a private key")(error.to_string()))?;
        Self::new(chain, key).map_err(no(certificate, "a certificate"))
    }

    /// From one text with the key and the chain, in PEM.
    pub(super) fn from_pem(pem: &[u8]) -> Result<Self, String> {
        let text = |error: tokio_rustls::rustls::pki_types::pem::Error| error.to_string();
        let chain = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>().map_err(text)?;
        Self::new(chain, PrivateKeyDer::from_pem_slice(pem).map_err(text)?)
    }

    /// The error is for people.
    pub(super) fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, String> {
        let first = chain.first().ok_or("it has no certificate")?;
        let parsed = x509_cert::Certificate::from_der(first).map_err(|error| error.to_string())?;
        let parsed = parsed.tbs_certificate();
        let time = |time: x509_cert::time::Time| Timestamp::of_system(time.to_system_time());
        let (not_before, not_after) = (time(parsed.validity().not_before), time(parsed.validity().not_after));
        let certified = CertifiedKey::from_der(chain, key, &ring::default_provider())
            .map_err(|error| error.to_string())?;
        Ok(Self { certified: Arc::new(certified), not_before, not_after })
    }

    /// Whether it is for a host: a name, or an address.
    pub(super) fn covers(&self, host: &str) -> bool {
        let certificate = self.certified.end_entity_cert().and_then(ParsedCertificate::try_from);
        let name = ServerName::try_from(host);
        matches!((certificate, name), (Ok(found), Ok(name)) if verify_server_name(&found, &name).is_ok())
    }

    /// Whether browsers accept it now.
    pub(super) fn is_valid(&self, now: Timestamp) -> bool {
        (self.not_before..self.not_after).contains(&now)
    }

    /// When it expires.
    pub(super) fn expires(&self) -> Timestamp {
        self.not_after
    }

    /// Whether less than this share of its lifetime is left.
    pub(super) fn has_less_than(&self, share: f64, now: Timestamp) -> bool {
        let left = self.not_after.since(now);
        left < self.not_after.since(self.not_before).mul_f64(share)
    }
}

/// What encrypts.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_800_000_000_000);
    const DAY: Duration = Duration::from_hours(24);

    /// For 90 days from `NOW` on.
    fn make(names: &[&str]) -> Pair {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = time::OffsetDateTime::from_unix_timestamp(NOW.unix_s()).unwrap();
        params.not_after = params.not_before + time::Duration::days(90);
        let made = params.signed_by(&key, &issuer).unwrap();
        let pem = key.serialize_pem() + &made.pem() + &issuer.pem();
        Pair::from_pem(pem.as_bytes()).unwrap()
    }

    #[test]
    fn a_certificate_says_what_it_is_for_and_how_long() {
        let pair = make(&["*.Photos.example", "photos.example", "192.168.1.7"]);
        for host in ["photos.example", "ana.photos.example", "192.168.1.7"] {
            assert!(pair.covers(host), "{host}");
        }
        for host in ["example", "a.b.photos.example", "192.168.1.8", "", "no name", "photos.example:80"] {
            assert!(!pair.covers(host), "{host}");
        }
        assert_eq!(pair.expires(), NOW.plus(DAY * 90));
        let valid = |days: u32| pair.is_valid(NOW.plus(DAY * days));
        assert!(!pair.is_valid(NOW.minus(DAY)) && valid(0) && valid(89) && !valid(90));
        let third = |days: u32| pair.has_less_than(1.0 / 3.0, NOW.plus(DAY * days));
        assert!(!third(59) && third(61) && third(100));
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let key = KeyPair::generate().unwrap().serialize_pem();
        let made = CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
        let made = made.self_signed(&KeyPair::generate().unwrap()).unwrap();
        assert!(Pair::from_pem((key.clone() + &made.pem()).as_bytes()).is_err());
        assert!(Pair::from_pem(key.as_bytes()).is_err() && Pair::from_pem(made.pem().as_bytes()).is_err());
    }
}
