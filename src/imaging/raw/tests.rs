//! Small files of each maker's structure.

use std::io::Cursor;

use crate::domain::{ImageFormat, PixelSize};
use crate::imaging::{DecodeLimits, Decoded, ImagingError, RgbImage, decode, encode_jpeg, sniff};

const LIMITS: DecodeLimits = DecodeLimits { max_pixels: 1_000_000 };

fn jpeg(width: u32, height: u32) -> Vec<u8> {
    // Noise, so that it is no thumbnail by its length.
    let noise = RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([x * 37 + y * 91, x * y * 13, x ^ y].map(|value| u8::try_from(value % 256).unwrap()))
    });
    encode_jpeg(noise, 90).unwrap()
}

/// A directory at position `at` of a little-endian TIFF: fields of type, count and value, then what is longer.
fn directory(at: usize, fields: &[(u16, u16, &[u8])], next: u32) -> Vec<u8> {
    let mut behind = at + 2 + 12 * fields.len() + 4;
    let (mut bytes, mut long) = (u16::try_from(fields.len()).unwrap().to_le_bytes().to_vec(), Vec::new());
    for (tag, kind, value) in fields {
        let size = [0, 1, 1, 2, 4, 8, 1, 1].get(usize::from(*kind)).unwrap_or(&4);
        bytes.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
        bytes.extend(u32::try_from(value.len() / size).unwrap().to_le_bytes());
        if value.len() <= 4 {
            bytes.extend([*value, &[0; 4][value.len()..]].concat());
        } else {
            bytes.extend(u32::try_from(behind).unwrap().to_le_bytes());
            behind += value.len();
            long.extend(*value);
        }
    }
    [&bytes[..], &next.to_le_bytes(), &long].concat()
}

fn number(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap().to_le_bytes()
}

/// JPEGs from 2,000 on, one after the other, behind a head.
fn file(head: &[u8], jpegs: &[&[u8]]) -> Vec<u8> {
    assert!(head.len() <= 2000);
    let mut file = head.to_vec();
    file.resize(2000, 0);
    file.extend(jpegs.concat());
    file
}

const MAKER: (u16, u16, &[u8]) = (0x10F, 2, b"NIKON\0");
const MODEL: (u16, u16, &[u8]) = (0x110, 2, b"Z 6\0");
const TURNED: (u16, u16, &[u8]) = (0x112, 3, &[6, 0]);
const TIME: (u16, u16, &[u8]) = (0x9003, 2, b"2026:11:23 18:04:09\0");

fn is_turned_photo(decoded: &Decoded, width: u32, height: u32) {
    assert_eq!(decoded.size(), PixelSize { width: height, height: width });
    assert_eq!(decoded.capture.camera.as_deref(), Some("NIKON Z 6"));
    assert_eq!(decoded.capture.taken_at.as_ref().unwrap().as_str(), "2026-11-23T18:04:09");
    assert_eq!(decoded.capture.orientation, Some(6));
}

/// As Nikon, Sony and Adobe write it: the largest JPEG in a directory below the first one.
fn nef() -> Vec<u8> {
    let (small, large) = (jpeg(64, 48), jpeg(320, 200));
    let (exif, below) = (700, 900);
    let mut head = b"II*\0\x08\0\0\0".to_vec();
    let (exif_at, below_at) = (number(exif), number(below));
    let (start, length) = (number(2000), number(small.len()));
    head.extend(directory(
        8,
        &[
            MAKER,
            MODEL,
            TURNED,
            (0x14A, 4, &below_at),
            (0x201, 4, &start),
            (0x202, 4, &length),
            (0x8769, 4, &exif_at),
        ],
        0,
    ));
    head.resize(exif, 0);
    head.extend(directory(exif, &[TIME], 0));
    head.resize(below, 0);
    let (start, length) = (number(2000 + small.len()), number(large.len()));
    head.extend(directory(below, &[(0x201, 4, &start), (0x202, 4, &length)], 0));
    file(&head, &[&small, &large])
}

/// As Canon wrote it for twenty years: the JPEG as the picture of the first directory.
fn cr2() -> Vec<u8> {
    let large = jpeg(320, 200);
    let exif = 700;
    let mut head = b"II*\0\x10\0\0\0CR\x02\0\0\0\0\0".to_vec();
    let (exif_at, start, length) = (number(exif), number(2000), number(large.len()));
    head.extend(directory(
        16,
        &[
            (0x103, 3, &[6, 0]),
            MAKER,
            MODEL,
            TURNED,
            (0x111, 4, &start),
            (0x117, 4, &length),
            (0x8769, 4, &exif_at),
        ],
        0,
    ));
    head.resize(exif, 0);
    head.extend(directory(exif, &[TIME], 0));
    file(&head, &[&large])
}

/// Panasonic's field.
fn rw2() -> Vec<u8> {
    let large = jpeg(320, 200);
    let exif = 700;
    let mut head = b"IIU\0\x08\0\0\0".to_vec();
    let exif_at = number(exif);
    let mut fields = directory(8, &[(0x2E, 7, &[0; 5]), MAKER, MODEL, TURNED, (0x8769, 4, &exif_at)], 0);
    fields[6..14].copy_from_slice(&[number(large.len()), number(2000)].concat());
    head.extend(fields);
    head.resize(exif, 0);
    head.extend(directory(exif, &[TIME], 0));
    file(&head, &[&large])
}

/// Olympus: positions within the maker note.
fn orf() -> Vec<u8> {
    let large = jpeg(320, 200);
    let (exif, note, settings) = (700, 900, 1200);
    let mut head = b"IIRO\x08\0\0\0".to_vec();
    let exif_at = number(exif);
    head.extend(directory(8, &[MAKER, MODEL, TURNED, (0x8769, 4, &exif_at)], 0));
    head.resize(exif, 0);
    let mut fields = directory(exif, &[TIME, (0x927C, 7, &[0; 5])], 0);
    fields[22..26].copy_from_slice(&number(note));
    head.extend(fields);
    head.resize(note, 0);
    head.extend(b"OLYMPUS\0II\x03\0");
    let settings_at = number(settings - note);
    head.extend(directory(12, &[(0x2020, 13, &[0; 0])], 0));
    let value = note + 12 + 2 + 8;
    head[value..value + 4].copy_from_slice(&settings_at);
    head.resize(settings, 0);
    let (start, length) = (number(2000 - note), number(large.len()));
    head.extend(directory(0, &[(0x101, 4, &start), (0x102, 4, &length)], 0));
    file(&head, &[&large])
}

fn boxed(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    [&u32::try_from(content.len() + 8).unwrap().to_be_bytes()[..], &kind, content].concat()
}

/// Canon today: boxes.
fn cr3() -> Vec<u8> {
    let (small, large) = (jpeg(64, 48), jpeg(320, 200));
    let camera = [b"II*\0\x08\0\0\0", &directory(8, &[MAKER, MODEL, TURNED], 0)[..]].concat();
    let exposure = [b"II*\0\x08\0\0\0", &directory(8, &[TIME], 0)[..]].concat();
    let description = [
        &b"\x85\xC0\xB6\x87\x82\x0F\x11\xE0\x81\x11\xF4\xCE\x46\x2B\x6A\x48"[..],
        &boxed(*b"CMT1", &camera),
        &boxed(*b"CMT2", &exposure),
    ];
    let sizes = [&[0; 8][..], &[0, 0, 0, 1], &u32::try_from(large.len()).unwrap().to_be_bytes()].concat();
    let starts = [&[0; 4][..], &[0, 0, 0, 1], &2000_u64.to_be_bytes()].concat();
    let table = boxed(*b"stbl", &[boxed(*b"stsz", &sizes), boxed(*b"co64", &starts)].concat());
    let track = boxed(*b"trak", &boxed(*b"mdia", &boxed(*b"minf", &table)));
    let movie = boxed(*b"moov", &[boxed(*b"uuid", &description.concat()), track].concat());
    let preview = [
        &b"\xEA\xF4\x2B\x5E\x1C\x98\x4B\x88\xB9\xFB\xB7\xDC\x40\x6E\x4D\x16"[..],
        &[0; 8],
        &boxed(*b"PRVW", &[&[0; 16][..], &small].concat()),
    ];
    let mut head = [boxed(*b"ftyp", b"crx \0\0\0\x01crx isom"), movie].concat();
    let rest = 2000 - 8 - head.len();
    head.extend(boxed(*b"free", &vec![0; rest - 8]));
    let data = boxed(*b"mdat", &large);
    assert_eq!(head.len() + 8, 2000);
    [head, data, boxed(*b"uuid", &preview.concat())].concat()
}

/// Fujifilm: a header, and a JPEG that describes itself.
fn raf() -> Vec<u8> {
    let large = crate::imaging::testing::jpeg_with_exif(320, 200);
    let mut head = b"FUJIFILMCCD-RAW 0201".to_vec();
    head.resize(84, b' ');
    head.extend([2000, u32::try_from(large.len()).unwrap()].map(u32::to_be_bytes).concat());
    file(&head, &[&large])
}

pub(in crate::imaging) fn samples() -> Vec<(&'static str, Vec<u8>)> {
    vec![("NEF", nef()), ("CR2", cr2()), ("RW2", rw2()), ("ORF", orf()), ("CR3", cr3()), ("RAF", raf())]
}

#[test]
fn the_largest_jpeg_is_the_photo_with_the_time_and_the_turn_of_the_raw_file() {
    for (name, bytes) in samples() {
        assert_eq!(sniff(&bytes[..4096.min(bytes.len())]).unwrap(), ImageFormat::Raw, "{name}");
        let decoded = decode(Cursor::new(&bytes), LIMITS).unwrap_or_else(|error| panic!("{name}: {error}"));
        if name == "RAF" {
            assert_eq!(decoded.size(), PixelSize { width: 200, height: 320 });
            assert_eq!(decoded.capture.camera.as_deref(), Some("Canon EOS R6"));
        } else {
            is_turned_photo(&decoded, 320, 200);
        }
    }
}

#[test]
fn a_jpeg_that_is_not_whole_does_not_count() {
    let bytes = nef();
    // The large one is last.
    let decoded = decode(Cursor::new(&bytes[..bytes.len() - 100]), LIMITS).unwrap();
    assert_eq!(decoded.full_size, PixelSize { width: 48, height: 64 });
    let without = decode(Cursor::new(&cr2()[..2500]), LIMITS);
    assert!(matches!(without, Err(ImagingError::OtherKind(reason)) if reason.contains("export")));
}

#[test]
fn directories_that_lead_in_circles_end() {
    let at = number(8);
    let head = [&b"II*\0\x08\0\0\0"[..], &directory(8, &[MAKER, (0x14A, 4, &at)], 8)].concat();
    assert!(decode(Cursor::new(file(&head, &[])), LIMITS).is_err());
}
