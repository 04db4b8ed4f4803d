//! Pictures that look small and take much: each is refused by its headers, or decoded in little memory and time.

use std::io::{Cursor, Write as _};

use super::*;

const LIMITS: DecodeLimits = DecodeLimits { max_pixels: 120_000_000 };

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, marker], &length[..], content].concat()
}

/// A grey picture of three channels. Its codes: "no difference", and a run of blocks that have ended.
struct Jpeg(Vec<u8>);

impl Jpeg {
    fn new(frame: u8, width: u16, height: u16) -> Self {
        let mut file = [&[0xFF, 0xD8][..], &segment(0xDB, &[&[0][..], &[1; 64]].concat())].concat();
        for (class, code) in [(0x00, 0x00), (0x10, 0xE0)] {
            let mut counts = [0; 16];
            counts[0] = 1;
            file.extend(segment(0xC4, &[&[class][..], &counts, &[code]].concat()));
        }
        let ([h1, h0], [w1, w0]) = (height.to_be_bytes(), width.to_be_bytes());
        file.extend(segment(frame, &[8, h1, h0, w1, w0, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]));
        Self(file)
    }

    fn scan(mut self, channels: &[u8], from: u8, to: u8, pixels: &[u8]) -> Self {
        let of_channels: Vec<u8> = channels.iter().flat_map(|id| [*id, 0]).collect();
        let count = u8::try_from(channels.len()).unwrap();
        self.0.extend(segment(0xDA, &[&[count][..], &of_channels, &[from, to, 0]].concat()));
        self.0.extend(pixels);
        self
    }

    fn end(mut self) -> Vec<u8> {
        self.0.extend([0xFF, 0xD9]);
        self.0
    }
}

fn jpeg_of_scans(width: u16, height: u16, scans: u32) -> Vec<u8> {
    let blocks = usize::from(width.div_ceil(8)) * usize::from(height.div_ceil(8));
    let first = Jpeg::new(0xC2, width, height).scan(&[1, 2, 3], 0, 0, &vec![0; (3 * blocks).div_ceil(8)]);
    // Each code stands for 16,384 blocks.
    let run = vec![0; 2 * blocks.div_ceil(1 << 14)];
    (0..scans).fold(first, |jpeg, scan| jpeg.scan(&[u8::try_from(1 + scan % 3).unwrap()], 1, 63, &run)).end()
}

fn chunk(kind: &[u8], content: &[u8]) -> Vec<u8> {
    let named = [kind, content].concat();
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[..], &named, &crc32fast::hash(&named).to_be_bytes()].concat()
}

/// As many zeros, compressed.
fn zeros(length: u64) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(6));
    let piece = vec![0; 1 << 20];
    let mut left = length;
    while left > 0 {
        let bytes = left.min(piece.len() as u64);
        encoder.write_all(&piece[..usize::try_from(bytes).unwrap()]).unwrap();
        left -= bytes;
    }
    encoder.finish().unwrap()
}

/// Black, of 16 bits with transparency, with more chunks before the pixels and more pixels than there is room for.
fn png(width: u32, height: u32, interlaced: bool, chunks: &[u8], more: u64) -> Vec<u8> {
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let header = [&size[..], &[16, 6, 0, 0, interlaced.into()]].concat();
    let pixels = zeros(u64::from(height) * (1 + 8 * u64::from(width)) + more);
    let file = [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &header), chunks, &chunk(b"IDAT", &pixels)];
    [&file.concat()[..], &chunk(b"IEND", &[])].concat()
}

fn riff(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (kind, content) in chunks {
        body.extend([&kind[..], &u32::try_from(content.len()).unwrap().to_le_bytes(), content].concat());
        body.resize(body.len().next_multiple_of(2), 0);
    }
    [b"RIFF", &u32::try_from(body.len()).unwrap().to_le_bytes()[..], &body].concat()
}

fn canvas(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let side = |side: u32| (side - 1).to_le_bytes()[..3].to_vec();
    [&[flags, 0, 0, 0][..], &side(width), &side(height)].concat()
}

fn at_size(bytes: Vec<u8>, long_side: u32) -> Result<PixelSize, ImagingError> {
    decode_reduced(Cursor::new(bytes), LIMITS, long_side).map(|decoded| decoded.size())
}

#[test]
fn many_scans_are_refused_before_the_first_one() {
    assert!(matches!(at_size(jpeg_of_scans(7440, 8456, 1000), 2048), Err(ImagingError::TooManyScans)));
    // Few enough, but each covers a large picture; and small ones.
    assert!(matches!(at_size(jpeg_of_scans(7440, 8456, 99), 2048), Err(ImagingError::TooManyScans)));
    assert!(matches!(at_size(jpeg_of_scans(64, 64, 101), 2048), Err(ImagingError::TooManyScans)));
    // As programs export them.
    let size = PixelSize { width: 3000, height: 2000 };
    assert_eq!(at_size(jpeg_of_scans(6000, 4000, 10), 2048).unwrap(), size);
}

#[test]
fn what_takes_long_is_known_before() {
    let heavy = |file: &[u8]| is_heavy(file, LIMITS);
    let baseline = |width, height| {
        let pixels = vec![0; usize::from(width) * usize::from(height) / 64 * 6 / 8];
        Jpeg::new(0xC0, width, height).scan(&[1, 2, 3], 0, 63, &pixels).end()
    };
    assert!(!heavy(&baseline(4000, 3000)));
    assert!(heavy(&baseline(8000, 6000)));
    assert!(!heavy(&jpeg_of_scans(3000, 2000, 5)));
    assert!(heavy(&jpeg_of_scans(3000, 2000, 50)));
    assert!(!heavy(&png(1080, 2400, false, &[], 0)));
    assert!(heavy(&png(8000, 8000, false, &[], 0)));
    let webp = |side| heavy(&riff(&[(b"VP8X", &canvas(0, side, side)), (b"VP8L", &lossless(16, 16))]));
    assert!(!webp(2000));
    assert!(webp(8000));
    // Refused at once.
    assert!(!heavy(&jpeg_of_scans(7440, 8456, 1000)));
    assert!(!heavy(b"no picture"));
}

#[test]
fn coefficients_count_as_memory() {
    // 120 megapixels of three channels: 720 MB.
    let large = at_size(jpeg_of_scans(12_000, 10_000, 3), 2048);
    assert!(matches!(large, Err(ImagingError::TooMuchMemory { bytes: 700_000_000.. })), "{large:?}");
    // A baseline picture of the same size has none.
    let pixels = vec![0; 12_000 * 10_000 / 64 * 6 / 8];
    let baseline = || Jpeg::new(0xC0, 12_000, 10_000).scan(&[1, 2, 3], 0, 63, &pixels).end();
    assert_eq!(at_size(baseline(), 2048).unwrap(), PixelSize { width: 3000, height: 2500 });
    // Whole, it does not fit; then it is halved.
    assert_eq!(at_size(baseline(), u32::MAX).unwrap(), PixelSize { width: 6000, height: 5000 });
}

#[test]
fn odd_kinds_of_jpeg_are_refused() {
    for frame in [0xC3, 0xC5, 0xC9, 0xCA, 0xCF] {
        let odd = Jpeg::new(frame, 64, 64).scan(&[1, 2, 3], 0, 63, &[0; 64]).end();
        assert!(matches!(at_size(odd, 64), Err(ImagingError::Damaged(_))), "{frame:x}");
    }
    let mut frames = Jpeg::new(0xC0, 64, 64);
    frames.0.extend(segment(0xC0, &[8, 255, 255, 255, 255, 1, 1, 0x11, 0]));
    assert!(at_size(frames.scan(&[1], 0, 63, &[0; 64]).end(), 64).is_err());
    let again = (0..50).fold(Jpeg::new(0xC0, 64, 64), |jpeg, _| jpeg.scan(&[1], 0, 63, &[0; 16])).end();
    assert!(matches!(at_size(again, 64), Err(ImagingError::Damaged(_))));
}

#[test]
fn sixteen_bits_are_decoded_row_by_row() {
    assert_eq!(
        at_size(png(8000, 8000, false, &[], 0), 2048).unwrap(),
        PixelSize { width: 4000, height: 4000 }
    );
    // Interlaced, all of it must be in memory.
    let interlaced = at_size(png(8000, 8000, true, &[], 1 << 20), 4000);
    assert!(matches!(interlaced, Err(ImagingError::TooMuchMemory { .. })), "{interlaced:?}");
    assert_eq!(
        at_size(png(1000, 900, true, &[], 1 << 20), 500).unwrap(),
        PixelSize { width: 500, height: 450 }
    );
    for (width, height) in [(1, 1), (3, 2), (5, 9), (9, 4)] {
        let small = PixelSize { width, height };
        assert_eq!(at_size(png(width, height, true, &[], 1 << 10), 100).unwrap(), small);
    }
    // So must a few rows.
    assert!(matches!(
        at_size(png(60_000_000, 1, false, &[], 0), 2048),
        Err(ImagingError::TooMuchMemory { .. })
    ));
}

#[test]
fn what_is_compressed_in_a_png_is_bounded() {
    let large = zeros(1 << 27);
    for (kind, head) in
        [(b"zTXt", &b"Comment\0\0"[..]), (b"iTXt", b"Comment\0\x01\0\0\0"), (b"iCCP", b"profile\0\0")]
    {
        let text = chunk(kind, &[head, &large].concat());
        let decoded = decode(Cursor::new(png(40, 30, false, &text, 0)), LIMITS);
        assert!(decoded.is_err() || decoded.is_ok_and(|decoded| decoded.icc_profile.is_none()));
    }
    assert_eq!(at_size(png(40, 30, false, &[], 1 << 27), 40).unwrap(), PixelSize { width: 40, height: 30 });
}

#[test]
fn metadata_of_a_million_empty_texts_is_ignored() {
    // Time of the picture: a time, and 5,000,000 texts without a letter.
    let count = 5_000_000_u32;
    let directory = |tag: [u8; 2], kind: u8, count: u32, at: u32| {
        [&[0, 1], &tag[..], &[0, kind], &count.to_be_bytes(), &at.to_be_bytes(), &[0; 4]].concat()
    };
    let camera = directory([0x87, 0x69], 4, 1, 26);
    let time = directory([0x90, 0x03], 2, count, 44);
    let mut texts = b"2026:11:23 18:04:09".to_vec();
    texts.resize(count as usize, 0);
    let exif = [&b"MM\0*\0\0\0\x08"[..], &camera, &time, &texts].concat();
    for file in [
        png(40, 30, false, &chunk(b"eXIf", &exif), 0),
        riff(&[(b"VP8X", &canvas(8, 16, 16)), (b"VP8L", &lossless(16, 16)), (b"EXIF", &exif)]),
    ] {
        assert_eq!(decode(Cursor::new(file), LIMITS).unwrap().capture, Capture::default());
    }
}

/// One colour, without loss.
fn lossless(width: u16, height: u16) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    RgbImage::new(width.into(), height.into()).write_to(&mut file, image::ImageFormat::WebP).unwrap();
    file.into_inner()[20..].to_vec()
}

#[test]
fn a_webp_is_as_large_as_its_largest_part() {
    let huge = lossless(16_000, 2);
    let hidden = riff(&[(b"VP8X", &canvas(0, 2, 2)), (b"VP8L", &huge)]);
    assert!(matches!(at_size(hidden, 2), Err(ImagingError::Damaged(_))));
    let frame = [&[0; 6][..], &[1, 0, 0, 1, 0, 0, 0, 0, 0, 0], &riff(&[(b"VP8L", &huge)])[12..]].concat();
    let animated = riff(&[(b"VP8X", &canvas(2, 2, 2)), (b"ANIM", &[0; 6]), (b"ANMF", &frame)]);
    assert!(matches!(at_size(animated, 2), Err(ImagingError::Damaged(_))));
    let large = riff(&[(b"VP8X", &canvas(0x12, 10_000, 10_000)), (b"ANIM", &[0; 6]), (b"ANMF", &frame)]);
    assert!(at_size(large, 2).is_err());
    // Two megabytes could describe tables of 800 MB.
    let tables = riff(&[(b"VP8L", &[&lossless(4000, 3000)[..], &vec![0; 2 << 20]].concat())]);
    assert!(matches!(at_size(tables, 4000), Err(ImagingError::TooMuchMemory { .. })));
}

#[test]
fn a_picture_that_nobody_waits_for_is_not_decoded() {
    let waiter = crate::signal::Waiter::default();
    let work = waiter.work();
    drop(waiter);
    let left = work.run(|| at_size(png(4000, 3000, false, &[], 0), 4000));
    assert!(matches!(left, Err(ImagingError::Abandoned)));
}
