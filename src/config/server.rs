//! Configuration of the web server.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Deserialize;

use super::{Check, ConfigError};

/// Web server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port to listen on.
    pub bind: SocketAddr,
    /// Base URL for links and QR codes; unset: `http://` and the address in the local network.
    pub public_url: Option<String>,
    /// Base URL of links that open the mobile app; the event id is appended. Unset: there is no app.
    pub deep_link_base_url: Option<String>,
    /// Whether a proxy in front of the server says in headers for whom it asks.
    pub behind_proxy: bool,
    /// Timeout for clients that stop sending or taking bytes, or do so very slowly.
    pub slow_client_seconds: u32,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([0, 0, 0, 0], 8080)),
            public_url: None,
            deep_link_base_url: None,
            behind_proxy: false,
            slow_client_seconds: 30,
        }
    }
}

impl Server {
    /// Timeout for clients that stop sending or taking bytes, or do so very slowly.
    #[must_use]
    pub fn slow_client(&self) -> Duration {
        Duration::from_secs(self.slow_client_seconds.into())
    }

    pub(super) fn check(&self, check: &Check) -> Result<(), ConfigError> {
        let seconds = self.slow_client_seconds;
        check((1..=600).contains(&seconds), "server.slow_client_seconds", &seconds, "1 to 600")
    }

    /// What does not fit together of a proxy and this configuration, for a person. `own_https`: whether this server
    /// speaks HTTPS itself.
    #[must_use]
    pub fn proxy_warnings(&self, own_https: bool) -> Vec<&'static str> {
        let https = self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
        let problems = [
            (
                https && !self.behind_proxy && !own_https,
                "`server.public_url` is HTTPS, but neither `[https]` nor `server.behind_proxy` is set: nobody serves \
                 it, or a proxy does, and all guests count as one client",
            ),
            (
                self.behind_proxy && self.public_url.is_none(),
                "`server.behind_proxy` is set without `server.public_url`: links lead past the proxy",
            ),
            (
                self.behind_proxy && !self.bind.ip().is_loopback(),
                "`server.behind_proxy` is set, but `server.bind` lets clients come without the proxy: they could \
                 choose the address that limits count; right only where a container or firewall prevents that",
            ),
        ];
        problems.into_iter().filter(|(applies, _)| *applies).map(|(_, problem)| problem).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_proxy_is_warned_of() {
        let warned = |url: Option<&str>, behind_proxy, bind: &str| {
            let (public_url, bind) = (url.map(str::to_owned), bind.parse().unwrap());
            Server { bind, public_url, behind_proxy, ..Server::default() }.proxy_warnings(false).len()
        };
        let (open, closed, url) = ("0.0.0.0:8080", "127.0.0.1:8080", Some("https://photos.example"));
        assert_eq!([warned(None, false, open), warned(Some("http://192.168.1.7"), false, open)], [0, 0]);
        assert_eq!([warned(url, true, closed), warned(url, false, closed)], [0, 1]);
        assert_eq!(
            [warned(None, true, closed), warned(url, true, open), warned(None, true, open)],
            [1, 1, 2]
        );
    }
}
