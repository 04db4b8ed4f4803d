//! Decoding: formats, rejections, orientation and reduction.

use std::io::Cursor;

use super::*;
use crate::domain::{Corner, Watermark};

const LIMITS: DecodeLimits = DecodeLimits { max_pixels: 1_000_000 };

fn encoded(format: image::ImageFormat) -> Vec<u8> {
    let picture = RgbImage::from_fn(40, 30, |x, y| {
        image::Rgb([u8::try_from(x * 6).unwrap(), u8::try_from(y * 8).unwrap(), 90])
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Only a PNG signature and an IHDR with that size.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = encoded(image::ImageFormat::Png)[..16].to_vec();
    bytes.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
    bytes.extend([8, 2, 0, 0, 0]);
    let crc = bytes[12..].iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
    });
    bytes.extend((!crc).to_be_bytes());
    bytes
}

#[test]
fn decodes_all_three_formats_by_content() {
    for format in [image::ImageFormat::Jpeg, image::ImageFormat::Png, image::ImageFormat::WebP] {
        let decoded = decode(Cursor::new(encoded(format)), LIMITS).unwrap();
        assert_eq!(decoded.size(), PixelSize { width: 40, height: 30 });
    }
}

#[test]
fn rejects_files_that_are_not_pictures() {
    assert!(matches!(decode(Cursor::new(b""), LIMITS), Err(ImagingError::Empty)));
    assert!(matches!(decode(Cursor::new(b"hello, I am a text"), LIMITS), Err(ImagingError::UnknownFormat)));
    assert!(matches!(decode(Cursor::new(b"GIF89a and so on"), LIMITS), Err(ImagingError::OtherKind(_))));
}

#[test]
fn rejects_a_decompression_bomb_by_its_header() {
    let bomb = decode(Cursor::new(png_header(60_000, 60_000)), DecodeLimits { max_pixels: 120_000_000 });
    let message = bomb.unwrap_err().to_string();
    assert_eq!(message, "60000x60000 pixels are more than the limit of 120 megapixels");
}

#[test]
fn rejects_every_truncation() {
    for format in [image::ImageFormat::Jpeg, image::ImageFormat::Png, image::ImageFormat::WebP] {
        let whole = encoded(format);
        // Without its end marker alone a JPEG or a PNG is whole.
        for length in (1..whole.len() - 13).step_by(7) {
            assert!(decode(Cursor::new(&whole[..length]), LIMITS).is_err(), "{format:?} cut to {length}");
        }
    }
}

#[test]
fn applies_the_exif_orientation() {
    let plain = encoded(image::ImageFormat::Jpeg);
    // APP1 with a TIFF of one entry: orientation (0x0112), SHORT, one value: 6, rotate by 90 degrees.
    let tiff = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let length = u16::try_from(tiff.len() + 2).unwrap().to_be_bytes();
    let rotated = [&plain[..2], &[0xFF, 0xE1], &length, tiff, &plain[2..]].concat();
    assert_eq!(decode(Cursor::new(&rotated), LIMITS).unwrap().size(), PixelSize { width: 30, height: 40 });
}

#[test]
fn reduces_by_powers_of_two_and_never_below_the_wanted_size() {
    let bytes = testing::jpeg_with_exif(900, 601);
    let full = decode(Cursor::new(&bytes), LIMITS).unwrap();
    // The camera was rotated: the upright picture is a portrait.
    assert_eq!(full.full_size, PixelSize { width: 601, height: 900 });
    assert_eq!(full.size(), full.full_size);
    for (long_side, expected) in [(500, [601, 900]), (450, [301, 450]), (200, [151, 225]), (100, [76, 113])] {
        let reduced = decode_reduced(Cursor::new(&bytes), LIMITS, long_side).unwrap();
        assert_eq!([reduced.pixels.width(), reduced.pixels.height()], expected);
        assert_eq!(reduced.full_size, full.full_size);
        // Still the same picture: same mean colour.
        let mean = |decoded: &Decoded| {
            let raw = decoded.pixels.as_raw();
            raw.iter().map(|value| f64::from(*value)).sum::<f64>() / raw.len() as f64
        };
        assert!((mean(&full) - mean(&reduced)).abs() < 2.0);
    }
}

#[test]
fn grey_is_reduced_too() {
    let grey = image::GrayImage::from_fn(64, 48, |x, _| image::Luma([u8::try_from(4 * x).unwrap()]));
    let mut bytes = Cursor::new(Vec::new());
    grey.write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
    let reduced = decode_reduced(Cursor::new(bytes.into_inner()), LIMITS, 32).unwrap();
    assert_eq!(reduced.size(), PixelSize { width: 32, height: 24 });
    let [r, g, b] = reduced.pixels.get_pixel(16, 12).0;
    assert!(r == g && g == b && r.abs_diff(128) < 12);
}

#[test]
fn unusual_headers_do_not_panic() {
    let bytes = testing::jpeg_with_exif(64, 48);
    let header = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    // Marker, length, precision, height, width, then the number of components.
    for components in [0, 2, 4, 5, 255] {
        let mut odd = bytes.clone();
        odd[header + 9] = components;
        assert!(decode_reduced(Cursor::new(&odd), LIMITS, 8).is_err(), "{components}");
    }
    for index in header..header + 20 {
        let mut odd = bytes.clone();
        odd[index] ^= 0x55;
        // An error or a picture.
        decode_reduced(Cursor::new(&odd), LIMITS, 8).ok();
    }
}

#[test]
fn a_logo_fits_pictures_of_each_size() {
    let logo = encoded(image::ImageFormat::Png);
    let watermark = Watermark { logo, corner: Corner::TopLeft, opacity: 1.0, version: 1 };
    let stamp = || Stamp::new(&watermark).unwrap();
    let used = stamp();
    for side in [100, 200, 100, 100] {
        let file = encode_jpeg(RgbImage::new(side, side), 90).unwrap();
        let apply = |stamp: &Stamp| stamp.apply(Cursor::new(&file), LIMITS, 90).unwrap();
        assert!(apply(&used) == apply(&stamp()), "{side}");
        assert!(apply(&used) != file);
    }
}
