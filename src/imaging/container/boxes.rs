//! The boxes of HEIC and CR3 files (ISO/IEC 14496-12, 4.2).

use std::io::{Read, Result, Seek, SeekFrom};
use std::ops::Range;

use super::broken;

/// More boxes than any picture has side by side.
const MAX_BOXES: usize = 1000;

/// A box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::imaging) struct Box {
    pub(in crate::imaging) kind: [u8; 4],
    /// Position in the file, of the length.
    pub(in crate::imaging) start: u64,
    /// Positions of what follows the header.
    pub(in crate::imaging) content: Range<u64>,
    /// How many bytes it lacks of what its header says.
    pub(in crate::imaging) missing: u64,
}

/// The boxes of a whole file. The last one may be cut off.
pub(in crate::imaging) fn of_file(source: &mut (impl Read + Seek)) -> Result<Vec<Box>> {
    let length = source.seek(SeekFrom::End(0))?;
    list(source, 0..length)
}

/// The boxes between two positions.
pub(in crate::imaging) fn list(source: &mut (impl Read + Seek), within: Range<u64>) -> Result<Vec<Box>> {
    let (mut boxes, mut start) = (Vec::new(), within.start);
    while start + 8 <= within.end {
        if boxes.len() == MAX_BOXES {
            return Err(broken("too many boxes"));
        }
        source.seek(SeekFrom::Start(start))?;
        let mut header = [0; 8];
        source.read_exact(&mut header)?;
        let [l0, l1, l2, l3, kind @ ..] = header;
        let (length, header) = match u32::from_be_bytes([l0, l1, l2, l3]) {
            0 => (within.end - start, 8),
            1 => {
                let mut length = [0; 8];
                source.read_exact(&mut length)?;
                (u64::from_be_bytes(length), 16)
            }
            length => (length.into(), 8),
        };
        if length < header {
            return Err(broken("a box shorter than its header"));
        }
        let stated = start.saturating_add(length);
        let end = stated.min(within.end);
        boxes.push(Box { kind, start, content: (start + header).min(end)..end, missing: stated - end });
        start = end;
    }
    Ok(boxes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn boxes_of_all_lengths_end_with_the_file() {
        let file = [
            &[0, 0, 0, 9][..],
            b"ftypx",
            &[0, 0, 0, 1],
            b"moov",
            &[0, 0, 0, 0, 0, 0, 0, 17],
            b"y",
            &[0; 4],
            b"mdat",
            b"zz",
        ]
        .concat();
        let boxes = of_file(&mut Cursor::new(&file)).unwrap();
        let found: Vec<_> =
            boxes.iter().map(|found| (&found.kind, found.start, found.content.clone())).collect();
        assert_eq!(found, [(b"ftyp", 0, 8..9), (b"moov", 9, 25..26), (b"mdat", 26, 34..36)]);
        assert!(of_file(&mut Cursor::new(b"\0\0\0\x03ftyp")).is_err());
        let long = of_file(&mut Cursor::new(b"\xFF\xFF\xFF\xFFmdat1")).unwrap();
        assert_eq!((long[0].content.clone(), long[0].missing), (8..9, 0xFFFF_FFFF - 9));
        assert!(boxes.iter().all(|found| found.missing == 0));
    }
}
