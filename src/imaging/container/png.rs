//! The chunks of a PNG (PNG specification, 5).

use std::io::{BufRead, Result, Seek, SeekFrom};

use super::{MAX_CHUNKS, broken, go_to};

pub(in crate::imaging) const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";

/// A chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::imaging) struct Chunk {
    pub(in crate::imaging) kind: [u8; 4],
    /// Position in the file, of the length.
    pub(in crate::imaging) start: u64,
    /// Bytes between the kind and the checksum.
    pub(in crate::imaging) length: u64,
}

impl Chunk {
    pub(in crate::imaging) fn content(&self) -> u64 {
        self.start + 8
    }

    /// Position of the next chunk.
    pub(in crate::imaging) fn end(&self) -> u64 {
        self.content() + self.length + 4
    }
}

/// The chunks up to the one that ends the picture. Whatever follows it is not looked at.
pub(in crate::imaging) struct Chunks {
    position: u64,
    file_length: u64,
    count: u32,
    is_over: bool,
    has_pixels: bool,
    has_end: bool,
}

impl Chunks {
    pub(in crate::imaging) fn of_file<R: BufRead + Seek>(source: &mut R) -> Result<Self> {
        let file_length = source.seek(SeekFrom::End(0))?;
        source.seek(SeekFrom::Start(0))?;
        let mut signature = [0; 8];
        source.read_exact(&mut signature)?;
        if signature != *SIGNATURE {
            return Err(broken("not a PNG file"));
        }
        Ok(Self { position: 8, file_length, count: 0, is_over: false, has_pixels: false, has_end: false })
    }

    /// Whether the chunk that ends the picture was there.
    pub(in crate::imaging) fn have_end(&self) -> bool {
        self.has_end
    }

    /// `None` after the end of the picture, or at the end of the file if all chunks are whole and pixels came before.
    /// Fails if the file ends elsewhere.
    pub(in crate::imaging) fn next<R: BufRead + Seek>(&mut self, source: &mut R) -> Result<Option<Chunk>> {
        if self.is_over || (self.has_pixels && self.position == self.file_length) {
            return Ok(None);
        }
        let start = self.position;
        self.count += 1;
        if self.count > MAX_CHUNKS {
            return Err(broken("too many chunks"));
        }
        go_to(source, start)?;
        let mut header = [0; 8];
        source.read_exact(&mut header)?;
        let [l3, l2, l1, l0, kind @ ..] = header;
        let chunk = Chunk { kind, start, length: u32::from_be_bytes([l3, l2, l1, l0]).into() };
        if chunk.end() > self.file_length {
            return Err(broken("a chunk is longer than the file"));
        }
        (self.position, self.is_over) = (chunk.end(), kind == *b"IEND");
        (self.has_pixels, self.has_end) = (self.has_pixels || kind == *b"IDAT", self.is_over);
        Ok(Some(chunk))
    }
}
