//! Pictures for tests.

use super::RgbImage;

/// A JPEG with camera metadata: time, camera, rotation by 90 degrees, location.
pub(super) fn jpeg_with_exif(width: u32, height: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([x, y, x + y].map(|value| u8::try_from(value % 256).unwrap()))
    });
    let mut plain = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut plain, 90).encode_image(&picture).unwrap();
    let tiff = tiff();
    let length = u16::try_from(tiff.len() + 8).unwrap().to_be_bytes();
    [&plain[..2], &[0xFF, 0xE1], &length, b"Exif\0\0", &tiff, &plain[2..]].concat()
}

/// A little-endian TIFF with three directories: picture, camera, location.
pub(super) fn tiff() -> Vec<u8> {
    const ASCII: u16 = 2;
    const SHORT: u16 = 3;
    const LONG: u16 = 4;
    let (maker, model, time) = (b"Canon\0", b"Canon EOS R6\0", b"2026:11:23 18:04:09\0");
    let directory = |entries: &[(u16, u16, u32, u32)]| {
        let mut bytes = u16::try_from(entries.len()).unwrap().to_le_bytes().to_vec();
        for (tag, kind, count, value) in entries {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(kind.to_le_bytes());
            bytes.extend(count.to_le_bytes());
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend(0_u32.to_le_bytes());
        bytes
    };
    // After the header, each directory of `n` entries takes 6 + 12 n bytes.
    let (camera_at, location_at) = (8 + 6 + 5 * 12, 8 + 6 + 5 * 12 + 6 + 12);
    let texts_at = location_at + 6 + 12;
    let north = u32::from_le_bytes(*b"N\0\0\0");
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend(directory(&[
        (0x010F, ASCII, 6, texts_at),
        (0x0110, ASCII, 13, texts_at + 6),
        (0x0112, SHORT, 1, 6),
        (0x8769, LONG, 1, camera_at),
        (0x8825, LONG, 1, location_at),
    ]));
    bytes.extend(directory(&[(0x9003, ASCII, 20, texts_at + 19)]));
    bytes.extend(directory(&[(0x0001, ASCII, 2, north)]));
    bytes.extend([&maker[..], model, time].concat());
    bytes
}

/// A picture of 64x64 in one colour, with each channel in a scan of its own and with a colour for four pixels each, as
/// some scanners and editors write it; and that colour.
pub(super) fn scans_of_their_own() -> (Vec<u8>, [u8; 3]) {
    let segment = |marker: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, marker], &length[..], content].concat()
    };
    let mut file = [&[0xFF, 0xD8][..], &segment(0xDB, &[&[0][..], &[8; 64]].concat())].concat();
    // Codes of two bits: for a difference of nothing, and of up to 63; of one bit: the block has ended.
    let mut counts = [0; 16];
    counts[1] = 2;
    file.extend(segment(0xC4, &[&[0x00][..], &counts, &[0, 6]].concat()));
    counts = [0; 16];
    counts[0] = 1;
    file.extend(segment(0xC4, &[&[0x10][..], &counts, &[0]].concat()));
    file.extend(segment(0xC0, &[8, 0, 64, 0, 64, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0]));
    // Each step is eight, of eight times the mean: so far the channels are from the middle.
    for (channel, blocks, step) in [(1, 64, -40_i32), (2, 16, -34), (3, 16, 55)] {
        file.extend(segment(0xDA, &[1, channel, 0, 0, 63, 0]));
        let (mut bits, mut value) = (String::new(), step);
        for _ in 0..blocks {
            if value == 0 {
                bits.push_str("00");
            } else {
                // Negative numbers are written as their complement.
                let number = if value < 0 { value + 63 } else { value };
                bits = format!("{bits}01{number:06b}");
                value = 0;
            }
            bits.push('0');
        }
        while bits.len() % 8 > 0 {
            bits.push('1');
        }
        let bytes = bits
            .as_bytes()
            .chunks(8)
            .map(|bits| u8::from_str_radix(std::str::from_utf8(bits).unwrap(), 2).unwrap());
        file.extend(bytes.flat_map(|byte| if byte == 0xFF { vec![0xFF, 0] } else { vec![byte] }));
    }
    file.extend([0xFF, 0xD9]);
    (file, [165, 60, 28])
}
