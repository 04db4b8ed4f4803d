//! The segments of a JPEG (ITU-T T.81, annex B), also of one with the damage that other programs overlook: bytes
//! between segments, a byte in the pixels that looks like a marker, no end.

use std::io::{BufRead, ErrorKind, Result};

use super::broken;

pub(in crate::imaging) const START_OF_IMAGE: u8 = 0xD8;
pub(in crate::imaging) const END_OF_IMAGE: u8 = 0xD9;
pub(in crate::imaging) const START_OF_SCAN: u8 = 0xDA;
/// Stands for the compressed pixels after a scan's header, which have no marker. In a file this byte follows 0xFF where
/// that is no marker.
pub(in crate::imaging) const PIXELS: u8 = 0x00;

/// What an XMP segment begins with (XMP part 3, 1.1.3).
pub(in crate::imaging) const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// More bytes between two segments are not an oversight.
const MAX_JUNK: u64 = 64 << 10;
/// Of a picture with more false markers nothing is left.
const MAX_FALSE_MARKERS: usize = 1000;

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
    /// Of pixels: positions of bytes after a 0xFF that make it look like a marker, which none can be there.
    pub(in crate::imaging) false_markers: Vec<u64>,
}

/// The segments from the start to the end of the image. Whatever follows that end is not looked at.
pub(in crate::imaging) struct Segments<R> {
    source: R,
    position: u64,
    last: u8,
    has_pixels: bool,
    is_damaged: bool,
    has_end: bool,
}

impl<R: BufRead> Segments<R> {
    pub(in crate::imaging) fn new(source: R) -> Self {
        Self { source, position: 0, last: PIXELS, has_pixels: false, is_damaged: false, has_end: false }
    }

    /// Whether something was overlooked so far.
    pub(in crate::imaging) fn are_damaged(&self) -> bool {
        self.is_damaged
    }

    /// Whether the end of the image was there.
    pub(in crate::imaging) fn have_end(&self) -> bool {
        self.has_end
    }

    /// `None` after the end of the image, or after the end of the file if pixels came before. Fails if the file ends
    /// elsewhere, or is not made of segments.
    pub(in crate::imaging) fn next(&mut self) -> Result<Option<Segment>> {
        match self.last {
            END_OF_IMAGE => return Ok(None),
            START_OF_SCAN => return self.pixels().map(Some),
            _ => {}
        }
        match self.segment() {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof && self.has_pixels => {
                self.end_early();
                Ok(None)
            }
            found => found,
        }
    }

    /// The image ends without saying so.
    fn end_early(&mut self) {
        (self.is_damaged, self.last) = (true, END_OF_IMAGE);
    }

    fn segment(&mut self) -> Result<Option<Segment>> {
        // After pixels, the marker's 0xFF has been read.
        let is_after_pixels = self.position > 0 && self.last == PIXELS;
        if is_after_pixels {
            self.position += 1;
        }
        let (begin, mut is_after_ff) = (self.position, is_after_pixels);
        let marker = loop {
            match self.byte()? {
                // Fill bytes.
                0xFF => is_after_ff = true,
                marker if is_after_ff && is_marker(marker) => break marker,
                _ if self.position - begin > MAX_JUNK || begin == 0 => {
                    return Err(broken("no marker where one must be"));
                }
                _ => (is_after_ff, self.is_damaged) = (false, true),
            }
        };
        let start = self.position - 2;
        if marker == START_OF_IMAGE && self.has_pixels {
            // Another picture.
            self.end_early();
            return Ok(None);
        }
        if (start == 0) != (marker == START_OF_IMAGE) {
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
        self.has_end = marker == END_OF_IMAGE;
        Ok(Some(Segment { marker, start, end: self.position, content, false_markers: Vec::new() }))
    }

    /// Up to the next marker: in the pixels, 0xFF is followed by 0x00, a restart marker, or more 0xFF.
    fn pixels(&mut self) -> Result<Segment> {
        let (start, mut after_ff) = (self.position, false);
        let mut false_markers = Vec::new();
        self.has_pixels = true;
        loop {
            let bytes = match self.source.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                bytes => bytes?,
            };
            let read = match bytes {
                [] => {
                    // An 0xFF without a byte after it is nothing.
                    let end = self.position - u64::from(after_ff);
                    self.end_early();
                    return Ok(Segment { marker: PIXELS, start, end, content: Vec::new(), false_markers });
                }
                [0xFF, ..] if after_ff => 1,
                [0x00 | 0xD0..=0xD7, ..] if after_ff => {
                    after_ff = false;
                    1
                }
                [marker, ..] if after_ff && can_follow_pixels(*marker) => {
                    self.last = PIXELS;
                    self.position -= 1;
                    let end = self.position;
                    return Ok(Segment { marker: PIXELS, start, end, content: Vec::new(), false_markers });
                }
                [..] if after_ff => {
                    (after_ff, self.is_damaged) = (false, true);
                    false_markers.push(self.position);
                    if false_markers.len() > MAX_FALSE_MARKERS {
                        return Err(broken("pixels with many markers"));
                    }
                    1
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

/// Codes that T.81 gives a meaning (table B.1).
fn is_marker(code: u8) -> bool {
    matches!(code, 0x01 | 0xC0..=0xFE)
}

/// Tables, the next scan, the end of the image, application data; also the start of another picture.
fn can_follow_pixels(code: u8) -> bool {
    matches!(code, 0xC4 | 0xD8..=0xDD | 0xE0..=0xEF | 0xFE)
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
        for length in 0..13 {
            assert!(walk(&FILE[..length], 64).is_err(), "{length}");
        }
        for length in 13..FILE.len() - 2 {
            let mut segments = Segments::new(&FILE[..length]);
            while segments.next().unwrap().is_some() {}
            assert!(segments.are_damaged() && !segments.have_end(), "{length}");
        }
        for broken in [
            &[0xFF, 0xD8, 0x00][..],
            b"\xFF\xD8\xFF\xFE\0\x01",
            b"\xFF\xD9",
            b"\xFF\xD8\xFF\xD8",
            b"\xFF\xD8\xFF\0",
            b"\0\xFF\xD8",
        ] {
            assert!(walk(broken, 64).is_err(), "{broken:?}");
        }
    }

    #[test]
    fn small_damage_is_overlooked_and_told() {
        let damaged = |file: &[u8]| {
            let (mut segments, mut found) = (Segments::new(file), Vec::new());
            while let Some(segment) = segments.next().unwrap() {
                found.push((segment.marker, segment.start, segment.end, segment.false_markers));
            }
            (found, segments.are_damaged(), segments.have_end())
        };
        let none = Vec::new;
        let junk = b"\xFF\xD8\0\xFF\0\xFF\xFE\0\x02\xFF\xDA\0\x02\x01\xFF\x9F\x02\xFF\xD9";
        let expected =
            [(0xD8, 0, 2, none()), (0xFE, 5, 9, none()), (0xDA, 9, 13, none()), (0, 13, 17, vec![15])];
        let end = (0xD9, 17, 19, none());
        assert_eq!(damaged(junk), ([&expected[..], &[end]].concat(), true, true));
        // Another picture begins before this one has ended.
        let next = b"\xFF\xD8\xFF\xDA\0\x02\x01\xFF\xD8\xFF\xD9";
        let expected = [(0xD8, 0, 2, none()), (0xDA, 2, 6, none()), (0, 6, 7, none())];
        assert_eq!(damaged(next), (expected.to_vec(), true, false));
        assert!(!{
            let mut whole = Segments::new(FILE);
            while whole.next().unwrap().is_some() {}
            whole.are_damaged()
        });
    }
}
