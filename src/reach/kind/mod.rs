//! What a network is, from what the system says about its interface. Pure, so that the names of all systems are tested
//! on each.

mod names;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use names::{LABELS, NAMES, NUMBERED};

/// What a network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A Wi-Fi that this computer has joined.
    Wifi,
    /// A Wi-Fi that this computer makes.
    Hotspot,
    /// A network cable.
    Cable,
    /// A phone by USB or Bluetooth, or a modem: a way into the internet for this computer alone.
    Tether,
    /// A VPN or another tunnel.
    Vpn,
    /// A network of containers on this computer.
    Container,
    /// A network of virtual machines on this computer.
    VirtualMachine,
    /// This computer itself.
    Loopback,
    /// An address that the computer gave itself, because no router did.
    LinkLocal,
    /// None of these.
    Other,
}

impl Kind {
    /// Its name for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wifi => "wifi",
            Self::Hotspot => "hotspot",
            Self::Cable => "cable",
            Self::Tether => "tether",
            Self::Vpn => "vpn",
            Self::Container => "container",
            Self::VirtualMachine => "virtual_machine",
            Self::Loopback => "loopback",
            Self::LinkLocal => "link_local",
            Self::Other => "other",
        }
    }

    /// Whether guests can be in such a network.
    #[must_use]
    pub fn has_guests(self) -> bool {
        matches!(self, Self::Wifi | Self::Hotspot | Self::Cable)
    }
}

/// What carries an interface's packets, as far as the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Medium {
    /// This computer itself.
    Loopback,
    /// Radio, IEEE 802.11.
    Wireless,
    /// Ethernet, or what looks like it.
    Wired,
    /// Another network.
    Tunnel,
    /// A mobile network.
    Modem,
    /// The system does not say.
    #[default]
    Unknown,
}

/// What the system says about an interface and one of its addresses.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Its name: `wlp2s0`, `en0`, on Windows a GUID.
    pub name: &'a str,
    /// Its name and model for people, as macOS and Windows have them; may be empty.
    pub label: &'a str,
    /// What carries its packets.
    pub medium: Medium,
    /// The driver on Linux; may be empty.
    pub driver: &'a str,
    /// It is a bridge of Linux with a network card in it.
    pub bridges_hardware: bool,
    /// The program runs in a container, and this leads out of it to the container's computer.
    pub leaves_container: bool,
    /// The default route leads here.
    pub is_default: bool,
    /// The address.
    pub address: IpAddr,
}

/// Drivers of Linux for phones by USB.
const PHONES: [&str; 3] = ["rndis_host", "ipheth", "cdc_ether"];

/// What the network of an address is.
#[must_use]
pub fn classify(facts: &Facts) -> Kind {
    if facts.address.is_loopback() || facts.medium == Medium::Loopback {
        return Kind::Loopback;
    }
    if is_link_local(facts.address) {
        return Kind::LinkLocal;
    }
    let kind = from_names(facts);
    match kind {
        // The sharing of Windows and of NetworkManager gives itself these; a cable that they share leads to a router.
        Some(Kind::Wifi) if shares(facts.address) => Kind::Hotspot,
        Some(Kind::Cable) if facts.leaves_container => Kind::Container,
        Some(kind) => kind,
        None => from_medium(facts),
    }
}

fn from_names(facts: &Facts) -> Option<Kind> {
    let (name, label) = (facts.name.to_lowercase(), facts.label.to_lowercase());
    let labelled = LABELS.iter().find(|(word, _)| label.contains(word)).map(|(_, kind)| *kind);
    if labelled == Some(Kind::VirtualMachine) && facts.is_default {
        // An external switch of Hyper-V takes the address of the network card; the other switches lead nowhere.
        return Some(Kind::Cable);
    }
    // "Wi-Fi" and "Ethernet" are in labels of many things: the rest of the label, the medium and the name come first.
    let weak = |kind: &Kind| matches!(kind, Kind::Wifi | Kind::Cable);
    let by_driver = PHONES.contains(&facts.driver).then_some(Kind::Tether);
    labelled
        .filter(|kind| !weak(kind))
        .or(by_driver)
        .or_else(|| bridge(&name, facts))
        .or_else(|| named(&name).filter(|kind| !weak(kind)))
        .or_else(|| {
            (facts.medium != Medium::Unknown).then(|| from_medium(facts)).filter(|k| *k != Kind::Cable)
        })
        .or(labelled)
        .or_else(|| named(&name))
}

fn named(name: &str) -> Option<Kind> {
    let digits = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    let numbered = NUMBERED.iter().find(|(start, _)| name.strip_prefix(start).is_some_and(digits));
    numbered.or_else(|| NAMES.iter().find(|(start, _)| name.starts_with(start))).map(|(_, kind)| *kind)
}

/// Bridges are named by their makers: Docker's by twelve hexadecimal digits, macOS numbers all of them.
fn bridge(name: &str, facts: &Facts) -> Option<Kind> {
    if facts.bridges_hardware {
        return Some(Kind::Cable);
    }
    let hexadecimal = |id: &str| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if name.strip_prefix("br-").is_some_and(hexadecimal) {
        return Some(Kind::Container);
    }
    let number: u32 = name.strip_prefix("bridge")?.parse().ok()?;
    match facts.address {
        // `bridge0` joins Thunderbolt ports; later ones are for sharing or for virtual machines.
        _ if number < 100 => Some(Kind::Cable),
        IpAddr::V4(address) if address.octets()[..3] == [192, 168, 2] => Some(Kind::Hotspot),
        _ => Some(Kind::VirtualMachine),
    }
}

fn from_medium(facts: &Facts) -> Kind {
    match facts.medium {
        Medium::Loopback => Kind::Loopback,
        Medium::Wireless if shares(facts.address) => Kind::Hotspot,
        Medium::Wireless => Kind::Wifi,
        Medium::Wired => Kind::Cable,
        Medium::Tunnel => Kind::Vpn,
        Medium::Modem => Kind::Tether,
        Medium::Unknown => Kind::Other,
    }
}

fn shares(address: IpAddr) -> bool {
    let IpAddr::V4(address) = address else { return false };
    matches!(address.octets(), [192, 168, 137, 1] | [10, 42, _, 1])
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}
