//! HEIC against a second decoder, and files that claim what is not so.

use std::io::Cursor;

use heifer::{EncodeOptions, Image};

use crate::domain::{ImageFormat, PixelSize};
use crate::imaging::testing::tiff;
use crate::imaging::{DecodeLimits, Decoded, ImagingError, decode, decode_reduced, sniff};

const LIMITS: DecodeLimits = DecodeLimits { max_pixels: 20_000_000 };

/// Soft colours, with `depth` bits for each.
fn picture(width: u32, height: u32, depth: u8) -> Image {
    let mut picture = Image::filled(width, height, depth, [0, 0, 0, 0]);
    let most = u32::from(picture.max_value());
    for (index, pixel) in picture.data.chunks_exact_mut(4).enumerate() {
        let index = u32::try_from(index).unwrap();
        let (x, y) = (index % width, index / width);
        let value = |part: u32, whole: u32| u16::try_from(part * most / whole).unwrap();
        pixel.copy_from_slice(&[
            value(x, width),
            value(y, height),
            value(x + y, width + height),
            value(1, 1),
        ]);
    }
    picture
}

fn encoded(picture: &Image) -> Vec<u8> {
    heifer::encode(picture, &EncodeOptions { quality: 90, max_threads: 1 }).unwrap()
}

fn decoded(bytes: &[u8]) -> Decoded {
    decode(Cursor::new(bytes), LIMITS).unwrap()
}

#[test]
fn it_is_what_other_decoders_make_of_it() {
    // One tile with odd sides, one of many rows, many tiles, ten bits.
    for (width, height, depth) in [(97, 63, 8), (50, 331, 8), (1300, 900, 8), (120, 80, 10)] {
        let bytes = encoded(&picture(width, height, depth));
        assert_eq!(sniff(&bytes).unwrap(), ImageFormat::Heic);
        let ours = decoded(&bytes).pixels.into_raw();
        // By rows and as a whole it is the same.
        let whole = heifer::decode_rgba8(&bytes, &heifer::Options { max_threads: 1, max_pixels: 0 }).unwrap();
        assert!(ours == whole.into_rgb8(), "{width}x{height}, {depth} bits");
        // Another decoder rounds colours between two pixels in another way.
        let other = heic_rs::decode(&bytes, &heic_rs::DecodeOptions::default()).unwrap();
        assert_eq!((other.width, other.height), (width, height));
        let differences = || ours.iter().zip(&other.data).map(|(ours, other)| ours.abs_diff(*other));
        assert!(differences().all(|difference| difference <= 4), "{:?}", differences().max());
        let many = differences().filter(|difference| *difference > 2).count();
        assert!(many * 50 < ours.len(), "{width}x{height}, {depth} bits: {many} of {}", ours.len());
    }
}

#[test]
fn reduced_it_is_the_same_picture() {
    let bytes = encoded(&picture(1300, 900, 8));
    let whole = decoded(&bytes);
    let reduced = decode_reduced(Cursor::new(&bytes), LIMITS, 300).unwrap();
    assert_eq!(reduced.size(), PixelSize { width: 325, height: 225 });
    assert_eq!(reduced.full_size, whole.full_size);
    for (x, y) in [(0, 0), (100, 60), (324, 224)] {
        let [ours, expected] = [reduced.pixels.get_pixel(x, y), whole.pixels.get_pixel(4 * x + 1, 4 * y + 1)];
        assert!(ours.0.iter().zip(expected.0).all(|(a, b)| a.abs_diff(b) < 4), "{ours:?} {expected:?}");
    }
}

#[test]
fn transparent_pixels_are_white() {
    let mut clear = picture(64, 64, 8);
    clear.has_alpha = true;
    clear.data.chunks_exact_mut(4).take(64 * 32).for_each(|pixel| pixel[3] = 0);
    let pixels = decoded(&encoded(&clear)).pixels;
    assert!(pixels.get_pixel(5, 5).0.iter().all(|value| *value > 250));
    assert!(pixels.get_pixel(5, 60).0.iter().any(|value| *value < 100));
}

#[test]
fn capture_and_profile_are_read_and_the_orientation_of_exif_is_not() {
    let profile = [[7; 16].as_slice(), b"RGB ", &[7; 280]].concat();
    // It says: turn me.
    let metadata = heifer::Metadata { exif: Some(tiff()), xmp: None, icc_profile: Some(profile.clone()) };
    let options = EncodeOptions { quality: 80, max_threads: 1 };
    let bytes = heifer::encode_with_metadata(&picture(90, 60, 8), &metadata, &options).unwrap();
    let decoded = decoded(&bytes);
    assert_eq!(decoded.size(), PixelSize { width: 90, height: 60 });
    assert_eq!(decoded.icc_profile, Some(profile));
    assert_eq!(decoded.capture.camera.as_deref(), Some("Canon EOS R6"));
}

#[test]
fn sizes_are_checked_before_any_pixel() {
    let bytes = encoded(&picture(97, 63, 8));
    let few = DecodeLimits { max_pixels: 1000 };
    assert!(matches!(decode(Cursor::new(&bytes), few), Err(ImagingError::TooManyPixels { .. })));
    // `ispe`: version and flags, width, height.
    let at = bytes.windows(4).position(|window| window == b"ispe").unwrap() + 8;
    let with_size = |width: u32, height: u32| {
        let mut lying = bytes.clone();
        lying[at..at + 8].copy_from_slice(&[width.to_be_bytes(), height.to_be_bytes()].concat());
        decode(Cursor::new(lying), LIMITS)
    };
    // Smaller than what is coded, and larger.
    assert!(
        with_size(4, 4).is_err() || with_size(4, 4).is_ok_and(|small| small.pixels.dimensions() == (4, 4))
    );
    assert!(matches!(with_size(4000, 4000), Err(ImagingError::Damaged(_))));
    assert!(with_size(0, 63).is_err());
}

#[test]
fn a_small_size_hides_no_large_picture() {
    let small = encoded(&picture(97, 63, 8));
    let mut large = encoded(&picture(800, 600, 8));
    assert!(small.len() < large.len());
    // All sizes that the container states, not those of the coded pictures.
    let places: Vec<_> = (0..large.len() - 4).filter(|at| &large[*at..at + 4] == b"ispe").collect();
    for at in places {
        large[at + 8..at + 16].copy_from_slice(&[64_u32.to_be_bytes(), 64_u32.to_be_bytes()].concat());
    }
    assert!(matches!(decode(Cursor::new(large), LIMITS), Err(ImagingError::Damaged(_))));
}
