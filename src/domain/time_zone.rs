//! The time zone of an event.

use jiff::tz;

use super::Timestamp;

const DAY_MS: i64 = 86_400_000;

/// A time zone of the IANA database, such as `Asia/Jakarta`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZone(tz::TimeZone);

impl TimeZone {
    /// `None` if there is no zone of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        tz::TimeZone::get(name).ok().map(Self)
    }

    /// What the computer is set to; UTC if that is not known, as in many containers.
    #[must_use]
    pub fn of_computer() -> Self {
        let system = tz::TimeZone::try_system().ok().filter(|zone| zone.iana_name().is_some());
        Self(system.unwrap_or(tz::TimeZone::UTC))
    }

    /// Its name in the database.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// What clocks in this zone show at `moment`, read as UTC.
    #[must_use]
    pub fn local_time(&self, moment: Timestamp) -> Timestamp {
        let offset = jiff::Timestamp::from_millisecond(moment.unix_ms());
        let offset_s = offset.map_or(0, |moment| self.0.to_offset(moment).seconds());
        Timestamp::from_unix_ms(moment.unix_ms() + 1000 * i64::from(offset_s))
    }

    /// When clocks in this zone show `local`, which is read as UTC. Of two moments the earlier one; of none, as on the
    /// day on which clocks are set forward, as much later as they are set.
    #[must_use]
    pub fn moment_of(&self, local: Timestamp) -> Timestamp {
        let shown = jiff::Timestamp::from_millisecond(local.unix_ms());
        let moment = shown.and_then(|shown| self.0.to_timestamp(tz::TimeZone::UTC.to_datetime(shown)));
        moment.map_or(local, |moment| Timestamp::from_unix_ms(moment.as_millisecond()))
    }

    /// The last second of a day: of that which clocks in this zone show, `local` read as UTC.
    #[must_use]
    pub fn end_of_day(&self, local: Timestamp) -> Timestamp {
        let ms = local.unix_ms();
        self.moment_of(Timestamp::from_unix_ms(ms - ms.rem_euclid(DAY_MS) + DAY_MS - 1000))
    }

    /// When the day of `moment` began in this zone; an hour off on a day on which clocks change.
    #[must_use]
    pub fn start_of_day(&self, moment: Timestamp) -> Timestamp {
        let since = self.local_time(moment).unix_ms().rem_euclid(DAY_MS);
        Timestamp::from_unix_ms(moment.unix_ms() - since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_follow_the_zone_and_its_summer_time() {
        let shown = |zone: &str, moment: &str| {
            let moment = Timestamp::parse(moment).unwrap();
            TimeZone::named(zone).unwrap().local_time(moment).to_string()
        };
        assert_eq!(shown("Asia/Jakarta", "2026-11-28T12:00:00Z"), "2026-11-28T19:00:00Z");
        assert_eq!(shown("Europe/Berlin", "2026-11-28T12:00:00Z"), "2026-11-28T13:00:00Z");
        assert_eq!(shown("Europe/Berlin", "2026-07-28T12:00:00Z"), "2026-07-28T14:00:00Z");
        let began = TimeZone::named("Asia/Jakarta").unwrap();
        let began = began.start_of_day(Timestamp::parse("2026-11-28T18:00:00Z").unwrap());
        assert_eq!(began.to_string(), "2026-11-28T17:00:00Z");
        let last = |zone: &str, day: &str| {
            let day = Timestamp::parse(day).unwrap();
            TimeZone::named(zone).unwrap().end_of_day(day).to_string()
        };
        assert_eq!(last("Asia/Jakarta", "2026-12-31"), "2026-12-31T16:59:59Z");
        assert_eq!(last("Asia/Jakarta", "2026-12-31T23:30:00"), "2026-12-31T16:59:59Z");
        assert_eq!(last("Pacific/Kiritimati", "2026-12-31"), "2026-12-31T09:59:59Z");
        assert_eq!(last("America/Los_Angeles", "2026-12-31"), "2027-01-01T07:59:59Z");
        // The day on which summer time ends has 25 hours.
        assert_eq!(last("Europe/Berlin", "2026-10-25"), "2026-10-25T22:59:59Z");
        assert_eq!(last("Europe/Berlin", "2026-10-24"), "2026-10-24T21:59:59Z");
        assert_eq!(TimeZone::named("Jakarta"), None);
        let own = TimeZone::of_computer();
        assert_eq!(TimeZone::named(own.name()), Some(own));
    }
}
