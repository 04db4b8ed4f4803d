//! What a server on the internet needs before it starts.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::bail;

use super::output;
use crate::config::Config;
use crate::passwords::Place;
use crate::reach::{Internet, list_addresses};

/// Where accounts of this data folder are used.
pub(super) fn place(config: &Config) -> Place {
    let internet = Internet::of(&config.server, config.server.bind, &list_addresses());
    if internet.because.is_some() { Place::Internet } else { Place::Local }
}

/// A generated authority vouches for nothing on the internet.
fn has_encryption(config: &Config) -> bool {
    config.https.certificate.is_some() || config.https.acme.is_some() || config.server.behind_proxy
}

/// Where the demo listens: on the internet for this computer alone.
pub(super) fn demo_address(config: &Config) -> SocketAddr {
    let bind = config.server.bind;
    if has_encryption(config) || Internet::of(&config.server, bind, &list_addresses()).open.is_none() {
        return bind;
    }
    output::note("this computer is on the internet: only its own browsers can open the demo");
    SocketAddr::from((Ipv4Addr::LOCALHOST, bind.port()))
}

/// Fails where strangers could read the passwords and photos of a server that listens there.
pub(super) fn expect_encryption(config: &Config, bound: SocketAddr) -> anyhow::Result<()> {
    let internet = Internet::of(&config.server, bound, &list_addresses());
    refuse_plain_text(config, &internet)?;
    if let Some(address) = internet.perhaps.filter(|_| !has_encryption(config)) {
        output::note(&format!("warning: {}", perhaps(address)));
    }
    Ok(())
}

/// For `fotota doctor`.
pub(super) fn check(config: &Config) -> anyhow::Result<String> {
    let internet = Internet::of(&config.server, config.server.bind, &list_addresses());
    refuse_plain_text(config, &internet)?;
    Ok(match internet {
        Internet { because: Some(because), .. } => {
            format!("reachable from there, with encryption; new passwords must be strong ({because})")
        }
        Internet { perhaps: Some(address), .. } => perhaps(address),
        _ => "as far as this computer knows, strangers cannot reach it".to_owned(),
    })
}

fn refuse_plain_text(config: &Config, internet: &Internet) -> anyhow::Result<()> {
    if let (Some(open), Some(because), false) = (&internet.open, &internet.because, has_encryption(config)) {
        bail!(
            "on the internet ({because}) strangers could read passwords and photos on their way to {open}\n\
             hint: set up one of these (docs/OPERATING.md, \"On a server\"):\n\
             - `[https.acme]`: a certificate that comes by itself, for a name of this computer\n\
             - `certificate` and `key` in `[https]`: a certificate that you have\n\
             - `server.behind_proxy = true` and `server.bind = \"127.0.0.1:8080\"`: a proxy here that speaks HTTPS\n\
             - `server.internet = false`: a firewall keeps the internet out"
        );
    }
    Ok(())
}

fn perhaps(address: IpAddr) -> String {
    format!(
        "this computer has the address {address} of the internet; unless a router or firewall keeps strangers out, \
         set `server.internet = true`"
    )
}
