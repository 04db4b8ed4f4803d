//! The bytes of one file as they arrive, in a form, in pieces or from a disk. The first ones tell whether it is a
//! picture, before anything is written; the rest is gathered into pieces that are worth a write.

use super::IntakeError;
use crate::domain::ImageFormat;
use crate::imaging::{HEAD_BYTES, bytes_needed, sniff};

/// Written at once.
const PIECE_BYTES: usize = 1 << 20;

/// Checks and gathers the bytes of one file.
pub struct PieceBuffer {
    head: Vec<u8>,
    /// `None` until the head is complete.
    format: Option<ImageFormat>,
    length: u64,
    max_bytes: u64,
    piece: Vec<u8>,
}

impl PieceBuffer {
    /// For a file of at most `max_bytes`.
    #[must_use]
    pub fn new(max_bytes: u64) -> Self {
        Self::resume(Vec::new(), 0, max_bytes)
    }

    /// For a file of which `length` bytes were written before, `head` first.
    #[must_use]
    pub fn resume(head: Vec<u8>, length: u64, max_bytes: u64) -> Self {
        Self { head, format: None, length, max_bytes, piece: Vec::new() }
    }

    /// Gathers the next bytes.
    ///
    /// # Errors
    /// When the file is too large or no picture.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), IntakeError> {
        self.length += bytes.len() as u64;
        if self.length > self.max_bytes {
            return Err(IntakeError::TooLarge { max_bytes: self.max_bytes });
        }
        if self.format.is_none() {
            self.head.extend(bytes.iter().take(HEAD_BYTES - self.head.len()));
            if self.head.len() >= bytes_needed(&self.head) {
                self.format = Some(sniff(&self.head)?);
            }
        }
        self.piece.extend_from_slice(bytes);
        Ok(())
    }

    /// Whether enough was gathered to be written.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.piece.len() >= PIECE_BYTES
    }

    /// Hands what was gathered to `write`, if anything was.
    ///
    /// # Errors
    /// What `write` returns.
    pub fn flush<E>(&mut self, write: impl FnOnce(&[u8]) -> Result<(), E>) -> Result<(), E> {
        if !self.piece.is_empty() {
            write(&self.piece)?;
            self.piece.clear();
        }
        Ok(())
    }

    /// The format, once enough bytes came to tell.
    #[must_use]
    pub fn known_format(&self) -> Option<ImageFormat> {
        self.format
    }

    /// The format of a file that has ended, however short it is.
    ///
    /// # Errors
    /// When it is no picture.
    pub fn format(&self) -> Result<ImageFormat, IntakeError> {
        Ok(self.format.map_or_else(|| sniff(&self.head), Ok)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: &[u8] = b"\xFF\xD8\xFF\xE0 begins like a JPEG and goes on";

    #[test]
    fn a_picture_is_known_by_its_first_bytes_however_they_are_split() {
        for size in [1, 31, 1000] {
            let mut buffer = PieceBuffer::new(100);
            PICTURE.chunks(size).for_each(|bytes| buffer.push(bytes).unwrap());
            assert_eq!(buffer.format().unwrap(), ImageFormat::Jpeg);
            let mut written = Vec::new();
            buffer.flush(|bytes| std::io::Write::write_all(&mut written, bytes)).unwrap();
            assert_eq!(written, PICTURE);
            buffer.flush(|_| Err("nothing is left")).unwrap();
        }
        let mut resumed = PieceBuffer::resume(PICTURE[..10].to_vec(), 10, 100);
        resumed.push(&PICTURE[10..]).unwrap();
        assert_eq!(resumed.format().unwrap(), ImageFormat::Jpeg);
    }

    #[test]
    fn other_files_and_large_ones_are_refused_at_once() {
        let mut text = PieceBuffer::new(100);
        text.push(&[b'x'; 31]).unwrap();
        assert!(matches!(text.push(b"x"), Err(IntakeError::Imaging(_))));
        assert!(matches!(PieceBuffer::new(100).format(), Err(IntakeError::Imaging(_))));
        // A TIFF file may be a camera's: that takes more bytes.
        let mut tiff = PieceBuffer::new(5000);
        tiff.push(&[&b"II*\0\x08\0\0\0"[..], &[0; HEAD_BYTES - 9]].concat()).unwrap();
        assert!(matches!(tiff.push(&[0]), Err(IntakeError::Imaging(_))));
        let mut large = PieceBuffer::resume(PICTURE[..32].to_vec(), 99, 100);
        large.push(b"x").unwrap();
        assert!(matches!(large.push(b"x"), Err(IntakeError::TooLarge { max_bytes: 100 })));
    }
}
