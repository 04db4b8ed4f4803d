//! The times of a hot folder.

use std::time::Duration;

/// Times of a hot folder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Between two looks.
    pub(super) poll: Duration,
    /// Between two looks while files wait; also how long size and time of a file must stay the same.
    pub(super) rest: Duration,
    /// How long a file must rest whose structure does not say whether it is whole, or what it is.
    pub(super) long_rest: Duration,
    /// Longest pause between two looks into a file that is not whole.
    pub(super) longest_pause: Duration,
    /// A file that has rested for so long without being whole is trouble.
    pub(super) stuck_after: Duration,
    /// Pause after an error that all files would meet.
    pub(super) blocked: Duration,
}

impl Pace {
    pub(super) const USUAL: Self = Self {
        poll: Duration::from_secs(3),
        rest: Duration::from_millis(500),
        long_rest: Duration::from_secs(30),
        longest_pause: Duration::from_mins(1),
        stuck_after: Duration::from_mins(2),
        blocked: Duration::from_secs(5),
    };
}
