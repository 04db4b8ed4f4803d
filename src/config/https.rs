//! Configuration of HTTPS: where the certificate comes from, and the second address.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::{Check, ConfigError, Secret, resolve};

/// HTTPS. At most one source of the certificate is set; none: the server speaks only HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Https {
    /// A second address and port to listen on. Both speak HTTP and HTTPS.
    pub bind: Option<SocketAddr>,
    /// Whether pages that are opened by HTTP under a name of the certificate are redirected to HTTPS.
    pub redirect: bool,
    /// Certificate chain, a PEM file.
    pub certificate: Option<PathBuf>,
    /// The certificate's private key, a PEM file.
    pub key: Option<PathBuf>,
    /// Whether the certificate is issued by an authority that this server generates for itself.
    pub authority: bool,
    /// A certificate authority that issues certificates by itself.
    pub acme: Option<Acme>,
}

/// A certificate authority that speaks ACME (RFC 8555). It verifies the names by DNS if one of the ways to set DNS
/// records is configured, and by a connection to port 443 otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Acme {
    /// What the certificate is for.
    pub names: Vec<String>,
    /// Whether the authority's terms of service are accepted.
    pub accept_terms: bool,
    /// E-mail address for the authority.
    pub contact: Option<String>,
    /// The authority's directory.
    pub directory: String,
    /// Root certificate of the authority's own server, a PEM file; unset: those that browsers trust.
    pub root: Option<PathBuf>,
    /// Program that sets DNS records: `PROGRAM add|remove NAME VALUE`.
    pub dns_command: Option<PathBuf>,
    /// An acme-dns server.
    pub acme_dns: Option<AcmeDns>,
    /// A DNS server that takes signed updates.
    pub rfc2136: Option<Rfc2136>,
    /// Time until DNS records are known everywhere.
    pub dns_wait_seconds: u32,
}

/// An account at an acme-dns server, to which `_acme-challenge.NAME` is an alias.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcmeDns {
    /// The server.
    pub url: String,
    /// User name.
    pub username: String,
    /// Password.
    #[serde(default)]
    pub password: Option<Secret>,
    /// The account's part of the server's zone.
    pub subdomain: String,
}

/// A DNS server that takes updates (RFC 2136) signed with HMAC-SHA256 (RFC 8945).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rfc2136 {
    /// Address and port.
    pub server: SocketAddr,
    /// The zone that the names are in.
    pub zone: String,
    /// The key's name.
    pub key_name: String,
    /// The key, in base64.
    #[serde(default)]
    pub key: Option<Secret>,
}

impl Default for Acme {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            accept_terms: false,
            contact: None,
            directory: "https://acme-v02.api.letsencrypt.org/directory".to_owned(),
            root: None,
            dns_command: None,
            acme_dns: None,
            rfc2136: None,
            dns_wait_seconds: 30,
        }
    }
}

impl Https {
    /// Whether the server speaks HTTPS.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.certificate.is_some() || self.authority || self.acme.is_some()
    }

    pub(super) fn take_secrets(&mut self) -> Result<(), ConfigError> {
        let Some(acme) = &mut self.acme else { return Ok(()) };
        if let Some(account) = &mut acme.acme_dns {
            resolve(&mut account.password, "FOTOTA_ACME_DNS_PASSWORD", None)?;
        }
        if let Some(server) = &mut acme.rfc2136 {
            resolve(&mut server.key, "FOTOTA_RFC2136_KEY", None)?;
        }
        Ok(())
    }

    pub(super) fn check(&self, check: &Check) -> Result<(), ConfigError> {
        let Self { bind, redirect, certificate, key, authority, acme } = self;
        let both = certificate.is_some() == key.is_some();
        check(both, "https.certificate", &"set without the other", "`certificate` and `key`, or neither")?;
        let sources = [certificate.is_some(), *authority, acme.is_some()].iter().filter(|set| **set).count();
        check(
            sources <= 1,
            "https",
            &"more than one source of a certificate",
            "one of `certificate` with `key`, `authority`, `acme`",
        )?;
        let needless = (bind.is_some() || *redirect) && sources == 0;
        check(
            !needless,
            "https",
            &"without a certificate",
            "`certificate` with `key`, `authority`, or `acme`",
        )?;
        let lost = *redirect && *authority;
        check(
            !lost,
            "https.redirect",
            redirect,
            "false with `authority`, whose certificate browsers do not know",
        )?;
        acme.as_ref().map_or(Ok(()), |acme| acme.check(check))
    }
}

impl Acme {
    /// Whether names are verified by DNS records.
    #[must_use]
    pub fn uses_dns(&self) -> bool {
        self.dns_command.is_some() || self.acme_dns.is_some() || self.rfc2136.is_some()
    }

    fn check(&self, check: &Check) -> Result<(), ConfigError> {
        let Self { names, accept_terms, directory, dns_wait_seconds: wait, .. } = self;
        check(!names.is_empty(), "https.acme.names", &"empty", "at least one name")?;
        for name in names {
            let host = name.strip_prefix("*.").unwrap_or(name);
            let is_host =
                url::Host::parse(host).is_ok_and(|parsed| parsed == url::Host::Domain(host.to_owned()));
            check(
                is_host,
                "https.acme.names",
                name,
                "names such as \"photos.example.com\", in small letters",
            )?;
            let possible = name == host || self.uses_dns();
            check(
                possible,
                "https.acme.names",
                name,
                "a name without `*`, which only DNS records can verify",
            )?;
        }
        let accepted =
            "true: the authority issues certificates only to those who accept its terms of service";
        check(*accept_terms, "https.acme.accept_terms", accept_terms, accepted)?;
        check(directory.starts_with("http"), "https.acme.directory", directory, "a URL")?;
        let ways = [self.dns_command.is_some(), self.acme_dns.is_some(), self.rfc2136.is_some()];
        let ways = ways.iter().filter(|set| **set).count();
        let one = "one of `dns_command`, `acme_dns`, `rfc2136`, or none";
        check(ways <= 1, "https.acme", &"more than one way to set DNS records", one)?;
        let password = self.acme_dns.as_ref().is_none_or(|account| account.password.is_some());
        let or_set = "a secret, here or in the environment (FOTOTA_ACME_DNS_PASSWORD, FOTOTA_RFC2136_KEY)";
        check(password, "https.acme.acme_dns.password", &"not set", or_set)?;
        let key = self.rfc2136.as_ref().is_none_or(|server| server.key.is_some());
        check(key, "https.acme.rfc2136.key", &"not set", or_set)?;
        check((0..=3600).contains(wait), "https.acme.dns_wait_seconds", wait, "0 to 3600")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> Option<String> {
        let https: Https = toml::from_str(text).unwrap();
        let config = crate::config::Config { https, ..Default::default() };
        config.check().err().map(|error| error.to_string())
    }

    #[test]
    fn a_certificate_has_one_source() {
        let acme = "[acme]\nnames = [\"a.example\"]\naccept_terms = true\n";
        for right in ["", "authority = true", "certificate = \"a\"\nkey = \"b\"\nredirect = true", acme] {
            assert_eq!(problem(right), None, "{right}");
        }
        for (wrong, key) in [
            ("certificate = \"a\"", "`https.certificate`"),
            ("certificate = \"a\"\nkey = \"b\"\nauthority = true", "`https`"),
            ("redirect = true", "`https`"),
            ("bind = \"0.0.0.0:443\"", "`https`"),
            ("authority = true\nredirect = true", "`https.redirect`"),
        ] {
            assert!(problem(wrong).is_some_and(|text| text.contains(key)), "{wrong}");
        }
    }

    #[test]
    fn names_of_certificates_are_checked() {
        let with = |more: &str| problem(&format!("[acme]\naccept_terms = true\n{more}"));
        let dns = "dns_command = \"hook\"";
        assert_eq!(with("names = [\"a.example\", \"b.example\"]"), None);
        assert_eq!(with(&format!("names = [\"*.a.example\"]\n{dns}")), None);
        for wrong in
            ["[]", "[\"*.a.example\"]", "[\"A.example\"]", "[\"192.168.1.7\"]", "[\"https://a.example\"]"]
        {
            assert!(with(&format!("names = {wrong}")).is_some(), "{wrong}");
        }
        assert!(problem("[acme]\nnames = [\"a.example\"]").is_some_and(|text| text.contains("accept_terms")));
        let account = "[acme.acme_dns]\nurl = \"https://dns.example\"\nusername = \"u\"\nsubdomain = \"s\"\n";
        let missing = with(&format!("names = [\"a.example\"]\n{account}"));
        assert!(missing.is_some_and(|text| text.contains("acme_dns.password")));
    }
}
