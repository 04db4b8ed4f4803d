//! Encryption of both kinds of connections. A camera's data connections resume the session of its control connection.

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;

use crate::config::Ftp;
use crate::tls::{Certificates, TlsError, config_of_files};

/// Encrypts on the server's side.
#[derive(Clone)]
pub(super) struct Tls {
    pub(super) control: TlsAcceptor,
    pub(super) data: TlsAcceptor,
}

/// From the files of the configuration, or with the web server's certificate, if there is one.
pub(super) fn load(config: &Ftp, web: Option<&Certificates>) -> Result<Option<Tls>, TlsError> {
    let control = match (config.tls_files(), web) {
        (Some((certificate, key)), _) => config_of_files(certificate, key)?,
        (None, Some(web)) => web.server_config(&[])?,
        (None, None) => return Ok(None),
    };
    // One ticket opens any number of data connections. A client that sends a file reads nothing: with a ticket unread,
    // its system ends the connection by a reset, which drops the last bytes of the file on their way.
    let mut data = control.clone();
    data.send_tls13_tickets = 0;
    Ok(Some(Tls { control: Arc::new(control).into(), data: Arc::new(data).into() }))
}
