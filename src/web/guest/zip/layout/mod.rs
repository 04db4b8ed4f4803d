//! The headers and the directory of a ZIP archive (PKWARE's APPNOTE 6.3.10): files are stored uncompressed, with ZIP64
//! where a number needs it.
//!
//! Length and checksum come before a file's contents, so that programs that unpack from front to back, as phones do,
//! know where a stored file ends. Libraries that write to a connection put them after it, hence this module. The price
//! is that each file is read twice, the second time mostly from the system's cache.

use time::OffsetDateTime;

use crate::domain::Timestamp;

/// Numbers from here on take 64 bits.
const NEEDS_64: u64 = 0xFFFF_FFFF;
/// UTF-8 names (4.4.4).
const FLAGS: u16 = 1 << 11;
/// Unix, version 4.5 of the format.
const MADE_BY: u16 = 0x032D;
/// A regular file, `rw-r--r--`.
const MODE: u32 = 0o10_0644 << 16;
/// 1980-01-01 to 2107-12-31T23:59:58: the range of the format's clock.
const FIRST_S: i64 = 315_532_800;
const LAST_S: i64 = 4_354_819_198;

/// A file in the archive.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) size: u64,
    /// Capture time by the camera's clock.
    pub(crate) moment: Timestamp,
}

/// The archive as far as it is written.
#[derive(Default)]
pub(crate) struct Layout {
    position: u64,
    directory: Vec<u8>,
    count: u64,
}

impl Layout {
    /// Adds a file: returns its header, which its contents must follow.
    pub(crate) fn add(&mut self, member: &Member, crc: u32) -> Vec<u8> {
        let Member { name, size, moment } = member;
        let (large, far) = (*size >= NEEDS_64, self.position >= NEEDS_64);
        let version: u16 = if large || far { 45 } else { 20 };
        let mut sizes = Vec::new();
        if large {
            sizes.put64(*size);
            sizes.put64(*size);
        }
        let mut offsets = sizes.clone();
        if far {
            offsets.put64(self.position);
        }
        let (sizes, offsets) = (extra(&sizes), extra(&offsets));
        // The fields that both headers share: flags to length of the name (4.3.7, 4.3.12).
        let mut common = Vec::with_capacity(24);
        common.put16(FLAGS);
        common.put16(0);
        common.put32(dos_time(*moment));
        common.put32(crc);
        common.put32(capped(*size));
        common.put32(capped(*size));
        common.put16(u16::try_from(name.len()).unwrap_or(u16::MAX));

        let mut header = Vec::with_capacity(30 + name.len() + sizes.len());
        header.put32(0x0403_4B50);
        header.put16(version);
        header.extend_from_slice(&common);
        header.put16(u16::try_from(sizes.len()).unwrap_or(u16::MAX));
        header.extend_from_slice(name.as_bytes());
        header.extend_from_slice(&sizes);

        let directory = &mut self.directory;
        directory.put32(0x0201_4B50);
        directory.put16(MADE_BY);
        directory.put16(version);
        directory.extend_from_slice(&common);
        directory.put16(u16::try_from(offsets.len()).unwrap_or(u16::MAX));
        // No comment; first disk; no internal attributes.
        directory.extend_from_slice(&[0; 6]);
        directory.put32(MODE);
        directory.put32(capped(self.position));
        directory.extend_from_slice(name.as_bytes());
        directory.extend_from_slice(&offsets);

        self.position += header.len() as u64 + size;
        self.count += 1;
        header
    }

    /// How many zeros must follow so that the archive gets the promised length, if that is possible; and its end.
    pub(crate) fn end(&self, promised: u64) -> (u64, Vec<u8>) {
        let directory = self.directory.len() as u64;
        let least = self.position + directory + 22;
        let large = promised.max(least) >= NEEDS_64 || self.count >= 0xFFFF;
        let padding = promised.saturating_sub(if large { least + 76 } else { least });
        let start = self.position + padding;
        let mut end = self.directory.clone();
        if large {
            end.put32(0x0606_4B50);
            end.put64(44);
            end.put16(MADE_BY);
            end.put16(45);
            end.put64(0);
            for number in [self.count, self.count, directory, start] {
                end.put64(number);
            }
            end.put32(0x0706_4B50);
            end.put32(0);
            end.put64(start + directory);
            end.put32(1);
        }
        let count = u16::try_from(self.count).unwrap_or(u16::MAX);
        end.put32(0x0605_4B50);
        end.put32(0);
        end.put16(count);
        end.put16(count);
        end.put32(capped(directory));
        end.put32(capped(start));
        end.put16(0);
        (padding, end)
    }
}

/// Length of the archive of these files.
pub(crate) fn length<'a>(members: impl Iterator<Item = &'a Member>) -> u64 {
    let mut layout = Layout::default();
    for member in members {
        layout.add(member, 0);
    }
    layout.position + layout.end(0).1.len() as u64
}

/// The extra field for 64-bit numbers (4.5.3), if there are any.
fn extra(numbers: &[u8]) -> Vec<u8> {
    let mut field = Vec::new();
    if !numbers.is_empty() {
        field.put16(1);
        field.put16(u16::try_from(numbers.len()).unwrap_or(u16::MAX));
        field.extend_from_slice(numbers);
    }
    field
}

fn capped(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Date in the upper half, time in the lower half (4.4.6).
fn dos_time(moment: Timestamp) -> u32 {
    let seconds = moment.unix_s().clamp(FIRST_S, LAST_S);
    let Ok(moment) = OffsetDateTime::from_unix_timestamp(seconds) else { return 0 };
    let year = u32::try_from(moment.year() - 1980).unwrap_or(0);
    let date = year << 9 | u32::from(u8::from(moment.month())) << 5 | u32::from(moment.day());
    let time =
        u32::from(moment.hour()) << 11 | u32::from(moment.minute()) << 5 | u32::from(moment.second()) >> 1;
    date << 16 | time
}

/// Little-endian.
trait Put {
    fn put16(&mut self, value: u16);
    fn put32(&mut self, value: u32);
    fn put64(&mut self, value: u64);
}

impl Put for Vec<u8> {
    fn put16(&mut self, value: u16) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn put32(&mut self, value: u32) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn put64(&mut self, value: u64) {
        self.extend_from_slice(&value.to_le_bytes());
    }
}

#[cfg(test)]
mod tests;
