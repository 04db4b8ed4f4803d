//! JPEG: tables, frame, scans and colour stay; of application data, what decoders need.

use std::io::{BufRead, Error, ErrorKind, Result};

use super::{Pieces, exif};
use crate::domain::Metadata;
use crate::imaging::container::jpeg::{END_OF_IMAGE, PIXELS, START_OF_IMAGE, START_OF_SCAN, Segments, XMP};
use crate::imaging::xmp;

/// Bytes of a JFIF header, with the length of its segment, before the sides of a thumbnail (JFIF 1.02).
const JFIF: usize = 12;
/// Bytes of Adobe's segment (T.872, 6.5.3).
const ADOBE: usize = 12;

pub(super) fn bare(source: impl BufRead, kept: Option<Metadata>) -> Result<Pieces> {
    let (mut segments, mut pieces) = (Segments::new(source), Pieces::default());
    let (mut exif, mut xmp) = (None, None);
    while let Some(segment) = segments.next()? {
        let content = &segment.content[..];
        match segment.marker {
            PIXELS => {
                let mut start = segment.start;
                for false_marker in segment.false_markers {
                    // An 0xFF of the pixels is followed by a zero.
                    pieces.keep(start..false_marker);
                    pieces.add(&[0]);
                    start = false_marker;
                }
                pieces.keep(start..segment.end);
            }
            START_OF_IMAGE => {}
            END_OF_IMAGE | START_OF_SCAN
            // Frames and tables; number of lines; restart intervals and markers.
            | 0xC0..=0xC7 | 0xC9..=0xCF | 0xDB..=0xDD | 0xD0..=0xD7 => {
                pieces.keep(segment.start..segment.end);
            }
            0xE0 if content.starts_with(b"JFIF\0") && content.len() >= JFIF + 2 => {
                add(&mut pieces, 0xE0, &[&content[..JFIF], &[0; 2]].concat());
            }
            0xE1 if content.starts_with(b"Exif\0\0") && exif.is_none() => exif = Some(content[6..].to_vec()),
            0xE1 if xmp.is_none() => xmp = content.strip_prefix(XMP).and_then(xmp::orientation),
            0xE2 if content.starts_with(b"ICC_PROFILE\0") => pieces.keep(segment.start..segment.end),
            0xEE if content.starts_with(b"Adobe") && content.len() >= ADOBE => {
                add(&mut pieces, 0xEE, &content[..ADOBE]);
            }
            // Other application data, comments.
            0xE0..=0xEF | 0xFE => {}
            _ => return Err(Error::new(ErrorKind::InvalidData, "a segment of unknown kind")),
        }
        if pieces.are_too_many() {
            return Err(Error::new(ErrorKind::InvalidData, "too many segments"));
        }
    }
    if !segments.have_end() {
        pieces.add(&[0xFF, END_OF_IMAGE]);
    }
    let mut whole = Pieces::default();
    whole.keep(0..2);
    if let Some(block) = kept.and_then(|kept| exif::bare(exif, xmp, kept)) {
        add(&mut whole, 0xE1, &[b"Exif\0\0", &block[..]].concat());
    }
    pieces.into_iter().for_each(|piece| whole.push(piece));
    Ok(whole)
}

fn add(pieces: &mut Pieces, marker: u8, content: &[u8]) {
    // Never longer than the segment that it replaces, except an EXIF block, which has a few hundred bytes.
    let length = u16::try_from(content.len() + 2).unwrap_or(u16::MAX);
    pieces.add(&[0xFF, marker]);
    pieces.add(&length.to_be_bytes());
    pieces.add(content);
}
