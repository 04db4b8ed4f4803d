//! FTP and FTPS for cameras: what a camera of an event sends becomes a photo at once. Nothing can be read, listed or
//! deleted, except what the same camera has sent.
//!
//! `server` accepts connections, a `session` answers the commands of one, `transfer` receives files, and `part` keeps
//! those that are not whole yet, across connections and restarts. Disks and database are used off the async threads.
//!
//! Why not a library: `docs/ARCHITECTURE.md`, Decisions.

mod channel;
mod control;
mod data;
mod files;
mod listing;
mod login;
mod names;
mod outcome;
mod part;
mod paths;
mod places;
mod server;
mod session;
mod tls;
mod transfer;
mod turns;

use std::net::{SocketAddr, TcpListener};

use crate::config;
use crate::tls::{Certificates, TlsError};

pub use server::start;

/// Why the FTP server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum FtpError {
    /// The port cannot be listened on.
    #[error(
        "cannot listen for cameras on {address}\n\
         hint: another program may use the port; set `ftp.port`, or `ftp.enabled` to false"
    )]
    Listen {
        /// Address and port.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The certificate or its key is of no use.
    #[error(transparent)]
    Certificate(#[from] TlsError),
}

/// A port that is listened on, before anybody is answered.
pub struct Listener {
    socket: TcpListener,
    /// Where it listens.
    pub address: SocketAddr,
    /// `None`: encryption is not configured.
    tls: Option<tls::Tls>,
}

impl Listener {
    /// Takes the port, at the address of the web server, whose certificate is used if there is no other; `None` if the
    /// configuration does not enable cameras.
    ///
    /// # Errors
    /// When the port is in use, or the certificate cannot be used.
    pub fn bind(
        config: &config::Ftp,
        web: SocketAddr,
        certificates: Option<&Certificates>,
    ) -> Result<Option<Self>, FtpError> {
        if !config.enabled {
            return Ok(None);
        }
        let tls = tls::load(config, certificates)?;
        let address = SocketAddr::new(web.ip(), config.port);
        let listen = || {
            let socket = TcpListener::bind(address)?;
            socket.set_nonblocking(true)?;
            Ok((socket.local_addr()?, socket))
        };
        let (address, socket) = listen().map_err(|source| FtpError::Listen { address, source })?;
        Ok(Some(Self { socket, address, tls }))
    }

    /// Whether cameras can encrypt.
    #[must_use]
    pub fn can_encrypt(&self) -> bool {
        self.tls.is_some()
    }
}
