//! Small files of every format, cut off anywhere and with any byte wrong: a picture or an error, never a panic.

use std::io::Cursor;

use super::testing::{jpeg_with_exif, scans_of_their_own};
use super::*;

/// Less than what a decoder could want by mistake.
const LIMITS: DecodeLimits = DecodeLimits { max_pixels: 100_000 };

fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let picture = RgbImage::from_fn(40, 30, |x, y| {
        image::Rgb([x * 6, y * 8, x * y].map(|v| u8::try_from(v % 256).unwrap()))
    });
    let of = |format| {
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, format).unwrap();
        file.into_inner()
    };
    let mut samples = vec![
        ("JPEG", jpeg_with_exif(40, 30)),
        ("JPEG in scans", scans_of_their_own().0),
        ("PNG", of(image::ImageFormat::Png)),
        ("WebP", of(image::ImageFormat::WebP)),
    ];
    #[cfg(feature = "heic")]
    samples.push((
        "HEIC",
        heifer::encode_rgb8(40, 30, picture.as_raw(), &heifer::EncodeOptions::default()).unwrap(),
    ));
    samples.extend(raw::samples());
    samples
}

/// Without the net that catches panics.
fn try_all(name: &str, bytes: &[u8]) {
    sniff(bytes).ok();
    for long_side in [u32::MAX, 8] {
        if let Ok(decoded) = decode_source(Cursor::new(bytes), LIMITS, long_side) {
            assert!(decoded.full_size.area() <= LIMITS.max_pixels, "{name}");
        }
    }
}

#[test]
fn files_that_end_anywhere() {
    for (name, whole) in samples() {
        let step = (whole.len() / 150).max(1);
        (0..whole.len()).step_by(step).for_each(|length| try_all(name, &whole[..length]));
    }
}

#[test]
fn files_with_any_byte_wrong() {
    for (name, whole) in samples() {
        // The structure is at the start; of the rest, some.
        let step = (whole.len() / 400).max(1);
        for at in (0..whole.len().min(300)).chain((0..whole.len()).step_by(step)) {
            for change in [0xFF, 0x80, 0x01] {
                let mut wrong = whole.clone();
                wrong[at] ^= change;
                try_all(name, &wrong);
            }
        }
    }
}

#[test]
fn a_panic_is_an_error_of_the_file() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            std::panic::panic_any("simulated bug")
        }
    }
    impl Seek for Broken {
        fn seek(&mut self, _: std::io::SeekFrom) -> std::io::Result<u64> {
            Ok(0)
        }
    }
    assert!(matches!(decode(Broken, LIMITS), Err(ImagingError::Damaged(_))));
}
