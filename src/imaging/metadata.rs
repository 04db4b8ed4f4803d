//! Reads the camera metadata (EXIF 2.32) that FotoTa keeps.

use std::io::Cursor;

use exif::{DateTime, Exif, In, Tag, Value};
use image::metadata::Orientation;

use super::tiff::Tiff;
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

/// How to turn a picture upright, by its EXIF block or else by its XMP, which editors write alone.
pub(super) fn orientation(exif: Option<&[u8]>, xmp: Option<&[u8]>) -> Orientation {
    let number = exif.and_then(exif_orientation).or_else(|| xmp.and_then(xmp_orientation));
    number.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms)
}

/// In the first directory, as a whole number of any width: not all programs know that it is a short one.
fn exif_orientation(block: &[u8]) -> Option<u8> {
    const ORIENTATION: u16 = 0x112;
    let mut tiff = Tiff::open(Cursor::new(block), 0)?;
    let field = tiff.directory(tiff.first()).find(ORIENTATION)?;
    u8::try_from(tiff.number(field)?).ok().filter(|number| (1..=8).contains(number))
}

/// `tiff:Orientation`, an attribute or an element (XMP part 2, 4.3).
pub(super) fn xmp_orientation(xmp: &[u8]) -> Option<u8> {
    const NAME: &[u8] = b"tiff:Orientation";
    let at = xmp.windows(NAME.len()).position(|window| window == NAME)? + NAME.len();
    let mut value = xmp[at..].iter().skip_while(|byte| b"=>\"' \n\r\t".contains(byte));
    let number = value.next().filter(|digit| (b'1'..=b'8').contains(digit))? - b'0';
    // Not the first digit of a larger number.
    value.next().is_none_or(|byte| !byte.is_ascii_digit()).then_some(number)
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
            read_capture(whole[..length].to_vec());
        }
        assert_eq!(read_capture(b"not a picture".to_vec()), Capture::default());
    }
}
