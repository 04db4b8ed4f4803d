//! Bare files: originals as guests get them, with their compressed pixels byte for byte and without what cameras and
//! programs wrote about places, people and devices.
//!
//! Only what is known and allowed stays; everything else goes, also what follows the picture's end. A file that cannot
//! be walked to that end has no bare form.

mod exif;
mod jpeg;
mod pieces;
mod png;
#[cfg(test)]
mod tests;
mod webp;

use std::io::{BufRead, Error, ErrorKind, Read, Result, Seek, SeekFrom};

use super::MAX_METADATA_BYTES;
use crate::domain::{ImageFormat, Metadata};

pub(super) use pieces::Assembled;
pub use pieces::{Piece, Pieces};

/// The bare form of a file, never longer than the file.
///
/// # Errors
/// When the file cannot be read, or its structure is damaged.
pub fn bare(source: &mut (impl BufRead + Seek), format: ImageFormat, kept: Metadata) -> Result<Pieces> {
    let length = source.seek(SeekFrom::End(0))?;
    source.rewind()?;
    let mut walk = |kept| match format {
        _ if kept == Some(Metadata::All) => Ok(Pieces::whole(length)),
        ImageFormat::Jpeg => jpeg::bare(&mut *source, kept),
        ImageFormat::Png => png::bare(source, kept),
        ImageFormat::WebP => webp::bare(source, kept),
        // Guests get a JPEG of it.
        ImageFormat::Heic | ImageFormat::Raw => Err(Error::from(ErrorKind::Unsupported)),
    };
    let pieces = walk(Some(kept))?;
    // A block of values that lay upon each other; the picture is more important.
    let pieces = if pieces.length() > length { walk(None)? } else { pieces };
    // What was repaired may be longer by some bytes: without its last ones, every program shows it.
    Ok(if pieces.length() > length { pieces.slice(&(0..length)) } else { pieces })
}

/// The file as decoders get it: without anything that they do not need, and without the damage that they stumble over.
pub(super) fn repaired(source: &mut (impl BufRead + Seek), format: ImageFormat) -> Result<Pieces> {
    source.rewind()?;
    match format {
        ImageFormat::Jpeg => jpeg::bare(source, None),
        _ => png::bare(source, None),
    }
}

/// A part of a file.
fn part(source: &mut (impl BufRead + Seek), start: u64, length: u64) -> Result<Vec<u8>> {
    source.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    source.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The new EXIF block for one in a chunk of a PNG or WebP file.
fn exif_of_chunk(
    source: &mut (impl BufRead + Seek),
    (start, length): (u64, u64),
    kept: Option<Metadata>,
) -> Result<Option<Vec<u8>>> {
    let Some(kept) = kept.filter(|_| length <= MAX_METADATA_BYTES) else { return Ok(None) };
    let block = part(source, start, length)?;
    let tiff = block.strip_prefix(b"Exif\0\0").unwrap_or(&block);
    Ok(exif::bare(Some(tiff.to_vec()), None, kept))
}
