//! Whether a server is on the internet: where passwords must not travel without encryption, and where everybody can try
//! to guess them. Pure: what it depends on is passed.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::kind::Kind;
use super::list::NetworkAddress;
use super::own::host_of;
use crate::config::Server;

/// Ends of names that are never on the internet (RFC 2606, RFC 6761, RFC 6762, RFC 8375), or usual in local networks.
const LOCAL_NAMES: [&str; 12] = [
    "arpa",
    "corp",
    "example",
    "fritz.box",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localhost",
    "test",
];

/// How a server is on the internet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Internet {
    /// Why it is; `None`: it is not, as far as this computer can know.
    pub because: Option<String>,
    /// Why others could read what is sent without encryption: the address or URL.
    pub open: Option<String>,
    /// An address of the internet, but in a network where routers usually keep others out.
    pub perhaps: Option<IpAddr>,
}

impl Internet {
    /// Of a server that listens on `bound`, on a computer with these addresses.
    #[must_use]
    pub fn of(server: &Server, bound: SocketAddr, addresses: &[NetworkAddress]) -> Self {
        match server.internet {
            Some(false) => return Self::default(),
            Some(true) => {
                let because = Some("`server.internet` says so".to_owned());
                return Self { because, open: Some(format!("http://{bound}")), perhaps: None };
            }
            None => {}
        }
        let url = server.public_url.as_ref().filter(|url| is_public_host(&host_of(url)));
        let plain_url = url.filter(|url| !url.starts_with("https://")).cloned();
        let listens = |ip: IpAddr| match bound.ip() {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED) => ip.is_ipv4(),
            own if own.is_unspecified() => true,
            own => own == ip,
        };
        let public: Vec<&NetworkAddress> =
            addresses.iter().filter(|one| listens(one.ip) && is_public(one.ip)).collect();
        let is_certain =
            |one: &&&NetworkAddress| is_certain(one) || (one.ip == bound.ip() && !may_be_elsewhere(one.kind));
        let certain = public.iter().find(is_certain).map(|one| one.ip);
        let because = url.map(|url| format!("`server.public_url` is {url}"));
        Self {
            because: because.or_else(|| certain.map(|ip| format!("this computer has the address {ip}"))),
            open: plain_url
                .or_else(|| certain.map(|ip| format!("http://{}", SocketAddr::new(ip, bound.port())))),
            perhaps: public.first().map(|one| one.ip).filter(|_| certain.is_none()),
        }
    }
}

/// A laptop at a venue often has an IPv6 address of the internet, behind a router that keeps strangers out, and
/// some Wi-Fi gives IPv4 ones. A computer that is rented in the internet has an IPv4 address there, and no Wi-Fi.
fn is_certain(network: &NetworkAddress) -> bool {
    network.ip.is_ipv4() && !may_be_elsewhere(network.kind)
}

/// Whether a network of this kind is one that people carry their computers into.
fn may_be_elsewhere(kind: Kind) -> bool {
    matches!(kind, Kind::Wifi | Kind::Hotspot | Kind::Tether)
}

/// Whether an address is one of the internet, not of a private or special network.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            let shared_by_provider = a == 100 && (64..128).contains(&b);
            let special =
                a == 0 || a >= 224 || (a == 198 && (18..20).contains(&b)) || [a, b, c] == [192, 0, 0];
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_documentation()
                || shared_by_provider
                || special)
        }
        IpAddr::V6(ip) => {
            let [first, second, ..] = ip.segments();
            let is_global = first & 0xE000 == 0x2000;
            let is_documentation = (first, second) == (0x2001, 0xDB8) || first & 0xFFF0 == 0x3FF0;
            is_global && !is_documentation
        }
    }
}

/// Whether a name or address is one of the internet.
fn is_public_host(host: &str) -> bool {
    if let Ok(ip) = host.trim_matches(['[', ']']).parse() {
        return is_public(ip);
    }
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_local = |end: &&str| host == **end || host.ends_with(&format!(".{end}"));
    host.contains('.') && !LOCAL_NAMES.iter().any(is_local)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(kind: Kind, ip: &str) -> NetworkAddress {
        NetworkAddress { ip: ip.parse().unwrap(), interface: "x".to_owned(), kind, is_default: false }
    }

    /// Whether it is on the internet, whether in plain text, and whether perhaps.
    fn found(server: &Server, bound: &str, networks: &[NetworkAddress]) -> [bool; 3] {
        let Internet { because, open, perhaps } = Internet::of(server, bound.parse().unwrap(), networks);
        [because.is_some(), open.is_some(), perhaps.is_some()]
    }

    #[test]
    fn addresses_of_the_internet_are_told_from_others() {
        for ip in ["8.8.8.8", "1.1.1.1", "100.63.0.1", "100.128.0.1", "2a01:4f8::1", "::ffff:8.8.8.8"] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in [
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.1.1",
            "203.0.113.7",
            "0.0.0.0",
            "224.0.0.251",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "fe80::1",
            "fd00::1",
            "2001:db8::1",
            "ff02::fb",
            "::",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
        for host in ["photos.sari.id", "8.8.8.8", "[2a01:4f8::1]", "Photos.Sari.ID."] {
            assert!(is_public_host(host), "{host}");
        }
        for host in [
            "laptop",
            "laptop.lan",
            "fotota.local",
            "192.168.1.7",
            "[fd00::1]",
            "foto.example",
            "",
            "fritz.box",
        ] {
            assert!(!is_public_host(host), "{host}");
        }
    }

    #[test]
    fn a_rented_computer_is_on_the_internet_and_a_laptop_at_a_venue_is_not() {
        let server = Server::default();
        let rented = [network(Kind::Cable, "8.8.8.8"), network(Kind::Cable, "2a01:4f8::1")];
        assert_eq!(found(&server, "0.0.0.0:8080", &rented), [true, true, false]);
        assert_eq!(found(&server, "[::]:8080", &rented), [true, true, false]);
        assert_eq!(found(&server, "8.8.8.8:8080", &rented), [true, true, false]);
        assert_eq!(
            found(&server, "[2a01:4f8::1]:8080", &rented),
            [true, true, false],
            "somebody chose this address"
        );
        assert_eq!(found(&server, "127.0.0.1:8080", &rented), [false; 3], "only a proxy here can reach it");
        let laptop = [network(Kind::Wifi, "192.168.1.7"), network(Kind::Wifi, "2a01:4f8::1")];
        assert_eq!(found(&server, "0.0.0.0:8080", &laptop), [false; 3]);
        assert_eq!(found(&server, "[::]:8080", &laptop), [false, false, true]);
        assert_eq!(found(&server, "0.0.0.0:8080", &[network(Kind::Wifi, "8.8.8.8")]), [false, false, true]);
        let at_desk = [network(Kind::Cable, "10.0.0.7"), network(Kind::Cable, "2a01:4f8::1")];
        assert_eq!(found(&server, "0.0.0.0:8080", &at_desk), [false; 3]);
        assert_eq!(found(&server, "[::]:8080", &at_desk), [false, false, true]);
    }

    #[test]
    fn the_configuration_has_the_last_word() {
        let with_url = |url: &str| Server { public_url: Some(url.to_owned()), ..Server::default() };
        let local = [network(Kind::Cable, "10.0.0.7")];
        let bound = "0.0.0.0:8080";
        assert_eq!(found(&with_url("https://photos.sari.id"), bound, &local), [true, false, false]);
        assert_eq!(found(&with_url("http://photos.sari.id"), bound, &local), [true, true, false]);
        assert_eq!(found(&with_url("http://fotota.local:8080"), bound, &local), [false; 3]);
        let rented = [network(Kind::Cable, "8.8.8.8")];
        let said = |internet| Server { internet: Some(internet), ..Server::default() };
        assert_eq!(found(&said(false), bound, &rented), [false; 3]);
        assert_eq!(found(&said(true), bound, &local), [true, true, false]);
    }
}
