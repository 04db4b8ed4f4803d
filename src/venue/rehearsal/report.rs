//! What a rehearsal measured, and what would have been the limit.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What guests wait for after a selfie without getting restless.
const COMFORTABLE: Duration = Duration::from_millis(1500);
/// About what one access point carries in a room full of phones, in megabits a second.
const ACCESS_POINT_MBIT: f64 = 100.0;

/// What would keep so many guests from being served well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RehearsalLimit {
    /// Nothing: this computer carries them, and so does one good access point.
    None,
    /// This computer: guests got no answer, or waited for too long.
    Computer,
    /// The Wi-Fi: more than one access point carries.
    Wifi,
}

impl RehearsalLimit {
    /// `p95_ms` is what all but one in twenty guests waited for at most.
    #[must_use]
    pub fn of(failed: usize, p95_ms: f64, megabits_per_second: f64) -> Self {
        if failed > 0 || p95_ms > COMFORTABLE.as_secs_f64() * 1000.0 {
            Self::Computer
        } else if megabits_per_second > ACCESS_POINT_MBIT {
            Self::Wifi
        } else {
            Self::None
        }
    }
}

/// What a rehearsal measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RehearsalReport {
    /// How many arrived.
    pub guests: u16,
    /// In which time.
    pub within_seconds: u16,
    /// How many sent photos meanwhile.
    pub cameras: u16,
    /// Guests who got an error, or no answer.
    pub failed: usize,
    /// From the selfie to the list of photos.
    pub median_ms: f64,
    /// All but one in twenty waited for at most this.
    pub p95_ms: f64,
    /// The longest wait.
    pub slowest_ms: f64,
    /// From the first request until all pictures on the screen are there.
    pub whole_p95_ms: f64,
    /// All that was sent to guests.
    pub megabytes: f64,
    /// Over the time in which the guests arrived.
    pub megabits_per_second: f64,
    /// What would keep them from being served well.
    pub limit: RehearsalLimit,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_and_long_waits_are_the_computers_and_many_bytes_the_wifis() {
        for (failed, p95_ms, mbit, limit) in [
            (0, 1500.0, 100.0, RehearsalLimit::None),
            (1, 100.0, 1.0, RehearsalLimit::Computer),
            (0, 1500.1, 500.0, RehearsalLimit::Computer),
            (0, 100.0, 100.1, RehearsalLimit::Wifi),
        ] {
            assert_eq!(RehearsalLimit::of(failed, p95_ms, mbit), limit, "{failed} {p95_ms} {mbit}");
        }
    }
}
