//! What a camera recorded about a photo.

use std::fmt;

use super::sharing::text_enum;
use super::{Camera, CameraBody, ClockOffset, TimeZone, Timestamp, time_in_file_name};

/// 1980-01-02: memory cards count from the day before, and say that where nobody has set a clock.
const NEVER_WRITTEN: Timestamp = Timestamp::from_unix_ms(315_619_200_000);
/// Longer camera names are truncated.
const MAX_CAMERA_CHARS: usize = 80;

/// The metadata that FotoTa keeps of a photo. The location is never stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// Time by the camera's clock.
    pub taken_at: Option<CameraTime>,
    /// Where that time comes from.
    pub time_source: TimeSource,
    /// Maker and model.
    pub camera: Option<String>,
    /// Which of the cameras of this model.
    pub camera_body: Option<CameraBody>,
    /// EXIF orientation: 1 (upright) to 8 (EXIF 2.32, tag 0x0112).
    pub orientation: Option<u8>,
}

impl Default for Capture {
    fn default() -> Self {
        let time_source = TimeSource::Arrival;
        Self { taken_at: None, time_source, camera: None, camera_body: None, orientation: None }
    }
}

text_enum! {
    /// Where the time of a photo comes from, best first.
    TimeSource {
        /// The camera, when it took the photo (EXIF `DateTimeOriginal`).
        Taken => "taken",
        /// What made it a file: a scanner, or the camera (`DateTimeDigitized`).
        Digitized => "digitized",
        /// An editor (XMP `exif:DateTimeOriginal`, `photoshop:DateCreated`, `xmp:CreateDate`).
        Xmp => "xmp",
        /// The program that changed the file last, or the camera (`DateTime`).
        Changed => "changed",
        /// The file's name.
        FileName => "file_name",
        /// The file itself: when it was written last. Known where it comes from a folder.
        File => "file",
        /// Nothing: it is when the photo was received.
        Arrival => "arrival",
    }
}

impl TimeSource {
    /// Whether it is the time of the camera's clock. What changed the file last may have been a computer, and names are
    /// given by phones, whose clocks are right, and by messengers.
    #[must_use]
    pub fn is_camera(self) -> bool {
        matches!(self, Self::Taken | Self::Digitized | Self::Xmp)
    }
}

impl Capture {
    /// With the time in the file's name, if the file does not say it.
    #[must_use]
    pub fn or_named(self, file_name: &str) -> Self {
        match time_in_file_name(file_name) {
            Some(time) if self.taken_at.is_none() => {
                Self { taken_at: Some(time), time_source: TimeSource::FileName, ..self }
            }
            _ => self,
        }
    }

    /// With the time when the file was written last, if neither the file nor its name say it.
    #[must_use]
    pub fn or_written(self, written_at: Option<Timestamp>, zone: &TimeZone) -> Self {
        match written_at {
            Some(time) if self.taken_at.is_none() && time > NEVER_WRITTEN => {
                Self { taken_at: Some(CameraTime::at(time, zone)), time_source: TimeSource::File, ..self }
            }
            _ => self,
        }
    }

    /// With the time of the file that was recorded at its receipt, if there is no better one.
    #[must_use]
    pub fn or_recorded(self, recorded: &Self) -> Self {
        if self.taken_at.is_some() || recorded.time_source != TimeSource::File {
            return self;
        }
        Self { taken_at: recorded.taken_at.clone(), time_source: TimeSource::File, ..self }
    }

    /// What clocks at the event showed, read as UTC: photos of an event are sorted by it. `offset` is that of the
    /// camera's clock.
    #[must_use]
    pub fn moment(&self, received_at: Timestamp, zone: &TimeZone, offset: ClockOffset) -> Timestamp {
        let taken_at = self.taken_at.as_ref().and_then(|time| time.local_time(zone));
        let by_camera = if self.time_source.is_camera() { offset.ms() } else { 0 };
        taken_at.map_or_else(|| zone.local_time(received_at), |time| time.shifted(by_camera))
    }

    /// The camera whose clock said when the photo was taken, and what it showed, in the event's zone.
    #[must_use]
    pub fn by_camera(&self, zone: &TimeZone) -> Option<(Camera, Timestamp)> {
        let shown = self.taken_at.as_ref().filter(|_| self.time_source.is_camera())?.local_time(zone)?;
        Some((self.camera()?, shown))
    }

    /// The camera, if the photo says which one it was.
    #[must_use]
    pub fn camera(&self) -> Option<Camera> {
        Some(Camera { name: self.camera.clone()?, body: self.camera_body.clone() })
    }

    /// Maker and model as one name, without repetition and control characters.
    #[must_use]
    pub fn camera_name(maker: Option<&str>, model: Option<&str>) -> Option<String> {
        let clean = |text: &str| {
            let shown: String = text.chars().filter(|c| !c.is_control()).collect();
            shown.trim().to_owned()
        };
        let (maker, model) = (maker.map(clean).unwrap_or_default(), model.map(clean).unwrap_or_default());
        let first = |name: &str| name.split_whitespace().next().map(str::to_lowercase);
        let named_twice = first(&maker).is_some() && first(&maker) == first(&model);
        let name = if named_twice { model } else { format!("{maker} {model}") };
        let name: String = name.trim().chars().take(MAX_CAMERA_CHARS).collect();
        (!name.is_empty()).then_some(name)
    }
}

/// A time by a camera's clock, `2026-11-23T18:04:09.120+07:00`. Fraction and time zone are optional: not all cameras
/// record them. Texts of one camera sort by time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CameraTime(String);

impl CameraTime {
    /// `None` for a date or time that does not exist: cameras whose clock was never set record zeros.
    #[must_use]
    pub fn new(
        date: [u16; 3],
        time: [u8; 3],
        nanosecond: Option<u32>,
        offset_min: Option<i16>,
    ) -> Option<Self> {
        let ([year, month, day], [hour, minute, second]) = (date, time);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 => 28 + u16::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        let exists = (1826..=9999).contains(&year)
            && (1..=days).contains(&day)
            && hour < 24
            && minute < 60
            && second < 61
            && offset_min.is_none_or(|offset| offset.abs() < 24 * 60);
        let fraction =
            nanosecond.map_or_else(String::new, |n| format!(".{:03}", n.min(999_999_999) / 1_000_000));
        let zone = offset_min.map_or_else(String::new, |offset| {
            let sign = if offset < 0 { '-' } else { '+' };
            format!("{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60)
        });
        exists.then(|| {
            Self(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"))
        })
    }

    /// A moment, by a clock in this zone.
    #[must_use]
    pub fn at(moment: Timestamp, zone: &TimeZone) -> Self {
        let local_time = zone.local_time(moment);
        let offset_min = (local_time.unix_ms() - moment.unix_ms()) / 60_000;
        let sign = if offset_min < 0 { '-' } else { '+' };
        let (hours, minutes) = (offset_min.abs() / 60, offset_min.abs() % 60);
        let fraction = local_time.unix_ms().rem_euclid(1000);
        Self(format!("{}.{fraction:03}{sign}{hours:02}:{minutes:02}", local_time.to_local_time()))
    }

    /// From [`CameraTime::as_str`].
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// What clocks in `zone` showed, read as UTC. A camera that records no zone is taken to be set to this one.
    #[must_use]
    pub fn local_time(&self, zone: &TimeZone) -> Option<Timestamp> {
        let moment = Timestamp::parse(&self.0)?;
        let has_zone = self.0.get(19..)?.contains(['+', '-']);
        Some(if has_zone { zone.local_time(moment) } else { moment })
    }

    /// The text, in the form above.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CameraTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_existing_times_are_accepted() {
        let time = CameraTime::new([2026, 11, 23], [18, 4, 9], Some(120_000_000), Some(420)).unwrap();
        assert_eq!(time.as_str(), "2026-11-23T18:04:09.120+07:00");
        let local_time =
            |time: &CameraTime| time.local_time(&TimeZone::named("Asia/Tokyo").unwrap()).unwrap();
        assert_eq!(local_time(&time), Timestamp::parse("2026-11-23T20:04:09.120Z").unwrap());
        let local = CameraTime::new([2026, 11, 23], [18, 4, 9], Some(120_000_000), None).unwrap();
        assert_eq!(local_time(&local), Timestamp::parse("2026-11-23T18:04:09.120Z").unwrap());
        let time = CameraTime::new([2024, 2, 29], [0, 0, 0], None, Some(-210)).unwrap();
        assert_eq!(time.as_str(), "2024-02-29T00:00:00-03:30");
        for (date, time) in [
            ([0, 0, 0], [0, 0, 0]),
            ([2026, 2, 29], [0, 0, 0]),
            ([2026, 13, 1], [0, 0, 0]),
            ([2026, 1, 1], [24, 0, 0]),
        ] {
            assert_eq!(CameraTime::new(date, time, None, None), None);
        }
    }

    #[test]
    fn a_photo_has_the_best_time_there_is() {
        let zone = TimeZone::named("Asia/Jakarta").unwrap();
        let received_at = Timestamp::parse("2026-11-28T13:00:00Z").unwrap();
        let hour = ClockOffset::from_ms(3_600_000).unwrap();
        let moment =
            |capture: &Capture| capture.moment(received_at, &zone, ClockOffset::default()).to_string();
        let corrected = |capture: &Capture| capture.moment(received_at, &zone, hour).to_string();
        let taken_at = CameraTime::new([2026, 11, 28], [18, 0, 0], None, None);
        let taken = Capture { taken_at, time_source: TimeSource::Taken, ..Capture::default() };
        assert_eq!(taken.clone().or_named("20261128_190455.jpg"), taken);
        assert_eq!(moment(&taken), "2026-11-28T18:00:00Z");
        assert_eq!(corrected(&taken), "2026-11-28T19:00:00Z");
        let named = Capture::default().or_named("20261128_190455.jpg");
        assert_eq!(
            (moment(&named).as_str(), named.time_source),
            ("2026-11-28T19:04:55Z", TimeSource::FileName)
        );
        assert_eq!(corrected(&named), moment(&named));
        let unnamed = Capture::default().or_named("IMG_1.jpg");
        assert_eq!(
            (moment(&unnamed).as_str(), unnamed.time_source),
            ("2026-11-28T20:00:00Z", TimeSource::Arrival)
        );
        assert_eq!(corrected(&unnamed), moment(&unnamed));
    }

    #[test]
    fn the_time_of_the_file_counts_before_that_of_receipt() {
        let zone = TimeZone::named("Asia/Jakarta").unwrap();
        let written_at = Timestamp::parse("2026-11-28T11:00:00.250Z");
        let written = Capture::default().or_named("IMG_1.jpg").or_written(written_at, &zone);
        assert_eq!(written.taken_at.as_ref().unwrap().as_str(), "2026-11-28T18:00:00.250+07:00");
        assert_eq!(written.time_source, TimeSource::File);
        let received_at = Timestamp::parse("2026-11-28T13:00:00Z").unwrap();
        // It is not of the camera's clock, and is not corrected with it.
        let hour = ClockOffset::from_ms(3_600_000).unwrap();
        assert_eq!(
            written.moment(received_at, &zone, hour),
            Timestamp::parse("2026-11-28T18:00:00.250Z").unwrap()
        );
        // What the file says itself, or its name, is better; an unset clock says nothing.
        let named = Capture::default().or_named("20261128_190455.jpg");
        assert_eq!(named.clone().or_written(written_at, &zone), named);
        assert_eq!(named.clone().or_recorded(&written), named);
        assert_eq!(Capture::default().or_recorded(&written).taken_at, written.taken_at);
        assert_eq!(Capture::default().or_recorded(&named), Capture::default());
        let unset = Timestamp::parse("1980-01-01T00:00:00Z");
        assert_eq!(Capture::default().or_written(unset, &zone), Capture::default());
    }

    #[test]
    fn maker_and_model_become_one_name() {
        let name = |maker, model| Capture::camera_name(maker, model);
        assert_eq!(name(Some("Canon"), Some("Canon EOS R6")).as_deref(), Some("Canon EOS R6"));
        assert_eq!(name(Some("NIKON CORPORATION"), Some("NIKON Z 6")).as_deref(), Some("NIKON Z 6"));
        assert_eq!(name(Some("SONY"), Some("ILCE-7M4\0")).as_deref(), Some("SONY ILCE-7M4"));
        assert_eq!(name(Some(" "), None), None);
    }
}
