//! Reads the camera metadata (EXIF 2.32) that FotoTa keeps.

use exif::{DateTime, Exif, In, Tag, Value};
use image::metadata::Orientation;

use crate::domain::{CameraTime, Capture};

/// Time, camera and orientation from an EXIF block; empty if it is damaged.
pub(super) fn read_capture(block: Vec<u8>) -> Capture {
    let Ok(exif) = exif::Reader::new().read_raw(block) else { return Capture::default() };
    let (maker, model) = (text(&exif, Tag::Make), text(&exif, Tag::Model));
    let orientation = exif.get_field(Tag::Orientation, In::PRIMARY).and_then(|field| field.value.get_uint(0));
    Capture {
        taken_at: taken_at(&exif),
        camera: Capture::camera_name(maker.as_deref(), model.as_deref()),
        orientation: orientation.and_then(|value| u8::try_from(value).ok()).filter(|o| (1..=8).contains(o)),
    }
}

/// How to turn a picture upright.
pub(super) fn orientation(exif: Option<&[u8]>) -> Option<Orientation> {
    exif.and_then(Orientation::from_exif_chunk)
}

/// Whether an upright picture is as wide as the one in the file is high.
pub(super) fn swaps_sides(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

/// When the photo was taken, or else when it was digitised.
fn taken_at(exif: &Exif) -> Option<CameraTime> {
    let read = |time, fraction, offset| {
        let mut moment = DateTime::from_ascii(&ascii(exif, time)?).ok()?;
        // Some cameras leave these out or fill them with blanks.
        if let Some(fraction) = ascii(exif, fraction) {
            moment.parse_subsec(&fraction).ok();
        }
        if let Some(offset) = ascii(exif, offset) {
            moment.parse_offset(&offset).ok();
        }
        let DateTime { year, month, day, hour, minute, second, nanosecond, offset } = moment;
        CameraTime::new([year, month.into(), day.into()], [hour, minute, second], nanosecond, offset)
    };
    read(Tag::DateTimeOriginal, Tag::SubSecTimeOriginal, Tag::OffsetTimeOriginal)
        .or_else(|| read(Tag::DateTimeDigitized, Tag::SubSecTimeDigitized, Tag::OffsetTimeDigitized))
}

fn ascii(exif: &Exif, tag: Tag) -> Option<Vec<u8>> {
    match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(lines) => lines.first().cloned(),
        _ => None,
    }
}

fn text(exif: &Exif, tag: Tag) -> Option<String> {
    ascii(exif, tag).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::testing::tiff;
    use super::*;

    #[test]
    fn reads_time_camera_and_orientation() {
        let capture = read_capture(tiff());
        assert_eq!(capture.taken_at.unwrap().as_str(), "2026-11-23T18:04:09");
        assert_eq!(capture.camera.as_deref(), Some("Canon EOS R6"));
        assert_eq!(capture.orientation, Some(6));
    }

    #[test]
    fn damaged_metadata_is_ignored() {
        let whole = tiff();
        for length in 0..whole.len() {
            // Must not panic; a partial result is fine.
            read_capture(whole[..length].to_vec());
        }
        assert_eq!(read_capture(b"not a picture".to_vec()), Capture::default());
    }
}
