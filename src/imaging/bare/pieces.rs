//! A file made of parts of another and of new bytes.

use std::io::{Read, Result, Seek, SeekFrom};
use std::ops::Range;

/// A part of the new file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    New(Vec<u8>),
    /// What lies there in the other file.
    Of(Range<u64>),
}

impl Piece {
    /// In bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::New(bytes) => bytes.len() as u64,
            Self::Of(range) => range.end - range.start,
        }
    }
}

/// The parts in order, none of them empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pieces(Vec<Piece>);

impl Pieces {
    /// A whole file of this length.
    #[must_use]
    pub fn whole(length: u64) -> Self {
        let mut pieces = Self::default();
        pieces.keep(0..length);
        pieces
    }

    /// In bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.0.iter().map(Piece::length).sum()
    }

    /// The bytes between two positions of the new file.
    #[must_use]
    pub fn slice(&self, wanted: &Range<u64>) -> Self {
        let (mut slice, mut start) = (Self::default(), 0);
        for piece in &self.0 {
            let end = start + piece.length();
            let (from, to) = (wanted.start.clamp(start, end) - start, wanted.end.clamp(start, end) - start);
            match piece {
                Piece::Of(range) => slice.keep(range.start + from..range.start + to),
                Piece::New(bytes) => {
                    let place = |at: u64| usize::try_from(at).unwrap_or(bytes.len());
                    slice.add(&bytes[place(from)..place(to).max(place(from))]);
                }
            }
            start = end;
        }
        slice
    }

    /// Adds a part of the other file.
    pub(super) fn keep(&mut self, range: Range<u64>) {
        match self.0.last_mut() {
            _ if range.is_empty() => {}
            Some(Piece::Of(last)) if last.end == range.start => last.end = range.end,
            _ => self.0.push(Piece::Of(range)),
        }
    }

    pub(super) fn push(&mut self, piece: Piece) {
        match piece {
            Piece::Of(range) => self.keep(range),
            Piece::New(bytes) => self.add(&bytes),
        }
    }

    /// Adds new bytes.
    pub(in crate::imaging) fn add(&mut self, bytes: &[u8]) {
        match self.0.last_mut() {
            _ if bytes.is_empty() => {}
            Some(Piece::New(last)) => last.extend(bytes),
            _ => self.0.push(Piece::New(bytes.to_vec())),
        }
    }

    /// More than any picture needs: a file is not made of millions of parts.
    pub(super) fn are_too_many(&self) -> bool {
        self.0.len() > 10_000
    }
}

impl IntoIterator for Pieces {
    type Item = Piece;
    type IntoIter = std::vec::IntoIter<Piece>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// The new file, to be read like any other.
pub(in crate::imaging) struct Assembled<R> {
    source: R,
    pieces: Pieces,
    position: u64,
}

impl<R> Assembled<R> {
    pub(in crate::imaging) fn new(source: R, pieces: Pieces) -> Self {
        Self { source, pieces, position: 0 }
    }
}

impl<R: Read + Seek> Read for Assembled<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut start = 0;
        for piece in &self.pieces.0 {
            let (skipped, length) = (self.position.saturating_sub(start), piece.length());
            start += length;
            if skipped >= length {
                continue;
            }
            let read = match piece {
                Piece::New(bytes) => {
                    (&bytes[usize::try_from(skipped).unwrap_or(bytes.len())..]).read(buffer)?
                }
                Piece::Of(range) => {
                    self.source.seek(SeekFrom::Start(range.start + skipped))?;
                    (&mut self.source).take(length - skipped).read(buffer)?
                }
            };
            self.position += read as u64;
            return Ok(read);
        }
        Ok(0)
    }
}

impl<R> Seek for Assembled<R> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let from = |start: u64, offset: i64| {
            start.checked_add_signed(offset).ok_or(std::io::ErrorKind::InvalidInput)
        };
        self.position = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::Current(offset) => from(self.position, offset)?,
            SeekFrom::End(offset) => from(self.pieces.length(), offset)?,
        };
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined_and_cut() {
        let mut pieces = Pieces::default();
        pieces.keep(0..4);
        pieces.keep(4..6);
        pieces.keep(9..9);
        pieces.add(b"ab");
        pieces.add(b"c");
        pieces.keep(10..20);
        let [kept, added, last] = [Piece::Of(0..6), Piece::New(b"abc".to_vec()), Piece::Of(10..20)];
        assert_eq!(pieces, Pieces(vec![kept, added, last]));
        assert_eq!(pieces.length(), 19);
        assert_eq!(pieces.slice(&(0..19)), pieces);
        assert_eq!(pieces.slice(&(5..8)), Pieces(vec![Piece::Of(5..6), Piece::New(b"ab".to_vec())]));
        assert_eq!(pieces.slice(&(9..11)), Pieces(vec![Piece::Of(10..12)]));
        assert_eq!(pieces.slice(&(19..30)), Pieces::default());
        let file: Vec<u8> = (0..30).collect();
        let mut assembled = Assembled::new(std::io::Cursor::new(&file), pieces);
        let mut read = Vec::new();
        assembled.seek(SeekFrom::Start(3)).unwrap();
        assembled.read_to_end(&mut read).unwrap();
        assert_eq!(read, [&file[3..6], b"abc", &file[10..20]].concat());
        assert_eq!(assembled.seek(SeekFrom::End(-1)).unwrap(), 18);
        assert_eq!(assembled.seek(SeekFrom::Current(-2)).unwrap(), 16);
    }
}
