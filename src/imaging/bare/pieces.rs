//! A file made of parts of another and of new bytes.

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
    pub(super) fn add(&mut self, bytes: &[u8]) {
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
    }
}
