//! Who gives way, and whose turn it is, when there is not enough for everybody.
//!
//! Both questions are decided in three steps: between events, between the networks in an event, between the clients of
//! a network. So a client that opens many sessions competes with its own network, and a network with its own event.

use std::collections::HashMap;
use std::net::IpAddr;

use super::{Client, ClientKey};
use crate::domain::EventId;

/// Who holds or wants a part of something scarce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Holder {
    event: Option<EventId>,
    network: IpAddr,
    client: Option<ClientKey>,
}

/// A prefix of a holder: the event, the network in it, the client in that.
type Group = (Option<EventId>, Option<IpAddr>, Option<ClientKey>);

impl Holder {
    /// A client, in an event if it is there for one.
    #[must_use]
    pub fn new(client: &Client, event: Option<EventId>) -> Self {
        Self { event, network: client.address, client: Some(client.key()) }
    }

    /// Everybody in a network.
    #[must_use]
    pub fn network(network: IpAddr) -> Self {
        Self { event: None, network, client: None }
    }

    fn groups(&self) -> [Group; 3] {
        let (event, network) = (self.event, Some(self.network));
        [(event, None, None), (event, network, None), (event, network, self.client)]
    }
}

/// Keeps of the holdings those of the client that gives way: it holds most in the network that holds most in the event
/// that holds most. More than one client if they hold the same.
pub fn keep_heaviest<T>(holdings: &mut Vec<T>, holder: impl Fn(&T) -> Holder, weight: impl Fn(&T) -> usize) {
    for level in 0..3 {
        let mut totals: HashMap<Group, usize> = HashMap::new();
        for holding in &*holdings {
            *totals.entry(holder(holding).groups()[level]).or_default() += weight(holding);
        }
        let most = totals.values().copied().max().unwrap_or(0);
        holdings.retain(|holding| totals.get(&holder(holding).groups()[level]) == Some(&most));
    }
}

/// Takes turns: of those who wait, the one whose event, then network, then client was served longest ago.
#[derive(Debug, Default)]
pub struct Turns {
    served: HashMap<Group, u64>,
    count: u64,
}

impl Turns {
    /// The position of the next one, who is served now; the first of those that are alike.
    pub fn next(&mut self, waiting: impl Iterator<Item = Holder>) -> Option<usize> {
        let last_served = |holder: &Holder| holder.groups().map(|group| self.served.get(&group).copied());
        let (position, next) =
            waiting.enumerate().min_by_key(|(position, holder)| (last_served(holder), *position))?;
        self.count += 1;
        self.served.extend(next.groups().map(|group| (group, self.count)));
        Some(position)
    }

    /// Call when nobody waits or is served any more.
    pub fn reset(&mut self) {
        self.served.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Digest, Timestamp};

    fn holder(event: u8, network: u8, client: u8) -> Holder {
        let device = Some((Digest([client; 32]), Timestamp::from_unix_ms(0)));
        let client = Client { device, user: None, address: IpAddr::from([10, 0, 0, network]) };
        Holder::new(&client, EventId::from_i64(event.into()))
    }

    fn heaviest(holdings: &[(Holder, usize)]) -> Vec<Holder> {
        let mut holdings = holdings.to_vec();
        keep_heaviest(&mut holdings, |holding| holding.0, |holding| holding.1);
        holdings.into_iter().map(|holding| holding.0).collect()
    }

    #[test]
    fn the_one_who_holds_most_gives_way() {
        let honest: Vec<_> = (1..=9).map(|client| (holder(1, client, client), 1)).collect();
        // One network with many clients of one thing each.
        let crowd: Vec<_> = (1..=3).map(|client| (holder(1, 200, client), 1)).collect();
        assert_eq!(heaviest(&[honest.clone(), crowd.clone()].concat()).len(), 3);
        // Behind one address, the client with most.
        let greedy = [(holder(1, 200, 9), 2), (holder(1, 200, 9), 2)];
        assert_eq!(heaviest(&[honest.clone(), crowd, greedy.to_vec()].concat()), [holder(1, 200, 9); 2]);
        // Another event's guests are not affected.
        let other = (holder(2, 1, 1), 5);
        assert!(!heaviest(&[honest, vec![other]].concat()).contains(&other.0));
        assert!(heaviest(&[]).is_empty());
    }

    #[test]
    fn turns_alternate_between_networks_and_clients() {
        let mut turns = Turns::default();
        // Two clients of one network with three requests each came before the only one of another.
        let mut waiting = vec![holder(1, 1, 1); 3];
        waiting.extend([holder(1, 1, 2); 3]);
        waiting.push(holder(1, 2, 3));
        let mut order = Vec::new();
        while let Some(position) = turns.next(waiting.iter().copied()) {
            order.push(waiting.remove(position));
        }
        let [first, second, other] = [holder(1, 1, 1), holder(1, 1, 2), holder(1, 2, 3)];
        assert_eq!(order, [first, other, second, first, second, first, second]);
        turns.reset();
        assert!(turns.served.is_empty());
    }
}
