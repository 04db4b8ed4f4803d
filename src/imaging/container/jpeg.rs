//! The segments of a JPEG (ITU-T T.81, annex B).

use std::io::{BufRead, Error, ErrorKind, Result};

use super::broken;

pub(in crate::imaging) const START_OF_IMAGE: u8 = 0xD8;
pub(in crate::imaging) const END_OF_IMAGE: u8 = 0xD9;
pub(in crate::imaging) const START_OF_SCAN: u8 = 0xDA;
/// Stands for the compressed pixels after a scan's header, which have no marker. In a file this byte follows 0xFF where
/// that is no marker.
pub(in crate::imaging) const PIXELS: u8 = 0x00;

/// A segment, or the compressed pixels of a scan.
#[derive(Debug)]
pub(in crate::imaging) struct Segment {
    /// The byte after 0xFF, or [`PIXELS`].
    pub(in crate::imaging) marker: u8,
    /// Position in the file, of the marker's 0xFF.
    pub(in crate::imaging) start: u64,
    /// Position of the next segment.
    pub(in crate::imaging) end: u64,
    /// What follows the length; empty for markers without one, and for pixels.
    pub(in crate::imaging) content: Vec<u8>,
}

/// The segments from the start to the end of the image. Whatever follows that end is not looked at.
pub(in crate::imaging) struct Segments<R> {
    source: R,
    position: u64,
    last: u8,
}

impl<R: BufRead> Segments<R> {
    pub(in crate::imaging) fn new(source: R) -> Self {
        Self { source, position: 0, last: PIXELS }
    }

    /// `None` after the end of the image. Fails if the file ends before, or something else stands where a marker must.
    pub(in crate::imaging) fn next(&mut self) -> Result<Option<Segment>> {
        match self.last {
            END_OF_IMAGE => return Ok(None),
            START_OF_SCAN => return self.pixels().map(Some),
            _ => {}
        }
        // After pixels, the marker's 0xFF has been read.
        if self.position > 0 && self.last == PIXELS {
            self.position += 1;
        } else if self.byte()? != 0xFF {
            return Err(broken("no marker where one must be"));
        }
        let mut marker = self.byte()?;
        // Fill bytes.
        while marker == 0xFF {
            marker = self.byte()?;
        }
        let start = self.position - 2;
        if (start == 0) != (marker == START_OF_IMAGE) || marker == PIXELS {
            return Err(broken("no marker where one must be"));
        }
        let mut content = Vec::new();
        // Markers without a length: start and end of image, restart markers, TEM.
        if !matches!(marker, 0x01 | 0xD0..=0xD9) {
            let length = usize::from(u16::from_be_bytes([self.byte()?, self.byte()?]));
            content.resize(length.checked_sub(2).ok_or_else(|| broken("a segment without a length"))?, 0);
            self.source.read_exact(&mut content)?;
            self.position += content.len() as u64;
        }
        self.last = marker;
        Ok(Some(Segment { marker, start, end: self.position, content }))
    }

    /// Up to the next marker: in the pixels, 0xFF is followed by 0x00, a restart marker, or more 0xFF.
    fn pixels(&mut self) -> Result<Segment> {
        let (start, mut after_ff) = (self.position, false);
        loop {
            let bytes = match self.source.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                bytes => bytes?,
            };
            let read = match bytes {
                [] => return Err(Error::from(ErrorKind::UnexpectedEof)),
                [0xFF, ..] if after_ff => 1,
                [0x00 | 0xD0..=0xD7, ..] if after_ff => {
                    after_ff = false;
                    1
                }
                [..] if after_ff => {
                    self.last = PIXELS;
                    self.position -= 1;
                    let end = self.position;
                    return Ok(Segment { marker: PIXELS, start, end, content: Vec::new() });
                }
                _ => {
                    let found = memchr::memchr(0xFF, bytes);
                    after_ff = found.is_some();
                    found.map_or(bytes.len(), |at| at + 1)
                }
            };
            self.source.consume(read);
            self.position += read as u64;
        }
    }

    fn byte(&mut self) -> Result<u8> {
        let mut byte = [0];
        self.source.read_exact(&mut byte)?;
        self.position += 1;
        Ok(byte[0])
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    const FILE: &[u8] = &[
        0xFF, 0xD8, 0xFF, 0xFF, 0xFE, 0, 4, b'h', b'i', 0xFF, 0xDA, 0, 2, 1, 0xFF, 0, 2, 0xFF, 0xD0, 3, 0xFF,
        0xFF, 0xD9, 0xFF, 0xD8,
    ];

    fn walk(file: &[u8], buffer: usize) -> Result<Vec<(u8, u64, u64)>> {
        let mut segments = Segments::new(BufReader::with_capacity(buffer, file));
        let mut found = Vec::new();
        while let Some(segment) = segments.next()? {
            found.push((segment.marker, segment.start, segment.end));
        }
        Ok(found)
    }

    #[test]
    fn segments_and_pixels_follow_each_other_however_the_file_is_read() {
        let expected = [(0xD8, 0, 2), (0xFE, 3, 9), (0xDA, 9, 13), (0, 13, 21), (0xD9, 21, 23)];
        for buffer in 1..FILE.len() {
            assert_eq!(walk(FILE, buffer).unwrap(), expected, "{buffer}");
        }
    }

    #[test]
    fn nothing_is_whole_without_its_end() {
        for length in 0..FILE.len() - 2 {
            assert!(walk(&FILE[..length], 64).is_err(), "{length}");
        }
        for broken in [
            &[0xFF, 0xD8, 0x00][..],
            b"\xFF\xD8\xFF\xFE\0\x01",
            b"\xFF\xD9",
            b"\xFF\xD8\xFF\xD8",
            b"\xFF\xD8\xFF\0",
        ] {
            assert!(walk(broken, 64).is_err(), "{broken:?}");
        }
    }
}
