//! Files of boxes: HEIC, and Canon's CR3.

use std::io::{Read, Result, Seek, SeekFrom};
use std::ops::Range;

use super::{Wholeness, parts_are_there};
use crate::imaging::container::boxes::{self, Box};

/// Largest list of parts; it has some kilobytes.
const MAX_LIST_BYTES: u64 = 4 << 20;
/// Bytes of version and flags, which some boxes begin with.
const VERSION: u64 = 4;

/// All boxes and all items are there.
pub(super) fn heic(source: &mut (impl Read + Seek)) -> Result<Wholeness> {
    let found = boxes::of_file(source)?;
    let Some(meta) = found.iter().find(|found| found.kind == *b"meta") else { return Ok(Wholeness::Cut) };
    if is_any_cut(&found) {
        return Ok(Wholeness::Cut);
    }
    let inside = boxes::list(source, meta.content.start + VERSION..meta.content.end)?;
    let Some(places) = inside.iter().find(|found| found.kind == *b"iloc") else { return Ok(Wholeness::Cut) };
    let mut list = Vec::new();
    source.seek(SeekFrom::Start(places.content.start))?;
    source.take((places.content.end - places.content.start).min(MAX_LIST_BYTES)).read_to_end(&mut list)?;
    let parts = parts_are_there(source, &extents(&mut Numbers(&list)).unwrap_or_default())?;
    Ok(with_zeros(&found, parts))
}

/// The description and the data are there.
pub(super) fn cr3(source: &mut (impl Read + Seek)) -> Result<Wholeness> {
    let found = boxes::of_file(source)?;
    let has = |kind: &[u8; 4]| found.iter().any(|found| found.kind == *kind);
    if is_any_cut(&found) || !has(b"moov") || !has(b"mdat") {
        return Ok(Wholeness::Cut);
    }
    let contents: Vec<_> = found.iter().map(|found| found.content.clone()).collect();
    let parts = parts_are_there(source, &contents)?;
    Ok(with_zeros(&found, parts))
}

/// Zeros where a box begins may be one that is not written yet.
fn with_zeros(found: &[Box], parts: Wholeness) -> Wholeness {
    let is_any_empty = found.iter().any(|found| found.kind == [0; 4]);
    if parts == Wholeness::Whole && is_any_empty { Wholeness::Unknown } else { parts }
}

fn is_any_cut(found: &[Box]) -> bool {
    found.iter().any(|found| found.missing > 0)
}

/// The parts of all items that lie in the file itself (ISO/IEC 14496-12, 8.11.3).
fn extents(list: &mut Numbers) -> Option<Vec<Range<u64>>> {
    const IN_FILE: u64 = 0;
    let version = list.next(1)?;
    list.next(3)?;
    let sizes = list.next(2)?;
    let size = |shift: u32| usize::try_from(sizes >> shift & 15).unwrap_or(0);
    let (offset_size, length_size, base_size) = (size(12), size(8), size(4));
    let index_size = if version > 0 { size(0) } else { 0 };
    let count = list.next(if version < 2 { 2 } else { 4 })?;
    let mut parts = Vec::new();
    for _ in 0..count {
        list.next(if version < 2 { 2 } else { 4 })?;
        let method = if version > 0 { list.next(2)? & 15 } else { IN_FILE };
        list.next(2)?;
        let base = list.next(base_size)?;
        for _ in 0..list.next(2)? {
            list.next(index_size)?;
            let start = base.saturating_add(list.next(offset_size)?);
            let end = start.saturating_add(list.next(length_size)?);
            if method == IN_FILE {
                parts.push(start..end);
            }
        }
    }
    Some(parts)
}

/// Big-endian numbers, one after the other.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    /// Of so many bytes, at most 8; 0 bytes are the number 0.
    fn next(&mut self, bytes: usize) -> Option<u64> {
        let (number, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(number.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}
