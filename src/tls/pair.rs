//! A certificate with its chain and private key, and what it says about itself.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{RootCertStore, client::verify_server_name};
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use super::TlsError;
use crate::domain::Timestamp;

/// A certificate that can be used.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(super) certified: Arc<CertifiedKey>,
    /// DNS names.
    names: Vec<String>,
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
        let found = parsed.get_extension::<SubjectAltName>().map_err(|error| error.to_string())?;
        let names = found.into_iter().flat_map(|(_, names)| names.0).filter_map(|name| match name {
            GeneralName::DnsName(name) => Some(name.to_string().to_ascii_lowercase()),
            _ => None,
        });
        let names = names.collect();
        let certified = CertifiedKey::from_der(chain, key, &ring::default_provider())
            .map_err(|error| error.to_string())?;
        Ok(Self { certified: Arc::new(certified), names, not_before, not_after })
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

    /// The first of its names for which these authorities vouch now. `preferred` comes first, if it is for that.
    pub(super) fn trusted_name(
        &self,
        roots: RootCertStore,
        preferred: Option<&str>,
        now: Timestamp,
    ) -> Option<String> {
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build().ok()?;
        let (first, chain) = self.certified.cert.split_first()?;
        let now = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now.unix_s()).ok()?));
        let vouched = |name: &&str| {
            ServerName::try_from(*name)
                .is_ok_and(|name| verifier.verify_server_cert(first, chain, &name, &[], now).is_ok())
        };
        // Nobody opens an address with a star.
        let plain = self.names.iter().map(String::as_str).filter(|name| !name.starts_with('*'));
        preferred.into_iter().chain(plain).find(vouched).map(str::to_owned)
    }
}

/// What encrypts.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_800_000_000_000);
    const DAY: Duration = Duration::from_hours(24);

    /// For 90 days from `NOW` on, and the roots that trust it.
    fn make(names: &[&str]) -> (Pair, RootCertStore) {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = time::OffsetDateTime::from_unix_timestamp(NOW.unix_s()).unwrap();
        params.not_after = params.not_before + time::Duration::days(90);
        let made = params.signed_by(&key, &issuer).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(issuer.der().clone()).unwrap();
        let pem = key.serialize_pem() + &made.pem() + &issuer.pem();
        (Pair::from_pem(pem.as_bytes()).unwrap(), roots)
    }

    #[test]
    fn a_certificate_says_what_it_is_for_and_how_long() {
        let (pair, _) = make(&["*.Photos.example", "photos.example", "192.168.1.7"]);
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
    fn only_names_that_browsers_accept_now_are_public() {
        let (pair, roots) = make(&["*.photos.example", "photos.example", "other.example"]);
        let name = |preferred, at| pair.trusted_name(roots.clone(), preferred, at);
        assert_eq!(name(None, NOW).as_deref(), Some("photos.example"));
        assert_eq!(name(Some("other.example"), NOW).as_deref(), Some("other.example"));
        assert_eq!(name(Some("ana.photos.example"), NOW).as_deref(), Some("ana.photos.example"));
        assert_eq!(name(Some("192.168.1.7"), NOW).as_deref(), Some("photos.example"));
        assert_eq!(name(None, NOW.plus(DAY * 91)), None);
        let (_, others) = make(&["photos.example"]);
        assert_eq!(pair.trusted_name(others, None, NOW), None);
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
