//! Links to events for guests, and their QR codes for terminals, pages and paper.

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use crate::domain::ShareCode;

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

/// The link with which a phone checks the venue. What follows the `#` is in no log.
#[must_use]
pub fn venue_link(base_url: &str, key: &str) -> String {
    format!("{}/venue-check#k={key}", base_url.trim_end_matches('/'))
}

/// Where another FotoTa sends an event. What follows the `#` is in no log.
#[must_use]
pub fn reception_link(base_url: &str, token: &str) -> String {
    format!("{}/receive#{token}", base_url.trim_end_matches('/'))
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
    fn links_lead_to_the_event() {
        let code = ShareCode::random();
        assert_eq!(event_link("http://192.168.1.7/", &code), format!("http://192.168.1.7/e/{code}"));
        assert_eq!(short_link("http://192.168.1.7", &code), format!("http://192.168.1.7/r/{code}"));
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
