//! Where the JPEGs and the descriptions in a raw file are: directories of a TIFF file (CR2, NEF, ARW, DNG, ORF, RW2),
//! boxes (CR3), or a header (RAF).

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use crate::imaging::container::boxes;
use crate::imaging::tiff::{Directory, Entry, Tiff};

/// Directories that are looked at, in all.
const MAX_DIRECTORIES: usize = 24;
/// Directories below one.
const MAX_BELOW: u32 = 8;
/// Smaller JPEGs are thumbnails.
const MIN_BYTES: u64 = 2000;

const COMPRESSION: u16 = 0x103;
const STRIP_STARTS: u16 = 0x111;
const STRIP_LENGTHS: u16 = 0x117;
const SUB_DIRECTORIES: u16 = 0x14A;
const JPEG_START: u16 = 0x201;
const JPEG_LENGTH: u16 = 0x202;
/// Of Panasonic.
const JPEG_FROM_RAW: u16 = 0x2E;
const EXIF: u16 = 0x8769;
const MAKER_NOTE: u16 = 0x927C;
/// Of Olympus, in its maker note and the directory there.
const CAMERA_SETTINGS: u16 = 0x2020;
const PREVIEW_START: u16 = 0x101;
const PREVIEW_LENGTH: u16 = 0x102;

/// A part of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) start: u64,
    pub(super) length: u64,
}

/// What a raw file holds next to its data.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) jpegs: Vec<Place>,
    /// Where the TIFF files with its description start.
    pub(super) tiffs: Vec<u64>,
}

pub(super) fn find(source: &mut (impl Read + Seek)) -> Places {
    let mut places = Places::default();
    let Ok(length) = source.seek(SeekFrom::End(0)) else { return places };
    let mut head = [0; 16];
    if source.rewind().and_then(|()| source.read_exact(&mut head)).is_err() {
        return places;
    }
    match &head {
        b"FUJIFILMCCD-RAW " => of_header(source, &mut places),
        head if head[4..8] == *b"ftyp" => of_boxes(source, &mut places),
        _ => of_directories(source, &mut places),
    }
    places.jpegs.retain(|place| {
        let end = place.start.checked_add(place.length);
        place.length >= MIN_BYTES
            && end.is_some_and(|end| end <= length)
            && starts_as_jpeg(source, place.start)
    });
    places
}

fn starts_as_jpeg(source: &mut (impl Read + Seek), start: u64) -> bool {
    let mut head = [0; 3];
    source.seek(SeekFrom::Start(start)).and_then(|_| source.read_exact(&mut head)).is_ok()
        && head == [0xFF, 0xD8, 0xFF]
}

/// Fujifilm: the place of the JPEG, whose own EXIF block describes the photo, at byte 84.
fn of_header(source: &mut (impl Read + Seek), places: &mut Places) {
    let mut place = [0; 8];
    if source.seek(SeekFrom::Start(84)).and_then(|_| source.read_exact(&mut place)).is_ok() {
        let [s0, s1, s2, s3, l0, l1, l2, l3] = place;
        let (start, length) =
            (u32::from_be_bytes([s0, s1, s2, s3]).into(), u32::from_be_bytes([l0, l1, l2, l3]).into());
        places.jpegs.push(Place { start, length });
    }
}

fn of_directories<R: Read + Seek>(source: &mut R, places: &mut Places) {
    let Some(mut tiff) = Tiff::open(source, 0) else { return };
    places.tiffs.push(0);
    let (mut waiting, mut seen) = (vec![tiff.first()], Vec::new());
    while let Some(at) = waiting.pop() {
        if seen.contains(&at) || seen.len() == MAX_DIRECTORIES {
            continue;
        }
        seen.push(at);
        let directory = tiff.directory(at);
        add_jpegs(&mut tiff, &directory, places);
        waiting.extend(directory.next);
        if let Some(below) = directory.find(SUB_DIRECTORIES) {
            waiting.extend(tiff.numbers(below, MAX_BELOW));
        }
        if let Some(exif) = directory.find(EXIF)
            && let Some(at) = tiff.number(exif)
            && let Some(note) = tiff.directory(at).find(MAKER_NOTE)
        {
            add_olympus(&mut tiff, note, places);
        }
    }
}

fn add_jpegs<R: Read + Seek>(tiff: &mut Tiff<R>, directory: &Directory, places: &mut Places) {
    let mut number =
        |tag| directory.find(tag).filter(|field| field.count == 1).and_then(|field| tiff.number(field));
    if let Some((start, length)) = number(JPEG_START).zip(number(JPEG_LENGTH)) {
        places.jpegs.push(Place { start, length });
    }
    // JPEG, old and new; the raw data of some are of this kind too, though no decoder takes them.
    if let Some(6 | 7) = number(COMPRESSION)
        && let Some((start, length)) = number(STRIP_STARTS).zip(number(STRIP_LENGTHS))
    {
        places.jpegs.push(Place { start, length });
    }
    if let Some(field) = directory.find(JPEG_FROM_RAW) {
        places.jpegs.push(Place { start: tiff.place(field), length: field.count.into() });
    }
}

/// Positions in the maker note count from its start.
fn add_olympus<R: Read + Seek>(tiff: &mut Tiff<R>, note: Entry, places: &mut Places) {
    let at = tiff.place(note);
    let Some(head) = tiff.bytes(at, 16) else { return };
    let first = match &head[..] {
        head if head.starts_with(b"OLYMPUS\0") => at + 12,
        head if head.starts_with(b"OM SYSTEM\0") => at + 16,
        _ => return,
    };
    let Some(settings) = tiff.directory(first).find(CAMERA_SETTINGS) else { return };
    let settings = at + tiff.place(settings);
    let directory = tiff.directory(settings);
    let mut number = |tag| directory.find(tag).and_then(|field| tiff.number(field));
    if let Some((start, length)) = number(PREVIEW_START).zip(number(PREVIEW_LENGTH)) {
        places.jpegs.push(Place { start: at + start, length });
    }
}

/// Canon: a JPEG as the first picture of a track, another in a box of its own; TIFF files in boxes.
fn of_boxes(source: &mut (impl Read + Seek), places: &mut Places) {
    const PREVIEW: [u8; 16] = *b"\xEA\xF4\x2B\x5E\x1C\x98\x4B\x88\xB9\xFB\xB7\xDC\x40\x6E\x4D\x16";
    const DESCRIPTION: [u8; 16] = *b"\x85\xC0\xB6\x87\x82\x0F\x11\xE0\x81\x11\xF4\xCE\x46\x2B\x6A\x48";
    for found in boxes::of_file(source).unwrap_or_default() {
        match &found.kind {
            b"uuid" if id(source, &found.content) == Some(PREVIEW) => {
                // Eight bytes, then the box; in it a header of 16 bytes.
                for preview in
                    boxes::list(source, found.content.start + 24..found.content.end).unwrap_or_default()
                {
                    let start = preview.content.start + 16;
                    let length = preview.content.end.saturating_sub(start);
                    places.jpegs.extend((preview.kind == *b"PRVW").then_some(Place { start, length }));
                }
            }
            b"moov" => {
                for inner in boxes::list(source, found.content).unwrap_or_default() {
                    match &inner.kind {
                        b"uuid" if id(source, &inner.content) == Some(DESCRIPTION) => {
                            let described = inner.content.start + 16..inner.content.end;
                            let described = boxes::list(source, described).unwrap_or_default().into_iter();
                            let tiffs = described.filter(|inner| matches!(&inner.kind, b"CMT1" | b"CMT2"));
                            places.tiffs.extend(tiffs.map(|inner| inner.content.start));
                        }
                        b"trak" => places.jpegs.extend(first_sample(source, inner.content)),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

fn id(source: &mut (impl Read + Seek), content: &Range<u64>) -> Option<[u8; 16]> {
    let mut id = [0; 16];
    source.seek(SeekFrom::Start(content.start)).ok()?;
    source.read_exact(&mut id).ok()?;
    Some(id)
}

/// Of a track (ISO/IEC 14496-12, 8.7).
fn first_sample(source: &mut (impl Read + Seek), track: Range<u64>) -> Option<Place> {
    let mut table = track;
    for kind in [b"mdia", b"minf", b"stbl"] {
        table = boxes::list(source, table).ok()?.into_iter().find(|found| found.kind == *kind)?.content;
    }
    let tables = boxes::list(source, table).ok()?;
    let mut number = |kind: &[u8; 4], skipped: u64, bytes: usize| {
        let found = tables.iter().find(|found| found.kind == *kind)?;
        let mut number = [0; 8];
        source.seek(SeekFrom::Start(found.content.start + skipped)).ok()?;
        source.read_exact(&mut number[8 - bytes..]).ok()?;
        Some(u64::from_be_bytes(number))
    };
    // All of one size, or each with its own.
    let length = number(b"stsz", 4, 4).filter(|size| *size > 0).or_else(|| number(b"stsz", 12, 4))?;
    let start = number(b"co64", 8, 8).or_else(|| number(b"stco", 8, 4))?;
    Some(Place { start, length })
}
