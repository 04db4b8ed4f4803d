//! What picture files are made of: the segments of a JPEG, the chunks of a PNG or WebP, the boxes of a HEIC or CR3.
//! Walked from front to back without ever holding more than one segment; nothing is decoded.

pub(super) mod boxes;
pub(super) mod jpeg;
pub(super) mod png;
pub(super) mod webp;

use std::io::{BufRead, Error, ErrorKind, Result, Seek};

/// More chunks than any picture has.
const MAX_CHUNKS: u32 = 1_000_000;

/// Moves on without forgetting what a buffered source has read already.
fn go_to(source: &mut (impl BufRead + Seek), position: u64) -> Result<()> {
    let now = source.stream_position()?;
    let offset = i64::try_from(i128::from(position) - i128::from(now)).map_err(Error::other)?;
    source.seek_relative(offset)
}

/// The structure breaks the format's rules.
fn broken(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}
