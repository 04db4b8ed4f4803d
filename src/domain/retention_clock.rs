//! The time by which what has expired is deleted. A computer's clock may jump by years, with an empty battery or a slip
//! of the finger, and nothing may be erased because of that.
//!
//! What the clock shows is believed while it goes on from what was believed before: within a day behind, and within
//! [`USUAL_BREAK`] ahead of the time that has passed by a clock that nobody sets. A computer that was off for longer
//! must run for [`PROBATION`] with a clock that goes on steadily; one that is ahead by more than [`LONGEST_BREAK`] is
//! believed only if somebody says so. Meanwhile the trusted time goes on with the time that passes. A clock that was
//! never set, as at the start of a computer without a battery, is not believed, and gives way to one that is set.

use std::time::Duration;

use super::Timestamp;

/// A computer may have been off, or asleep, for so long without a question.
const USUAL_BREAK: Duration = Duration::from_hours(24 * 14);
/// Clocks are set back a little: by hand, from the network, to another zone by mistake.
const SET_BACK: Duration = Duration::from_hours(24);
/// For so long the server must run with a clock that goes on steadily, until a jump is believed.
const PROBATION: Duration = Duration::from_hours(24);
/// No computer is off for so long between two uses: the clock is wrong, until somebody says that it is not.
const LONGEST_BREAK: Duration = Duration::from_hours(24 * 400);

/// 2026-01-01, before this program: a clock that shows less was never set.
const EARLIEST: Timestamp = Timestamp::from_unix_ms(1_767_225_600_000);

/// What the clocks of the computer show at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// The clock that shows the date.
    pub shown: Timestamp,
    /// The clock that nobody sets, from an arbitrary start.
    pub running: Duration,
}

/// What is believed about the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionClock {
    /// The time that is believed.
    pub trusted: Timestamp,
    /// For how long the computer's clock has gone on steadily since it disagreed; `None` while it agrees.
    pub steady: Option<Duration>,
    /// What it showed last.
    pub seen: Timestamp,
}

/// Whether the computer's clock is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockTrust {
    /// It is.
    Trusted,
    /// It has jumped; it will be believed when the server has run on for so long.
    After(Duration),
    /// It is ahead by more than any break, or was never set: only somebody who looks at it can say that it is right.
    Unbelievable,
}

impl RetentionClock {
    /// At the first look ever, there is nothing else to believe.
    #[must_use]
    pub fn first(shown: Timestamp) -> Self {
        Self { trusted: shown, steady: None, seen: shown }
    }

    /// After another look at the clocks. `before` is the last one by this process, which may have ended since.
    #[must_use]
    pub fn advanced(self, before: Option<ClockReading>, now: ClockReading) -> Self {
        let passed = before.map_or(Duration::ZERO, |before| now.running.saturating_sub(before.running));
        let expected = self.trusted.plus(passed);
        let was_never_set = self.trusted < EARLIEST && now.shown >= EARLIEST;
        if was_never_set || agrees(expected, now.shown) {
            return Self::first(now.shown);
        }
        // Steady is what goes on from where it was seen last, also after the computer has slept.
        let steady = match self.steady {
            Some(steady) if agrees(self.seen.plus(passed), now.shown) => steady + passed,
            _ => Duration::ZERO,
        };
        let believable = now.shown >= EARLIEST && now.shown.since(expected) <= LONGEST_BREAK;
        let believed = steady >= PROBATION && believable;
        if believed {
            Self::first(now.shown)
        } else {
            Self { trusted: expected, steady: Some(steady), seen: now.shown }
        }
    }

    /// Whether the computer's clock is believed.
    #[must_use]
    pub fn trust(self) -> ClockTrust {
        match self.steady {
            None => ClockTrust::Trusted,
            Some(_) if self.seen < EARLIEST || self.seen.since(self.trusted) > LONGEST_BREAK => {
                ClockTrust::Unbelievable
            }
            Some(steady) => ClockTrust::After(PROBATION.saturating_sub(steady)),
        }
    }

    /// What is due at this time by both clocks is due: a clock that is behind deletes nothing early, and neither does
    /// one that is ahead.
    #[must_use]
    pub fn due(self, shown: Timestamp) -> Timestamp {
        self.trusted.min(shown)
    }
}

fn agrees(expected: Timestamp, shown: Timestamp) -> bool {
    shown.since(expected) <= USUAL_BREAK && expected.since(shown) <= SET_BACK
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);
    const HOUR: Duration = Duration::from_hours(1);

    /// A computer whose clocks are set and run by hand.
    struct Computer {
        clock: RetentionClock,
        before: Option<ClockReading>,
        now: ClockReading,
    }

    impl Computer {
        fn new() -> Self {
            let shown = Timestamp::from_unix_ms(1_800_000_000_000);
            let now = ClockReading { shown, running: HOUR };
            Self { clock: RetentionClock::first(shown), before: Some(now), now }
        }

        fn run(&mut self, time: Duration) -> &mut Self {
            self.now.running += time;
            self.now.shown = self.now.shown.plus(time);
            self.look()
        }

        /// The date changes, and nothing else.
        fn jump(&mut self, years: i32) -> &mut Self {
            self.now.shown = self.now.shown.shifted(i64::from(years) * 365 * 24 * 3_600_000);
            self.look()
        }

        /// The computer is off for so long; or asleep, if the process goes on.
        fn pause(&mut self, time: Duration, process_ends: bool) -> &mut Self {
            self.now.shown = self.now.shown.plus(time);
            if process_ends {
                (self.before, self.now.running) = (None, Duration::ZERO);
            }
            self.look()
        }

        fn look(&mut self) -> &mut Self {
            self.clock = self.clock.advanced(self.before, self.now);
            self.before = Some(self.now);
            self
        }
    }

    #[test]
    fn time_that_passes_is_believed_also_while_the_computer_is_off_or_asleep() {
        let mut computer = Computer::new();
        for step in 0..40 {
            computer.run(HOUR * 5).pause(DAY * 6, step % 2 == 0);
            assert_eq!(computer.clock.trust(), ClockTrust::Trusted);
            assert_eq!(computer.clock.trusted, computer.now.shown);
        }
        // A server that runs all the time, and whose janitor was held up.
        assert_eq!(computer.run(DAY * 100).clock.trust(), ClockTrust::Trusted);
    }

    #[test]
    fn a_jump_of_years_is_never_believed_by_itself() {
        let mut computer = Computer::new();
        let before = computer.now.shown;
        assert_eq!(computer.jump(73).clock.trust(), ClockTrust::Unbelievable);
        for _ in 0..500 {
            computer.run(HOUR * 3).pause(Duration::ZERO, true);
        }
        assert_eq!(computer.clock.trust(), ClockTrust::Unbelievable);
        let ran = HOUR * 3 * 500;
        assert_eq!(computer.clock.due(computer.now.shown), before.plus(ran));
        // Set right again, nothing is wrong.
        assert_eq!(computer.jump(-73).clock.trust(), ClockTrust::Trusted);
    }

    #[test]
    fn a_long_break_is_believed_after_a_day_of_running() {
        let mut computer = Computer::new();
        let before = computer.now.shown;
        computer.pause(DAY * 90, true);
        assert_eq!(computer.clock.trust(), ClockTrust::After(DAY));
        for _ in 0..7 {
            computer.run(HOUR * 3).pause(HOUR * 21, true);
        }
        assert_eq!(computer.clock.trust(), ClockTrust::After(HOUR * 3));
        assert_eq!(computer.clock.due(computer.now.shown), before.plus(HOUR * 21));
        assert_eq!(computer.run(HOUR * 3).clock.trust(), ClockTrust::Trusted);
        assert_eq!(computer.clock.due(computer.now.shown), computer.now.shown);
    }

    #[test]
    fn a_clock_that_jumps_again_begins_again() {
        let mut computer = Computer::new();
        computer.pause(DAY * 90, true).run(HOUR * 23).jump(1);
        assert!(matches!(computer.clock.trust(), ClockTrust::Unbelievable));
        assert_eq!(computer.jump(-1).clock.trust(), ClockTrust::After(DAY));
    }

    #[test]
    fn a_clock_that_is_behind_deletes_by_its_own_time_and_is_believed_after_a_day() {
        let mut computer = Computer::new();
        computer.jump(-1);
        assert_eq!(computer.clock.due(computer.now.shown), computer.now.shown);
        assert_eq!(computer.clock.trust(), ClockTrust::After(DAY));
        computer.run(HOUR * 20);
        assert_eq!(computer.jump(1).clock.trust(), ClockTrust::Trusted, "corrected");
        // It was 2099 at the first look ever.
        computer.jump(73);
        computer.clock = RetentionClock::first(computer.now.shown);
        computer.jump(-73);
        assert_ne!(computer.clock.trust(), ClockTrust::Trusted);
        assert_eq!(computer.run(HOUR * 24).clock.trust(), ClockTrust::Trusted);
        assert_eq!(computer.jump(73).clock.trust(), ClockTrust::Unbelievable);
    }

    #[test]
    fn a_clock_that_was_never_set_is_not_believed_and_gives_way() {
        let mut computer = Computer::new();
        computer.jump(-56).run(HOUR * 48);
        assert_eq!(computer.clock.trust(), ClockTrust::Unbelievable);
        assert_eq!(computer.jump(56).clock.trust(), ClockTrust::Trusted);
        // At the first look ever, before the network says what time it is.
        computer.jump(-56);
        computer.clock = RetentionClock::first(computer.now.shown);
        assert_eq!(computer.run(HOUR).jump(56).clock.trust(), ClockTrust::Trusted);
        assert_eq!(computer.clock.trusted, computer.now.shown);
    }
}
