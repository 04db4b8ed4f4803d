//! What XMP says that EXIF may not: how a picture is turned, when and by which body it was taken. Looked for by name,
//! as an attribute or an element (XMP part 1, 7.5 and 7.9): XMP of several megabytes is not worth a parser.

use crate::domain::CameraTime;

/// `tiff:Orientation`, 1 to 8 (XMP part 2, 3.3).
pub(super) fn orientation(xmp: &[u8]) -> Option<u8> {
    let mut value = value(xmp, b"tiff:Orientation")?.iter();
    let number = value.next().filter(|digit| (b'1'..=b'8').contains(digit))? - b'0';
    // Not the first digit of a larger number.
    value.next().is_none_or(|byte| !byte.is_ascii_digit()).then_some(number)
}

/// When the photo was taken, or else made a file.
pub(super) fn time(xmp: &[u8]) -> Option<CameraTime> {
    let names: [&[u8]; 3] = [b"exif:DateTimeOriginal", b"photoshop:DateCreated", b"xmp:CreateDate"];
    names.into_iter().find_map(|name| date(value(xmp, name)?))
}

/// The camera's serial number (`aux:SerialNumber`, as Lightroom writes it).
pub(super) fn serial(xmp: &[u8]) -> Option<String> {
    let text = value(xmp, b"aux:SerialNumber")?;
    let end = text.iter().position(|byte| b"\"'<".contains(byte))?;
    str::from_utf8(&text[..end]).ok().map(ToOwned::to_owned)
}

/// What follows the first occurrence of the name.
fn value<'a>(xmp: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let at = xmp.windows(name.len()).position(|window| window == name)? + name.len();
    let start = xmp[at..].iter().position(|byte| !b"=>\"' \n\r\t".contains(byte))?;
    Some(&xmp[at + start..])
}

/// `2026-11-28T19:04:55.123+07:00`; without the seconds and what follows, or a part of it, too.
fn date(text: &[u8]) -> Option<CameraTime> {
    let end = text.iter().position(|byte| b"\"'<".contains(byte)).unwrap_or(text.len());
    let text = str::from_utf8(&text[..end.min(40)]).ok()?.trim();
    let (date, time) = text.split_once('T')?;
    let zone_at = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (time, zone) = time.split_at(zone_at);
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let numbers = |text: &str, separator| -> Option<Vec<u16>> {
        text.split(separator).map(|number| number.parse().ok()).collect()
    };
    let date: [u16; 3] = numbers(date, '-')?.try_into().ok()?;
    let time = numbers(time, ':')?;
    let part = |at: usize| time.get(at).copied().map_or(Some(0), |part| u8::try_from(part).ok());
    let nanosecond = format!("{fraction:0<9}").get(..9)?.parse().ok().filter(|_| !fraction.is_empty());
    CameraTime::new(date, [part(0)?, part(1)?, part(2)?], nanosecond, offset_min(zone))
}

/// `Z`, `+07:00`, or nothing.
fn offset_min(zone: &str) -> Option<i16> {
    if zone == "Z" {
        return Some(0);
    }
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let minutes =
        60 * hours.parse::<i16>().ok().filter(|hours| *hours < 24)? + minutes.parse::<i16>().ok()?;
    Some(if zone.starts_with('-') { -minutes } else { minutes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_editors_write_them() {
        let read = |xmp: &str| time(xmp.as_bytes()).map(|time| time.as_str().to_owned());
        for (xmp, expected) in [
            (r#"photoshop:DateCreated="2026-11-21T19:08:00""#, "2026-11-21T19:08:00"),
            (r#"xmp:CreateDate="2026-11-21T19:08:00.12+07:00""#, "2026-11-21T19:08:00.120+07:00"),
            ("<xmp:CreateDate>2026-11-21T19:08Z</xmp:CreateDate>", "2026-11-21T19:08:00+00:00"),
            (
                r#"xmp:CreateDate="2026-11-22T00:00:00" exif:DateTimeOriginal='2026-11-21T19:08:00-03:30'"#,
                "2026-11-21T19:08:00-03:30",
            ),
        ] {
            assert_eq!(read(xmp).as_deref(), Some(expected), "{xmp}");
        }
        for xmp in
            [r#"xmp:CreateDate="2026""#, r#"xmp:CreateDate="2026-13-21T19:08:00""#, "xmp:CreateDate", ""]
        {
            assert_eq!(read(xmp), None, "{xmp}");
        }
    }

    #[test]
    fn serial_numbers_are_read_as_editors_write_them() {
        let read = |xmp: &str| serial(xmp.as_bytes());
        assert_eq!(read(r#"aux:SerialNumber="4711""#).as_deref(), Some("4711"));
        assert_eq!(read("<aux:SerialNumber>4711</aux:SerialNumber>").as_deref(), Some("4711"));
        assert_eq!(read("aux:SerialNumber=\"4711"), None);
        assert_eq!(read("aux:LensSerialNumber='4711'"), None);
    }

    #[test]
    fn only_whole_numbers_turn_a_picture() {
        assert_eq!(orientation(b"<x tiff:Orientation=\"6\"/>"), Some(6));
        assert_eq!(orientation(b"<tiff:Orientation>8</tiff:Orientation>"), Some(8));
        for xmp in [&b"tiff:Orientation=\"60\""[..], b"tiff:Orientation=\"9\"", b"tiff:Orientation"] {
            assert_eq!(orientation(xmp), None);
        }
    }
}
