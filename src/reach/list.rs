//! Asks the system for this computer's addresses.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};

use netdev::Interface;
use netdev::interface::types::InterfaceType;

use super::kind::{Facts, Kind, Medium, classify};

/// One of this computer's addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkAddress {
    /// The address.
    pub ip: IpAddr,
    /// The interface that has it, as people know it.
    pub interface: String,
    /// The network that it is in.
    pub kind: Kind,
    /// The default route leads there.
    pub is_default: bool,
}

/// All addresses of this computer, in the order of their interfaces.
#[must_use]
pub fn list_addresses() -> Vec<NetworkAddress> {
    let default = default_source();
    let mut interfaces = netdev::get_interfaces();
    interfaces.retain(Interface::is_up);
    interfaces.sort_by_key(|interface| interface.index);
    interfaces.iter().flat_map(|interface| addresses(interface, default)).collect()
}

fn addresses(interface: &Interface, default: Option<IpAddr>) -> Vec<NetworkAddress> {
    let label = [&interface.friendly_name, &interface.description].map(|text| text.as_deref().unwrap_or(""));
    let (medium, sysfs) = (medium(interface), Sysfs::of(&interface.name));
    let (driver, bridges_hardware) = (sysfs.driver(), sysfs.bridges_hardware());
    // Linux calls everything Ethernet that is not Wi-Fi: without a card the name must say what it is.
    let medium = if medium == Medium::Wired && sysfs.is_virtual() { Medium::Unknown } else { medium };
    let leaves_container = sysfs.is_virtual() && is_container();
    let is_default = interface.ip_addrs().into_iter().any(|ip| Some(ip) == default);
    let told = |address| {
        let (name, label) = (interface.name.as_str(), label.join(" "));
        let label = label.trim();
        let facts = Facts {
            name,
            label,
            medium,
            driver: &driver,
            bridges_hardware,
            leaves_container,
            is_default,
            address,
        };
        let interface = interface.friendly_name.as_ref().unwrap_or(&interface.name).clone();
        NetworkAddress { ip: address, interface, kind: classify(&facts), is_default }
    };
    interface.ip_addrs().into_iter().map(told).collect()
}

fn medium(interface: &Interface) -> Medium {
    if interface.is_loopback() {
        return Medium::Loopback;
    }
    match interface.if_type {
        InterfaceType::Wireless80211 => Medium::Wireless,
        InterfaceType::Wwan
        | InterfaceType::Wwanpp
        | InterfaceType::Wwanpp2
        | InterfaceType::GenericModem => Medium::Modem,
        InterfaceType::Tunnel | InterfaceType::Ppp => Medium::Tunnel,
        _ if interface.is_tun() => Medium::Tunnel,
        InterfaceType::Ethernet
        | InterfaceType::GigabitEthernet
        | InterfaceType::FastEthernetT
        | InterfaceType::FastEthernetFx => Medium::Wired,
        _ => Medium::Unknown,
    }
}

/// The address that packets to the internet come from.
fn default_source() -> Option<IpAddr> {
    // Connecting a datagram socket sends nothing; it only makes the system choose a source address. The target is a
    // documentation address (RFC 5737).
    let chosen = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect((Ipv4Addr::new(203, 0, 113, 1), 9))?;
        socket.local_addr()
    });
    chosen.ok().map(|address: SocketAddr| address.ip()).filter(|ip| !ip.is_unspecified())
}

/// Whether Docker or Podman runs this program: both leave such a file.
fn is_container() -> bool {
    ["/.dockerenv", "/run/.containerenv"].iter().any(|mark| Path::new(mark).exists())
}

/// What Linux knows of an interface; on other systems nothing.
struct Sysfs(PathBuf);

impl Sysfs {
    fn of(name: &str) -> Self {
        Self(Path::new("/sys/class/net").join(name))
    }

    fn driver(&self) -> String {
        let driver = std::fs::read_link(self.0.join("device/driver")).ok();
        let name = driver.as_deref().and_then(Path::file_name);
        name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    fn is_virtual(&self) -> bool {
        self.0.exists() && !self.0.join("device").exists()
    }

    fn bridges_hardware(&self) -> bool {
        let ports = std::fs::read_dir(self.0.join("brif")).into_iter().flatten().flatten();
        ports.into_iter().any(|port| !Self::of(&port.file_name().to_string_lossy()).is_virtual())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_computer_has_addresses_and_the_loopback_is_known() {
        let found = list_addresses();
        let loopback = found.iter().find(|address| address.ip == IpAddr::from([127, 0, 0, 1])).unwrap();
        assert_eq!((loopback.kind, loopback.is_default), (Kind::Loopback, false));
        let others = found.iter().filter(|address| !address.ip.is_loopback());
        assert!(others.into_iter().all(|address| address.kind != Kind::Loopback), "{found:?}");
    }
}
