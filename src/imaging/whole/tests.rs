//! Files of each format: whole, cut at many places, with zeros where bytes are still to come, and with more behind
//! their end.

use super::*;
use crate::imaging::RgbImage;
use crate::imaging::testing::{jpeg_with_exif, scans_of_their_own};

fn check(format: ImageFormat, bytes: &[u8]) -> Wholeness {
    is_whole(format, Cursor::new(bytes))
}

fn noise(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([x * 37 + y * 91, x * y * 13, x ^ y].map(|value| u8::try_from(value % 256).unwrap()))
    })
}

fn written(format: image::ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image::DynamicImage::from(noise(90, 60)).write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn progressive() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 80);
    encoder.set_progressive(true);
    encoder.encode(noise(90, 60).as_raw(), 90, 60, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes
}

/// Lengths at which a file is cut: all short ones, each byte near the end, and some between.
fn cuts(length: usize) -> impl Iterator<Item = usize> {
    (0..length).filter(move |cut| *cut < 64 || length - cut < 64 || cut % 97 == 0)
}

/// `bytes` is whole, none of its beginnings is, neither alone nor followed by zeros up to its length. Formats that
/// cannot tell zeros from pixels may say so.
fn is_whole_only_as_a_whole(format: ImageFormat, bytes: &[u8], zeros_tell: bool) {
    assert_eq!(check(format, bytes), Wholeness::Whole);
    for cut in cuts(bytes.len()) {
        let found = check(format, &bytes[..cut]);
        let may_be_filling = format == ImageFormat::WebP && cut == bytes.len() - 1;
        let is_told = found == Wholeness::Cut || (may_be_filling && found == Wholeness::Unknown);
        assert!(is_told, "{cut} of {}: {found:?}", bytes.len());
    }
    for cut in cuts(bytes.len() - usize::try_from(ZEROS).unwrap()) {
        let filled = [&bytes[..cut], &vec![0; bytes.len() - cut]].concat();
        let found = check(format, &filled);
        assert!(found == Wholeness::Cut || (!zeros_tell && found == Wholeness::Unknown), "{cut}: {found:?}");
    }
}

#[test]
fn jpegs_end_with_their_marker() {
    for whole in [jpeg_with_exif(120, 80), progressive(), scans_of_their_own().0] {
        is_whole_only_as_a_whole(ImageFormat::Jpeg, &whole, true);
        // A video, a thumbnail, padding behind the end.
        for behind in [&b"\0\0\0\x18ftypmp42 and a video"[..], &whole, &[0; 5000]] {
            assert_eq!(check(ImageFormat::Jpeg, &[&whole, behind].concat()), Wholeness::Whole);
        }
    }
}

#[test]
fn the_end_of_a_thumbnail_is_not_the_end() {
    let (whole, inner) = (jpeg_with_exif(300, 200), progressive());
    let length = u16::try_from(inner.len() + 2).unwrap().to_be_bytes();
    let file = [&whole[..2], &[0xFF, 0xE5], &length, &inner, &whole[2..]].concat();
    is_whole_only_as_a_whole(ImageFormat::Jpeg, &file, true);
}

#[test]
fn pictures_that_a_jpeg_names_behind_its_end_are_missed() {
    let (whole, second) = (jpeg_with_exif(120, 80), progressive());
    let segment = 2 + 2 + 4 + 8 + 18 + 32;
    // The second picture starts behind the first one, counted from behind the segment's name.
    let start = u32::try_from(whole.len() + segment - 2 - 8).unwrap();
    let length = u32::try_from(second.len()).unwrap();
    let tiff = [
        &b"MM\0*\0\0\0\x08"[..],
        &[0, 1, 0xB0, 2, 0, 7, 0, 0, 0, 32, 0, 0, 0, 26, 0, 0, 0, 0],
        &[0; 16],
        &[0; 4],
        &length.to_be_bytes(),
        &start.to_be_bytes(),
        &[0; 4],
    ]
    .concat();
    let index =
        [&[0xFF, 0xE2][..], &u16::try_from(tiff.len() + 6).unwrap().to_be_bytes(), b"MPF\0", &tiff].concat();
    assert_eq!(index.len(), segment);
    let first = [&whole[..2], &index, &whole[2..]].concat();
    let file = [&first[..], &second].concat();
    assert_eq!(check(ImageFormat::Jpeg, &file), Wholeness::Whole);
    assert_eq!(check(ImageFormat::Jpeg, &file[..file.len() - 1]), Wholeness::Unknown);
    // As an editor leaves it.
    assert_eq!(check(ImageFormat::Jpeg, &first), Wholeness::Unknown);
    assert_eq!(check(ImageFormat::Jpeg, &first[..first.len() - 1]), Wholeness::Cut);
}

#[test]
fn pngs_end_with_their_last_chunk() {
    let whole = written(image::ImageFormat::Png);
    is_whole_only_as_a_whole(ImageFormat::Png, &whole, true);
    assert_eq!(check(ImageFormat::Png, &[&whole[..], b"more"].concat()), Wholeness::Whole);
}

#[test]
fn webps_are_as_long_as_they_state() {
    let whole = written(image::ImageFormat::WebP);
    is_whole_only_as_a_whole(ImageFormat::WebP, &whole, false);
    assert_eq!(check(ImageFormat::WebP, &[&whole[..], b"more"].concat()), Wholeness::Whole);
    // Written in the end, by programs that do not know it before.
    let begun = [&whole[..4], &[0; 4], &whole[8..]].concat();
    assert_eq!(check(ImageFormat::WebP, &begun), Wholeness::Cut);
}

#[cfg(feature = "heic")]
#[test]
fn heics_have_all_items() {
    let mut picture = heifer::Image::filled(90, 60, 8, [0, 0, 0, 255]);
    for (place, pixel) in picture.data.chunks_exact_mut(4).enumerate() {
        pixel[0] = u16::try_from(place * 37 % 256).unwrap();
    }
    let whole = heifer::encode(&picture, &heifer::EncodeOptions { quality: 90, max_threads: 1 }).unwrap();
    is_whole_only_as_a_whole(ImageFormat::Heic, &whole, false);
}

#[test]
fn items_of_boxes_lie_in_the_file() {
    let boxed = |kind: &[u8; 4], content: &[u8]| {
        [&u32::try_from(content.len() + 8).unwrap().to_be_bytes()[..], kind, content].concat()
    };
    // One item in the file, one elsewhere; positions of four bytes, version 1.
    let places = |start: u32| {
        let item = |id: u8, method: u8, start: u32| {
            [&[0, id, 0, method, 0, 0, 0, 1][..], &start.to_be_bytes(), &100_u32.to_be_bytes()].concat()
        };
        let list = [&[1, 0, 0, 0, 0x44, 0, 0, 2][..], &item(1, 0, start), &item(2, 1, 9999)].concat();
        boxed(b"meta", &[&[0; 4][..], &boxed(b"iloc", &list)].concat())
    };
    let file =
        |start: u32| [boxed(b"ftyp", b"heic\0\0\0\0"), places(start), boxed(b"mdat", &[7; 100])].concat();
    let start = u32::try_from(file(0).len() - 100).unwrap();
    assert_eq!(check(ImageFormat::Heic, &file(start)), Wholeness::Whole);
    assert_eq!(check(ImageFormat::Heic, &file(start + 1)), Wholeness::Cut);
    let without = [boxed(b"ftyp", b"heic\0\0\0\0"), boxed(b"mdat", &[7; 100])].concat();
    assert_eq!(check(ImageFormat::Heic, &without), Wholeness::Cut);
}

#[test]
fn raw_files_have_the_parts_that_they_name() {
    for (name, whole) in crate::imaging::raw::samples() {
        if name == "RW2" {
            assert_eq!(check(ImageFormat::Raw, &whole), Wholeness::Unknown);
            assert_eq!(check(ImageFormat::Raw, &whole[..whole.len() - 1]), Wholeness::Cut);
        } else if name == "ORF" {
            // Its only JPEG is in the maker's own directory.
            assert_eq!(check(ImageFormat::Raw, &whole), Wholeness::Unknown);
        } else {
            is_whole_only_as_a_whole(ImageFormat::Raw, &whole, false);
        }
    }
}

#[test]
fn strips_are_all_there() {
    // Two strips of 100 bytes, behind their lists.
    let directory = [
        &b"II*\0\x08\0\0\0"[..],
        &[2, 0, 0x11, 1, 4, 0, 2, 0, 0, 0, 38, 0, 0, 0, 0x17, 1, 4, 0, 2, 0, 0, 0, 46, 0, 0, 0, 0, 0, 0, 0],
        &[54, 0, 0, 0, 154, 0, 0, 0, 100, 0, 0, 0, 100, 0, 0, 0],
    ]
    .concat();
    is_whole_only_as_a_whole(ImageFormat::Raw, &[&directory[..], &[7; 200]].concat(), false);
}

#[test]
fn a_file_that_cannot_be_read_says_nothing() {
    struct Unreadable;
    impl Read for Unreadable {
        fn read(&mut self, _: &mut [u8]) -> Result<usize> {
            Err(std::io::Error::other("the drive is gone"))
        }
    }
    impl Seek for Unreadable {
        fn seek(&mut self, _: SeekFrom) -> Result<u64> {
            Ok(0)
        }
    }
    assert_eq!(is_whole(ImageFormat::Jpeg, Unreadable), Wholeness::Unknown);
}
