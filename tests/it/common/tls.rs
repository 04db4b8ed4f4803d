//! Certificates of the tests' own, and clients that trust them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::TestEnv;

pub type TlsStream = StreamOwned<ClientConnection, TcpStream>;

/// A certificate authority.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    pub fn der(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// Writes a new certificate and its key into the files of `env`; returns the certificate.
    pub fn issue(&self, env: &TestEnv, names: &[&str]) -> CertificateDer<'static> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let made = CertificateParams::new(names).unwrap().signed_by(&key, &self.0).unwrap();
        let [certificate, key_file] = files(env);
        put(&certificate, &made.pem());
        put(&key_file, &key.serialize_pem());
        made.der().clone()
    }
}

/// Those of the configuration.
pub fn files(env: &TestEnv) -> [PathBuf; 2] {
    ["server.crt", "server.key"].map(|name| env.root().join(name))
}

pub fn put(path: &std::path::Path, text: &str) {
    Write::write_all(&mut std::fs::File::create(path).unwrap(), text.as_bytes()).unwrap();
}

/// Names both files.
pub fn config(env: &TestEnv) -> String {
    let [certificate, key] = files(env).map(|path| path.to_str().unwrap().replace('\\', "/"));
    format!("[https]\ncertificate = \"{certificate}\"\nkey = \"{key}\"\n")
}

/// Trusts this authority alone, and offers these protocols.
pub fn client(root: CertificateDer<'static>, protocols: &[&[u8]]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(root).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    Arc::new(config)
}

/// A connection after its handshake, or why there is none.
pub fn connect(address: &str, name: &str, config: &Arc<ClientConfig>) -> std::io::Result<TlsStream> {
    let connection = ClientConnection::new(config.clone(), name.to_owned().try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address)?);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

/// Sends a request of HTTP/1.1 and reads the answer to the end of the connection.
pub fn ask<S: Read + Write>(stream: S, head: &str) -> String {
    ask_with(stream, head, "")
}

/// The same with a body.
pub fn ask_with<S: Read + Write>(mut stream: S, head: &str, body: &str) -> String {
    let length = body.len();
    let request = format!("{head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}
