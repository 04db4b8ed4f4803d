//! Reads the camera metadata (EXIF 2.32) that FotoTa keeps.

use std::io::Cursor;

use exif::experimental::Writer;
use exif::{DateTime, Exif, Field, In, Tag, Value};
use image::metadata::Orientation;

use super::tiff::Tiff;
use super::xmp;
use crate::domain::{CameraBody, CameraTime, Capture, TimeSource};

/// From an EXIF block; time and serial number also from XMP, where editors write them.
pub(super) fn read_capture(exif: Option<Vec<u8>>, xmp: Option<&[u8]>) -> Capture {
    let mut capture = exif.map(read_exif).unwrap_or_default();
    if capture.camera_body.is_none() {
        capture.camera_body = xmp.and_then(xmp::serial).and_then(|serial| CameraBody::of_serial(&serial));
    }
    let is_better = matches!(capture.time_source, TimeSource::Changed | TimeSource::Arrival);
    match xmp.filter(|_| is_better).and_then(xmp::time) {
        Some(time) => Capture { taken_at: Some(time), time_source: TimeSource::Xmp, ..capture },
        None => capture,
    }
}

/// What can be read of an EXIF block: one damaged field does not cost the others.
pub(super) fn parse(block: Vec<u8>) -> Option<Exif> {
    let mut reader = exif::Reader::new();
    reader.continue_on_error(true);
    match reader.read_raw(block) {
        Ok(exif) => Some(exif),
        Err(exif::Error::PartialResult(partial)) => Some(partial.into_inner().0),
        Err(_) => None,
    }
}

/// A small EXIF block, from its TIFF header on; `None` if there are no fields.
pub(super) fn write(fields: &[Field]) -> Option<Vec<u8>> {
    if fields.is_empty() {
        return None;
    }
    let (mut writer, mut block) = (Writer::new(), Cursor::new(Vec::new()));
    for field in fields {
        writer.push_field(field);
    }
    writer.write(&mut block, false).ok()?;
    Some(block.into_inner())
}

/// Time, camera and orientation from an EXIF block; empty if it is damaged.
fn read_exif(block: Vec<u8>) -> Capture {
    let Some(exif) = parse(block) else { return Capture::default() };
    let (maker, model) = (text(&exif, Tag::Make), text(&exif, Tag::Model));
    let orientation = exif.get_field(Tag::Orientation, In::PRIMARY).and_then(|field| field.value.get_uint(0));
    let (taken_at, time_source) =
        time(&exif).map_or((None, TimeSource::Arrival), |(at, source)| (Some(at), source));
    Capture {
        taken_at,
        time_source,
        camera: Capture::camera_name(maker.as_deref(), model.as_deref()),
        camera_body: text(&exif, Tag::BodySerialNumber).and_then(|serial| CameraBody::of_serial(&serial)),
        orientation: orientation.and_then(|value| u8::try_from(value).ok()).filter(|o| (1..=8).contains(o)),
    }
}

/// How to turn a picture upright, by its EXIF block or else by its XMP, which editors write alone.
pub(super) fn orientation(exif: Option<&[u8]>, xmp: Option<&[u8]>) -> Orientation {
    let number = exif.and_then(exif_orientation).or_else(|| xmp.and_then(xmp::orientation));
    number.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms)
}

/// In the first directory, as a whole number of any width: not all programs know that it is a short one.
fn exif_orientation(block: &[u8]) -> Option<u8> {
    const ORIENTATION: u16 = 0x112;
    let mut tiff = Tiff::open(Cursor::new(block), 0)?;
    let field = tiff.directory(tiff.first()).find(ORIENTATION)?;
    u8::try_from(tiff.number(field)?).ok().filter(|number| (1..=8).contains(number))
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

/// When the photo was taken, or else digitised, or else when its file was changed.
fn time(exif: &Exif) -> Option<(CameraTime, TimeSource)> {
    let read = |source, time, fraction, offset| {
        let mut moment = date_time(&ascii(exif, time)?)?;
        // Some cameras leave these out or fill them with blanks.
        if let Some(fraction) = ascii(exif, fraction) {
            moment.parse_subsec(&fraction).ok();
        }
        if let Some(offset) = ascii(exif, offset) {
            moment.parse_offset(&offset).ok();
        }
        let DateTime { year, month, day, hour, minute, second, nanosecond, offset } = moment;
        let time =
            CameraTime::new([year, month.into(), day.into()], [hour, minute, second], nanosecond, offset);
        time.map(|time| (time, source))
    };
    let (taken, digitized, changed) = (TimeSource::Taken, TimeSource::Digitized, TimeSource::Changed);
    read(taken, Tag::DateTimeOriginal, Tag::SubSecTimeOriginal, Tag::OffsetTimeOriginal)
        .or_else(|| {
            read(digitized, Tag::DateTimeDigitized, Tag::SubSecTimeDigitized, Tag::OffsetTimeDigitized)
        })
        .or_else(|| read(changed, Tag::DateTime, Tag::SubSecTime, Tag::OffsetTime))
}

/// As EXIF says, `2026:11:28 19:04:55`, or as some programs write it: `2026-11-28T19:04:55`.
fn date_time(text: &[u8]) -> Option<DateTime> {
    let mut text = text.get(..19)?.to_vec();
    for (at, separator) in [(4, b':'), (7, b':'), (10, b' '), (13, b':'), (16, b':')] {
        text[at] = separator;
    }
    DateTime::from_ascii(&text).ok()
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
        let capture = read_exif(tiff());
        assert_eq!(capture.taken_at.unwrap().as_str(), "2026-11-23T18:04:09");
        assert_eq!(capture.camera.as_deref(), Some("Canon EOS R6"));
        assert_eq!(capture.orientation, Some(6));
    }

    #[test]
    fn one_damaged_field_does_not_cost_the_others() {
        let put = |at: usize, value: u32| {
            let mut block = tiff();
            block[at..at + 4].copy_from_slice(&value.to_le_bytes());
            block
        };
        // Entries take 12 bytes from the tenth on, their values begin at the eighth of them.
        let location = 10 + 4 * 12 + 8;
        let next_directory = 10 + 5 * 12;
        let (length_of_north, north) =
            (10 + 5 * 12 + 4 + 2 + 12 + 4 + 2 + 4, 10 + 5 * 12 + 4 + 2 + 12 + 4 + 2 + 8);
        for (at, value) in [
            (location, 0xFFFF),
            (location, 8),
            (next_directory, 0xFFFF),
            (next_directory, 3),
            (length_of_north, 1 << 20),
            (north, 1),
        ] {
            let capture = read_exif(put(at, value));
            assert_eq!(capture.taken_at.unwrap().as_str(), "2026-11-23T18:04:09", "{at}");
            assert_eq!(capture.camera.as_deref(), Some("Canon EOS R6"));
        }
    }

    #[test]
    fn times_are_read_as_programs_write_them() {
        let time = |text: &[u8]| date_time(text).map(|at| (at.year, at.hour, at.second));
        assert_eq!(time(b"2026:11:23 18:04:09"), Some((2026, 18, 9)));
        assert_eq!(time(b"2026-11-23T18:04:09+07:00"), Some((2026, 18, 9)));
        for text in [&b"2026:11:23"[..], b"    :  :     :  :  ", b"2026:11:23 xx:04:09"] {
            assert_eq!(time(text), None);
        }
    }

    #[test]
    fn an_orientation_of_any_width_or_in_xmp_alone_counts() {
        let block = |kind: u8, value: [u8; 4]| {
            let field = [&[0x12, 1, kind, 0, 1, 0, 0, 0][..], &value].concat();
            [&b"II*\0\x08\0\0\0\x01\0"[..], &field, &[0; 4]].concat()
        };
        let upright = Orientation::NoTransforms;
        for (kind, expected) in
            [(1, Orientation::Rotate90), (3, Orientation::Rotate90), (4, Orientation::Rotate90), (2, upright)]
        {
            assert_eq!(orientation(Some(&block(kind, [6, 0, 0, 0])), None), expected, "{kind}");
        }
        for value in [0, 9] {
            assert_eq!(orientation(Some(&block(3, [value, 0, 0, 0])), None), upright);
        }
        let (attribute, element) =
            (b"<x tiff:Orientation=\"6\"/>", b"<tiff:Orientation>6</tiff:Orientation>");
        assert_eq!(orientation(None, Some(attribute)), Orientation::Rotate90);
        assert_eq!(orientation(None, Some(element)), Orientation::Rotate90);
        assert_eq!(orientation(Some(&block(3, [1, 0, 0, 0])), Some(attribute)), upright);
        assert_eq!(orientation(None, Some(b"tiff:Orientation=\"60\"")), upright);
        assert_eq!(orientation(None, Some(b"tiff:Orientation")), upright);
    }

    #[test]
    fn damaged_metadata_is_ignored() {
        let whole = tiff();
        for length in 0..whole.len() {
            // Must not panic; a partial result is fine.
            read_exif(whole[..length].to_vec());
        }
        assert_eq!(read_exif(b"not a picture".to_vec()), Capture::default());
    }
}
