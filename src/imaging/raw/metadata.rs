//! When, with what and how held a raw photo was taken, as a small EXIF block: the file's own description is spread over
//! many megabytes.

use std::io::{Read, Seek};

use exif::{Field, In, Tag, Value};

use crate::imaging::metadata;
use crate::imaging::tiff::{Directory, Tiff};

/// Longest text that is read.
const MAX_TEXT: u32 = 200;

/// `None` if the file has no description of its own. Its TIFF files are one with a directory for the camera and another
/// for the exposure (EXIF 2.32, 4.6), or two with one each.
pub(super) fn exif(source: &mut (impl Read + Seek), tiffs: &[u64]) -> Option<Vec<u8>> {
    let mut fields = Vec::new();
    for base in tiffs.iter().take(2) {
        let mut tiff = Tiff::open(&mut *source, *base)?;
        let first = tiff.directory(tiff.first());
        let below = first.find(Tag::ExifIFDPointer.number()).and_then(|field| tiff.number(field));
        let below = below.map(|at| tiff.directory(at));
        for directory in [Some(first), below].into_iter().flatten() {
            read(&mut tiff, &directory, &mut fields);
        }
    }
    metadata::write(&fields)
}

fn read<R: Read + Seek>(tiff: &mut Tiff<R>, directory: &Directory, fields: &mut Vec<Field>) {
    let texts = [
        Tag::Make,
        Tag::Model,
        Tag::BodySerialNumber,
        Tag::DateTime,
        Tag::DateTimeOriginal,
        Tag::SubSecTimeOriginal,
        Tag::OffsetTimeOriginal,
        Tag::DateTimeDigitized,
        Tag::SubSecTimeDigitized,
        Tag::OffsetTimeDigitized,
    ];
    for entry in &directory.entries {
        if fields.iter().any(|field| field.tag.number() == entry.tag) {
            continue;
        }
        let found = if entry.tag == Tag::Orientation.number() {
            let number = tiff.number(*entry).and_then(|number| u16::try_from(number).ok());
            number.map(|number| (Tag::Orientation, Value::Short(vec![number])))
        } else {
            let tag = texts.into_iter().find(|tag| tag.number() == entry.tag);
            tag.zip(tiff.text(*entry, MAX_TEXT)).map(|(tag, text)| (tag, Value::Ascii(vec![text])))
        };
        fields.extend(found.map(|(tag, value)| Field { tag, ifd_num: In::PRIMARY, value }));
    }
}
