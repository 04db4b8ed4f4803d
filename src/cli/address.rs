//! The guests' address on the terminal: which one links carry and why, links with QR codes, and warnings.

use super::output;
use crate::app::App;
use crate::domain::Event;
use crate::reach::{By, Current, Kind, News, Trouble};
use crate::share;
use crate::store::{StoreError, events};

/// More QR codes would scroll out of view.
const MAX_QR_CODES: usize = 3;

/// The studio of a server with this URL.
pub(super) fn studio_link(base_url: &str) -> String {
    format!("{base_url}/studio")
}

/// The events with their links.
pub(super) fn event_links(app: &App, base_url: &str) -> Result<Vec<(String, String)>, StoreError> {
    let link = |event: Event| {
        let link = share::event_link(base_url, &event.share_code);
        (event.name, link)
    };
    Ok(app.store.read(events::list)?.into_iter().map(link).collect())
}

/// The links of events as JSON.
pub(super) fn links_as_json(links: &[(String, String)]) -> serde_json::Value {
    links.iter().map(|(name, link)| serde_json::json!({ "name": name, "link": link })).collect()
}

/// Prints links with QR codes.
pub(super) fn print_links(links: &[(String, String)]) {
    for (index, (name, link)) in links.iter().enumerate() {
        output::line(&format!("\n{name}\n{link}"));
        if let Some(qr) = (index < MAX_QR_CODES).then(|| share::terminal_qr(link)).flatten() {
            output::line(&qr);
        }
    }
}

/// Prints what is new of a running server's address: guests need new links and codes.
pub(super) fn print_news(app: &App, news: &News, as_json: bool) {
    match news {
        News::Name(url) if as_json => output::json(&serde_json::json!({ "name": url })),
        News::Name(url) => output::line(&format!("also by name, in the same network: {url}")),
        News::Address(current) => print_change(app, current, as_json),
    }
}

fn print_change(app: &App, current: &Current, as_json: bool) {
    let base_url = &current.base_url;
    // The studio shows them too, if the database fails now.
    let links = event_links(app, base_url).unwrap_or_default();
    if as_json {
        let (studio, events) = (studio_link(base_url), links_as_json(&links));
        output::json(&serde_json::json!({ "listening": base_url, "address": as_json_value(current),
            "studio": studio, "events": events }));
        return;
    }
    output::line(&format!("\nthe guests' address has changed: {base_url} ({})", reason(current)));
    output::line(&format!("studio: {}", studio_link(base_url)));
    print_warnings(current);
    print_links(&links);
}

/// How the address was chosen, for programs.
pub(super) fn as_json_value(current: &Current) -> serde_json::Value {
    let network = current.choice.network.as_ref();
    serde_json::json!({ "by": current.choice.by.as_str(), "kind": network.map(|network| network.kind.as_str()),
        "interface": network.map(|network| &network.interface), "trouble": current.trouble.map(Trouble::as_str),
        "gone": current.choice.gone })
}

/// Why links carry this address.
pub(super) fn reason(current: &Current) -> String {
    let network = current.choice.network.as_ref().map(|network| match network.interface.as_str() {
        "" => words(network.kind).to_owned(),
        interface => format!("{}, {interface}", words(network.kind)),
    });
    let by = match current.choice.by {
        By::PublicUrl => "as `server.public_url` says",
        By::Configuration => "as `server.address` or `--address` says",
        By::Bind => "the only address that the server listens on",
        By::Studio => "chosen in the studio",
        By::Automatic => "chosen automatically",
    };
    network.map_or_else(|| by.to_owned(), |network| format!("{network}; {by}"))
}

/// Prints what is wrong with the address.
pub(super) fn print_warnings(current: &Current) {
    for warning in warnings(current) {
        output::note(&format!("warning: {warning}"));
    }
}

/// What is wrong with the address, and what helps.
pub(super) fn warnings(current: &Current) -> Vec<String> {
    let gone = current.choice.gone.as_ref().map(|gone| {
        format!(
            "this computer does not have the chosen address {gone} any more; links carry another one until it is \
             back"
        )
    });
    let trouble = current.trouble.map(|trouble| {
        let why = match trouble {
            Trouble::LocalOnly => "only this computer can open these links",
            Trouble::LinkLocal => {
                "no router gave this computer an address, so hardly any phone can open these links"
            }
            Trouble::NoGuests => {
                "guests cannot open these links: the address is that of a VPN, a container (where \
                 `server.public_url` helps) or a virtual machine"
            }
            Trouble::Tether => {
                "these links lead through a phone's own connection, where guests usually are not"
            }
        };
        format!("{why}; join the guests' Wi-Fi or create a hotspot")
    });
    gone.into_iter().chain(trouble).collect()
}

fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Wifi => "Wi-Fi",
        Kind::Hotspot => "hotspot of this computer",
        Kind::Cable => "cable",
        Kind::Tether => "phone or modem",
        Kind::Vpn => "VPN",
        Kind::Container => "containers",
        Kind::VirtualMachine => "virtual machines",
        Kind::Loopback => "this computer alone",
        Kind::LinkLocal => "no address from a router",
        Kind::Other => "another network",
    }
}
