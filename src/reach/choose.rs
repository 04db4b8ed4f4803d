//! Which of this computer's addresses guests' links carry. Pure.

use std::net::IpAddr;

use super::kind::Kind;
use super::list::NetworkAddress;
use crate::domain::ChosenNetwork;

/// Who chose the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// `server.public_url`.
    PublicUrl,
    /// `server.address` or `--address`.
    Configuration,
    /// `server.bind` names one address: the server listens nowhere else.
    Bind,
    /// The photographer, in the studio.
    Studio,
    /// Nobody: it is the best one.
    Automatic,
}

impl By {
    /// Its name for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PublicUrl => "public_url",
            Self::Configuration => "configuration",
            Self::Bind => "bind",
            Self::Studio => "studio",
            Self::Automatic => "automatic",
        }
    }
}

/// Why guests may not reach the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Only this computer can open it.
    LocalOnly,
    /// No router gave this computer an address.
    LinkLocal,
    /// It belongs to a VPN, to containers or to virtual machines.
    NoGuests,
    /// It belongs to a phone's own connection.
    Tether,
}

impl Trouble {
    /// Its name for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LocalOnly => "local_only",
            Self::LinkLocal => "link_local",
            Self::NoGuests => "no_guests",
            Self::Tether => "tether",
        }
    }
}

/// The address that links carry, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// An address, or a name that the configuration names.
    pub host: String,
    /// The network of the address, if it is one of this computer.
    pub network: Option<NetworkAddress>,
    /// Who chose it.
    pub by: By,
    /// What was chosen and is not there any more.
    pub gone: Option<String>,
}

impl Choice {
    /// Why guests may not reach it.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        match self.network.as_ref()?.kind {
            Kind::Wifi | Kind::Hotspot | Kind::Cable | Kind::Other => None,
            Kind::Tether => Some(Trouble::Tether),
            Kind::Vpn | Kind::Container | Kind::VirtualMachine => Some(Trouble::NoGuests),
            Kind::LinkLocal => Some(Trouble::LinkLocal),
            Kind::Loopback => Some(Trouble::LocalOnly),
        }
    }
}

/// The addresses that guests could be given, the best first: those that `bound` listens on.
pub(super) fn ranked(addresses: &[NetworkAddress], bound: IpAddr) -> Vec<NetworkAddress> {
    let listens = |ip: IpAddr| match bound {
        IpAddr::V4(bound) if bound.is_unspecified() => ip.is_ipv4(),
        IpAddr::V6(bound) if bound.is_unspecified() => true,
        bound => ip == bound,
    };
    // Links cannot name the interface that a link-local IPv6 address needs.
    let usable = |ip: IpAddr| !matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
    let listed = addresses.iter().filter(|one| listens(one.ip) && usable(one.ip));
    let mut found: Vec<NetworkAddress> = listed.cloned().collect();
    let is_server = is_server(&found);
    found.sort_by_key(|one| {
        let second = one.kind == Kind::Cable;
        (rank(one, is_server), !one.is_default, second, one.interface.clone(), one.ip)
    });
    found
}

/// A computer in a data centre: the internet reaches it by cable, and it has no Wi-Fi.
fn is_server(addresses: &[NetworkAddress]) -> bool {
    let wireless = |one: &NetworkAddress| matches!(one.kind, Kind::Wifi | Kind::Hotspot);
    let public = |one: &NetworkAddress| one.kind == Kind::Cable && one.is_default && !is_private(one.ip);
    addresses.iter().any(public) && !addresses.iter().any(wireless)
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private(),
        IpAddr::V6(ip) => ip.is_unique_local(),
    }
}

fn rank(address: &NetworkAddress, is_server: bool) -> u8 {
    let behind_the_internet = is_server && !address.is_default;
    match (address.kind, address.ip) {
        // Who makes a Wi-Fi makes it for guests.
        (Kind::Hotspot, IpAddr::V4(_)) => 0,
        (Kind::Wifi | Kind::Cable, IpAddr::V4(ip)) if ip.is_private() && !behind_the_internet => 1,
        (Kind::Wifi | Kind::Cable, IpAddr::V4(ip)) if !ip.is_private() => 2,
        (Kind::Wifi | Kind::Cable | Kind::Hotspot, _) => 3,
        (Kind::Other, _) => 4,
        (Kind::Tether, _) => 5,
        (Kind::Vpn, _) => 6,
        (Kind::VirtualMachine, _) => 7,
        (Kind::Container, _) => 8,
        (Kind::LinkLocal, _) => 9,
        (Kind::Loopback, _) => 10,
    }
}

/// The address for links of a server that listens on `bound`: the configured one, else the one chosen in the studio,
/// else the best. What is not there any more does not count.
#[must_use]
pub fn choose(
    addresses: &[NetworkAddress],
    bound: IpAddr,
    configured: Option<&str>,
    chosen: Option<&ChosenNetwork>,
) -> Choice {
    let ranked = ranked(addresses, bound);
    let choice = |network: &NetworkAddress, by, gone| Choice {
        host: host(network.ip),
        network: Some(network.clone()),
        by,
        gone,
    };
    let mut gone = None;
    if let Some(configured) = configured {
        match configured.parse::<IpAddr>() {
            // A name: only the network knows where it leads.
            Err(_) => {
                let (host, by) = (configured.to_owned(), By::Configuration);
                return Choice { host, network: None, by, gone: None };
            }
            Ok(ip) => match ranked.iter().find(|one| one.ip == ip) {
                Some(network) => return choice(network, By::Configuration, None),
                None => gone = Some(configured.to_owned()),
            },
        }
    } else if let Some(chosen) = chosen {
        let same_network =
            || ranked.iter().find(|one| one.interface == chosen.interface && one.kind != Kind::LinkLocal);
        match ranked.iter().find(|one| one.ip == chosen.ip).or_else(same_network) {
            Some(network) => return choice(network, By::Studio, None),
            None => gone = Some(chosen.ip.to_string()),
        }
    }
    let by = if bound.is_unspecified() { By::Automatic } else { By::Bind };
    match ranked.first() {
        Some(best) => choice(best, by, gone),
        None if bound.is_unspecified() => {
            let ip = IpAddr::from([127, 0, 0, 1]);
            let (interface, kind) = (String::new(), Kind::Loopback);
            choice(&NetworkAddress { ip, interface, kind, is_default: false }, by, gone)
        }
        // The system may not list the address, or not yet.
        None => {
            let kind = if bound.is_loopback() { Kind::Loopback } else { Kind::Other };
            choice(&NetworkAddress { ip: bound, interface: String::new(), kind, is_default: false }, by, gone)
        }
    }
}

/// An address as URLs have it: that of version 6 in brackets.
fn host(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);

    /// `kind interface address`; a `*` after the address marks the default route.
    fn networks(text: &[(Kind, &str, &str)]) -> Vec<NetworkAddress> {
        let one = |(kind, interface, address): &(Kind, &str, &str)| NetworkAddress {
            ip: address.trim_end_matches('*').parse().unwrap(),
            interface: (*interface).to_owned(),
            kind: *kind,
            is_default: address.ends_with('*'),
        };
        text.iter().map(one).collect()
    }

    fn best(text: &[(Kind, &str, &str)]) -> (String, Option<Trouble>) {
        let choice = choose(&networks(text), ALL, None, None);
        (choice.host.clone(), choice.trouble())
    }

    const LO: (Kind, &str, &str) = (Kind::Loopback, "lo", "127.0.0.1");
    const WIFI: (Kind, &str, &str) = (Kind::Wifi, "wlp2s0", "192.168.1.7");
    const DOCKER: (Kind, &str, &str) = (Kind::Container, "docker0", "172.17.0.1");

    #[test]
    fn guests_networks_win_over_all_others() {
        let vpn = (Kind::Vpn, "tun0", "10.8.0.2*");
        let boxes = (Kind::VirtualMachine, "vboxnet0", "192.168.56.1");
        let phone = (Kind::Tether, "usb0", "192.168.42.9*");
        let own = |ip: &str| (ip.to_owned(), None);
        assert_eq!(best(&[LO, DOCKER, boxes, vpn, WIFI]), own("192.168.1.7"));
        assert_eq!(best(&[LO, phone, DOCKER, WIFI]), own("192.168.1.7"));
        let hotspot = (Kind::Hotspot, "wlan1", "10.42.0.1");
        assert_eq!(best(&[WIFI, (Kind::Cable, "eth0", "10.0.0.4*"), hotspot]), own("10.42.0.1"));
        let two = [(Kind::Wifi, "wlan0", "10.1.1.5"), (Kind::Wifi, "wlan1", "10.2.2.5*")];
        assert_eq!(best(&two), own("10.2.2.5"));
        assert_eq!(best(&[(Kind::Cable, "eth0", "192.168.9.9"), WIFI]), own("192.168.1.7"));
        assert_eq!(best(&[(Kind::Cable, "eth0", "192.168.9.9*"), WIFI]), own("192.168.9.9"));
    }

    #[test]
    fn a_server_in_the_internet_has_its_public_address() {
        let (public, inner) = ((Kind::Cable, "eth0", "198.51.100.7*"), (Kind::Cable, "eth1", "10.0.0.5"));
        assert_eq!(best(&[LO, inner, DOCKER, public]).0, "198.51.100.7");
        assert_eq!(best(&[inner, public, WIFI]).0, "192.168.1.7");
        let v6 = (Kind::Cable, "eth0", "2001:db8::7");
        let choice = choose(&networks(&[LO, v6]), "::".parse().unwrap(), None, None);
        assert_eq!(choice.host, "[2001:db8::7]");
    }

    #[test]
    fn addresses_without_guests_are_a_last_resort_with_a_reason() {
        assert_eq!(best(&[LO, DOCKER]), ("172.17.0.1".to_owned(), Some(Trouble::NoGuests)));
        assert_eq!(best(&[LO]), ("127.0.0.1".to_owned(), Some(Trouble::LocalOnly)));
        assert_eq!(best(&[]), ("127.0.0.1".to_owned(), Some(Trouble::LocalOnly)));
        let own = (Kind::LinkLocal, "wlan0", "169.254.7.7");
        assert_eq!(best(&[LO, own]), ("169.254.7.7".to_owned(), Some(Trouble::LinkLocal)));
        let phone = (Kind::Tether, "usb0", "192.168.42.9*");
        assert_eq!(best(&[phone, DOCKER]), ("192.168.42.9".to_owned(), Some(Trouble::Tether)));
    }

    #[test]
    fn the_configuration_wins_over_the_studio_while_it_is_there() {
        let all = networks(&[LO, WIFI, DOCKER]);
        let chosen = ChosenNetwork { interface: "docker0".to_owned(), ip: "172.17.0.1".parse().unwrap() };
        let by = |configured, chosen| {
            let choice = choose(&all, ALL, configured, chosen);
            (choice.host, choice.by, choice.gone)
        };
        let studio = ("172.17.0.1".to_owned(), By::Studio, None);
        assert_eq!(by(None, Some(&chosen)), studio);
        assert_eq!(by(Some("127.0.0.1"), Some(&chosen)).1, By::Configuration);
        assert_eq!(by(Some("laptop.lan"), None), ("laptop.lan".to_owned(), By::Configuration, None));
        let gone = ("192.168.1.7".to_owned(), By::Automatic, Some("10.9.9.9".to_owned()));
        assert_eq!(by(Some("10.9.9.9"), None), gone);
        // The router may give another address in the same network.
        let moved = ChosenNetwork { ip: "172.18.0.1".parse().unwrap(), ..chosen.clone() };
        assert_eq!(by(None, Some(&moved)), studio);
        let lost = ChosenNetwork { interface: "wlan7".to_owned(), ip: "10.9.9.9".parse().unwrap() };
        assert_eq!(by(None, Some(&lost)), gone);
    }

    #[test]
    fn a_server_that_listens_on_one_address_has_no_other() {
        let choice = choose(&networks(&[LO, WIFI]), "127.0.0.1".parse().unwrap(), None, None);
        assert_eq!((choice.host.as_str(), choice.by), ("127.0.0.1", By::Bind));
        let choice = choose(&networks(&[LO]), "10.0.0.9".parse().unwrap(), None, None);
        assert_eq!((choice.host.as_str(), choice.trouble()), ("10.0.0.9", None));
    }
}
