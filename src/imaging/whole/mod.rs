//! Whether a file that somebody may still be writing has all its parts, by its own structure alone. Nothing is decoded;
//! only of a JPEG are all bytes read.
//!
//! A file whose length is set first and whose bytes come later is as long as it should be. Of its end nothing but zeros
//! are there: where those can be meant too, nobody knows.

mod boxes;
mod raw;
#[cfg(test)]
mod tests;

use std::io::{BufRead, BufReader, Cursor, ErrorKind, Read, Result, Seek, SeekFrom};
use std::ops::Range;

use super::container::jpeg::Segments;
use super::container::{png, webp};
use super::tiff::Tiff;
use crate::domain::ImageFormat;

/// Read at once.
const BUFFER_BYTES: usize = 64 << 10;
/// So many zeros at the end of a part are no compressed pixels.
const ZEROS: u64 = 32;

/// What a file's structure says about its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wholeness {
    /// All that it names is there.
    Whole,
    /// It ends within what it names.
    Cut,
    /// The structure does not tell.
    Unknown,
}

/// Whether all parts of a file of this format are there. A file that cannot be read is [`Wholeness::Unknown`].
#[must_use]
pub fn is_whole(format: ImageFormat, source: impl Read + Seek) -> Wholeness {
    let mut source = BufReader::with_capacity(BUFFER_BYTES, source);
    let found = source.rewind().and_then(|()| match format {
        ImageFormat::Jpeg => jpeg(&mut source),
        ImageFormat::Png => png(&mut source),
        ImageFormat::WebP => webp(&mut source),
        ImageFormat::Heic => boxes::heic(&mut source),
        ImageFormat::Raw => raw::raw(&mut source),
    });
    found.unwrap_or_else(|error| match error.kind() {
        // Parts that are not written yet break the rules of the format.
        ErrorKind::UnexpectedEof | ErrorKind::InvalidData => Wholeness::Cut,
        _ => Wholeness::Unknown,
    })
}

/// The end of the image comes after its pixels. Further pictures behind it must be there too if the file names them,
/// but editors drop them and keep the names.
fn jpeg(source: &mut (impl BufRead + Seek)) -> Result<Wholeness> {
    let mut end_of_others = 0;
    let mut segments = Segments::new(&mut *source);
    while let Some(segment) = segments.next()? {
        if let (0xE2, Some(index)) = (segment.marker, segment.content.strip_prefix(b"MPF\0")) {
            // Behind marker, length and name.
            end_of_others = segment.start + 8 + end_of_pictures(index).unwrap_or(0);
        }
    }
    if !segments.have_end() {
        return Ok(Wholeness::Cut);
    }
    let length = source.seek(SeekFrom::End(0))?;
    Ok(if end_of_others > length { Wholeness::Unknown } else { Wholeness::Whole })
}

/// Where the last of the pictures ends that a multi-picture index names (CIPA DC-007, 5.2.3), from the index on.
fn end_of_pictures(index: &[u8]) -> Option<u64> {
    const PICTURES: u16 = 0xB002;
    let mut tiff = Tiff::open(Cursor::new(index), 0)?;
    let first = tiff.first();
    let pictures = tiff.directory(first).find(PICTURES)?;
    let entries = tiff.bytes(tiff.place(pictures), usize::try_from(pictures.count).ok()?.min(16 * 100))?;
    // The first one is the file's main picture, whose position is 0.
    let ends = entries.chunks_exact(16).skip(1).map(|entry| {
        let number =
            |at: usize| u64::from(tiff.u32([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]]));
        number(4) + number(8)
    });
    ends.max()
}

fn png(source: &mut (impl BufRead + Seek)) -> Result<Wholeness> {
    let mut chunks = png::Chunks::of_file(source)?;
    while chunks.next(source)?.is_some() {}
    Ok(if chunks.have_end() { Wholeness::Whole } else { Wholeness::Cut })
}

/// The file states its length, and has pixels.
fn webp(source: &mut (impl BufRead + Seek)) -> Result<Wholeness> {
    let length = source.seek(SeekFrom::End(0))?;
    let mut chunks = webp::Chunks::of_file(source, length)?;
    let (mut pixels, mut end) = (None, 0);
    while let Some(chunk) = chunks.next(source)? {
        end = chunk.end();
        match &chunk.kind {
            b"VP8 " | b"VP8L" | b"ANMF" => pixels = Some(chunk.content()..chunk.content() + chunk.length),
            [0, 0, 0, 0] => return Ok(Wholeness::Cut),
            _ => {}
        }
    }
    let Some(pixels) = pixels else { return Ok(Wholeness::Cut) };
    match parts_are_there(source, &[pixels])? {
        // Some programs leave out the last byte, which fills up.
        Wholeness::Whole if end > length => Ok(Wholeness::Unknown),
        found => Ok(found),
    }
}

/// Whether these parts lie within the file, and no zeros are in place of the end of the last one.
fn parts_are_there(source: &mut (impl Read + Seek), parts: &[Range<u64>]) -> Result<Wholeness> {
    let length = source.seek(SeekFrom::End(0))?;
    let Some(last) = parts.iter().filter(|part| !part.is_empty()).max_by_key(|part| part.end) else {
        return Ok(Wholeness::Unknown);
    };
    if last.end > length {
        return Ok(Wholeness::Cut);
    }
    source.seek(SeekFrom::Start(last.start.max(last.end.saturating_sub(ZEROS))))?;
    let mut end = Vec::new();
    source.take(ZEROS.min(last.end - last.start)).read_to_end(&mut end)?;
    Ok(if end.iter().all(|byte| *byte == 0) { Wholeness::Unknown } else { Wholeness::Whole })
}
