//! The names of this computer, and URLs that name it.

use std::net::IpAddr;

/// Whether a `Host` header, with or without a port, is an address or a name that is this computer's own.
pub(super) fn is_this_computer(
    host: &str,
    own_address: impl Fn(IpAddr) -> bool,
    own_name: impl Fn(&str) -> bool,
) -> bool {
    let Ok(url) = url::Url::parse(&format!("http://{host}")) else { return false };
    // Nothing but a host and a port.
    if url.path() != "/"
        || url.query().is_some()
        || url.fragment().is_some()
        || host.contains(['/', '@', '\\'])
    {
        return false;
    }
    match url.host() {
        Some(url::Host::Ipv4(address)) => own_address(address.into()),
        Some(url::Host::Ipv6(address)) => own_address(address.into()),
        Some(url::Host::Domain(name)) => own_name(name),
        None => false,
    }
}

/// Whether the system gives this computer that name.
pub(super) fn is_own_name(name: &str) -> bool {
    let computer = gethostname::gethostname().to_string_lossy().to_lowercase();
    let short = computer.split('.').next().unwrap_or_default();
    // `.local`: multicast DNS (RFC 6762).
    name == "localhost" || name == computer || name == short || name == format!("{short}.local")
}

/// Whether the address is of a network like a home's or a venue's, not of the internet.
#[must_use]
pub fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_link_local() || address.is_loopback(),
        IpAddr::V6(address) => {
            address.is_unique_local() || address.is_unicast_link_local() || address.is_loopback()
        }
    }
}

/// Whether a URL works only on this computer.
#[must_use]
pub fn is_local_only(url: &str) -> bool {
    ["://127.", "://[::1]", "://localhost"].iter().any(|part| url.contains(part))
}

/// The name or address in a URL; empty if it has none.
#[must_use]
pub fn host_of(url: &str) -> String {
    let url = url::Url::parse(url).ok();
    url.and_then(|url| url.host().map(|host| host.to_string())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_and_addresses_of_this_computer_are_its_own() {
        let name = gethostname::gethostname().to_string_lossy().into_owned();
        let short = name.split('.').next().unwrap();
        let lan: IpAddr = "192.168.1.7".parse().unwrap();
        let is_own = |host: &str| is_this_computer(host, |ip| ip.is_loopback() || ip == lan, is_own_name);
        for host in [
            "localhost:8080",
            "LOCALHOST",
            "127.0.0.1",
            "[::1]:8080",
            &name,
            &format!("{short}.local:1"),
            "192.168.1.7:8080",
        ] {
            assert!(is_own(host), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:8080",
            "203.0.113.7",
            "localhost.evil.example",
            "127.0.0.1@evil.example",
            "localhost/x",
            "localhost\\x",
            "localhost?x",
            "",
            " ",
        ] {
            assert!(!is_own(host), "{host}");
        }
    }

    #[test]
    fn some_urls_work_on_this_computer_alone() {
        assert!(is_local_only("http://127.0.0.1:8080") && is_local_only("https://localhost"));
        assert!(!is_local_only("http://192.168.1.7"));
        assert_eq!(host_of("https://foto.example:8443/x"), "foto.example");
    }
}
