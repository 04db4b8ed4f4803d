//! Who gives way, and whose turn it is, when there is not enough for everybody.
//!
//! Both questions are decided in three steps: between events, between the networks in an event, between the clients of
//! a network. So a client that opens many sessions competes with its own network, and a network with its own event.

use std::collections::HashMap;

use super::{Client, ClientKey, ClientNetwork};
use crate::domain::EventId;

/// Who holds or wants a part of something scarce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Holder {
    event: Option<EventId>,
    network: ClientNetwork,
    client: Option<ClientKey>,
}

/// A prefix of a holder: the event, the network in it, the client in that.
type Group = (Option<EventId>, Option<ClientNetwork>, Option<ClientKey>);

impl Holder {
    /// A client, in an event if it is there for one.
    #[must_use]
    pub fn new(client: &Client, event: Option<EventId>) -> Self {
        Self { event, network: client.network, client: Some(client.key()) }
    }

    /// Everybody in a network.
    #[must_use]
    pub fn network(network: ClientNetwork) -> Self {
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

/// Takes turns: the next one is of the event, in it of the network, in it of the client, that was served or began to
/// wait longest ago. So nobody waits for ever, however many newcomers there are.
#[derive(Debug, Default)]
pub struct Turns {
    served: HashMap<Group, u64>,
    /// Counts arrivals and turns.
    clock: u64,
}

/// Someone who waits for a turn.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    holder: Holder,
    since: u64,
}

impl Turns {
    /// Begins to wait.
    pub fn arrive(&mut self, holder: Holder) -> Waiting {
        self.clock += 1;
        Waiting { holder, since: self.clock }
    }

    /// The position of the next one, who is served now; the first of those that are alike.
    pub fn next(&mut self, waiting: impl Iterator<Item = Waiting> + Clone) -> Option<usize> {
        let mut since: HashMap<Group, u64> = HashMap::new();
        for one in waiting.clone() {
            for group in one.holder.groups() {
                let oldest = since.entry(group).or_insert(one.since);
                *oldest = one.since.min(*oldest);
            }
        }
        let at = |times: &HashMap<Group, u64>, group: &Group| times.get(group).copied().unwrap_or_default();
        let rank =
            |holder: Holder| holder.groups().map(|group| at(&self.served, &group).max(at(&since, &group)));
        let (position, next) =
            waiting.enumerate().min_by_key(|(position, one)| (rank(one.holder), *position))?;
        self.clock += 1;
        self.served.extend(next.holder.groups().map(|group| (group, self.clock)));
        Some(position)
    }

    /// Call when nobody waits or is served any more.
    pub fn reset(&mut self) {
        self.served.clear();
    }
}

impl Waiting {
    /// Who waits.
    #[must_use]
    pub fn holder(&self) -> Holder {
        self.holder
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Digest, Timestamp};

    fn holder(event: u8, network: u8, client: u8) -> Holder {
        let device = Some((Digest([client; 32]), Timestamp::from_unix_ms(0)));
        let client = Client { device, user: None, network: ClientNetwork::of([10, 0, 0, network].into()) };
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

    /// In which order they are served, if all have arrived in this one.
    fn order(turns: &mut Turns, arrived: &[Holder]) -> Vec<Holder> {
        let mut waiting: Vec<Waiting> = arrived.iter().map(|holder| turns.arrive(*holder)).collect();
        let mut order = Vec::new();
        while let Some(position) = turns.next(waiting.iter().copied()) {
            order.push(waiting.remove(position).holder());
        }
        order
    }

    #[test]
    fn turns_alternate_between_networks_and_clients() {
        let mut turns = Turns::default();
        let [first, second, other] = [holder(1, 1, 1), holder(1, 1, 2), holder(1, 2, 3)];
        // Two clients of one network with three requests each came before the only one of another.
        let arrived = [first, first, first, second, second, second, other];
        assert_eq!(order(&mut turns, &arrived), [first, other, second, first, second, first, second]);
        turns.reset();
        assert!(turns.served.is_empty());
    }

    #[test]
    fn newcomers_do_not_keep_others_waiting() {
        let mut turns = Turns::default();
        let known = holder(1, 1, 1);
        order(&mut turns, &[known]);
        let newcomers = (2..9).map(|client| holder(1, 1, client));
        let arrived: Vec<_> = std::iter::once(known).chain(newcomers).collect();
        assert_eq!(order(&mut turns, &arrived), arrived);
    }
}
