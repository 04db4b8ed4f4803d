//! Whether encrypted connections work through the evening.

use std::time::Duration;

use super::{Finding, State};
use crate::domain::Timestamp;

const WHAT: &str = "venue.certificate";
/// Less is worth a look before the event.
const SOON: Duration = Duration::from_hours(3 * 24);

/// The certificate for encrypted connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// None is configured: only HTTP.
    None,
    /// It is good until then.
    Until(Timestamp),
    /// There is none yet, or it cannot be read.
    Missing,
    /// Only a running server knows.
    Elsewhere,
}

pub(super) fn look(certificate: Certificate, now: Timestamp) -> Finding {
    let until = |state, says, at: Timestamp| Finding::new(WHAT, state, says).with("until", &at);
    match certificate {
        Certificate::None => Finding::new(WHAT, State::Ok, "venue.certificate.none"),
        Certificate::Missing => Finding::new(WHAT, State::Fail, "venue.certificate.missing"),
        Certificate::Elsewhere => Finding::new(WHAT, State::Unknown, "venue.certificate.elsewhere"),
        Certificate::Until(at) if at <= now => until(State::Fail, "venue.certificate.expired", at),
        Certificate::Until(at) if at.since(now) < SOON => until(State::Warn, "venue.certificate.soon", at),
        Certificate::Until(at) => until(State::Ok, "venue.certificate.good", at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_should_last_some_days() {
        let now = Timestamp::from_unix_ms(1_800_000_000_000);
        let state = |hours: u64| look(Certificate::Until(now.plus(Duration::from_hours(hours))), now).state;
        assert_eq!(
            [state(0), state(1), state(71), state(72)],
            [State::Fail, State::Warn, State::Warn, State::Ok]
        );
        assert_eq!(look(Certificate::None, now).state, State::Ok);
        assert_eq!(look(Certificate::Missing, now).state, State::Fail);
    }
}
