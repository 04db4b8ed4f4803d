//! The handle that links are made with: what the address is now, and who hears when it changes.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::choose::{By, Choice, Trouble, choose, ranked};
use super::internet::Internet;
use super::list::{NetworkAddress, list_addresses};
use super::own::{is_local_only, is_own_name};
use crate::config::Server;
use crate::domain::ChosenNetwork;

/// The address that links carry. All clones are the same.
#[derive(Clone)]
pub struct Reach(Arc<Shared>);

struct Shared {
    /// Where the server listens.
    bound: SocketAddr,
    /// As it was at the start.
    internet: Internet,
    public_url: Option<String>,
    configured: Option<String>,
    known: Mutex<Known>,
    current: watch::Sender<Current>,
}

/// What the address depends on, and changes.
#[derive(Default)]
struct Known {
    addresses: Vec<NetworkAddress>,
    chosen: Option<ChosenNetwork>,
    local_name: Option<String>,
}

/// The address at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Current {
    /// Guests' links begin with this URL. It does not end with a `/`.
    pub base_url: String,
    /// Who chose it, and from which network it is.
    pub choice: Choice,
    /// Why guests may not reach it.
    pub trouble: Option<Trouble>,
    /// The addresses that could be chosen, the best first.
    pub addresses: Vec<NetworkAddress>,
    /// The same server by the name that it announces, which stays when the address changes.
    pub local_url: Option<String>,
    /// The studio has no say: the configuration decides, or where the server listens.
    pub is_fixed: bool,
}

impl Current {
    /// The address of this computer that links carry; its loopback address where they carry a name or a proxy's.
    #[must_use]
    pub fn own_ip(&self) -> IpAddr {
        self.choice.network.as_ref().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |network| network.ip)
    }
}

impl Reach {
    /// For a server that listens on `bound`, with the networks that this computer is in now.
    #[must_use]
    pub fn new(server: &Server, bound: SocketAddr) -> Self {
        Self::with(server, bound, list_addresses())
    }

    /// For a server that is known by one URL.
    #[must_use]
    pub fn fixed(url: &str) -> Self {
        let server = Server { public_url: Some(url.to_owned()), ..Server::default() };
        Self::with(&server, server.bind, Vec::new())
    }

    fn with(server: &Server, bound: SocketAddr, addresses: Vec<NetworkAddress>) -> Self {
        let public_url = server.public_url.as_ref().map(|url| url.trim_end_matches('/').to_owned());
        let internet = Internet::of(server, bound, &addresses);
        let (configured, known) = (server.address.clone(), Known { addresses, ..Known::default() });
        let current =
            watch::Sender::new(current(bound, public_url.as_deref(), configured.as_deref(), &known));
        Self(Arc::new(Shared { bound, internet, public_url, configured, known: Mutex::new(known), current }))
    }

    /// Whether strangers can reach this server.
    #[must_use]
    pub fn internet(&self) -> &Internet {
        &self.0.internet
    }

    /// The address now.
    #[must_use]
    pub fn current(&self) -> Current {
        self.0.current.borrow().clone()
    }

    /// Guests' links begin with this URL. It does not end with a `/`.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.0.current.borrow().base_url.clone()
    }

    /// Hears of changes.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Current> {
        self.0.current.subscribe()
    }

    /// The port that the server listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.bound.port()
    }

    /// Takes over the addresses that this computer has now.
    pub fn set_addresses(&self, addresses: Vec<NetworkAddress>) {
        self.change(|known| known.addresses = addresses);
    }

    /// Takes over what the photographer chose in the studio; `None` finds the best address.
    pub fn set_chosen(&self, chosen: Option<ChosenNetwork>) {
        self.change(|known| known.chosen = chosen);
    }

    /// Takes over the name that is announced in the guests' networks.
    pub fn set_local_name(&self, name: Option<String>) {
        self.change(|known| known.local_name = name);
    }

    fn change(&self, change: impl FnOnce(&mut Known)) {
        let Shared { bound, public_url, configured, .. } = &*self.0;
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut known);
        let new = current(*bound, public_url.as_deref(), configured.as_deref(), &known);
        self.0.current.send_if_modified(|old| {
            let is_new = *old != new;
            *old = new;
            is_new
        });
    }

    /// The addresses in private networks that guests can be in: where a name is announced. `server.public_url` says how
    /// guests come, so no other way is shown.
    pub(super) fn guests_networks(&self) -> Vec<IpAddr> {
        if self.0.public_url.is_some() {
            return Vec::new();
        }
        let current = self.0.current.borrow();
        let private = |ip: &IpAddr| matches!(ip, IpAddr::V4(ip) if ip.is_private());
        let guests = current.addresses.iter().filter(|one| one.kind.has_guests());
        guests.map(|one| one.ip).filter(private).collect()
    }

    /// Whether a `Host` header, with or without a port, is a name or an address of this computer.
    #[must_use]
    pub fn is_this_computer(&self, header: &str) -> bool {
        let known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        let own = |ip: IpAddr| ip.is_loopback() || known.addresses.iter().any(|one| one.ip == ip);
        super::own::is_this_computer(header, own, |name| {
            is_own_name(name) || known.local_name.as_deref() == Some(name)
        })
    }
}

fn current(bound: SocketAddr, public: Option<&str>, configured: Option<&str>, known: &Known) -> Current {
    let Known { addresses, chosen, local_name } = known;
    let choice = choose(addresses, bound.ip(), configured, chosen.as_ref());
    let with_port = |host: &str| match bound.port() {
        80 => format!("http://{host}"),
        port => format!("http://{host}:{port}"),
    };
    let (base_url, choice) = match public {
        Some(url) => {
            let host = super::own::host_of(url);
            (url.to_owned(), Choice { host, network: None, by: By::PublicUrl, ..choice })
        }
        None => (with_port(&choice.host), choice),
    };
    let trouble = if is_local_only(&base_url) { Some(Trouble::LocalOnly) } else { choice.trouble() };
    let local_url = local_name.as_deref().map(with_port);
    let is_fixed = configured.is_some() || !matches!(choice.by, By::Studio | By::Automatic);
    Current { base_url, choice, trouble, addresses: ranked(addresses, bound.ip()), local_url, is_fixed }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reach::Kind;

    fn network(kind: Kind, interface: &str, ip: &str) -> NetworkAddress {
        let (ip, interface) = (ip.parse().unwrap(), interface.to_owned());
        NetworkAddress { ip, interface, kind, is_default: false }
    }

    fn reach(server: &Server, bound: &str) -> Reach {
        let wifi = network(Kind::Wifi, "wlp2s0", "192.168.1.7");
        Reach::with(server, bound.parse().unwrap(), vec![network(Kind::Loopback, "lo", "127.0.0.1"), wifi])
    }

    #[test]
    fn links_name_the_address_and_omit_the_usual_port() {
        let server = Server::default();
        assert_eq!(reach(&server, "0.0.0.0:8080").base_url(), "http://192.168.1.7:8080");
        assert_eq!(reach(&server, "0.0.0.0:80").base_url(), "http://192.168.1.7");
        assert_eq!(reach(&server, "[::1]:8080").base_url(), "http://[::1]:8080");
        let public = Server { public_url: Some("https://foto.example/".to_owned()), ..Server::default() };
        let public = reach(&public, "0.0.0.0:8080");
        assert_eq!(
            (public.base_url().as_str(), public.current().choice.by),
            ("https://foto.example", By::PublicUrl)
        );
        assert!(public.current().is_fixed && public.current().trouble.is_none());
    }

    #[test]
    fn a_change_of_the_address_is_heard_of_once() {
        let reach = reach(&Server::default(), "0.0.0.0:8080");
        let mut heard = reach.subscribe();
        let moved = vec![
            network(Kind::Wifi, "wlp2s0", "10.0.0.5"),
            network(Kind::Container, "docker0", "172.17.0.1"),
        ];
        reach.set_addresses(moved.clone());
        assert!(heard.has_changed().unwrap());
        assert_eq!(heard.borrow_and_update().base_url, "http://10.0.0.5:8080");
        reach.set_addresses(moved);
        assert!(!heard.has_changed().unwrap());
        reach.set_addresses(Vec::new());
        let current = reach.current();
        assert_eq!(
            (current.base_url.as_str(), current.trouble),
            ("http://127.0.0.1:8080", Some(Trouble::LocalOnly))
        );
    }

    #[test]
    fn a_choice_that_is_gone_is_named() {
        let reach = reach(&Server::default(), "0.0.0.0:8080");
        let chosen = ChosenNetwork { interface: "wlan7".to_owned(), ip: "10.9.9.9".parse().unwrap() };
        reach.set_chosen(Some(chosen));
        let current = reach.current();
        assert_eq!((current.choice.by, current.choice.gone.as_deref()), (By::Automatic, Some("10.9.9.9")));
        assert!(!current.is_fixed);
        let server = Server { address: Some("10.9.9.9".to_owned()), ..Server::default() };
        let current = self::reach(&server, "0.0.0.0:8080").current();
        assert!(current.is_fixed && current.base_url == "http://192.168.1.7:8080");
    }

    #[test]
    fn names_are_announced_where_guests_are() {
        let reach = reach(&Server::default(), "0.0.0.0:8080");
        let [docker, public] = [(Kind::Container, "172.17.0.1"), (Kind::Cable, "198.51.100.7")];
        let wifi = network(Kind::Wifi, "wlp2s0", "192.168.1.7");
        let others = [docker, public].map(|(kind, ip)| network(kind, "x", ip));
        reach.set_addresses(others.into_iter().chain([wifi]).collect());
        assert_eq!(reach.guests_networks(), ["192.168.1.7".parse::<IpAddr>().unwrap()]);
        reach.set_local_name(Some("fotota.local".to_owned()));
        assert_eq!(reach.current().local_url.as_deref(), Some("http://fotota.local:8080"));
        assert!(reach.is_this_computer("fotota.local:8080") && reach.is_this_computer("192.168.1.7"));
        assert!(!reach.is_this_computer("10.0.0.1"));
    }
}
