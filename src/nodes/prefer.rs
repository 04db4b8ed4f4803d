//! Which node an event prefers: rendezvous hashing. Each event gives each node a score, and the highest one wins. A
//! node that comes takes its share from all others, one that goes leaves its events to them, and nothing else moves.

use sha2::{Digest, Sha256};

use crate::domain::EventId;

/// One of these addresses; all nodes that know the same ones choose the same.
pub(super) fn preferred<'a>(event: EventId, nodes: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    nodes.max_by_key(|address| score(event, address))
}

fn score(event: EventId, address: &str) -> [u8; 32] {
    Sha256::digest(format!("{event} {address}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODES: [&str; 4] = ["10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.3:8080", "photos.lan:8080"];

    fn choose(events: &[EventId], nodes: &[&'static str]) -> Vec<&'static str> {
        events.iter().map(|event| preferred(*event, nodes.iter().copied()).unwrap()).collect()
    }

    fn events() -> Vec<EventId> {
        (1..=4000).map(|number| EventId::from_i64(number).unwrap()).collect()
    }

    #[test]
    fn every_node_has_its_share() {
        let chosen = choose(&events(), &NODES);
        for node in NODES {
            let share = chosen.iter().filter(|chosen| **chosen == node).count();
            assert!((850..1150).contains(&share), "{node}: {share} of 4000");
        }
        assert_eq!(preferred(events()[0], std::iter::empty()), None);
    }

    #[test]
    fn only_the_events_of_one_that_goes_move() {
        let (events, left) = (events(), [NODES[0], NODES[1], NODES[3]]);
        let (before, after) = (choose(&events, &NODES), choose(&events, &left));
        let moved: Vec<_> = before.iter().zip(&after).filter(|(before, after)| before != after).collect();
        assert!(moved.iter().all(|(before, _)| **before == NODES[2]));
        // They are spread over all others.
        assert!(left.iter().all(|node| moved.iter().filter(|(_, after)| *after == node).count() > 200));
        assert_eq!(moved.len(), before.iter().filter(|node| **node == NODES[2]).count());
    }

    #[test]
    fn the_order_in_which_nodes_are_known_makes_no_difference() {
        let mut other = NODES;
        other.reverse();
        assert_eq!(choose(&events(), &NODES), choose(&events(), &other));
    }
}
