//! Time as a parameter: [`Clock`] is injected, so that tests control the time.

use std::fmt;
use std::sync::{LazyLock, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::ClockReading;

/// 0001-01-01T00:00:00Z.
const FIRST_MS: i64 = -62_135_596_800_000;
/// 9999-12-31T23:59:59.999Z.
const LAST_MS: i64 = 253_402_300_799_999;

/// Larger numbers are milliseconds, as in Pydantic, which read the old service's times.
const MOST_SECONDS: f64 = 2e10;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_unix_ms(unix_ms: i64) -> Self {
        Self(unix_ms)
    }

    /// A time of the operating system, such as that of a file.
    #[must_use]
    pub fn of_system(time: std::time::SystemTime) -> Self {
        let since_epoch = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn unix_ms(self) -> i64 {
        self.0
    }

    /// `duration` later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let ms = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(ms))
    }

    /// `duration` earlier.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        let ms = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(ms))
    }

    /// `ms` later, within the years that can be expressed.
    #[must_use]
    pub fn shifted(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms).clamp(FIRST_MS, LAST_MS))
    }

    /// Time elapsed since `earlier`; zero if that is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Whole seconds since the Unix epoch, as in tokens.
    #[must_use]
    pub fn unix_s(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Parses RFC 3339, or a date alone, which means its midnight, or a number of seconds since 1970 (above
    /// 20 thousand million, milliseconds). Without an offset it is UTC. Years 1 to 9999.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(number) = text.parse::<f64>() {
            return Self::from_number(number);
        }
        let time = text.split_once(['T', 't', ' ']).map(|(_, time)| time);
        let whole = match time {
            None => format!("{text}T00:00:00Z"),
            Some(time) if time.contains(['Z', 'z', '+', '-']) => text.to_owned(),
            Some(_) => format!("{text}Z"),
        };
        let moment = OffsetDateTime::parse(&whole, &Rfc3339).ok()?;
        let ms = i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok()?;
        // The offset may lead to a year that RFC 3339 cannot express.
        (FIRST_MS..=LAST_MS).contains(&ms).then_some(Self(ms))
    }
}

impl Timestamp {
    /// RFC 3339 to the second without a zone, for times of a clock that are read as UTC.
    #[must_use]
    pub fn to_local_time(self) -> String {
        self.to_string().trim_end_matches('Z').to_owned()
    }

    #[expect(clippy::cast_possible_truncation, reason = "numbers out of range are rejected before")]
    fn from_number(number: f64) -> Option<Self> {
        let ms = if number.abs() > MOST_SECONDS { number } else { number * 1000.0 };
        let known = (FIRST_MS as f64..=LAST_MS as f64).contains(&ms);
        if known { Some(Self(ms as i64)) } else { None }
    }
}

/// RFC 3339 in UTC, to the second.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = OffsetDateTime::from_unix_timestamp(self.0.div_euclid(1000))
            .ok()
            .and_then(|moment| moment.format(&Rfc3339).ok());
        f.write_str(text.as_deref().unwrap_or("(time out of range)"))
    }
}

/// A source of the current time.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;

    /// Time that has passed since an arbitrary start, by a clock that nobody sets. It may stand while the computer
    /// sleeps.
    fn running(&self) -> Duration;

    /// Both at once.
    fn reading(&self) -> ClockReading {
        ClockReading { shown: self.now(), running: self.running() }
    }
}

/// When this process first asked how long it has been running.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The system clock.
#[derive(Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that is injected everywhere else")]
    fn now(&self) -> Timestamp {
        Timestamp::of_system(std::time::SystemTime::now())
    }

    fn running(&self) -> Duration {
        START.elapsed()
    }
}

/// A clock for tests: it stands still until it is advanced.
#[derive(Debug)]
pub struct FixedClock(Mutex<ClockReading>);

impl FixedClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self(Mutex::new(ClockReading { shown: now, running: Duration::ZERO }))
    }

    /// Moves the clock forward.
    ///
    /// # Panics
    /// If a thread panicked while it held the lock.
    pub fn advance(&self, duration: Duration) {
        let mut now = self.lock();
        now.shown = now.shown.plus(duration);
        now.running += duration;
    }

    /// Sets the clock to another time, as somebody does by mistake: no time passes.
    ///
    /// # Panics
    /// If a thread panicked while it held the lock.
    pub fn set(&self, shown: Timestamp) {
        self.lock().shown = shown;
    }

    fn lock(&self) -> MutexGuard<'_, ClockReading> {
        self.0.lock().expect("no thread panicked while it held the lock")
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.lock().shown
    }

    fn running(&self) -> Duration {
        self.lock().running
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_rfc_3339_in_utc() {
        assert_eq!(Timestamp::from_unix_ms(1_700_000_000_999).to_string(), "2023-11-14T22:13:20Z");
    }

    #[test]
    fn reads_times_and_dates() {
        let parse = |text| Timestamp::parse(text).map(|time| time.to_string());
        assert_eq!(parse("2026-11-23T18:04:09.5+07:00").as_deref(), Some("2026-11-23T11:04:09Z"));
        assert_eq!(parse("2026-11-23").as_deref(), Some("2026-11-23T00:00:00Z"));
        assert_eq!(parse("2026-11-23T18:04:09.000").as_deref(), Some("2026-11-23T18:04:09Z"));
        for number in ["1700000000", "1700000000.0", "1700000000000", " 1.7e9 "] {
            assert_eq!(parse(number).as_deref(), Some("2023-11-14T22:13:20Z"), "{number}");
        }
        assert_eq!(parse("-1").as_deref(), Some("1969-12-31T23:59:59Z"));
        for number in ["1e30", "-1e30", "inf", "nan"] {
            assert_eq!(parse(number), None, "{number}");
        }
        let far = "9999-12-31T23:59:59-23:59";
        for text in ["", "2026-13-01", "23.11.2026", "T", "0000-01-01", far] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_fixed_clock_moves_only_when_advanced() {
        let clock = FixedClock::new(Timestamp::from_unix_ms(0));
        assert_eq!(clock.now().unix_ms(), 0);
        clock.advance(Duration::from_secs(2));
        assert_eq!(clock.now().unix_ms(), 2000);
    }

    #[test]
    fn parsed_times_can_be_formatted() {
        for text in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-23T00:00:00Z"] {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), text);
        }
        for text in ["9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00", "0000-01-01", "2026-02-30"] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
