//! Directories of a TIFF file (TIFF 6.0, section 2), which EXIF blocks and cameras' raw files are. Nothing that they
//! say is believed: what lies elsewhere or takes too much is not there.

use std::io::{Read, Seek, SeekFrom};

/// More fields than any directory has.
const MAX_FIELDS: u16 = 1000;

/// A TIFF file at some place in another.
pub(super) struct Tiff<R> {
    source: R,
    /// Where it starts: all positions in it count from there.
    base: u64,
    is_big_endian: bool,
    first: u64,
}

/// A directory, as far as it can be read.
#[derive(Debug, Default)]
pub(super) struct Directory {
    pub(super) entries: Vec<Entry>,
    /// Whether all its fields could be read.
    pub(super) is_whole: bool,
    /// Where the next one is.
    pub(super) next: Option<u64>,
}

/// A field: what it is, its type, how many values, and these or where they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) tag: u16,
    kind: u16,
    pub(super) count: u32,
    value: [u8; 4],
}

impl Directory {
    pub(super) fn find(&self, tag: u16) -> Option<Entry> {
        self.entries.iter().copied().find(|entry| entry.tag == tag)
    }
}

impl<R: Read + Seek> Tiff<R> {
    /// `None` if no TIFF header is there. Olympus and Panasonic write other words in place of the 42.
    pub(super) fn open(mut source: R, base: u64) -> Option<Self> {
        let mut head = [0; 8];
        source.seek(SeekFrom::Start(base)).ok()?;
        source.read_exact(&mut head).ok()?;
        let is_big_endian = match &head[..4] {
            b"II*\0" | b"IIRO" | b"IIRS" | b"IIU\0" => false,
            b"MM\0*" | b"MMOR" => true,
            _ => return None,
        };
        let mut tiff = Self { source, base, is_big_endian, first: 0 };
        tiff.first = tiff.u32([head[4], head[5], head[6], head[7]]).into();
        Some(tiff)
    }

    /// What it reads from.
    pub(super) fn into_source(self) -> R {
        self.source
    }

    /// Where the first directory is.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// Empty if there is none.
    pub(super) fn directory(&mut self, at: u64) -> Directory {
        let mut directory = Directory::default();
        let Some(count) = self.bytes(at, 2) else { return directory };
        let count = self.u16([count[0], count[1]]).min(MAX_FIELDS);
        for index in 0..u64::from(count) {
            let Some(field) = self.bytes(at + 2 + 12 * index, 12) else { return directory };
            directory.entries.push(Entry {
                tag: self.u16([field[0], field[1]]),
                kind: self.u16([field[2], field[3]]),
                count: self.u32([field[4], field[5], field[6], field[7]]),
                value: [field[8], field[9], field[10], field[11]],
            });
        }
        directory.is_whole = true;
        let next = self.bytes(at + 2 + 12 * u64::from(count), 4);
        directory.next =
            next.map(|at| self.u32([at[0], at[1], at[2], at[3]]).into()).filter(|next| *next > 0);
        directory
    }

    /// The first values of a field of whole numbers, at most `limit`.
    pub(super) fn numbers(&mut self, entry: Entry, limit: u32) -> Vec<u64> {
        let size = match entry.kind {
            1 | 7 => 1,
            3 => 2,
            4 | 13 => 4,
            _ => return Vec::new(),
        };
        let Some(bytes) = self.values(entry, size, limit) else { return Vec::new() };
        let number = |bytes: &[u8]| match *bytes {
            [a] => a.into(),
            [a, b] => self.u16([a, b]).into(),
            [a, b, c, d] => self.u32([a, b, c, d]).into(),
            _ => 0,
        };
        bytes.chunks_exact(usize::from(size)).map(number).collect()
    }

    /// The first value of a field of whole numbers.
    pub(super) fn number(&mut self, entry: Entry) -> Option<u64> {
        self.numbers(entry, 1).first().copied()
    }

    /// A text up to its end, at most `limit` bytes.
    pub(super) fn text(&mut self, entry: Entry, limit: u32) -> Option<Vec<u8>> {
        let bytes = self.values(entry, 1, limit).filter(|_| entry.kind == 2)?;
        let text = bytes.split(|byte| *byte == 0).next()?;
        (!text.is_empty()).then(|| text.to_vec())
    }

    /// Where a field says that something lies: the position of its values, or the number it holds.
    pub(super) fn place(&self, entry: Entry) -> u64 {
        self.u32(entry.value).into()
    }

    pub(super) fn bytes(&mut self, at: u64, length: usize) -> Option<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.source.seek(SeekFrom::Start(self.base.checked_add(at)?)).ok()?;
        self.source.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }

    fn values(&mut self, entry: Entry, size: u8, limit: u32) -> Option<Vec<u8>> {
        let length = usize::try_from(u64::from(entry.count.min(limit)) * u64::from(size)).ok()?;
        if u64::from(entry.count) * u64::from(size) <= 4 {
            return Some(entry.value[..length].to_vec());
        }
        self.bytes(self.place(entry), length)
    }

    fn u16(&self, bytes: [u8; 2]) -> u16 {
        if self.is_big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    pub(super) fn u32(&self, bytes: [u8; 4]) -> u32 {
        if self.is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }
}
