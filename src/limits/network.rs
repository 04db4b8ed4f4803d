//! What counts as one client network: the only place that says so.

use std::fmt::{self, Display};
use std::net::IpAddr;

/// An IPv4 address as it is, also where it is written as IPv6. Of IPv6 the /64 network: who has one address of it can
/// take any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientNetwork(IpAddr);

impl ClientNetwork {
    /// The network that this address is in.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
            address @ IpAddr::V4(_) => address,
        })
    }

    /// The IPv4 address, or the first address of the IPv6 network.
    #[must_use]
    pub fn address(self) -> IpAddr {
        self.0
    }
}

/// As an address, or as a network with the length of its prefix.
impl Display for ClientNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => write!(f, "{address}"),
            IpAddr::V6(address) => write!(f, "{address}/64"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EventId, Timestamp};
    use crate::limits::{Client, GUESSES, Limiter, SIGN_INS, Scope};

    fn network(address: &str) -> ClientNetwork {
        ClientNetwork::of(address.parse().unwrap())
    }

    #[test]
    fn an_ipv4_address_is_one_client_and_of_ipv6_a_whole_network() {
        for (address, shown) in [
            ("203.0.113.9", "203.0.113.9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
            ("fe80::1", "fe80::/64"),
        ] {
            assert_eq!(network(address).to_string(), shown);
        }
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("203.0.113.9"), network("203.0.113.10"));
    }

    #[test]
    fn new_addresses_of_one_network_give_no_new_attempts() {
        let now = Timestamp::from_unix_ms(1_800_000_000_000);
        let attempts = |policy, scope: &Scope, base: u128| {
            let limiter = Limiter::new(policy);
            let from = |n: u128| {
                let network = ClientNetwork::of(IpAddr::V6((base + n).into()));
                Client { device: None, user: None, network }
            };
            (0..10_000).filter(|n| limiter.attempt(scope, &from(*n), now).is_ok()).count()
        };
        let entry = Scope::Event(EventId::from_i64(1).unwrap());
        let base = 0x2001_0db8_0001_0002 << 64;
        assert_eq!(attempts(GUESSES, &entry, base), 6);
        assert_eq!(attempts(SIGN_INS, &Scope::SignIn, base), 600);
    }
}
