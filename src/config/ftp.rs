//! Configuration of the FTP server for cameras.

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use serde::Deserialize;

use super::{Check, ConfigError};

/// FTP server for cameras.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ftp {
    /// Whether cameras may sign in.
    pub enabled: bool,
    /// Port to listen on, at the address of the web server; 0: any free one.
    pub port: u16,
    /// Ports that cameras send their files to.
    pub passive_ports: PortRange,
    /// Address that cameras are told to send their files to; unset: the one that they signed in at.
    pub address: Option<Ipv4Addr>,
    /// Certificate chain for encrypted connections, a PEM file; unset: the certificate of the web server.
    pub certificate: Option<PathBuf>,
    /// The certificate's private key, a PEM file.
    pub key: Option<PathBuf>,
    /// Whether cameras must encrypt.
    pub require_tls: bool,
}

impl Default for Ftp {
    fn default() -> Self {
        Self {
            enabled: false,
            port: 2121,
            passive_ports: PortRange(50_000..=50_099),
            address: None,
            certificate: None,
            key: None,
            require_tls: false,
        }
    }
}

impl Ftp {
    /// Both files that encryption needs.
    #[must_use]
    pub fn tls_files(&self) -> Option<(&PathBuf, &PathBuf)> {
        self.certificate.as_ref().zip(self.key.as_ref())
    }

    /// `https`: whether there is a certificate of the web server.
    pub(super) fn check(&self, https: bool, check: &Check) -> Result<(), ConfigError> {
        let Self { certificate, key, require_tls, .. } = self;
        let both = certificate.is_some() == key.is_some();
        check(both, "ftp.certificate", &"set without the other", "`certificate` and `key`, or neither")?;
        let possible = !require_tls || certificate.is_some() || https;
        check(
            possible,
            "ftp.require_tls",
            require_tls,
            "false without `certificate` and `key`, here or in `[https]`",
        )
    }
}

/// Ports from the first to the last.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PortRange(pub RangeInclusive<u16>);

impl TryFrom<String> for PortRange {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let ports = text.split_once('-').and_then(|(first, last)| {
            let (first, last) = (first.trim().parse::<u16>().ok()?, last.trim().parse::<u16>().ok()?);
            (first > 0 && first <= last).then_some(first..=last)
        });
        ports.map(Self).ok_or("expected two ports such as \"50000-50099\", the smaller one first")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_two_ports_in_order() {
        let range = |text: &str| PortRange::try_from(text.to_owned());
        assert_eq!(range("50000-50099"), Ok(PortRange(50_000..=50_099)));
        assert_eq!(range(" 1 - 65535"), Ok(PortRange(1..=65_535)));
        for wrong in ["", "50000", "0-9", "9-8", "1-65536", "-1-5", "a-b"] {
            assert!(range(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn encryption_needs_both_files() {
        let check = |text: &str| {
            let ftp: Ftp = toml::from_str(text).unwrap();
            crate::config::Config { ftp, ..Default::default() }.check().is_ok()
        };
        assert!(check("certificate = \"a\"\nkey = \"b\"\nrequire_tls = true") && check(""));
        assert!(!check("certificate = \"a\"") && !check("key = \"b\"") && !check("require_tls = true"));
    }
}
