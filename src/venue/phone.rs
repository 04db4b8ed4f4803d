//! What a phone reports that opened the check's page: that it reached this computer, how fast, and its clock.

use serde::{Deserialize, Serialize};

use super::{Finding, State};

const WHAT: &str = "venue.phone";
const CLOCK: &str = "venue.clock";
/// Bits in a millisecond, which are a thousandth of a megabit per second: below this a preview takes seconds.
const SLOW: u64 = 3_000;
/// More is noticed: photos of phones and cameras are then in another order.
const APART_SECONDS: u64 = 60;

/// What a phone found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneReport {
    /// How much it downloaded.
    pub bytes: u32,
    /// How long that took, in milliseconds.
    pub ms: u32,
    /// By how much its clock is ahead of this computer's, in milliseconds.
    pub ahead_ms: i64,
}

impl PhoneReport {
    /// What that means.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let bits_per_ms = u64::from(self.bytes) * 8 / u64::from(self.ms.max(1));
        let (state, says) = if bits_per_ms < SLOW {
            (State::Warn, "venue.phone.slow")
        } else {
            (State::Ok, "venue.phone.reached")
        };
        let speed = format!("{}.{}", bits_per_ms / 1000, bits_per_ms % 1000 / 100);
        let seconds = self.ahead_ms.unsigned_abs() / 1000;
        let clock = if seconds > APART_SECONDS {
            Finding::new(CLOCK, State::Warn, "venue.clock.apart")
        } else {
            Finding::new(CLOCK, State::Ok, "venue.clock.good")
        };
        vec![Finding::new(WHAT, state, says).with("speed", &speed), clock.with("seconds", &seconds)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_phone_and_a_wrong_clock_are_named() {
        let report = |ms, ahead_ms| PhoneReport { bytes: 300_000, ms, ahead_ms }.findings();
        let good = report(100, -2_500);
        assert_eq!([good[0].state, good[1].state], [State::Ok, State::Ok]);
        assert_eq!((good[0].fill("{speed}"), good[1].fill("{seconds}")), ("24.0".to_owned(), "2".to_owned()));
        let bad = report(1_000, 61_000);
        assert_eq!([bad[0].says, bad[1].says], ["venue.phone.slow", "venue.clock.apart"]);
        assert_eq!(bad[0].fill("{speed}"), "2.4");
        assert_eq!(report(0, i64::MIN)[0].state, State::Ok);
    }
}
