//! Which nodes run, as far as one of them has heard (pure).

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::prefer::preferred;
use crate::domain::EventId;

/// A node that was not heard for so long is gone. One that could not be reached is not tried for so long.
pub(super) const TIMEOUT: Duration = Duration::from_secs(8);

/// Begins each announcement. Those of another form are by another version, which prefers by its own rules.
const FORM: &str = "1";

/// What a node says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Announcement<'a> {
    /// It runs at this address, in the process of this name.
    Here(&'a str, &'a str),
    /// It stops.
    Gone(&'a str),
}

impl<'a> Announcement<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        match text.split(' ').collect::<Vec<_>>()[..] {
            [FORM, "here", address, process] => Some(Self::Here(address, process)),
            [FORM, "gone", address] => Some(Self::Gone(address)),
            _ => None,
        }
    }
}

impl Display for Announcement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here(address, process) => write!(f, "{FORM} here {address} {process}"),
            Self::Gone(address) => write!(f, "{FORM} gone {address}"),
        }
    }
}

/// The nodes that one of them knows.
pub(super) struct Live {
    /// Its own address, and the name of its process.
    own: Arc<str>,
    process: Arc<str>,
    /// When it heard itself: others do not know of one that cannot be heard.
    own_at: Option<Instant>,
    /// By address.
    others: HashMap<Arc<str>, Heard>,
}

struct Heard {
    at: Instant,
    /// When it said that it stops. It still answers what it was asked before.
    gone_at: Option<Instant>,
    /// When it could not be reached.
    lost_at: Option<Instant>,
}

impl Heard {
    fn is_silent(&self, now: Instant) -> bool {
        now.duration_since(self.at) >= TIMEOUT
    }

    fn is_live(&self, now: Instant) -> bool {
        let is_lost = self.lost_at.is_some_and(|at| now.duration_since(at) < TIMEOUT);
        !self.is_silent(now) && self.gone_at.is_none() && !is_lost
    }
}

impl Live {
    pub(super) fn new(own: Arc<str>, process: Arc<str>) -> Self {
        Self { own, process, own_at: None, others: HashMap::new() }
    }

    /// Notes what somebody announced, itself or another. Whether another one has its address.
    pub(super) fn hear(&mut self, text: &str, now: Instant) -> bool {
        let mut is_taken = false;
        match Announcement::parse(text) {
            Some(Announcement::Here(address, process)) if *address == *self.own => {
                is_taken = *process != *self.process;
                self.own_at = Some(now);
            }
            Some(Announcement::Here(address, _)) => {
                let new = Heard { at: now, gone_at: None, lost_at: None };
                let heard = self.others.entry(address.into()).or_insert(new);
                (heard.at, heard.gone_at) = (now, None);
            }
            Some(Announcement::Gone(address)) => {
                if let Some(heard) = self.others.get_mut(address) {
                    heard.gone_at = Some(now);
                }
            }
            None => {}
        }
        self.others.retain(|_, heard| !heard.is_silent(now));
        is_taken
    }

    /// A node could not be reached.
    pub(super) fn lose(&mut self, address: &str, now: Instant) {
        if let Some(heard) = self.others.get_mut(address) {
            heard.lost_at = Some(now);
        }
    }

    /// Whether a node was not heard for so long that it answers nothing any more.
    pub(super) fn is_silent(&self, address: &str, now: Instant) -> bool {
        self.others.get(address).is_none_or(|heard| heard.is_silent(now))
    }

    /// The other node that an event prefers; `None`: this one.
    pub(super) fn preferred(&self, event: EventId, now: Instant) -> Option<Arc<str>> {
        let others =
            self.others.iter().filter(|(_, heard)| heard.is_live(now)).map(|(address, _)| &**address);
        let is_heard = self.own_at.is_some_and(|at| now.duration_since(at) < TIMEOUT);
        let own = Some(&*self.own).filter(|_| is_heard);
        let preferred = preferred(event, others.chain(own))?;
        self.others.get_key_value(preferred).map(|(address, _)| address.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An event that, of two nodes, prefers the other one.
    fn event_of(address: &str, other: &str) -> EventId {
        let mut ids = (1..).map(|number| EventId::from_i64(number).unwrap());
        ids.find(|id| preferred(*id, [address, other].into_iter()) == Some(address)).unwrap()
    }

    fn live_at(now: Instant) -> Live {
        let mut live = Live::new("a:1".into(), "p".into());
        live.hear("1 here a:1 p", now);
        live
    }

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn announcements_are_read_as_they_were_written() {
        for said in [Announcement::Here("10.0.0.3:8080", "07ab"), Announcement::Gone("photos.lan:80")] {
            assert_eq!(Announcement::parse(&said.to_string()), Some(said));
        }
        for other in ["", "1", "1 here", "1 here a", "1 here a b c", "2 here a b", "1 there a b"] {
            assert_eq!(Announcement::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_node_counts_until_it_was_not_heard_for_long() {
        let (now, event) = (Instant::now(), event_of("b:1", "a:1"));
        let mut live = live_at(now);
        let to =
            |live: &Live, after| live.preferred(event, now + seconds(after)).as_deref().map(str::to_owned);
        assert_eq!(to(&live, 0), None);
        assert!(!live.hear("1 here a:1 p", now) && live.hear("1 here a:1 q", now));
        live.hear("2 here b:1 q", now);
        assert_eq!(to(&live, 0), None);
        live.hear("1 here b:1 q", now);
        assert_eq!(
            (to(&live, 0), to(&live, 7), to(&live, 8)),
            (Some("b:1".into()), Some("b:1".into()), None)
        );
        assert!(!live.is_silent("b:1", now + seconds(7)) && live.is_silent("b:1", now + seconds(8)));
        live.hear("1 here b:1 q", now + seconds(6));
        assert_eq!((to(&live, 13), to(&live, 14)), (Some("b:1".into()), None));
        // Events that prefer this node stay.
        assert_eq!(live.preferred(event_of("a:1", "b:1"), now + seconds(6)), None);
    }

    #[test]
    fn one_that_the_others_do_not_hear_sends_all_events_on() {
        let (now, event) = (Instant::now(), event_of("a:1", "b:1"));
        let mut live = live_at(now);
        live.hear("1 here b:1 q", now + seconds(7));
        assert_eq!(live.preferred(event, now + seconds(7)), None);
        assert_eq!(live.preferred(event, now + seconds(8)).as_deref(), Some("b:1"));
        // Unless there is nobody.
        assert_eq!(live.preferred(event, now + seconds(15)), None);
    }

    #[test]
    fn one_that_stops_or_cannot_be_reached_gets_nothing() {
        let (now, event) = (Instant::now(), event_of("b:1", "a:1"));
        let mut live = live_at(now);
        live.hear("1 here b:1 q", now);
        live.hear("1 gone b:1", now);
        assert_eq!(live.preferred(event, now), None);
        // It may be finishing an answer.
        assert!(!live.is_silent("b:1", now));
        live.hear("1 here b:1 q", now);
        live.lose("b:1", now);
        live.hear("1 here b:1 q", now + seconds(7));
        assert_eq!(live.preferred(event, now + seconds(7)), None);
        assert_eq!(live.preferred(event, now + seconds(8)).as_deref(), Some("b:1"));
    }
}
