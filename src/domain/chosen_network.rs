//! The network that the photographer chose for guests' links.

use std::net::IpAddr;

/// An address of this computer, and the interface that had it when it was chosen: the router may give it another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenNetwork {
    /// As the system names it for people.
    pub interface: String,
    /// The address.
    pub ip: IpAddr,
}
