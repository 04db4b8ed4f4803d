//! Who sets DNS records for this server.

mod acme_dns;
mod command;
mod rfc2136;

use std::sync::Arc;

use crate::config;
use crate::domain::Clock;
use crate::outbound::Outbound;

/// Sets and removes TXT records. Errors are for people.
pub(super) trait Provider: Send + Sync {
    /// Adds a value to those that a name has.
    fn add(&self, name: &str, value: &str) -> Result<(), String>;

    /// Removes this value alone.
    fn remove(&self, name: &str, value: &str) -> Result<(), String>;
}

/// The configured one; `None`: names are not verified by DNS.
pub(super) fn provider(
    config: &config::Acme,
    outbound: Outbound,
    clock: Arc<dyn Clock>,
) -> Option<Box<dyn Provider>> {
    if let Some(program) = &config.dns_command {
        return Some(Box::new(command::Command(program.clone())));
    }
    if let Some(account) = &config.acme_dns {
        return Some(Box::new(acme_dns::AcmeDns { account: account.clone(), outbound }));
    }
    let server = config.rfc2136.clone()?;
    Some(Box::new(rfc2136::Rfc2136 { server, clock }))
}
