//! Cameras' raw files: the parts that their directories or headers name are there.

use std::io::{Read, Result, Seek, SeekFrom};
use std::ops::Range;

use super::{Wholeness, boxes, parts_are_there};
use crate::imaging::tiff::{Directory, Tiff};

/// Directories that are looked at.
const MAX_DIRECTORIES: usize = 24;
/// Directories below one.
const MAX_BELOW: u32 = 8;
/// Parts of one picture.
const MAX_PARTS: u32 = 65_536;

const SUB_DIRECTORIES: u16 = 0x14A;
const EXIF: u16 = 0x8769;
/// Of Panasonic: its place is the field's own.
const JPEG_FROM_RAW: u16 = 0x2E;
/// Where parts start, and how long they are: strips, tiles, a JPEG.
const PARTS: [(u16, u16); 3] = [(0x111, 0x117), (0x144, 0x145), (0x201, 0x202)];
/// Of a part that is elsewhere (Panasonic).
const NOWHERE: u64 = 0xFFFF_FFFF;

pub(super) fn raw(source: &mut (impl Read + Seek)) -> Result<Wholeness> {
    let mut head = [0; 16];
    source.read_exact(&mut head)?;
    match &head {
        b"FUJIFILMCCD-RAW " => raf(source),
        head if head[4..8] == *b"ftyp" => boxes::cr3(source),
        head => Ok(match directories(source)? {
            // Where Panasonic's raw data end is not said.
            Wholeness::Whole if head.starts_with(b"IIU\0") => Wholeness::Unknown,
            found => found,
        }),
    }
}

/// Fujifilm: the places of the JPEG, of the description, and of the raw data.
fn raf(source: &mut (impl Read + Seek)) -> Result<Wholeness> {
    let mut places = [0; 24];
    source.seek(SeekFrom::Start(84))?;
    source.read_exact(&mut places)?;
    let number = |at: usize| {
        u64::from(u32::from_be_bytes([places[at], places[at + 1], places[at + 2], places[at + 3]]))
    };
    let parts: Vec<_> = [0, 8, 16].map(|at| number(at)..number(at) + number(at + 4)).into();
    parts_are_there(source, &parts)
}

fn directories(source: &mut (impl Read + Seek)) -> Result<Wholeness> {
    let Some(mut tiff) = Tiff::open(source, 0) else { return Ok(Wholeness::Unknown) };
    let (mut waiting, mut seen, mut parts) = (vec![tiff.first()], Vec::new(), Vec::new());
    while let Some(at) = waiting.pop() {
        if seen.contains(&at) || seen.len() == MAX_DIRECTORIES {
            continue;
        }
        seen.push(at);
        let directory = tiff.directory(at);
        if !directory.is_whole {
            return Ok(Wholeness::Cut);
        }
        let Some(named) = parts_of(&mut tiff, &directory) else { return Ok(Wholeness::Cut) };
        parts.extend(named);
        waiting.extend(directory.next);
        for leads_below in [SUB_DIRECTORIES, EXIF] {
            if let Some(below) = directory.find(leads_below) {
                waiting.extend(tiff.numbers(below, MAX_BELOW));
            }
        }
    }
    parts_are_there(&mut tiff.into_source(), &parts)
}

/// `None` if the lists of parts are not there.
fn parts_of<R: Read + Seek>(tiff: &mut Tiff<R>, directory: &Directory) -> Option<Vec<Range<u64>>> {
    let mut parts = Vec::new();
    for (starts, lengths) in PARTS {
        if let Some((starts, lengths)) = directory.find(starts).zip(directory.find(lengths)) {
            let (starts, lengths) = (tiff.numbers(starts, MAX_PARTS), tiff.numbers(lengths, MAX_PARTS));
            if starts.is_empty() || lengths.is_empty() {
                return None;
            }
            let places = starts.into_iter().zip(lengths).filter(|(start, _)| *start != NOWHERE);
            parts.extend(places.map(|(start, length)| start..start + length));
        }
    }
    if let Some(field) = directory.find(JPEG_FROM_RAW) {
        let start = tiff.place(field);
        parts.push(start..start + u64::from(field.count));
    }
    Some(parts)
}
