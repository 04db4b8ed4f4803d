//! What a JPEG file says about itself, and what decoding it takes.

use std::io::{BufRead, ErrorKind, Seek};

use super::container::jpeg::{START_OF_SCAN, Segment, Segments, XMP};
use super::{DecodeLimits, ImagingError, damage};
use crate::domain::PixelSize;

/// A progressive picture sends each coefficient in several scans, usually ten in all. As many as the general decoder
/// takes.
const MAX_SCANS: u32 = 100;
/// How often all scans together may cover the largest allowed picture. Each takes time, even without any data.
const MAX_COVERS: u64 = 20;
/// Larger colour profiles are ignored.
const MAX_PROFILE_BYTES: usize = 4 << 20;

/// Contents of the headers (ITU-T T.81, B.2).
pub(super) struct Header {
    pub(super) size: PixelSize,
    pub(super) components: Vec<Component>,
    /// Of all scans together.
    pub(super) samples: u64,
    /// The EXIF block, from its TIFF header on.
    pub(super) exif: Option<Vec<u8>>,
    /// Editors write it, some of them alone.
    pub(super) xmp: Option<Vec<u8>>,
    pub(super) icc_profile: Option<Vec<u8>>,
    /// Whether something is wrong with it that can be overlooked.
    pub(super) is_damaged: bool,
    /// Whether its end is marked.
    pub(super) has_end: bool,
    progressive: bool,
    scans: u32,
    file_bytes: u64,
}

/// A colour channel, with the numbers of its samples for each unit of the picture.
pub(super) struct Component {
    id: u8,
    across: u64,
    down: u64,
}

impl Header {
    /// Reads the whole file, without decoding.
    pub(super) fn read<R: BufRead + Seek>(
        source: &mut R,
        limits: DecodeLimits,
    ) -> Result<Self, ImagingError> {
        let (mut frame, mut profile) = (None, Profile::default());
        let (mut exif, mut xmp, mut scans, mut covered) = (None, None, 0, 0);
        let (mut file_bytes, mut is_damaged) = (0, false);
        let mut segments = Segments::new(&mut *source);
        while let Some(segment) = segments.next().map_err(truncated)? {
            file_bytes = segment.end;
            match segment.marker {
                // Baseline, extended and progressive.
                0xC0..=0xC2 if frame.is_none() && scans == 0 => {
                    frame = Some(Frame::read(&segment, limits)?);
                }
                // Further frames; lossless and arithmetic coding. The codes between are tables.
                0xC0..=0xCF if !matches!(segment.marker, 0xC4 | 0xC8) => {
                    return Err(ImagingError::Damaged(damage("a kind of JPEG that is not supported")));
                }
                START_OF_SCAN => {
                    let frame = frame.as_mut().ok_or(ImagingError::Truncated)?;
                    scans += 1;
                    covered += frame.covered_by(&segment.content)?;
                    if scans > MAX_SCANS || covered > limits.max_pixels.saturating_mul(MAX_COVERS) {
                        return Err(ImagingError::TooManyScans);
                    }
                }
                0xE1 => {
                    let after = |name: &[u8]| segment.content.strip_prefix(name).map(<[u8]>::to_vec);
                    exif = exif.or_else(|| after(b"Exif\0\0"));
                    xmp = xmp.or_else(|| after(XMP));
                }
                0xE2 => profile.add(&segment.content),
                // Decoders stumble over Adobe's segment if it is shorter than it must be.
                0xEE => is_damaged |= segment.content.starts_with(b"Adobe") && segment.content.len() < 12,
                _ => {}
            }
        }
        let Some(Frame { size, components, progressive, seen, .. }) = frame else {
            return Err(ImagingError::Truncated);
        };
        if !components.iter().all(|component| seen.contains(&component.id)) {
            return Err(ImagingError::Truncated);
        }
        Ok(Self {
            size,
            exif,
            xmp,
            icc_profile: profile.whole(),
            samples: covered,
            is_damaged: is_damaged || segments.are_damaged(),
            has_end: segments.have_end(),
            progressive,
            scans,
            file_bytes,
            components,
        })
    }

    /// Whether each channel is in a scan of its own, though no coefficients are.
    pub(super) fn has_separate_channels(&self) -> bool {
        self.scans > 1 && !self.progressive
    }

    /// Bytes that decoding takes at most.
    pub(super) fn memory(&self, divisor: u32, is_turned: bool) -> u64 {
        let pixels = self.size.reduced(divisor).area();
        // Two bytes each.
        // Decoders keep them until the last scan.
        let coefficients =
            if self.progressive || self.scans > 1 { 2 * samples(&self.components, self.size) } else { 0 };
        let decoding = match divisor {
            // The general decoder reads the file first and writes the pixels in place.
            1 if !self.has_separate_channels() => self.file_bytes + 3 * pixels,
            // Channels, then pixels.
            _ => 6 * pixels,
        };
        let file = if cfg!(feature = "turbojpeg") { self.file_bytes } else { 0 };
        (coefficients + decoding).max(if is_turned { 6 * pixels } else { 0 }) + file
    }
}

fn truncated(error: std::io::Error) -> ImagingError {
    match error.kind() {
        ErrorKind::UnexpectedEof | ErrorKind::InvalidData => ImagingError::Truncated,
        _ => ImagingError::unreadable(error),
    }
}

struct Frame {
    size: PixelSize,
    components: Vec<Component>,
    progressive: bool,
    /// Channels that a scan has. With sequential coding each is in one scan.
    seen: Vec<u8>,
}

impl Frame {
    fn read(segment: &Segment, limits: DecodeLimits) -> Result<Self, ImagingError> {
        let &[_, h1, h0, w1, w0, count, ref components @ ..] = &segment.content[..] else {
            return Err(ImagingError::Truncated);
        };
        let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
        let size = PixelSize { width: width.into(), height: height.into() };
        limits.check(size)?;
        let components = components.chunks_exact(3).take(count.into()).map(|component| {
            let (across, down) = (u64::from(component[1] >> 4), u64::from(component[1] & 15));
            Component { id: component[0], across, down }
        });
        let components: Vec<_> = components.collect();
        let fits =
            |component: &Component| (1..=4).contains(&component.across) && (1..=4).contains(&component.down);
        if components.len() != usize::from(count) || !(1..=4).contains(&count) || !components.iter().all(fits)
        {
            return Err(ImagingError::Damaged(damage("a JPEG with an impossible frame header")));
        }
        Ok(Self { size, components, progressive: segment.marker == 0xC2, seen: Vec::new() })
    }

    /// The samples that a scan covers, by its header.
    fn covered_by(&mut self, scan: &[u8]) -> Result<u64, ImagingError> {
        let (count, rest) = scan.split_first().ok_or(ImagingError::Truncated)?;
        let mut covered = 0;
        for of_scan in rest.chunks_exact(2).take((*count).into()) {
            let id = of_scan[0];
            if !self.progressive && self.seen.contains(&id) {
                return Err(ImagingError::Damaged(damage("a JPEG with a channel in two scans")));
            }
            self.seen.push(id);
            let component = self.components.iter().filter(|component| component.id == id);
            covered += component.map(|one| samples_of(one, &self.components, self.size)).sum::<u64>();
        }
        Ok(covered)
    }
}

fn samples(components: &[Component], size: PixelSize) -> u64 {
    components.iter().map(|component| samples_of(component, components, size)).sum()
}

/// Samples of a channel, filled up to whole blocks.
fn samples_of(component: &Component, all: &[Component], size: PixelSize) -> u64 {
    let most = |side: fn(&Component) -> u64| all.iter().map(side).max().unwrap_or(1);
    let (across, down) = (most(|component| component.across), most(|component| component.down));
    let units = u64::from(size.width).div_ceil(8 * across) * u64::from(size.height).div_ceil(8 * down);
    units * component.across * component.down * 64
}

/// A colour profile in pieces (ICC.1, B.4).
#[derive(Default)]
struct Profile {
    pieces: Vec<(u8, Vec<u8>)>,
    count: u8,
    bytes: usize,
}

impl Profile {
    fn add(&mut self, content: &[u8]) {
        let Some([number, count, piece @ ..]) = content.strip_prefix(b"ICC_PROFILE\0") else { return };
        self.bytes += piece.len();
        if self.bytes <= MAX_PROFILE_BYTES && self.pieces.len() < usize::from(u8::MAX) {
            self.count = *count;
            self.pieces.push((*number, piece.to_vec()));
        }
    }

    fn whole(mut self) -> Option<Vec<u8>> {
        self.pieces.sort_by_key(|(number, _)| *number);
        let in_order = (1..=self.count).eq(self.pieces.iter().map(|(number, _)| *number));
        let is_whole = self.bytes <= MAX_PROFILE_BYTES && self.count > 0 && in_order;
        is_whole.then(|| self.pieces.into_iter().flat_map(|(_, piece)| piece).collect())
    }
}
