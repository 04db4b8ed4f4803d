//! Printed sheets for guests' tables.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::print::{self, Layout, Sheet, Wifi, Words};
use crate::share;
use crate::web::access::caller::GuestsUrl;
use crate::web::error::{ApiError, blocking};
use crate::web::http::validate::{Issues, Valid, Validate, invalid};
use crate::web::pictures::media::Picture;
use crate::web::rule::OpenEvent;
use crate::web::studio::sharing::keyed_link;
use crate::web::{AppState, Locale};

const UNPRINTABLE: HeaderName = HeaderName::from_static("x-unprintable");

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum LayoutName {
    Poster,
    Cards,
    Wifi,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Languages {
    Id,
    En,
    Both,
}

/// A Wi-Fi network.
#[derive(Clone, Deserialize, ToSchema)]
struct WifiRequest {
    /// SSID of up to 32 bytes.
    #[schema(min_length = 1, max_length = 32)]
    name: String,
    /// Null for an open network.
    #[schema(min_length = 8, max_length = 63)]
    password: Option<String>,
    /// Whether the network hides its name.
    #[serde(default)]
    hidden: bool,
}

/// The sheet to print. `poster`: one large code; `cards`: eight codes to cut out; `wifi`: a code for a Wi-Fi network
/// and one for the photos.
#[derive(Deserialize, ToSchema)]
pub(crate) struct PrintRequest {
    // A description beside an inlined list of values would contradict it.
    #[schema(inline)]
    layout: LayoutName,
    #[schema(inline)]
    locale: Languages,
    /// Whether the code lets guests in without the password.
    #[serde(default)]
    keyed: bool,
    /// Required for the layout `wifi`.
    wifi: Option<WifiRequest>,
}

impl Validate for PrintRequest {
    fn check(&self, issues: &mut Issues) {
        let given = self.layout != LayoutName::Wifi || self.wifi.is_some();
        issues.expect(given, "wifi", "missing", "this layout needs a network");
        let Some(wifi) = &self.wifi else { return };
        let plain = |text: &str| !text.chars().any(char::is_control);
        let fits = (1..=32).contains(&wifi.name.len()) && plain(&wifi.name);
        issues.expect(fits, "wifi", "value", "expected a name of 1 to 32 bytes");
        let fits = wifi
            .password
            .as_ref()
            .is_none_or(|password| (8..=63).contains(&password.len()) && plain(password));
        issues.expect(fits, "wifi", "value", "expected a password of 8 to 63 bytes, or null");
    }
}

/// Renders a sheet for guests' tables as PDF (A4). Characters that the standard PDF fonts lack become `?`.
#[utoipa::path(post, path = "/events/{event_id}/print", tag = "studio", params(("event_id" = i64, Path)),
    request_body = PrintRequest,
    responses((status = 200, content_type = "application/pdf", body = Picture,
        headers(("x-unprintable" = bool, description = "Present if a character was replaced")))))]
pub(crate) async fn print(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    GuestsUrl(base): GuestsUrl,
    Valid(request): Valid<PrintRequest>,
) -> Result<(HeaderMap, Vec<u8>), ApiError> {
    let address = share::event_link(&base, &event.share_code);
    let link = if request.keyed { keyed_link(&state, &base, &event) } else { address.clone() };
    let id = event.id;
    let printed = blocking(move || {
        let wifi =
            request.wifi.map(|wifi| Wifi { name: wifi.name, password: wifi.password, hidden: wifi.hidden });
        let layout = match (request.layout, wifi) {
            (LayoutName::Poster, _) | (LayoutName::Wifi, None) => Layout::Poster,
            (LayoutName::Cards, _) => Layout::Cards,
            (LayoutName::Wifi, Some(wifi)) => Layout::Wifi(wifi),
        };
        let locales: &[Locale] = match request.locale {
            Languages::Id => &[Locale::Indonesian],
            Languages::En => &[Locale::English],
            Languages::Both => &[Locale::Indonesian, Locale::English],
        };
        let sheet = Sheet {
            title: &event.name,
            link: &link,
            address: &address,
            words: locales.iter().map(|locale| words(*locale, event.tap_search)).collect(),
            language: locales[0].tag(),
        };
        print::render(&layout, &sheet)
            .ok_or_else(|| invalid("body", "layout", "value", "the link is too long for a QR code"))
    });
    let printed = printed.await?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&format!("inline; filename=\"fotota-{id}.pdf\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    if printed.unprintable {
        headers.insert(UNPRINTABLE, HeaderValue::from_static("true"));
    }
    Ok((headers, printed.file))
}

fn words(locale: Locale, tap_search: bool) -> Words {
    let text = |key| locale.text(key).unwrap_or_default();
    let (consent, consent_short) = if tap_search {
        ("print.consent_tap", "print.consent_tap_short")
    } else {
        ("print.consent", "print.consent_short")
    };
    Words {
        scan: text("print.scan"),
        selfie: text("print.selfie"),
        photos: text("print.photos"),
        consent: text(consent),
        consent_short: text(consent_short),
        wifi: text("print.wifi"),
        network: text("print.network"),
        password: text("print.password"),
        gallery: text("print.gallery"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fonts_have_every_character_of_the_texts() {
        for locale in Locale::ALL {
            for (key, text) in
                locale.texts(&["print"]).into_iter().filter(|(key, _)| key.starts_with("print."))
            {
                let sheet = Sheet {
                    title: text,
                    link: "x",
                    address: "x",
                    words: vec![words(locale, false)],
                    language: locale.tag(),
                };
                assert!(!print::render(&Layout::Poster, &sheet).unwrap().unprintable, "{key}");
            }
            assert!(!words(locale, true).scan.is_empty());
        }
    }
}
