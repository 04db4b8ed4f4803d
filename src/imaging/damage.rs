//! One rule for damaged files: what lies beside the pixels may be wrong, and a few pixels may be lost; then the photo
//! is taken and marked. A file that ends within its picture is refused.

use std::io::Cursor;

use super::testing::{jpeg_with_exif, scans_of_their_own};
use super::*;

const LIMITS: DecodeLimits = DecodeLimits { max_pixels: 10_000_000 };

fn decoded(bytes: &[u8], long_side: u32) -> Result<Decoded, ImagingError> {
    decode_reduced(Cursor::new(bytes), LIMITS, long_side)
}

/// Taken, marked, and the same picture.
fn is_marked(bytes: &[u8], whole: &[u8]) {
    for long_side in [u32::MAX, 200] {
        let (found, expected) = (decoded(bytes, long_side).unwrap(), decoded(whole, long_side).unwrap());
        assert!(found.is_damaged && !expected.is_damaged);
        assert_eq!(found.pixels, expected.pixels);
        assert_eq!(found.capture, expected.capture);
    }
}

#[test]
fn what_is_wrong_beside_the_pixels_is_overlooked() {
    let whole = jpeg_with_exif(601, 400);
    let end = whole.len() - 2;
    // Behind the EXIF block.
    let at = 4 + usize::from(u16::from_be_bytes([whole[4], whole[5]]));
    let between = |bytes: &[u8]| [&whole[..at], bytes, &whole[at..]].concat();
    for damaged in [
        whole[..end].to_vec(),
        [&whole[..end], &[0; 5000]].concat(),
        [&whole[..end], &whole].concat(),
        between(&[0; 4]),
        between(b"\x12\xFF\x34\xFF\xFF"),
        between(b"\xFF\xEE\0\x09Adobe\0d"),
    ] {
        is_marked(&damaged, &whole);
    }
    // Nothing is wrong with bytes behind the end, nor with fill bytes.
    for harmless in [[&whole[..], &[0; 500], &whole].concat(), between(&[0xFF; 3])] {
        assert!(!decoded(&harmless, 200).unwrap().is_damaged);
    }
}

#[test]
fn a_false_marker_among_the_pixels_spoils_some_of_them() {
    let whole = jpeg_with_exif(1200, 800);
    let mut damaged = whole.clone();
    let middle = whole.len() / 2;
    damaged[middle..middle + 2].copy_from_slice(b"\xFF\x9F");
    for long_side in [u32::MAX, 300] {
        let (found, expected) = (decoded(&damaged, long_side).unwrap(), decoded(&whole, long_side).unwrap());
        assert!(found.is_damaged);
        // What comes before it is as it was.
        let upper = |picture: &Decoded| picture.pixels.as_raw()[..picture.pixels.as_raw().len() / 3].to_vec();
        assert_eq!(found.size(), expected.size());
        if long_side == u32::MAX {
            assert_eq!(upper(&found).len(), upper(&expected).len());
        }
    }
}

#[test]
fn half_a_transfer_is_told_from_a_missing_end() {
    let progressive = {
        let size = PixelSize { width: 400, height: 300 };
        let mut bytes = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 80);
        encoder.set_progressive(true);
        let noise: Vec<u8> = (0..3 * size.area()).map(|at| u8::try_from(at * at % 251).unwrap()).collect();
        encoder.encode(&noise, 400, 300, jpeg_encoder::ColorType::Rgb).unwrap();
        bytes
    };
    for whole in [jpeg_with_exif(601, 400), progressive] {
        assert!(decoded(&whole[..whole.len() - 2], 300).unwrap().is_damaged);
        for share in [30, 50, 75, 95, 99] {
            let half = &whole[..whole.len() * share / 100];
            // Cut off, or as long as it should be and never written.
            let filled = [half, &vec![0; whole.len() - half.len()]].concat();
            for cut in [half, &filled] {
                assert!(matches!(decoded(cut, 300), Err(ImagingError::Truncated)), "{share} %");
            }
        }
    }
}

#[test]
fn channels_in_scans_of_their_own_keep_their_colours() {
    let (bytes, colour) = scans_of_their_own();
    for long_side in [u32::MAX, 16] {
        let picture = decoded(&bytes, long_side).unwrap();
        let pixel = picture.pixels.get_pixel(picture.pixels.width() / 2, picture.pixels.height() / 2).0;
        assert!(pixel.iter().zip(colour).all(|(found, expected)| found.abs_diff(expected) < 6), "{pixel:?}");
    }
}

fn png(picture: &DynamicImage) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, image::ImageFormat::Png).unwrap();
    file.into_inner()
}

#[test]
fn a_png_without_its_last_chunk_is_taken() {
    let whole = png(&RgbImage::from_fn(300, 200, |x, y| {
        image::Rgb([x, y, x ^ y].map(|v| u8::try_from(v % 256).unwrap()))
    })
    .into());
    is_marked(&whole[..whole.len() - 12], &whole);
    for share in [40, 80, 99] {
        let cut = decoded(&whole[..(whole.len() - 12) * share / 100], 300);
        assert!(matches!(cut, Err(ImagingError::Truncated)), "{share} %");
    }
}

#[test]
fn exif_behind_the_pixels_of_a_png_counts() {
    let whole = png(&RgbImage::new(60, 40).into());
    let block = testing::tiff();
    let named = [b"eXIf", &block[..]].concat();
    let length = u32::try_from(block.len()).unwrap().to_be_bytes();
    let chunk = [&length[..], &named, &crc32fast::hash(&named).to_be_bytes()].concat();
    let end = whole.len() - 12;
    let turned = decoded(&[&whole[..end], &chunk, &whole[end..]].concat(), 60).unwrap();
    assert_eq!(turned.size(), PixelSize { width: 40, height: 60 });
    assert_eq!(turned.capture.camera.as_deref(), Some("Canon EOS R6"));
}

#[test]
fn an_orientation_in_xmp_alone_turns_the_picture_and_what_guests_get() {
    let plain = encode_jpeg(RgbImage::new(60, 40), 80).unwrap();
    let xmp = b"http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation=\"6\"/>";
    let length = u16::try_from(xmp.len() + 2).unwrap().to_be_bytes();
    let file = [&plain[..2], &[0xFF, 0xE1], &length, xmp, &plain[2..]].concat();
    let turned = PixelSize { width: 40, height: 60 };
    assert_eq!(decoded(&file, 60).unwrap().size(), turned);
    let pieces = bare(&mut Cursor::new(&file), ImageFormat::Jpeg, crate::domain::Metadata::Nothing).unwrap();
    let mut sent = Vec::new();
    bare::Assembled::new(Cursor::new(&file), pieces).read_to_end(&mut sent).unwrap();
    assert_eq!(decoded(&sent, 60).unwrap().size(), turned);
}

#[test]
fn transparent_pixels_are_white() {
    let clear = image::RgbaImage::from_fn(64, 64, |x, _| {
        image::Rgba(if x < 32 { [0; 4] } else { [200, 10, 10, 255] })
    });
    let grey =
        image::GrayAlphaImage::from_fn(64, 64, |x, _| image::LumaA(if x < 32 { [0, 0] } else { [200, 255] }));
    let mut webp = Cursor::new(Vec::new());
    clear.write_to(&mut webp, image::ImageFormat::WebP).unwrap();
    for file in [png(&clear.into()), png(&grey.into()), webp.into_inner()] {
        for long_side in [64, 32] {
            let picture = decoded(&file, long_side).unwrap().pixels;
            assert_eq!(picture.get_pixel(1, 1).0, [255; 3]);
            assert_eq!(picture.get_pixel(picture.width() - 2, 1).0[0], 200);
        }
    }
}
