//! An authority of this server's own, for events without a domain. Phones that install its certificate trust the
//! server at its addresses in the local network, and by its names there: the authority's certificate itself forbids it
//! to vouch for anything else.

use std::net::Ipv4Addr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::pair::Pair;
use super::resolver::Resolver;
use super::{Refreshed, TlsError};
use crate::domain::Timestamp;
use crate::reach::{is_local, list_addresses};
use crate::store::{SecretFile, Store};

/// Between two looks at the computer's addresses.
const PAUSE: Duration = Duration::from_secs(15);
const AUTHORITY_DAYS: i64 = 3650;
const CERTIFICATE_DAYS: i64 = 90;
/// Clocks of phones differ.
const EARLIER_DAYS: i64 = 2;
/// Of its lifetime; then a certificate is replaced.
const LEAST_LEFT: f64 = 1.0 / 3.0;
/// Names that only a local network knows, and those below them.
const LOCAL_NAMES: [&str; 5] = ["localhost", "local", "lan", "home.arpa", "internal"];
/// Networks that no address in the internet belongs to.
const LOCAL_NETWORKS: [(&str, u8); 7] = [
    ("10.0.0.0", 8),
    ("127.0.0.0", 8),
    ("169.254.0.0", 16),
    ("172.16.0.0", 12),
    ("192.168.0.0", 16),
    ("fc00::", 7),
    ("fe80::", 10),
];

pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    /// What the current certificate is for.
    hosts: Mutex<Vec<String>>,
}

impl Authority {
    /// The one of the data folder; generated at first use.
    pub(super) fn open(store: &Store, now: Timestamp, resolver: &Resolver) -> Result<Self, TlsError> {
        let no = |reason: String| TlsError::Authority { reason };
        let stored = if let Some(stored) = store.read_secret_file(SecretFile::Authority)? {
            stored
        } else {
            let key = KeyPair::generate().map_err(|error| no(error.to_string()))?;
            let made = generate(&key, now).map_err(|error| no(error.to_string()))?;
            let pem = (key.serialize_pem() + &made.pem()).into_bytes();
            store.write_secret_file(SecretFile::Authority, &pem)?;
            pem
        };
        let certificate = CertificateDer::from_pem_slice(&stored).map_err(|error| no(error.to_string()))?;
        let key = std::str::from_utf8(&stored).ok().map(KeyPair::from_pem);
        let key = key.and_then(Result::ok).ok_or_else(|| no("its key cannot be read".to_owned()))?;
        let params = params(&key).map_err(|error| no(error.to_string()))?;
        let authority = Self { issuer: Issuer::new(params, key), certificate, hosts: Mutex::default() };
        authority.issue(hosts(), now, resolver).map_err(no)?;
        Ok(authority)
    }

    /// What phones install.
    pub(super) fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// Issues a certificate if the computer has other addresses by now, or the last one is old.
    pub(super) fn refresh(&self, now: Timestamp, resolver: &Resolver) -> Refreshed {
        let found = hosts();
        let same = *self.hosts.lock().unwrap_or_else(PoisonError::into_inner) == found;
        let fresh = resolver.current().is_some_and(|pair| !pair.has_less_than(LEAST_LEFT, now));
        let issued = if same && fresh { Ok(()) } else { self.issue(found, now, resolver) };
        let problem =
            issued.err().map(|reason| format!("no certificate for the current addresses: {reason}"));
        Refreshed { pause: PAUSE, problem }
    }

    fn issue(&self, hosts: Vec<String>, now: Timestamp, resolver: &Resolver) -> Result<(), String> {
        let text = |error: rcgen::Error| error.to_string();
        let key = KeyPair::generate().map_err(text)?;
        let mut params = CertificateParams::new(hosts.clone()).map_err(text)?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "FotoTa");
        (params.not_before, params.not_after) = lifetime(now, CERTIFICATE_DAYS);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let made = params.signed_by(&key, &self.issuer).map_err(text)?;
        let chain = vec![made.der().clone(), self.certificate.clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(str::to_owned)?;
        resolver.set(Pair::new(chain, key)?);
        *self.hosts.lock().unwrap_or_else(PoisonError::into_inner) = hosts;
        Ok(())
    }
}

/// All but the times: what the issuer's name and key identifier come from.
fn params(key: &KeyPair) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    // Tells the authorities of two servers apart.
    let mark = base16ct::lower::encode_string(&Sha256::digest(key.public_key_raw())[..4]);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, format!("FotoTa {mark}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let names = LOCAL_NAMES.into_iter().map(str::to_owned).chain(computer_name());
    let networks = LOCAL_NETWORKS
        .iter()
        .filter_map(|(network, prefix)| Some(CidrSubnet::from_addr_prefix(network.parse().ok()?, *prefix)));
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: names
            .map(GeneralSubtree::DnsName)
            .chain(networks.map(GeneralSubtree::IpAddress))
            .collect(),
        excluded_subtrees: Vec::new(),
    });
    Ok(params)
}

fn generate(key: &KeyPair, now: Timestamp) -> Result<Certificate, rcgen::Error> {
    let mut params = params(key)?;
    (params.not_before, params.not_after) = lifetime(now, AUTHORITY_DAYS);
    params.self_signed(key)
}

fn lifetime(now: Timestamp, days: i64) -> (OffsetDateTime, OffsetDateTime) {
    let now = OffsetDateTime::from_unix_timestamp(now.unix_s()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    (now - time::Duration::days(EARLIER_DAYS), now + time::Duration::days(days))
}

fn computer_name() -> Option<String> {
    let name = gethostname::gethostname().to_string_lossy().to_ascii_lowercase();
    // One label, as its names in the local network have.
    let is_label = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    is_label.then_some(name)
}

/// Names and addresses by which this computer is known in its local networks.
fn hosts() -> Vec<String> {
    let name = computer_name();
    let names = name.iter().flat_map(|name| [name.clone(), format!("{name}.local")]);
    let addresses = list_addresses().into_iter().map(|found| found.ip);
    let addresses = addresses
        .filter(|address| is_local(*address) && !address.is_loopback())
        .map(|address| address.to_string());
    let own = ["localhost".to_owned(), Ipv4Addr::LOCALHOST.to_string()];
    let mut hosts: Vec<String> = own.into_iter().chain(names).chain(addresses).collect();
    hosts.sort();
    hosts.dedup();
    hosts
}
