//! Clocks of cameras: which camera it is, how far its clock is off, and the time code that tells it.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use super::Timestamp;

/// A body's serial number, as far as FotoTa keeps it: a short hash tells bodies of one model apart, the last characters
/// tell the owner which one it is. `9f86d081884c-1234`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CameraBody(String);

impl CameraBody {
    const HASH_BYTES: usize = 6;
    const SHOWN_CHARS: usize = 4;

    /// `None` if the camera fills the field with nothing: blanks, zeros.
    #[must_use]
    pub fn of_serial(serial: &str) -> Option<Self> {
        let serial: Vec<char> = serial.chars().filter(|c| c.is_alphanumeric()).collect();
        if serial.iter().all(|c| *c == '0') {
            return None;
        }
        let whole: String = serial.iter().collect();
        let hash = Sha256::digest(whole.as_bytes());
        let shown: String = serial[serial.len().saturating_sub(Self::SHOWN_CHARS)..].iter().collect();
        Some(Self(format!("{:x}-{shown}", base16ct::HexDisplay(&hash[..Self::HASH_BYTES]))))
    }

    /// From [`CameraBody::as_str`].
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Hash and last characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The serial number's last characters.
    #[must_use]
    pub fn serial_end(&self) -> &str {
        self.0.split_once('-').map_or("", |(_, end)| end)
    }
}

/// One camera of an event. Two bodies of one model are two cameras.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Camera {
    /// Maker and model.
    pub name: String,
    /// `None` if its photos do not say it.
    pub body: Option<CameraBody>,
}

/// What is added to a camera's clock so that it shows what the clocks at the event showed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockOffset(i64);

impl ClockOffset {
    /// A hundred years: cameras whose battery was empty begin in 1970, 1980 or 2000.
    pub const MAX_MS: i64 = 100 * 366 * 24 * 3600 * 1000;

    /// `None` if it is out of range.
    #[must_use]
    pub fn from_ms(ms: i64) -> Option<Self> {
        (-Self::MAX_MS..=Self::MAX_MS).contains(&ms).then_some(Self(ms))
    }

    /// What makes a clock that showed `shown` show `actual`; `None` if that is out of range.
    #[must_use]
    pub fn between(shown: Timestamp, actual: Timestamp) -> Option<Self> {
        Self::from_ms(actual.unix_ms() - shown.unix_ms())
    }

    /// Milliseconds.
    #[must_use]
    pub fn ms(self) -> i64 {
        self.0
    }
}

/// The time that the studio shows as a QR code to be photographed: `FOTOTA-TIME:1764432000123`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeCode(pub Timestamp);

impl TimeCode {
    const PREFIX: &str = "FOTOTA-TIME:";
}

impl fmt::Display for TimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Self::PREFIX, self.0.unix_ms())
    }
}

impl FromStr for TimeCode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix(Self::PREFIX).ok_or(())?;
        let is_number = (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let ms = digits.parse().ok().filter(|_| is_number).ok_or(())?;
        Ok(Self(Timestamp::from_unix_ms(ms)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_told_apart_without_their_serial_number() {
        let body = |serial| CameraBody::of_serial(serial);
        let first = body("032021004711\0").unwrap();
        assert_eq!(first, body(" 032021004711 ").unwrap());
        assert_ne!(first, body("132021004711").unwrap());
        assert_eq!(first.serial_end(), "4711");
        assert!(!first.as_str().contains("03202100"));
        assert_eq!(CameraBody::from_stored(first.as_str().to_owned()), first);
        assert_eq!(body("7").unwrap().serial_end(), "7");
        for nothing in ["", "  ", "0000000", "\0"] {
            assert_eq!(body(nothing), None);
        }
    }

    #[test]
    fn an_offset_makes_two_clocks_agree() {
        let at = |text| Timestamp::parse(text).unwrap();
        let (shown, actual) = (at("2000-01-01T00:00:05Z"), at("2026-11-28T18:00:00.500Z"));
        let offset = ClockOffset::between(shown, actual).unwrap();
        assert_eq!(shown.shifted(offset.ms()), actual);
        assert_eq!(ClockOffset::between(actual, shown).unwrap().ms(), -offset.ms());
        assert_eq!(ClockOffset::between(at("1826-01-01"), actual), None);
        assert_eq!(ClockOffset::from_ms(i64::MIN), None);
    }

    #[test]
    fn time_codes_round_trip_and_other_texts_are_none() {
        let code = TimeCode(Timestamp::from_unix_ms(1_764_432_000_123));
        assert_eq!(code.to_string(), "FOTOTA-TIME:1764432000123");
        assert_eq!(code.to_string().parse(), Ok(code));
        for text in [
            "FOTOTA-TIME:",
            "FOTOTA-TIME:-5",
            "FOTOTA-TIME:1e9",
            "FOTOTA-TIME:9999999999999999",
            "1764432000123",
        ] {
            assert_eq!(text.parse::<TimeCode>(), Err(()), "{text}");
        }
    }
}
