//! Cameras' raw files: what guests and the face search see of one is the JPEG that the camera put into it. The raw data
//! are never developed.
//!
//! Nothing that a file says about itself is believed: a JPEG counts if it is one from its start to its end.

mod metadata;
mod places;
#[cfg(test)]
mod tests;

use std::io::{Read, Seek};

use super::bare::{Assembled, Pieces};
use super::budget::{Source, Watch, Watched};
use super::jpeg_header::Header;
use super::{DecodeLimits, ImagingError, Opened, jpeg};
use places::Place;
#[cfg(test)]
pub(super) use tests::samples;

/// JPEGs that are looked at, the longest first.
const MAX_JPEGS: usize = 6;

/// Decodes the largest JPEG in the file, as [`jpeg::open`] does.
pub(super) fn open<R: Read + Seek>(
    mut source: Source<R>,
    watch: Watch,
    limits: DecodeLimits,
    long_side: u32,
) -> Result<Opened, ImagingError> {
    let found = places::find(&mut source);
    let mut jpegs = found.jpegs;
    jpegs.sort_by_key(|place| std::cmp::Reverse(place.length));
    jpegs.dedup();
    let mut largest: Option<(u64, Place)> = None;
    let mut refusal = None;
    for place in jpegs.into_iter().take(MAX_JPEGS) {
        watch.check()?;
        match Header::read(&mut section(&mut source, place, watch), limits) {
            // One that is not whole is of no use: the raw file itself is not.
            Ok(header) if header.is_damaged => {}
            Ok(header) if largest.is_some_and(|(area, _)| area >= header.size.area()) => {}
            Ok(header) => largest = Some((header.size.area(), place)),
            Err(error @ (ImagingError::TooManyPixels { .. } | ImagingError::TooManyScans)) => {
                refusal = Some(error);
            }
            Err(_) => {}
        }
    }
    watch.check()?;
    let Some((_, place)) = largest else {
        return Err(refusal.unwrap_or(ImagingError::OtherKind(WITHOUT_JPEG)));
    };
    let block = metadata::exif(&mut source, &found.tiffs);
    let mut opened = jpeg::open(section(&mut source, place, watch), watch, limits, long_side)?;
    if let Some(block) = block {
        opened.orientation = super::metadata::orientation(Some(&block), None);
        opened.exif = Some(block);
    }
    Ok(opened)
}

/// Refuses a raw file that has no JPEG, by its structure alone: it could never be shown.
pub fn check_raw(mut source: impl Read + Seek) -> Result<(), ImagingError> {
    let found = places::find(&mut source);
    if found.jpegs.is_empty() { Err(ImagingError::OtherKind(WITHOUT_JPEG)) } else { Ok(()) }
}

const WITHOUT_JPEG: &str = "a raw file without a JPEG in it, or an incomplete one; export the photo as JPEG";

fn section<R: Read + Seek>(source: R, place: Place, watch: Watch) -> Source<Assembled<R>> {
    let end = place.start.saturating_add(place.length);
    Watched::buffered(Assembled::new(source, Pieces::whole(end).slice(&(place.start..end))), watch)
}
