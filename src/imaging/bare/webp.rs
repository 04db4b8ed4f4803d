//! WebP: pixels, colour profile and animation stay; the headers count and list what is left.

use std::io::{BufRead, Error, ErrorKind, Result, Seek, SeekFrom};

use super::{Pieces, exif_of_chunk, part};
use crate::domain::Metadata;
use crate::imaging::container::webp::{CHUNK_HEADER, Chunk, Chunks};

/// In the extended header's first byte (RFC 9649, 2.7).
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;

pub(super) fn bare<R: BufRead + Seek>(source: &mut R, kept: Option<Metadata>) -> Result<Pieces> {
    let file_length = source.seek(SeekFrom::End(0))?;
    let mut chunks = Chunks::of_file(source, file_length)?;
    let (mut body, mut extended, mut exif) = (Pieces::default(), None, None);
    while let Some(chunk) = chunks.next(source)? {
        match &chunk.kind {
            b"VP8X" if extended.is_none() => {
                extended = Some(part(source, chunk.content(), chunk.length.min(10))?);
            }
            b"ICCP" | b"ANIM" | b"ALPH" | b"VP8 " | b"VP8L" => keep(&mut body, &chunk),
            b"ANMF" => {
                let mut inner = Chunks::of_frame(&chunk);
                while let Some(part) = inner.next(source)? {
                    if !matches!(&part.kind, b"ALPH" | b"VP8 " | b"VP8L") {
                        return Err(Error::new(
                            ErrorKind::InvalidData,
                            "a frame with a chunk of unknown kind",
                        ));
                    }
                }
                keep(&mut body, &chunk);
            }
            b"EXIF" if exif.is_none() => {
                exif = exif_of_chunk(source, (chunk.content(), chunk.length), kept)?;
            }
            _ => {}
        }
        if body.are_too_many() {
            return Err(Error::new(ErrorKind::InvalidData, "too many chunks"));
        }
    }
    // Without the extended header there is no place for EXIF.
    let exif = exif.filter(|_| extended.is_some());
    let mut head = Vec::new();
    if let Some(mut extended) = extended {
        let flags = extended.first_mut().ok_or_else(|| Error::from(ErrorKind::InvalidData))?;
        *flags &= !(HAS_EXIF | HAS_XMP);
        *flags |= if exif.is_some() { HAS_EXIF } else { 0 };
        head = chunk(*b"VP8X", &extended);
    }
    let tail = exif.map(|block| chunk(*b"EXIF", &block)).unwrap_or_default();
    let length = 4 + head.len() as u64 + body.length() + tail.len() as u64;
    let length = u32::try_from(length).map_err(Error::other)?;
    let mut pieces = Pieces::default();
    pieces.add(&[b"RIFF", &length.to_le_bytes()[..], b"WEBP", &head].concat());
    for piece in body {
        pieces.push(piece);
    }
    pieces.add(&tail);
    Ok(pieces)
}

/// With a padding byte of its own: the file's may be missing.
fn keep(body: &mut Pieces, chunk: &Chunk) {
    body.keep(chunk.start..chunk.start + CHUNK_HEADER + chunk.length);
    if chunk.length % 2 == 1 {
        body.add(&[0]);
    }
}

fn chunk(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX).to_le_bytes();
    let padding = &[0][..content.len() % 2];
    [&kind[..], &length, content, padding].concat()
}
