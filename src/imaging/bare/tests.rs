//! Bare files of each format, byte for byte.

use std::io::{Cursor, Read as _};

use super::super::testing::{jpeg_with_exif, tiff};
use super::*;
use crate::imaging::RgbImage;

const SECRET: &[u8] = b"Jalan Rahasia 7";

/// The bytes that the pieces stand for.
fn built(file: &[u8], format: ImageFormat, kept: Metadata) -> Result<Vec<u8>> {
    let mut source = Cursor::new(file);
    let pieces = bare(&mut source, format, kept)?;
    let length = pieces.length();
    let mut bytes = Vec::new();
    for piece in pieces {
        match piece {
            Piece::New(new) => bytes.extend(new),
            Piece::Of(range) => {
                source.set_position(range.start);
                (&mut source).take(range.end - range.start).read_to_end(&mut bytes)?;
            }
        }
    }
    assert_eq!(bytes.len() as u64, length);
    assert!(bytes.len() <= file.len());
    Ok(bytes)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, marker], &length[..], content].concat()
}

/// After the first segment of a JPEG, its EXIF block, comes what a guest must not get.
fn jpeg(more: &[u8]) -> (Vec<u8>, usize) {
    let plain = jpeg_with_exif(64, 48);
    let exif = 2 + 2 + usize::from(u16::from_be_bytes([plain[4], plain[5]]));
    ([&plain[..exif], more, &plain[exif..]].concat(), exif)
}

#[test]
fn a_jpeg_keeps_its_coded_pixels_and_loses_the_rest() {
    let secrets = [
        segment(0xE1, &[b"http://ns.adobe.com/xap/1.0/\0", SECRET].concat()),
        segment(0xE1, &[b"Exif\0\0", &tiff()[..], SECRET].concat()),
        segment(0xE2, &[b"MPF\0", SECRET].concat()),
        segment(0xED, SECRET),
        segment(0xFE, SECRET),
        segment(0xE0, &[b"JFXX\0", SECRET].concat()),
    ];
    let profile = segment(0xE2, &[b"ICC_PROFILE\0\x01\x01", &[7; 40][..]].concat());
    let jfif =
        segment(0xE0, &[b"JFIF\0\x01\x02\0\0\x01\0\x01\x02\x02", &[SECRET, SECRET].concat()[..12]].concat());
    let adobe = segment(0xEE, &[b"Adobe\0\x64\0\0\0\0\x01", SECRET].concat());
    let (file, exif) = jpeg(&[&secrets.concat()[..], &profile, &jfif, &adobe].concat());
    let file = [&file, SECRET].concat();
    let bare = built(&file, ImageFormat::Jpeg, Metadata::Copyright).unwrap();
    assert!(!contains(&bare, SECRET) && !contains(&bare, b"Canon") && contains(&bare, &profile));
    assert!(contains(&bare, b"2026:11:23 18:04:09"));
    let small =
        [segment(0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0"), segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01")];
    let plain = &jpeg_with_exif(64, 48)[exif..];
    let tail = [&small.concat()[..], plain].concat();
    assert!(bare.ends_with(&tail));
    let silent = built(&file, ImageFormat::Jpeg, Metadata::Nothing).unwrap();
    assert!(!contains(&silent, b"2026") && contains(&silent, b"Exif\0\0") && silent.ends_with(&tail));
    assert_eq!(built(&file, ImageFormat::Jpeg, Metadata::All).unwrap(), file);
    // Without metadata there is nothing to do.
    let plain = [&[0xFF, 0xD8], plain].concat();
    assert_eq!(built(&plain, ImageFormat::Jpeg, Metadata::Nothing).unwrap(), plain);
}

#[test]
fn segments_between_scans_go_too() {
    let (plain, _) = jpeg(&[]);
    let end = plain.len() - 2;
    let file = [&plain[..end], &segment(0xFE, SECRET), &plain[end..]].concat();
    let bare = built(&file, ImageFormat::Jpeg, Metadata::Nothing).unwrap();
    assert!(!contains(&bare, SECRET) && bare.ends_with(&[0xFF, 0xD9]));
}

fn chunk(kind: &[u8], content: &[u8]) -> Vec<u8> {
    let named = [kind, content].concat();
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[..], &named, &crc32fast::hash(&named).to_be_bytes()].concat()
}

fn encoded(format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_pixel(40, 30, image::Rgb([9, 99, 199])).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[test]
fn a_png_keeps_what_says_how_to_show_it() {
    let plain = encoded(image::ImageFormat::Png);
    let shown = [chunk(b"gAMA", &[0, 0, 1, 2]), chunk(b"cICP", &[1, 13, 0, 1])].concat();
    let notice = chunk(b"tEXt", b"Copyright\0(c) Studio Rina");
    let secrets = [
        chunk(b"tEXt", &[b"Author\0", SECRET].concat()),
        chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", SECRET].concat()),
        chunk(b"tIME", &[7, 234, 1, 1, 1, 1, 1]),
        chunk(b"prVt", SECRET),
        chunk(b"eXIf", &tiff()),
    ];
    let file = [&plain[..33], &shown, &secrets.concat(), &notice, &plain[33..], SECRET].concat();
    let bare = built(&file, ImageFormat::Png, Metadata::Copyright).unwrap();
    assert!(!contains(&bare, SECRET) && !contains(&bare, b"Canon") && !contains(&bare, b"tIME"));
    assert!(contains(&bare, &shown) && contains(&bare, &notice) && contains(&bare, b"2026:11:23"));
    assert!(bare.ends_with(&plain[33..]));
    let decoded =
        crate::imaging::decode(Cursor::new(&bare), crate::imaging::DecodeLimits { max_pixels: 10_000 });
    assert_eq!(decoded.unwrap().capture.orientation, Some(6));
    let silent = built(&file, ImageFormat::Png, Metadata::Nothing).unwrap();
    assert!(!contains(&silent, b"Rina") && !contains(&silent, b"2026") && contains(&silent, b"eXIf"));
    assert_eq!(built(&plain, ImageFormat::Png, Metadata::Copyright).unwrap(), plain);
}

fn riff(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (kind, content) in chunks {
        body.extend([&kind[..], &u32::try_from(content.len()).unwrap().to_le_bytes(), content].concat());
        body.resize(body.len().next_multiple_of(2), 0);
    }
    [b"RIFF", &u32::try_from(body.len()).unwrap().to_le_bytes()[..], &body].concat()
}

#[test]
fn a_webp_states_what_is_left() {
    let plain = encoded(image::ImageFormat::WebP);
    let pixels = &plain[20..20 + u32::from_le_bytes(*plain[16..].first_chunk().unwrap()) as usize];
    let canvas = |flags| [flags, 0, 0, 0, 39, 0, 0, 29, 0, 0];
    let (head, block) = (canvas(0x2C), tiff());
    let parts: [(&[u8; 4], &[u8]); 6] = [
        (b"VP8X", &head),
        (b"ICCP", &[7; 41]),
        (b"VP8L", pixels),
        (b"EXIF", &block),
        (b"XMP ", SECRET),
        (b"PRVT", SECRET),
    ];
    let file = [&riff(&parts)[..], SECRET].concat();
    let bare = built(&file, ImageFormat::WebP, Metadata::Copyright).unwrap();
    let small = exif::bare(Some(block.clone()), None, Metadata::Copyright).unwrap();
    let head = canvas(0x28);
    assert_eq!(bare, riff(&[(b"VP8X", &head), parts[1], parts[2], (b"EXIF", &small)]));
    let without: [(&[u8; 4], &[u8]); 3] = [(b"VP8X", &canvas(0x24)), parts[2], parts[4]];
    let bare = built(&riff(&without), ImageFormat::WebP, Metadata::Copyright).unwrap();
    assert_eq!(bare, riff(&[(b"VP8X", &canvas(0x20)), parts[2]]));
    assert_eq!(built(&plain, ImageFormat::WebP, Metadata::Nothing).unwrap(), plain);
}

#[test]
fn damaged_files_have_no_bare_form() {
    for (format, whole) in [
        (ImageFormat::Jpeg, jpeg_with_exif(40, 30)),
        (ImageFormat::Png, encoded(image::ImageFormat::Png)),
        (ImageFormat::WebP, encoded(image::ImageFormat::WebP)),
    ] {
        // Without its end, a JPEG whose pixels have begun, and a PNG with all its pixels, are repaired.
        let pixels = whole.windows(2).position(|marker| marker == [0xFF, 0xDA]).map_or(0, |at| at + 14);
        for length in 0..whole.len() - 1 {
            let is_repaired = match format {
                ImageFormat::Jpeg => length >= pixels,
                ImageFormat::Png => length == whole.len() - 12,
                _ => false,
            };
            let bare = built(&whole[..length], format, Metadata::Copyright);
            assert_eq!(bare.is_ok(), is_repaired, "{format:?} cut to {length}");
        }
    }
    let (odd, _) = jpeg(&segment(0xF7, SECRET));
    assert!(built(&odd, ImageFormat::Jpeg, Metadata::Copyright).is_err());
    let png = encoded(image::ImageFormat::Png);
    let odd = [&png[..33], &chunk(b"PrVt", SECRET), &png[33..]].concat();
    assert!(built(&odd, ImageFormat::Png, Metadata::Copyright).is_err());
    let comments = segment(0xFE, b"").into_iter().chain(segment(0xDD, &[0, 0])).collect::<Vec<u8>>();
    let (many, _) = jpeg(&comments.repeat(20_000));
    assert!(built(&many, ImageFormat::Jpeg, Metadata::Copyright).is_err());
}
