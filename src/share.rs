//! Links to events for guests, and their QR codes for terminals, pages and paper.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use crate::domain::ShareCode;

/// The URL of a server that listens on `bound`, for guests on the local network: `http://ADDRESS:PORT`.
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

/// This computer's address in the local network; the loopback address if there is no network.
fn lan_address() -> IpAddr {
    // Connecting a datagram socket sends nothing; it only makes the system choose a source address. The target is a
    // documentation address (RFC 5737).
    let chosen = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect((Ipv4Addr::new(203, 0, 113, 1), 9))?;
        socket.local_addr()
    });
    match chosen.map(|address| address.ip()) {
        Ok(address) if !address.is_loopback() && !address.is_unspecified() => address,
        // A laptop that hosts its own Wi-Fi has an address in it, but no default route.
        _ => best_address(if_addrs::get_if_addrs().unwrap_or_default().iter().map(if_addrs::Interface::ip)),
    }
}

/// Prefers private IPv4 addresses, then other IPv4 addresses except loopback, then loopback.
fn best_address(addresses: impl Iterator<Item = IpAddr>) -> IpAddr {
    let rank = |address: &IpAddr| match address {
        IpAddr::V4(address) if address.is_private() => 0,
        IpAddr::V4(address) if !address.is_loopback() => 1,
        _ => 2,
    };
    let best = addresses.filter(|address| rank(address) < 2).min_by_key(rank);
    best.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

/// The name or address in `base_url`; empty if it has none.
#[must_use]
pub fn host_of(base_url: &str) -> String {
    let url = url::Url::parse(base_url).ok();
    url.and_then(|url| url.host().map(|host| host.to_string())).unwrap_or_default()
}

/// Whether links to `base_url` work only on this computer.
#[must_use]
pub fn is_local_only(base_url: &str) -> bool {
    ["://127.", "://[::1]", "://localhost"].iter().any(|part| base_url.contains(part))
}

/// Whether a `Host` header, with or without a port, is a name or an address of this computer.
#[must_use]
pub fn is_this_computer(host: &str) -> bool {
    let Ok(url) = url::Url::parse(&format!("http://{host}")) else { return false };
    // Nothing but a host and a port.
    if url.path() != "/"
        || url.query().is_some()
        || url.fragment().is_some()
        || host.contains(['/', '@', '\\'])
    {
        return false;
    }
    let own = |address: IpAddr| {
        address.is_loopback()
            || if_addrs::get_if_addrs().unwrap_or_default().iter().any(|one| one.ip() == address)
    };
    match url.host() {
        Some(url::Host::Ipv4(address)) => own(address.into()),
        Some(url::Host::Ipv6(address)) => own(address.into()),
        Some(url::Host::Domain(name)) => {
            let computer = gethostname::gethostname().to_string_lossy().to_lowercase();
            let short = computer.split('.').next().unwrap_or_default();
            // `.local`: multicast DNS (RFC 6762).
            name == "localhost" || name == computer || name == short || name == format!("{short}.local")
        }
        None => false,
    }
}

/// The guests' link to an event.
#[must_use]
pub fn event_link(base_url: &str, code: &ShareCode) -> String {
    format!("{}/e/{code}", base_url.trim_end_matches('/'))
}

/// A link to an event that opens the app or the gallery.
#[must_use]
pub fn short_link(base_url: &str, code: &ShareCode) -> String {
    format!("{}/r/{code}", base_url.trim_end_matches('/'))
}

/// A QR code in characters, for terminals; `None` if `text` is too long for a code.
#[must_use]
pub fn terminal_qr(text: &str) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    // Most terminals are dark, so the colours are swapped to make the quiet zone light.
    let renderer = &mut code.render::<Dense1x2>();
    Some(renderer.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).quiet_zone(true).build())
}

/// The modules (squares) of a QR code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modules {
    /// Modules per side.
    pub width: usize,
    /// Whether each module is dark, row by row.
    dark: Vec<bool>,
}

/// Width of the light border around a code, in modules (ISO/IEC 18004).
pub const QUIET_ZONE: usize = 4;

impl Modules {
    /// `None` if `text` is too long for a code.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::new(text).ok()?;
        let dark = code.to_colors().into_iter().map(|color| color == qrcode::Color::Dark).collect();
        Some(Self { width: code.width(), dark })
    }

    /// Horizontal runs of dark modules: column, row, length.
    pub fn runs(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        self.dark.chunks(self.width).enumerate().flat_map(|(y, row)| {
            let starts = (0..row.len()).filter(|x| row[*x] && (*x == 0 || !row[*x - 1]));
            starts.map(move |x| (x, y, row[x..].iter().take_while(|dark| **dark).count()))
        })
    }
}

/// A QR code as SVG, black on white; `None` if `text` is too long for a code.
#[must_use]
pub fn svg_qr(text: &str) -> Option<String> {
    let modules = Modules::of(text)?;
    let size = modules.width + 2 * QUIET_ZONE;
    let run = |(x, y, length)| format!("M{} {}h{length}v1h-{length}z", x + QUIET_ZONE, y + QUIET_ZONE);
    let path: String = modules.runs().map(run).collect();
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\">\
         <rect width=\"{size}\" height=\"{size}\" fill=\"#fff\"/><path d=\"{path}\"/></svg>"
    ))
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
    fn only_names_and_addresses_of_this_computer_are_its_own() {
        let name = gethostname::gethostname().to_string_lossy().into_owned();
        let short = name.split('.').next().unwrap();
        let lan = lan_address();
        let lan = if lan.is_ipv6() { format!("[{lan}]:8080") } else { format!("{lan}:8080") };
        for host in [
            "localhost:8080",
            "LOCALHOST",
            "127.0.0.1",
            "[::1]:8080",
            &name,
            &format!("{short}.local:1"),
            &lan,
        ] {
            assert!(is_this_computer(host), "{host}");
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
            assert!(!is_this_computer(host), "{host}");
        }
    }

    #[test]
    fn the_lines_of_a_terminal_code_have_the_same_width() {
        let qr = terminal_qr("http://192.168.1.7:8080/e/0123456789abcdef").unwrap();
        let widths: Vec<usize> = qr.lines().map(|line| line.chars().count()).collect();
        assert!(widths.iter().all(|width| *width == widths[0]) && widths[0] > 25);
    }

    #[test]
    fn runs_cover_exactly_the_dark_modules() {
        let text = "http://192.168.1.7:8080/e/0123456789abcdef#k=00112233445566778899aabbccddeeff";
        let modules = Modules::of(text).unwrap();
        let drawn: Vec<(usize, usize)> =
            modules.runs().flat_map(|(x, y, n)| (x..x + n).map(move |x| (x, y))).collect();
        let dark = (0..modules.width).flat_map(|y| (0..modules.width).map(move |x| (x, y)));
        let dark: Vec<_> = dark.filter(|(x, y)| modules.dark[y * modules.width + x]).collect();
        assert_eq!(drawn, dark);
        // A finder pattern is seven modules wide.
        let first: Vec<_> = modules.runs().take(1).collect();
        assert_eq!(first, [(0, 0, 7)]);
    }

    #[test]
    fn svg_does_not_contain_the_text() {
        let svg = svg_qr("\"><script>alert(1)</script>").unwrap();
        assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>") && !svg.contains("script"));
        assert_eq!(
            (svg.matches("<path").count(), svg.matches("shape-rendering=\"crispEdges\"").count()),
            (1, 1)
        );
        assert_eq!(svg_qr(&"x".repeat(4000)), None);
    }
}
