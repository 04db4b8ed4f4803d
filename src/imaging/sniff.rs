//! What a file is, by its first bytes and never by its name.

use std::io::Cursor;

use super::ImagingError;
use super::tiff::Tiff;
use crate::domain::ImageFormat;

/// So many bytes tell every format: the first directory of a raw file is among them.
pub const HEAD_BYTES: usize = 4096;

/// How many of its first bytes tell the format of a file that begins so. Most need few.
#[must_use]
pub fn bytes_needed(head: &[u8]) -> usize {
    match head {
        // A list of brands; packets; a directory.
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => 256,
        [b'G', ..] | [_, _, _, _, b'G', ..] => 400,
        [b'I', b'I', ..] | [b'M', b'M', ..] => HEAD_BYTES,
        _ => 32,
    }
}

/// The format of a file with this beginning, of [`HEAD_BYTES`] if the file has so many.
pub fn sniff(head: &[u8]) -> Result<ImageFormat, ImagingError> {
    let at = |start: usize, bytes: &[u8]| head.get(start..).is_some_and(|rest| rest.starts_with(bytes));
    let other = |reason| Err(ImagingError::OtherKind(reason));
    if head.is_empty() {
        return Err(ImagingError::Empty);
    }
    match head {
        [0xFF, 0xD8, 0xFF, ..] => Ok(ImageFormat::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Ok(ImageFormat::Png),
        [b'R', b'I', b'F', b'F', ..] if at(8, b"WEBP") => Ok(ImageFormat::WebP),
        [b'R', b'I', b'F', b'F', ..] if at(8, b"AVI ") => other(VIDEO),
        [b'I', b'I', b'R', b'O' | b'S', ..] | [b'I', b'I', b'U', 0, ..] | [b'M', b'M', b'O', b'R', ..] => {
            Ok(ImageFormat::Raw)
        }
        _ if at(0, b"FUJIFILMCCD-RAW") => Ok(ImageFormat::Raw),
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => {
            if is_raw(head) {
                Ok(ImageFormat::Raw)
            } else {
                other(TIFF)
            }
        }
        _ if at(4, b"ftyp") => of_brands(head),
        _ if [&b"moov"[..], b"mdat", b"wide", b"pnot"].iter().any(|kind| at(4, kind)) => other(VIDEO),
        [0, 0, 1, 0xBA, ..] | [0x1A, 0x45, 0xDF, 0xA3, ..] => other(VIDEO),
        // Packets of 188 bytes (MPEG-2 part 1), behind a time of four bytes on cameras' cards.
        _ if (at(0, b"G") && at(188, b"G") && at(376, b"G"))
            || (at(4, b"G") && at(196, b"G") && at(388, b"G")) =>
        {
            other(VIDEO)
        }
        [b'G', b'I', b'F', b'8', ..] => other(GIF),
        [b'B', b'M', ..] if at(6, &[0; 4]) && at(15, &[0; 3]) => other(BMP),
        [0xFF, 0x0A, ..] => other(JPEG_XL),
        _ if at(4, b"JXL \r\n") => other(JPEG_XL),
        _ if at(4, b"jP  \r\n") => other(JPEG_2000),
        [b'8', b'B', b'P', b'S', ..] => other(PHOTOSHOP),
        _ => Err(ImagingError::UnknownFormat),
    }
}

const VIDEO: &str = "a video; FotoTa takes photos only, so leave it out";
const TIFF: &str = "a TIFF picture; export the photo as JPEG";
const AVIF: &str = "an AVIF picture; set the camera to JPEG or HEIC, or export the photo as JPEG";
const GIF: &str = "a GIF picture; save it as JPEG or PNG";
const BMP: &str = "a BMP picture; save it as JPEG or PNG";
const JPEG_XL: &str = "a JPEG XL picture; export the photo as JPEG";
const JPEG_2000: &str = "a JPEG 2000 picture; export the photo as JPEG";
const PHOTOSHOP: &str = "a Photoshop document; export the photo as JPEG";
const SEQUENCE: &str = "a HEIF sequence of pictures; set the camera to single HEIC or JPEG photos";

/// Files of boxes (ISO/IEC 14496-12) say in their first one what they are: first the main brand, then others.
fn of_brands(head: &[u8]) -> Result<ImageFormat, ImagingError> {
    let length = head.get(..4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes);
    let end = usize::try_from(length).unwrap_or(0).clamp(8, head.len().max(8));
    let brands = || head.get(8..end).unwrap_or_default().chunks_exact(4);
    let has = |names: &[&[u8; 4]]| brands().any(|brand| names.iter().any(|name| brand == *name));
    let is_first = |names: &[&[u8; 4]]| brands().take(1).any(|brand| names.iter().any(|name| brand == *name));
    let other = |reason| Err(ImagingError::OtherKind(reason));
    match () {
        () if has(&[b"crx "]) => Ok(ImageFormat::Raw),
        () if is_first(&[b"avif", b"avis"]) => other(AVIF),
        () if has(&[b"heic", b"heix", b"heim", b"heis"]) => Ok(ImageFormat::Heic),
        () if has(&[b"avif", b"avis"]) => other(AVIF),
        () if is_first(&[b"hevc", b"hevx", b"msf1"]) => other(SEQUENCE),
        () if is_first(&[b"mif1", b"mif2", b"miaf"]) => Ok(ImageFormat::Heic),
        () => other(VIDEO),
    }
}

/// Whether a TIFF file is a camera's: its first directory leads to further pictures, as those of editors do not.
fn is_raw(head: &[u8]) -> bool {
    const SUB_DIRECTORIES: u16 = 0x14A;
    const DNG_VERSION: u16 = 0xC612;
    const JPEG: u16 = 0x201;
    const MAKER: u16 = 0x10F;
    if head.get(8..10) == Some(b"CR") {
        return true;
    }
    let Some(mut tiff) = Tiff::open(Cursor::new(head), 0) else { return false };
    let first = tiff.first();
    let directory = tiff.directory(first);
    let has = |tag| directory.entries.iter().any(|entry| entry.tag == tag);
    has(DNG_VERSION) || (has(MAKER) && (has(SUB_DIRECTORIES) || has(JPEG)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxes(brands: &[&[u8; 4]]) -> Vec<u8> {
        let brands: Vec<_> = brands.iter().flat_map(|brand| brand.to_vec()).collect();
        let length = u32::try_from(brands.len() + 8).unwrap().to_be_bytes();
        [&length[..], b"ftyp", &brands, &[0; 64]].concat()
    }

    #[test]
    fn brands_tell_phones_cameras_and_videos_apart() {
        for (brands, expected) in [
            (&[b"heic", b"\0\0\0\0", b"mif1", b"heic"][..], ImageFormat::Heic),
            (&[b"mif1", b"\0\0\0\0", b"mif1", b"heic"], ImageFormat::Heic),
            (&[b"heix", b"\0\0\0\0"], ImageFormat::Heic),
            (&[b"crx ", b"\0\0\0\x01", b"crx ", b"isom"], ImageFormat::Raw),
        ] {
            assert_eq!(sniff(&boxes(brands)).unwrap(), expected);
        }
        for (brands, name) in [
            (&[b"avif", b"\0\0\0\0", b"mif1", b"heic"][..], "AVIF"),
            (&[b"mif1", b"\0\0\0\0", b"avif"], "AVIF"),
            (&[b"mp42", b"\0\0\0\0", b"isom"], "video"),
            (&[b"qt  ", b"\0\0\0\0"], "video"),
            (&[b"hevc", b"\0\0\0\0", b"mif1"], "sequence"),
        ] {
            assert!(sniff(&boxes(brands)).unwrap_err().to_string().contains(name));
        }
    }

    #[test]
    fn other_kinds_are_named() {
        let packets = |start: usize| {
            let mut bytes = vec![0; 400];
            (0..3).for_each(|packet| bytes[start + 188 * packet + (packet * start)] = b'G');
            bytes
        };
        for (head, name) in [
            (&b"GIF89a and so on"[..], "GIF"),
            (b"BM\x36\x10\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "BMP"),
            (b"II*\0\x08\0\0\0\0\0", "TIFF"),
            (b"\0\0\0\x0CJXL \r\n\x87\n", "JPEG XL"),
            (b"\xFF\x0A\0\0", "JPEG XL"),
            (b"\0\0\0\x0CjP  \r\n\x87\n", "JPEG 2000"),
            (b"RIFF\0\0\0\0AVI LIST", "video"),
            (b"\0\0\0\x08wide\0\0\0\0mdat", "video"),
            (&packets(0), "video"),
            (b"8BPS\0\x01", "Photoshop"),
        ] {
            let message = sniff(head).unwrap_err().to_string();
            assert!(message.contains(name), "{message}");
            assert!(message.contains("; "), "says what to do: {message}");
        }
        assert!(matches!(sniff(b"BM is how this text begins"), Err(ImagingError::UnknownFormat)));
    }
}
