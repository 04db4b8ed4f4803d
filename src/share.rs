//! The link that guests follow, and its QR code.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use crate::domain::ShareCode;

/// Where guests reach a server that listens on `bound`, as `http://ADDRESS:PORT`.
#[must_use]
pub fn base_url(bound: SocketAddr) -> String {
    let address = if bound.ip().is_unspecified() { lan_address() } else { bound.ip() };
    match bound.port() {
        80 => format!("http://{}", host(address)),
        port => format!("http://{}:{port}", host(address)),
    }
}

fn host(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// The address by which the local network knows this computer; the loopback address where there is no network.
fn lan_address() -> IpAddr {
    // Connecting a datagram socket sends nothing: it only asks the system which of its addresses it would use. The
    // target is a documentation address (RFC 5737) that nobody has.
    let chosen = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect((Ipv4Addr::new(203, 0, 113, 1), 9))?;
        socket.local_addr()
    });
    match chosen.map(|address| address.ip()) {
        Ok(address) if !address.is_loopback() && !address.is_unspecified() => address,
        // A laptop that makes its own Wi-Fi has no way out, but an address in it.
        _ => best_address(if_addrs::get_if_addrs().unwrap_or_default().iter().map(if_addrs::Interface::ip)),
    }
}

/// A private IPv4 address where there is one, else any other but loopback, else loopback.
fn best_address(addresses: impl Iterator<Item = IpAddr>) -> IpAddr {
    let rank = |address: &IpAddr| match address {
        IpAddr::V4(address) if address.is_private() => 0,
        IpAddr::V4(address) if !address.is_loopback() => 1,
        _ => 2,
    };
    let best = addresses.filter(|address| rank(address) < 2).min_by_key(rank);
    best.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

/// Whether only this computer itself can follow a link to `base_url`.
#[must_use]
pub fn is_local_only(base_url: &str) -> bool {
    ["://127.", "://[::1]", "://localhost"].iter().any(|part| base_url.contains(part))
}

/// The guests' link to an event.
#[must_use]
pub fn event_link(base_url: &str, code: &ShareCode) -> String {
    format!("{}/e/{code}", base_url.trim_end_matches('/'))
}

/// A link to an event for apps and browsers alike: it leads on to the app or to the gallery.
#[must_use]
pub fn short_link(base_url: &str, code: &ShareCode) -> String {
    format!("{}/r/{code}", base_url.trim_end_matches('/'))
}

/// A QR code in characters, dark on light, for terminals; `None` when `text` is too long for one.
#[must_use]
pub fn terminal_qr(text: &str) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    // Terminals are mostly dark: swapped, the code shows light on the outside.
    let renderer = &mut code.render::<Dense1x2>();
    Some(renderer.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).quiet_zone(true).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_name_the_address_and_omit_the_default_port() {
        let code = ShareCode::random();
        let base = base_url("192.168.1.7:80".parse().unwrap());
        assert_eq!(event_link(&base, &code), format!("http://192.168.1.7/e/{code}"));
        assert_eq!(base_url("[::1]:8080".parse().unwrap()), "http://[::1]:8080");
        assert!(!base_url("0.0.0.0:1".parse().unwrap()).contains("0.0.0.0"));
    }

    #[test]
    fn a_private_address_is_best_and_loopback_last() {
        let best =
            |addresses: &[&str]| best_address(addresses.iter().map(|a| a.parse().unwrap())).to_string();
        assert_eq!(best(&["127.0.0.1", "169.254.1.1", "192.168.137.1", "fe80::1"]), "192.168.137.1");
        assert_eq!(best(&["::1", "169.254.1.1"]), "169.254.1.1");
        assert_eq!(best(&["127.0.0.1"]), "127.0.0.1");
        assert!(is_local_only("http://127.0.0.1:8080") && !is_local_only("http://192.168.1.7"));
    }

    #[test]
    fn a_code_has_as_many_columns_as_modules() {
        let qr = terminal_qr("http://192.168.1.7:8080/e/0123456789abcdef").unwrap();
        let widths: Vec<usize> = qr.lines().map(|line| line.chars().count()).collect();
        assert!(widths.iter().all(|width| *width == widths[0]) && widths[0] > 25);
    }
}
