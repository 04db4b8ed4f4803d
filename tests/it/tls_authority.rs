//! The generated authority: what it vouches for, and what it cannot.

use std::net::TcpStream;

use rcgen::{CertificateParams, Issuer, KeyPair};
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use tokio_rustls::rustls::{CertificateError, Error, RootCertStore};

use crate::common::server::Server;
use crate::common::tls::{ask, client, connect};

const CONFIG: &str = "[https]\nauthority = true\n";

#[test]
fn a_device_with_the_authoritys_certificate_trusts_the_server_and_nothing_else() {
    let server = Server::with(CONFIG);
    let address = server.base.strip_prefix("http://").unwrap().to_owned();
    let file = server.client().get("/certificate.crt");
    assert_eq!(
        (file.status, file.headers["content-type"].to_str().unwrap()),
        (200, "application/x-x509-ca-cert")
    );
    let root = CertificateDer::from(file.body);
    let trusting = client(root.clone(), &[]);
    for name in ["127.0.0.1", "localhost"] {
        let answer =
            ask(connect(&address, name, &trusting).unwrap(), "GET /health HTTP/1.1\r\nhost: localhost");
        assert!(answer.contains("\"healthy\""), "{answer}");
    }
    for (language, said) in [("en", "Guests do not need it"), ("id", "Tamu tidak memerlukannya")] {
        let head = format!("GET /certificate HTTP/1.1\r\nhost: localhost\r\naccept-language: {language}");
        let page = ask(TcpStream::connect(&address).unwrap(), &head);
        assert!(page.contains(said) && page.contains("/certificate.crt"), "{page}");
    }
    // Even with its key nobody can pretend to be somebody on the internet.
    let stored = std::fs::read_to_string(server.env.data().join("secrets/authority.pem")).unwrap();
    assert_eq!(CertificateDer::from_pem_slice(stored.as_bytes()).unwrap(), root);
    let verdict = |host: &str| {
        let (parsed, key) = (x509_name(&root), KeyPair::from_pem(&stored).unwrap());
        let leaf_key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new([host.to_owned()]).unwrap();
        let leaf = leaf.signed_by(&leaf_key, &Issuer::new(parsed, key)).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(root.clone()).unwrap();
        let verifier =
            WebPkiServerVerifier::builder_with_provider(roots.into(), ring::default_provider().into());
        let name = host.to_owned().try_into().unwrap();
        let now = UnixTime::now();
        verifier.build().unwrap().verify_server_cert(leaf.der(), &[], &name, &[], now).map(|_| ())
    };
    for host in ["192.168.1.7", "studio.local", "10.0.0.1"] {
        assert_eq!(verdict(host), Ok(()), "{host}");
    }
    for host in ["bank.example", "8.8.8.8", "local.example"] {
        let refused = verdict(host).unwrap_err();
        assert!(
            matches!(refused, Error::InvalidCertificate(CertificateError::Other(_))),
            "{host}: {refused}"
        );
    }
}

/// The authority's name, as its certificates have it for their issuer.
fn x509_name(root: &CertificateDer<'_>) -> CertificateParams {
    use x509_cert::der::{Decode, asn1::Utf8StringRef};
    let parsed = x509_cert::Certificate::from_der(root).unwrap();
    let name = parsed.tbs_certificate().subject().iter().next().unwrap().value.clone();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    let name = name.decode_as::<Utf8StringRef<'_>>().unwrap().to_string();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params
}

#[test]
fn it_is_the_same_after_a_restart_and_private() {
    let server = Server::with(CONFIG);
    let first = server.client().get("/certificate.crt").body;
    assert!(!server.log().contains("PRIVATE KEY"));
    let server = Server::on(server.kill(), CONFIG);
    assert_eq!(server.client().get("/certificate.crt").body, first);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let found = std::fs::metadata(server.env.data().join("secrets/authority.pem")).unwrap();
        assert_eq!(found.permissions().mode() & 0o777, 0o600);
    }
    // Without it there is nothing to install.
    let plain = Server::start();
    assert_eq!(
        [plain.client().get("/certificate").status, plain.client().get("/certificate.crt").status],
        [404; 2]
    );
}
