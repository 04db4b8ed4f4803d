//! A session's data connections: agreed on by `PASV`, `EPSV`, `PORT` or `EPRT`, then used once.

use std::io::Result;
use std::net::IpAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::control::{Reply, Stream, encrypt};
use super::data::{self, DataPort};
use super::session::Session;

/// Of a refused file so much is still taken, so that the client reads why: one that is cut off may not.
const MAX_DRAINED: usize = 16 << 20;
const DRAINED_AT_ONCE: usize = 64 << 10;
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// For the last bytes of a connection.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

impl Session {
    /// How the next data connection comes about.
    pub(super) fn data_port(&mut self, verb: &str, argument: &str) -> Reply {
        // What was agreed before is over.
        self.port = None;
        let active = match verb {
            "PASV" | "EPSV" => {
                return match (verb, argument.trim(), self.local) {
                    ("EPSV", argument, _) if argument.eq_ignore_ascii_case("ALL") => Reply::new(200, "fine"),
                    ("EPSV", "1", IpAddr::V6(_)) => Reply::new(522, "only the protocol in use (2)"),
                    ("EPSV", "2", IpAddr::V4(_)) => Reply::new(522, "only the protocol in use (1)"),
                    ("PASV", _, IpAddr::V6(_)) => Reply::new(425, "EPSV is meant"),
                    _ => self.listen(verb),
                };
            }
            "PORT" => data::parse_port(argument),
            _ => data::parse_eprt(argument),
        };
        self.port = DataPort::active(active, self.peer);
        match self.port {
            Some(_) => Reply::new(200, "fine"),
            None => Reply::new(501, "only your own address, and no port below 1024"),
        }
    }

    fn listen(&mut self, verb: &str) -> Reply {
        let config = &self.shared.app.config.ftp;
        let (port, number) = match DataPort::listen(self.local, &config.passive_ports.0) {
            Ok(listening) => listening,
            Err(error) => {
                tracing::warn!(%error, "no port is free for a camera's file");
                return Reply::new(425, "no port is free, try again later");
            }
        };
        self.port = Some(port);
        match (verb, config.address, self.local) {
            ("PASV", Some(address), _) | ("PASV", None, IpAddr::V4(address)) => {
                let numbers = data::numbers(address, number);
                Reply::new(227, format!("Entering Passive Mode ({numbers})"))
            }
            _ => Reply::new(229, format!("Entering Extended Passive Mode (|||{number}|)")),
        }
    }

    /// The agreed data connection, encrypted if that is agreed too; or why there is none.
    pub(super) async fn connect(&mut self) -> std::result::Result<Stream, Reply> {
        let no = |text: &str| Reply::new(425, text);
        let port = self.port.take().ok_or_else(|| no("first PASV or EPSV"))?;
        let stream =
            port.connect(self.peer).await.map_err(|_| no("the data connection did not come about"))?;
        let stream: Stream = Box::new(stream);
        match &self.shared.tls {
            Some(tls) if self.protected => {
                encrypt(stream, tls).await.map_err(|_| no("the data connection could not be encrypted"))
            }
            _ => Ok(stream),
        }
    }

    /// Data in plain text, where that is not allowed.
    pub(super) fn is_unprotected(&self) -> bool {
        self.shared.app.config.ftp.require_tls && !self.protected
    }

    /// Sends a listing.
    pub(super) async fn send(&mut self, text: String) -> Result<Reply> {
        if self.is_unprotected() {
            return Ok(Reply::new(521, "listings must be encrypted too: PROT P"));
        }
        self.control.reply(&Reply::new(150, "here it comes")).await?;
        let mut stream = match self.connect().await {
            Ok(stream) => stream,
            Err(reply) => return Ok(reply),
        };
        let sent = async {
            stream.write_all(text.as_bytes()).await?;
            stream.shutdown().await
        };
        let timeout = self.shared.app.config.server.slow_client();
        Ok(match tokio::time::timeout(timeout, sent).await {
            Ok(Ok(())) => Reply::new(226, "this is all"),
            _ => Reply::new(426, "the data connection broke"),
        })
    }
}

/// Ends a connection in order: clients that encrypt wait for that, and take it for broken else.
pub(super) async fn close(mut stream: Stream) {
    tokio::time::timeout(CLOSE_TIMEOUT, stream.shutdown()).await.ok();
}

/// Takes what a refused client still sends.
pub(super) async fn drain(stream: &mut Stream) {
    let drained = async {
        let (mut buffer, mut rest) = (vec![0; DRAINED_AT_ONCE], MAX_DRAINED);
        while rest > 0 {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(count) => rest = rest.saturating_sub(count),
            }
        }
    };
    tokio::time::timeout(DRAIN_TIMEOUT, drained).await.ok();
}
