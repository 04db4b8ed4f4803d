//! PNG: critical chunks stay, and those that say how to show the pixels.

use std::io::{BufRead, Error, ErrorKind, Result, Seek};

use super::{Pieces, exif_of_chunk, part};
use crate::domain::Metadata;
use crate::imaging::container::png::{Chunk, Chunks, SIGNATURE};

/// Transparency, colours, brightness, resolution.
const SHOWN: [&[u8; 4]; 14] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"cICP", b"iCCP", b"sBIT",
    b"bKGD", b"mDCV", b"cLLI",
];
/// A text's keyword, which ends with a zero, is at its start.
const NOTICE: &[u8] = b"Copyright\0";

pub(super) fn bare<R: BufRead + Seek>(source: &mut R, kept: Option<Metadata>) -> Result<Pieces> {
    let (mut chunks, mut pieces) = (Chunks::of_file(source)?, Pieces::default());
    pieces.keep(0..SIGNATURE.len() as u64);
    let mut had_exif = false;
    while let Some(chunk) = chunks.next(source)? {
        if SHOWN.contains(&&chunk.kind) || (kept == Some(Metadata::Copyright) && is_notice(source, &chunk)?) {
            pieces.keep(chunk.start..chunk.end());
        } else if chunk.kind == *b"eXIf" && !had_exif {
            had_exif = true;
            if let Some(block) = exif_of_chunk(source, (chunk.content(), chunk.length), kept)? {
                add(&mut pieces, *b"eXIf", &block);
            }
        } else if chunk.kind[0].is_ascii_uppercase() {
            return Err(Error::new(ErrorKind::InvalidData, "a critical chunk of unknown kind"));
        }
        if pieces.are_too_many() {
            return Err(Error::new(ErrorKind::InvalidData, "too many chunks"));
        }
    }
    if !chunks.have_end() {
        add(&mut pieces, *b"IEND", &[]);
    }
    Ok(pieces)
}

/// Texts that are not compressed; few programs compress a line.
fn is_notice<R: BufRead + Seek>(source: &mut R, chunk: &Chunk) -> Result<bool> {
    let is_text = matches!(&chunk.kind, b"tEXt" | b"iTXt") && chunk.length < 4096;
    Ok(is_text && part(source, chunk.content(), NOTICE.len() as u64)? == NOTICE)
}

fn add(pieces: &mut Pieces, kind: [u8; 4], content: &[u8]) {
    let named = [&kind, content].concat();
    pieces.add(&u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes());
    pieces.add(&named);
    pieces.add(&crc32fast::hash(&named).to_be_bytes());
}
