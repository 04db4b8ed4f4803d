//! The service that looks which networks this computer is in, and takes over what has changed.

use std::time::Duration;

use super::handle::{Current, Reach};
use super::list::{NetworkAddress, list_addresses};
use super::name::Announcer;
use crate::app::{App, Service, ServiceHandle};

const INTERVAL: Duration = Duration::from_secs(2);

/// What is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Guests' links begin with another URL.
    Address(Current),
    /// The server announces its name now: this URL leads to it.
    Name(String),
}

/// Starts the service; `said` hears of what is new.
#[must_use]
pub fn start(app: &App, reach: Reach, said: impl Fn(News) + Clone + Send + 'static) -> Service {
    let mdns = app.config.server.mdns;
    Service::start("address", app.clock.clone(), 1, move |service| {
        run(service, Follower::new(reach.clone(), mdns), &said);
    })
}

fn run(service: &ServiceHandle, mut follower: Follower, said: &impl Fn(News)) {
    loop {
        let (news, failed) = follower.look(list_addresses());
        for one in news {
            said(one);
            service.complete_one();
        }
        if let Some(error) = failed {
            tracing::warn!(%error, "the server's name cannot be announced");
            service.record_error(format!("the server's name cannot be announced: {error}"));
        }
        if service.signal.pause(INTERVAL) {
            return;
        }
    }
}

struct Follower {
    reach: Reach,
    /// The last look.
    seen: Vec<NetworkAddress>,
    /// The URLs that were said last: of links, and by name.
    said: (String, Option<String>),
    announcer: Option<Announcer>,
}

impl Follower {
    fn new(reach: Reach, mdns: bool) -> Self {
        let announcer = mdns.then(|| Announcer::new(reach.port()));
        Self { said: (reach.base_url(), None), seen: Vec::new(), announcer, reach }
    }

    /// Takes over the addresses of now; returns what is new, and why the name cannot be announced.
    fn look(&mut self, now: Vec<NetworkAddress>) -> (Vec<News>, Option<mdns_sd::Error>) {
        // A Wi-Fi that is gone for a moment changes nothing: two looks must agree.
        if now == self.seen {
            self.reach.set_addresses(now);
        } else {
            self.seen = now;
        }
        let mut failed = None;
        if let Some(announcer) = &mut self.announcer {
            failed = announcer.announce_in(self.reach.guests_networks()).err();
            self.reach.set_local_name(announcer.name());
        }
        let current = self.reach.current();
        let mut news = Vec::new();
        if let Some(url) = &current.local_url
            && self.said.1.as_ref() != Some(url)
        {
            self.said.1 = Some(url.clone());
            news.push(News::Name(url.clone()));
        }
        if current.base_url != self.said.0 {
            self.said.0.clone_from(&current.base_url);
            news.push(News::Address(current));
        }
        (news, failed)
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.reach.set_local_name(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Server;
    use crate::reach::Kind;

    #[test]
    fn a_change_is_said_once_when_two_looks_agree() {
        let network = |kind, interface: &str, ip: &str| NetworkAddress {
            ip: ip.parse().unwrap(),
            interface: interface.to_owned(),
            kind,
            is_default: false,
        };
        let first = vec![network(Kind::Wifi, "wlp2s0", "192.168.1.7")];
        let second = vec![network(Kind::Wifi, "wlp2s0", "10.0.0.5"), network(Kind::Vpn, "tun0", "10.8.0.2")];
        let reach = Reach::new(&Server::default(), "0.0.0.0:8080".parse().unwrap());
        reach.set_addresses(first.clone());
        let mut follower = Follower::new(reach.clone(), false);
        let mut said = |now: &[NetworkAddress]| {
            let (news, failed) = follower.look(now.to_vec());
            assert!(failed.is_none() && news.len() < 2);
            news.into_iter().next().map(|news| match news {
                News::Address(current) => current.base_url,
                News::Name(url) => url,
            })
        };
        assert_eq!([said(&first), said(&first)], [None, None]);
        // Gone for one look.
        assert_eq!([said(&[]), said(&first), said(&first)], [None, None, None]);
        assert_eq!(reach.base_url(), "http://192.168.1.7:8080");
        assert_eq!(
            [said(&second), said(&second), said(&second)],
            [None, Some("http://10.0.0.5:8080".to_owned()), None]
        );
        reach.set_local_name(Some("fotota-2.local".to_owned()));
        assert_eq!([said(&second), said(&second)], [Some("http://fotota-2.local:8080".to_owned()), None]);
    }
}
