//! Encryption of both kinds of connections. A camera's data connections resume the session of its control connection.

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto::ring};

use super::FtpError;
use crate::config::Ftp;

/// Encrypts on the server's side.
#[derive(Clone)]
pub(super) struct Tls {
    pub(super) control: TlsAcceptor,
    pub(super) data: TlsAcceptor,
}

/// From the files of the configuration, if it names any.
pub(super) fn load(config: &Ftp) -> Result<Option<Tls>, FtpError> {
    let Some((certificate, key)) = config.tls_files() else { return Ok(None) };
    let bad_certificate =
        |reason| FtpError::Certificate { path: certificate.clone(), what: "a certificate", reason };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| bad_certificate(error.to_string()))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| FtpError::Certificate {
        path: key.clone(),
        what: "a private key",
        reason: error.to_string(),
    })?;
    let mut control = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| bad_certificate(error.to_string()))?;
    // One ticket opens any number of data connections.
    control.ticketer = ring::Ticketer::new().map_err(|error| bad_certificate(error.to_string()))?;
    // A client that sends a file reads nothing: with a ticket unread, its system ends the connection by a reset, which
    // drops the last bytes of the file on their way.
    let mut data = control.clone();
    data.send_tls13_tickets = 0;
    Ok(Some(Tls { control: Arc::new(control).into(), data: Arc::new(data).into() }))
}
