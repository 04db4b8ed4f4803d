//! Whether the server has port 80, to which phones' probes come, or could have it.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use super::{Facts, Finding, State};

const WHAT: &str = "venue.port";
const HTTP: u16 = 80;

pub(super) fn look(facts: &Facts) -> Finding {
    // Taking it for a moment says whether it can be had; nothing is accepted on it.
    let taken = || TcpListener::bind((Ipv4Addr::UNSPECIFIED, HTTP)).err().map(|error| error.kind());
    let (state, says) =
        if facts.ports.contains(&HTTP) { (State::Ok, "venue.port.ours") } else { judge(taken()) };
    let ports: Vec<String> = facts.ports.iter().map(u16::to_string).collect();
    Finding::new(WHAT, state, says).with("ports", &ports.join(", "))
}

fn judge(refused: Option<ErrorKind>) -> (State, &'static str) {
    match refused {
        None => (State::Ok, "venue.port.free"),
        Some(ErrorKind::AddrInUse) => (State::Ok, "venue.port.taken"),
        Some(_) => (State::Ok, "venue.port.no_right"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_of_port_80() {
        assert_eq!(judge(None).1, "venue.port.free");
        assert_eq!(judge(Some(ErrorKind::AddrInUse)).1, "venue.port.taken");
        assert_eq!(judge(Some(ErrorKind::PermissionDenied)).1, "venue.port.no_right");
    }
}
