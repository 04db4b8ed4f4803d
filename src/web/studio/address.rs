//! The guests' address: which one links carry, why, and the choice of another.

use std::net::IpAddr;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::ChosenNetwork;
use crate::reach::{Current, NetworkAddress, Trouble};
use crate::store::chosen_network;
use crate::web::http::validate::{Issues, Valid, Validate, invalid};
use crate::web::{ApiError, AppState, ErrorCode};

/// The address that guests' links carry.
#[derive(Serialize, ToSchema)]
pub(crate) struct GuestsAddress {
    /// Guests' links begin with this URL.
    base_url: String,
    /// Who chose it: `public_url`, `configuration`, `bind`, `studio` or `automatic`.
    by: &'static str,
    /// Whether the studio cannot choose another.
    is_fixed: bool,
    /// Why guests may not reach it: `local_only`, `link_local`, `no_guests` or `tether`.
    #[schema(required = true)]
    trouble: Option<&'static str>,
    /// What was chosen, and is not there any more.
    #[schema(required = true)]
    gone: Option<String>,
    /// The server by a name that stays when the address changes, if it announces one.
    #[schema(required = true)]
    local_url: Option<String>,
    /// The addresses that links could carry, the best first.
    networks: Vec<Network>,
}

/// One of the server's addresses.
#[derive(Serialize, ToSchema)]
pub(crate) struct Network {
    address: String,
    /// The interface that has it.
    interface: String,
    /// What the network is: `wifi`, `hotspot`, `cable`, `tether`, `vpn`, `container`, `virtual_machine`, `loopback`,
    /// `link_local` or `other`.
    kind: &'static str,
    /// Whether links carry it.
    is_current: bool,
}

impl GuestsAddress {
    fn new(current: Current) -> Self {
        let Current { base_url, choice, trouble, addresses, local_url, is_fixed } = current;
        let network = |one: NetworkAddress| Network {
            is_current: choice.network.as_ref().is_some_and(|network| network.ip == one.ip),
            address: one.ip.to_string(),
            interface: one.interface,
            kind: one.kind.as_str(),
        };
        let networks = addresses.into_iter().map(network).collect();
        let (by, trouble) = (choice.by.as_str(), trouble.map(Trouble::as_str));
        Self { base_url, by, is_fixed, trouble, gone: choice.gone, local_url, networks }
    }
}

/// Returns the address that guests' links carry, and the others that they could.
#[utoipa::path(get, path = "/studio/address", tag = "studio", responses((status = 200, body = GuestsAddress)))]
pub(crate) async fn show(State(state): State<AppState>) -> Json<GuestsAddress> {
    Json(GuestsAddress::new(state.reach().current()))
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct AddressChoice {
    /// One of the server's addresses; `null` for the best one.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true, max_length = 45)]
    address: Option<String>,
}

impl Validate for AddressChoice {
    fn check(&self, issues: &mut Issues) {
        let fits = self.address.as_ref().is_none_or(|address| address.parse::<IpAddr>().is_ok());
        issues.expect(fits, "address", "value", "expected an IP address, or null");
    }
}

/// Chooses the address that guests' links carry, until another is chosen. While this computer does not have it, links
/// carry the best one.
#[utoipa::path(put, path = "/studio/address", tag = "studio", request_body = AddressChoice,
    responses((status = 200, body = GuestsAddress)))]
pub(crate) async fn choose(
    State(state): State<AppState>,
    Valid(AddressChoice { address }): Valid<AddressChoice>,
) -> Result<Json<GuestsAddress>, ApiError> {
    let current = state.reach().current();
    if current.is_fixed {
        return Err(ErrorCode::AddressFixed.into());
    }
    let chosen = address.map(|address| {
        let listed = current.addresses.into_iter().find(|one| address.parse() == Ok(one.ip));
        let chosen = listed.map(|NetworkAddress { interface, ip, .. }| ChosenNetwork { interface, ip });
        chosen.ok_or_else(|| invalid("body", "address", "value", "this computer has no such address"))
    });
    let chosen = chosen.transpose()?;
    let row = chosen.clone();
    state.write(move |db| chosen_network::put(db, row.as_ref())).await?;
    state.reach().set_chosen(chosen);
    Ok(Json(GuestsAddress::new(state.reach().current())))
}
