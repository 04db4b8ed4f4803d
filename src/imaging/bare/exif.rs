//! The small EXIF block of a bare file: each value is read, checked and written again (EXIF 2.32, 4.6).

use exif::{DateTime, Exif, Field, In, Tag, Value};

use crate::domain::Metadata;
use crate::imaging::metadata;

/// Longest copyright notice, in bytes.
const MAX_NOTICE: usize = 1000;

/// A block with what stays of this one, both from their TIFF header on, and with the orientation that is known from
/// elsewhere; `None` if nothing does.
pub(super) fn bare(block: Option<Vec<u8>>, orientation: Option<u8>, kept: Metadata) -> Option<Vec<u8>> {
    let exif = block.and_then(metadata::parse);
    let mut fields = exif.map_or_else(Vec::new, |exif| of_block(&exif, kept));
    if let Some(orientation) = orientation
        && !fields.iter().any(|field| field.tag == Tag::Orientation)
    {
        let value = Value::Short(vec![orientation.into()]);
        fields.push(Field { tag: Tag::Orientation, ifd_num: In::PRIMARY, value });
    }
    metadata::write(&fields)
}

fn of_block(exif: &Exif, kept: Metadata) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut add = |tag, value: Option<Value>| {
        fields.extend(value.map(|value| Field { tag, ifd_num: In::PRIMARY, value }));
    };
    let number = |tag, allowed: fn(u32) -> bool| {
        let value = exif.get_field(tag, In::PRIMARY)?.value.get_uint(0)?;
        allowed(value).then_some(Value::Short(vec![u16::try_from(value).ok()?]))
    };
    // How to show the pixels.
    add(Tag::Orientation, number(Tag::Orientation, |value| (1..=8).contains(&value)));
    add(Tag::ColorSpace, number(Tag::ColorSpace, |value| matches!(value, 1 | 0xFFFF)));
    let is_index = |index: &[u8]| matches!(index, b"R98" | b"R03" | b"THM");
    add(Tag::InteroperabilityIndex, text(exif, Tag::InteroperabilityIndex, is_index));
    if kept == Metadata::Copyright {
        let is_time = |time: &[u8]| DateTime::from_ascii(time).is_ok();
        let is_fraction = |digits: &[u8]| digits.len() < 10 && digits.iter().all(u8::is_ascii_digit);
        let is_offset =
            |offset: &[u8]| offset.len() == 6 && offset.iter().all(|sign| b"+-:0123456789".contains(sign));
        add(Tag::DateTimeOriginal, text(exif, Tag::DateTimeOriginal, is_time));
        add(Tag::SubSecTimeOriginal, text(exif, Tag::SubSecTimeOriginal, is_fraction));
        add(Tag::OffsetTimeOriginal, text(exif, Tag::OffsetTimeOriginal, is_offset));
        add(Tag::Copyright, text(exif, Tag::Copyright, |notice| notice.len() <= MAX_NOTICE));
    }
    fields
}

/// A text of this field, if it is what such a field holds. A copyright notice may have two: of the photographer and of
/// the editor.
fn text(exif: &Exif, tag: Tag, allowed: impl Fn(&[u8]) -> bool) -> Option<Value> {
    let Value::Ascii(texts) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
    let few = if tag == Tag::Copyright { 2 } else { 1 };
    let texts: Vec<_> =
        texts.iter().take(few).filter(|text| !text.is_empty() && allowed(text)).cloned().collect();
    (!texts.is_empty()).then_some(Value::Ascii(texts))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::tiff;
    use super::*;

    fn fields(block: Vec<u8>) -> Vec<(Tag, String)> {
        let exif = exif::Reader::new().read_raw(block).unwrap();
        exif.fields().map(|field| (field.tag, field.display_value().to_string())).collect()
    }

    #[test]
    fn an_orientation_from_elsewhere_stays_unless_the_block_has_one() {
        let turned = "row 0 at left and column 0 at bottom".to_owned();
        assert_eq!(fields(bare(None, Some(8), Metadata::Nothing).unwrap()), [(Tag::Orientation, turned)]);
        let own = bare(Some(tiff()), None, Metadata::Nothing);
        assert_eq!(bare(Some(tiff()), Some(8), Metadata::Nothing), own);
    }

    #[test]
    fn one_damaged_field_does_not_cost_the_others() {
        let mut damaged = tiff();
        // Where the next directory is.
        damaged[10 + 5 * 12..][..4].copy_from_slice(&0xFFFF_u32.to_le_bytes());
        let kept = |block| bare(Some(block), None, Metadata::Copyright).unwrap();
        assert_eq!(kept(damaged), kept(tiff()));
    }

    #[test]
    fn only_what_is_allowed_stays() {
        let expected = [
            (Tag::Orientation, "row 0 at right and column 0 at top".to_owned()),
            (Tag::DateTimeOriginal, "2026-11-23 18:04:09".to_owned()),
        ];
        assert_eq!(fields(bare(Some(tiff()), None, Metadata::Copyright).unwrap()), expected);
        assert_eq!(fields(bare(Some(tiff()), None, Metadata::Nothing).unwrap()), expected[..1]);
    }

    #[test]
    fn values_that_a_field_does_not_hold_go() {
        let odd = |tag, value| {
            let block = metadata::write(&[Field { tag, ifd_num: In::PRIMARY, value }]);
            bare(Some(block.unwrap()), None, Metadata::Copyright)
        };
        let ascii = |text: &str| Value::Ascii(vec![text.as_bytes().to_vec()]);
        assert_eq!(odd(Tag::Orientation, Value::Short(vec![9])), None);
        assert_eq!(odd(Tag::ColorSpace, Value::Long(vec![70_000])), None);
        assert_eq!(odd(Tag::DateTimeOriginal, ascii("at 47.1 north, 8 east")), None);
        assert_eq!(odd(Tag::SubSecTimeOriginal, ascii("me")), None);
        assert_eq!(odd(Tag::OffsetTimeOriginal, ascii("Berlin")), None);
        assert_eq!(odd(Tag::Copyright, ascii(&"x".repeat(MAX_NOTICE + 1))), None);
        assert_eq!(odd(Tag::Artist, ascii("Dewi")), None);
        assert!(odd(Tag::Copyright, ascii("(c) Dewi")).is_some());
        for length in 0..tiff().len() {
            // Must not panic.
            bare(Some(tiff()[..length].to_vec()), None, Metadata::Copyright);
        }
    }
}
