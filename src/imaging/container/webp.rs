//! The chunks of a WebP file (RFC 9649, section 2).

use std::io::{BufRead, Result, Seek, SeekFrom};

use super::{MAX_CHUNKS, broken, go_to};

/// Bytes of the header before the first chunk, and of a chunk's header.
const FILE_HEADER: u64 = 12;
pub(in crate::imaging) const CHUNK_HEADER: u64 = 8;
/// Bytes of an animation frame before the chunks in it.
pub(in crate::imaging) const FRAME_HEADER: u64 = 16;

/// A chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::imaging) struct Chunk {
    pub(in crate::imaging) kind: [u8; 4],
    /// Position in the file, of the header.
    pub(in crate::imaging) start: u64,
    /// Bytes after the header, without padding.
    pub(in crate::imaging) length: u64,
}

impl Chunk {
    pub(in crate::imaging) fn content(&self) -> u64 {
        self.start + CHUNK_HEADER
    }

    /// Position of the next chunk.
    pub(in crate::imaging) fn end(&self) -> u64 {
        self.content() + self.length + self.length % 2
    }
}

/// The chunks between two positions.
pub(in crate::imaging) struct Chunks {
    position: u64,
    end: u64,
    count: u32,
}

impl Chunks {
    /// Of a file of this length. What follows the end that the file states is not looked at.
    pub(in crate::imaging) fn of_file<R: BufRead + Seek>(source: &mut R, file_length: u64) -> Result<Self> {
        source.seek(SeekFrom::Start(0))?;
        let mut header = [0; 12];
        source.read_exact(&mut header)?;
        let [b'R', b'I', b'F', b'F', l0, l1, l2, l3, b'W', b'E', b'B', b'P'] = header else {
            return Err(broken("not a WebP file"));
        };
        let end = CHUNK_HEADER + u64::from(u32::from_le_bytes([l0, l1, l2, l3]));
        // Some programs leave out the last padding byte.
        if end > file_length + 1 {
            return Err(broken("the file is shorter than it states"));
        }
        Ok(Self { position: FILE_HEADER, end, count: 0 })
    }

    /// In an animation frame.
    pub(in crate::imaging) fn of_frame(frame: &Chunk) -> Self {
        Self { position: frame.content() + FRAME_HEADER, end: frame.content() + frame.length, count: 0 }
    }

    /// `None` after the last one.
    pub(in crate::imaging) fn next<R: BufRead + Seek>(&mut self, source: &mut R) -> Result<Option<Chunk>> {
        if self.position + CHUNK_HEADER > self.end {
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
        let [a, b, c, d, l0, l1, l2, l3] = header;
        let length = u64::from(u32::from_le_bytes([l0, l1, l2, l3]));
        let chunk = Chunk { kind: [a, b, c, d], start, length };
        if chunk.content() + length > self.end {
            return Err(broken("a chunk is longer than the file"));
        }
        self.position = chunk.end();
        Ok(Some(chunk))
    }
}
