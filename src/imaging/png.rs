//! PNG, row by row, to 8 bits: a picture of 16 bits, or one to be reduced, is never whole in memory.

use std::io::{ErrorKind, Read, Seek, SeekFrom};

use image::error::{DecodingError, ImageFormatHint};
use image::{DynamicImage, ImageError, RgbaImage};
use png::{ColorType, Decoder, InterlaceInfo, Limits, Reader, Transformations};

use super::bare::{Assembled, repaired};
use super::budget::{Lease, Source, Watch, Watched};
use super::container::png::Chunks;
use super::{DecodeLimits, ImagingError, MAX_METADATA_BYTES, Opened, RgbImage, damage, metadata};
use crate::domain::{ImageFormat, PixelSize};

/// For a colour profile or another chunk before the pixels; they are compressed, and so could be of any size.
const CHUNK_BYTES: u64 = 8 << 20;
/// A chunk as it is read, its contents, and a copy of these.
const CHUNK_COPIES: u64 = 3;

/// A picture whose size has been checked and whose memory is reserved.
struct Png<R: Read + Seek> {
    reader: Reader<Source<R>>,
    watch: Watch,
    size: PixelSize,
    lease: Lease,
}

impl<R: Read + Seek> Png<R> {
    /// `kept` is how many bytes the caller will keep of the picture.
    fn open(
        mut source: Source<R>,
        watch: Watch,
        limits: DecodeLimits,
        kept: impl FnOnce(PixelSize) -> u64,
    ) -> Result<Self, ImagingError> {
        let failed = |error| failure(error, watch);
        let mut decoder = Decoder::new(&mut source);
        let header = decoder.read_header_info().map_err(failed)?;
        let size = PixelSize { width: header.width, height: header.height };
        limits.check(size)?;
        // Up to four samples of 16 bits, in a few rows.
        let rows = 4 * 8 * u64::from(size.width);
        // Rows of interlaced pictures come in seven passes, of up to four samples of 8 bits.
        let interlaced = if header.interlaced { 4 * size.area() } else { 0 };
        source.rewind().map_err(ImagingError::unreadable)?;
        let lease = Lease::take(rows + CHUNK_COPIES * CHUNK_BYTES + interlaced + kept(size))?;
        let mut decoder = Decoder::new(source);
        decoder.set_limits(Limits { bytes: usize::try_from(rows + CHUNK_BYTES).unwrap_or(usize::MAX) });
        decoder.set_ignore_text_chunk(true);
        decoder.set_transformations(Transformations::normalize_to_color8());
        Ok(Self { reader: decoder.read_info().map_err(failed)?, watch, size, lease })
    }

    /// Passes each row from top to bottom.
    fn rows(&mut self, mut each: impl FnMut(ColorType, &[u8])) -> Result<(), ImagingError> {
        let watch = self.watch;
        let failed = |error| failure(error, watch);
        let (color, _) = self.reader.output_color_type();
        let length = self.reader.output_line_size(self.size.width).unwrap_or(1);
        if !self.reader.info().interlaced {
            let mut row = vec![0; length];
            for _ in 0..self.size.height {
                self.reader.read_row(&mut row).map_err(failed)?;
                each(color, &row);
            }
            return Ok(());
        }
        let height = usize::try_from(self.size.height).unwrap_or(0);
        let mut whole = vec![0; length * height];
        let bits = u8::try_from(8 * color.samples()).unwrap_or(8);
        for _ in 0..rows_of_passes(self.size) {
            let row = self.reader.next_interlaced_row().map_err(failed)?;
            if let Some(row) = row
                && let InterlaceInfo::Adam7(place) = row.interlace()
            {
                png::expand_interlaced_row(&mut whole, length, row.data(), place, bits);
            }
        }
        whole.chunks_exact(length).for_each(|row| each(color, row));
        Ok(())
    }
}

/// How many rows an interlaced picture has (PNG specification, 8.2), from the first column, the first row and the
/// distance of rows of each pass. None are looked for behind the last one.
fn rows_of_passes(size: PixelSize) -> u32 {
    let passes = [(0, 0, 8), (4, 0, 8), (0, 4, 8), (2, 0, 4), (0, 2, 4), (1, 0, 2), (0, 1, 2)];
    let passes = passes.into_iter().filter(|(column, _, _)| *column < size.width);
    passes.map(|(_, first, distance)| size.height.saturating_sub(first).div_ceil(distance)).sum()
}

/// Decodes a picture at a half, a quarter or an eighth of its size if its long side keeps at least `long_side` pixels.
pub(super) fn open<R: Read + Seek>(
    mut source: Source<R>,
    watch: Watch,
    limits: DecodeLimits,
    long_side: u32,
) -> Result<Opened, ImagingError> {
    let found = Walk::of(&mut source, limits).map_err(|error| watch.check().err().unwrap_or(error))?;
    if found.is_damaged {
        let pieces = repaired(&mut source, ImageFormat::Png).map_err(|_| ImagingError::Truncated)?;
        let source = Watched::buffered(Assembled::new(source, pieces), watch);
        return open_repaired(source, watch, limits, long_side, found);
    }
    open_repaired(source, watch, limits, long_side, found)
}

fn open_repaired<R: Read + Seek>(
    source: Source<R>,
    watch: Watch,
    limits: DecodeLimits,
    long_side: u32,
    found: Walk,
) -> Result<Opened, ImagingError> {
    let divisor = |size: PixelSize| size.divisor(long_side).unwrap_or(1);
    let kept = |size: PixelSize| {
        let reduced = size.reduced(divisor(size));
        // Turning it upright takes as much again, and sums take four bytes for each sample of a row.
        6 * reduced.area() + 12 * u64::from(reduced.width)
    };
    let mut png = Png::open(source, watch, limits, kept)?;
    let mut reduced = Reduction::new(png.size, divisor(png.size));
    png.rows(|color, row| reduced.add(color, row))?;
    let info = png.reader.info();
    let exif = info.exif_metadata.as_ref().map(|exif| exif.to_vec()).or(found.exif);
    Ok(Opened {
        orientation: metadata::orientation(exif.as_deref(), None),
        exif,
        xmp: None,
        is_damaged: found.is_damaged,
        icc_profile: info.icc_profile.as_ref().map(|profile| profile.to_vec()),
        picture: DynamicImage::ImageRgb8(reduced.finish()?),
        size: png.size,
        lease: png.lease,
    })
}

/// Decodes a picture with its transparency.
pub(super) fn decode_rgba<R: Read + Seek>(
    mut source: Source<R>,
    watch: Watch,
    limits: DecodeLimits,
) -> Result<RgbaImage, ImagingError> {
    Walk::of(&mut source, limits).map_err(|error| watch.check().err().unwrap_or(error))?;
    let mut png = Png::open(source, watch, limits, |size| 4 * size.area())?;
    let mut pixels = Vec::with_capacity(usize::try_from(4 * png.size.area()).unwrap_or(0));
    png.rows(|color, row| {
        for sample in row.chunks_exact(color.samples()) {
            pixels.extend(match *sample {
                [grey] => [grey, grey, grey, u8::MAX],
                [grey, alpha] => [grey, grey, grey, alpha],
                [r, g, b] => [r, g, b, u8::MAX],
                [r, g, b, alpha] => [r, g, b, alpha],
                _ => [0; 4],
            });
        }
    })?;
    RgbaImage::from_raw(png.size.width, png.size.height, pixels).ok_or(ImagingError::NoPixels)
}

/// Collects rows, and joins squares of pixels to one.
pub(super) struct Reduction {
    /// Of the whole picture.
    size: PixelSize,
    divisor: u32,
    /// Of the row that is being joined.
    sums: Vec<u32>,
    /// How many rows were joined to it.
    rows: u32,
    pixels: Vec<u8>,
}

impl Reduction {
    pub(super) fn new(size: PixelSize, divisor: u32) -> Self {
        let reduced = size.reduced(divisor);
        let pixels = Vec::with_capacity(usize::try_from(3 * reduced.area()).unwrap_or(0));
        let sums = if divisor == 1 { Vec::new() } else { vec![0; 3 * reduced.width as usize] };
        Self { size, divisor, sums, rows: 0, pixels }
    }

    pub(super) fn add(&mut self, color: ColorType, row: &[u8]) {
        match color {
            ColorType::Grayscale => self.add_rgb(row.iter().map(|grey| [*grey; 3])),
            ColorType::GrayscaleAlpha => {
                self.add_rgb(row.chunks_exact(2).map(|pixel| [on_white(pixel[0], pixel[1]); 3]));
            }
            ColorType::Rgba => self.add_rgb(
                row.chunks_exact(4).map(|pixel| [0, 1, 2].map(|channel| on_white(pixel[channel], pixel[3]))),
            ),
            // Palettes have been replaced by their colours.
            ColorType::Rgb | ColorType::Indexed => {
                self.add_rgb(row.chunks_exact(3).map(|pixel| [pixel[0], pixel[1], pixel[2]]));
            }
        }
    }

    fn add_rgb(&mut self, row: impl Iterator<Item = [u8; 3]>) {
        if self.divisor == 1 {
            self.pixels.extend(row.flatten());
            return;
        }
        let divisor = self.divisor as usize;
        for (x, pixel) in row.enumerate() {
            let sums = &mut self.sums[3 * (x / divisor)..][..3];
            sums.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u32::from(value));
        }
        self.rows += 1;
        if self.rows == self.divisor {
            self.join();
        }
    }

    fn join(&mut self) {
        let starts = (0..self.size.width).step_by(self.divisor as usize);
        for (start, sums) in starts.zip(self.sums.chunks_exact_mut(3)) {
            let count = self.divisor.min(self.size.width - start) * self.rows;
            for sum in sums {
                self.pixels.push(u8::try_from((*sum + count / 2) / count).unwrap_or(u8::MAX));
                *sum = 0;
            }
        }
        self.rows = 0;
    }

    pub(super) fn finish(mut self) -> Result<RgbImage, ImagingError> {
        if self.rows > 0 {
            self.join();
        }
        let PixelSize { width, height } = self.size.reduced(self.divisor);
        RgbImage::from_raw(width, height, self.pixels).ok_or(ImagingError::NoPixels)
    }
}

/// What is transparent is white, as on paper and in browsers.
pub(super) fn on_white(value: u8, alpha: u8) -> u8 {
    let [value, alpha] = [value, alpha].map(u16::from);
    u8::try_from((value * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX)
}

/// What a walk through all chunks finds.
struct Walk {
    /// The decoder does not look for it behind the pixels.
    exif: Option<Vec<u8>>,
    /// The last chunk is missing.
    is_damaged: bool,
}

impl Walk {
    /// Half a transfer must not pass for a photo. What is compressed beyond the last row is not looked at: there could
    /// be gigabytes of it.
    fn of<R: Read + Seek>(source: &mut Source<R>, limits: DecodeLimits) -> Result<Self, ImagingError> {
        source.rewind().map_err(ImagingError::unreadable)?;
        let mut chunks = Chunks::of_file(source).map_err(|_| ImagingError::Truncated)?;
        let mut exif = None;
        while let Some(chunk) = chunks.next(source).map_err(|_| ImagingError::Truncated)? {
            if chunk.kind == *b"IHDR" {
                let mut size = [0; 8];
                source.read_exact(&mut size).map_err(|_| ImagingError::Truncated)?;
                let [w3, w2, w1, w0, h3, h2, h1, h0] = size;
                let (width, height) =
                    (u32::from_be_bytes([w3, w2, w1, w0]), u32::from_be_bytes([h3, h2, h1, h0]));
                limits.check(PixelSize { width, height })?;
            }
            if chunk.kind == *b"eXIf" && exif.is_none() && chunk.length <= MAX_METADATA_BYTES {
                let mut block = Vec::new();
                source.seek(SeekFrom::Start(chunk.content())).map_err(ImagingError::unreadable)?;
                source.take(chunk.length).read_to_end(&mut block).map_err(ImagingError::unreadable)?;
                exif = Some(block.strip_prefix(b"Exif\0\0").map_or_else(|| block.clone(), <[u8]>::to_vec));
            }
        }
        source.rewind().map_err(ImagingError::unreadable)?;
        Ok(Self { exif, is_damaged: !chunks.have_end() })
    }
}

/// Says why a decoder stopped.
fn failure(error: png::DecodingError, watch: Watch) -> ImagingError {
    if let Err(stopped) = watch.check() {
        return stopped;
    }
    match error {
        png::DecodingError::LimitsExceeded => {
            ImagingError::Damaged(damage("a PNG with a chunk of many megabytes"))
        }
        png::DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            ImagingError::Truncated
        }
        png::DecodingError::IoError(error) => ImagingError::unreadable(error),
        error => {
            let hint = ImageFormatHint::Exact(image::ImageFormat::Png);
            ImagingError::Damaged(ImageError::Decoding(DecodingError::new(hint, error)))
        }
    }
}
