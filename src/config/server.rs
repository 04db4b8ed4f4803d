//! Configuration of the web server.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::Deserialize;

use super::{Check, ConfigError};

/// Web server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port to listen on.
    pub bind: SocketAddr,
    /// Base URL for links and QR codes; unset: `http://` and an address of this computer.
    pub public_url: Option<String>,
    /// The address or name for links and QR codes; unset: chosen in the studio, or found.
    pub address: Option<String>,
    /// Whether to announce a name in the networks that guests can be in.
    pub mdns: bool,
    /// Whether to answer what phones ask to find out whether a network has internet.
    pub probes: bool,
    /// Whether strangers on the internet can reach this server; unset: found out.
    pub internet: Option<bool>,
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
            address: None,
            mdns: true,
            probes: true,
            internet: None,
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
        if let Some(address) = &self.address {
            check(
                is_host(address),
                "server.address",
                address,
                "an address or a name, without http:// and port",
            )?;
        }
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

/// Whether a text is an address, or a name as DNS has them.
#[must_use]
pub fn is_host(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let part = |part: &str| (1..=63).contains(&part.len()) && part.bytes().all(fits);
    // A name of digits alone would be a mistyped address.
    let is_name =
        text.len() <= 253 && text.split('.').all(part) && text.bytes().any(|b| b.is_ascii_alphabetic());
    text.parse::<IpAddr>().is_ok() || is_name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_nothing_else() {
        for host in ["192.168.1.7", "fd00::7", "laptop.lan", "fotota-2.local", "3com.example"] {
            assert!(is_host(host), "{host}");
        }
        for text in
            ["", "192.168.1", "192.168.1.7:80", "http://laptop", "laptop/x", "a b", ".lan", "[fd00::7]"]
        {
            assert!(!is_host(text), "{text}");
        }
    }

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
