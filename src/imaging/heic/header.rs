//! What a HEIC file says about itself, before its pixels are looked at.

use std::io::{Read, Seek, SeekFrom};

use heifer::heifer_isobmff::boxes::Property;
use heifer::heifer_isobmff::{HeifFile, ItemId};
use image::metadata::Orientation;

use super::{damaged, frame_bytes, planes_bytes, unsupported};
use crate::domain::PixelSize;
use crate::imaging::container::boxes;
use crate::imaging::{DecodeLimits, ImagingError};

/// Largest description of a file; it has some kilobytes.
const MAX_META_BYTES: u64 = 8 << 20;
/// More tiles than any picture has.
const MAX_TILES: usize = 4096;
/// Rows that are converted to red, green and blue at a time.
pub(super) const ROWS: u32 = 64;

/// A picture of tiles, or of one.
#[derive(Debug)]
pub(super) struct Tiles {
    pub(super) items: Vec<ItemId>,
    pub(super) columns: u32,
    pub(super) tile: PixelSize,
    pub(super) size: PixelSize,
    /// 0: grey, 1: 4:2:0, 2: 4:2:2, 3: 4:4:4.
    pub(super) chroma_format: u8,
}

#[derive(Debug)]
pub(super) struct Header {
    pub(super) picture: Tiles,
    pub(super) alpha: Option<Tiles>,
    pub(super) is_alpha_limited: bool,
    /// Of what is shown.
    pub(super) size: PixelSize,
    /// Where that begins.
    pub(super) corner: (u32, u32),
    pub(super) orientation: Orientation,
    pub(super) file_bytes: u64,
}

impl Header {
    pub(super) fn read(source: &mut (impl Read + Seek), limits: DecodeLimits) -> Result<Self, ImagingError> {
        let file_bytes = source.seek(SeekFrom::End(0)).map_err(ImagingError::unreadable)?;
        let description = description(source).map_err(ImagingError::unreadable)?;
        let file = HeifFile::parse(&description).map_err(|_| damaged())?;
        let primary = file.primary_id;
        let picture = Tiles::read(&file, primary)?;
        limits.check(picture.size)?;
        let names_alpha = |property: &Property| match property {
            Property::AuxiliaryType(kind) => kind.ends_with(":alpha") || kind.ends_with(":auxid:1"),
            _ => false,
        };
        let is_alpha = |item: &ItemId| {
            file.item_properties(*item).is_ok_and(|mut properties| properties.any(names_alpha))
        };
        let alpha = file.referencing_items(primary, b"auxl").into_iter().find(is_alpha);
        let is_alpha_limited = alpha.is_some_and(|alpha| is_limited(&file, alpha));
        // Transparency of another size is not looked at.
        let alpha = alpha.and_then(|alpha| Tiles::read(&file, alpha).ok());
        let alpha = alpha.filter(|alpha| alpha.size == picture.size);
        let (mut size, mut corner, mut turn) = (picture.size, (0, 0), Turn::default());
        for property in file.item_properties(primary).map_err(|_| damaged())? {
            match *property {
                Property::CleanAperture { width, height, horiz_offset, vert_offset } => {
                    let (left, across) = aperture(picture.size.width, width, horiz_offset);
                    let (top, down) = aperture(picture.size.height, height, vert_offset);
                    (size, corner) = (PixelSize { width: across, height: down }, (left, top));
                }
                Property::Rotation(quarters) => turn.rotate(quarters),
                Property::Mirror(exchanges_top_and_bottom) => turn.mirror(exchanges_top_and_bottom),
                _ => {}
            }
        }
        limits.check(size)?;
        Ok(Self {
            picture,
            alpha,
            is_alpha_limited,
            size,
            corner,
            orientation: turn.orientation(),
            file_bytes,
        })
    }

    /// Bytes that decoding takes at most.
    pub(super) fn memory(&self, divisor: u32) -> u64 {
        let layers = [Some(&self.picture), self.alpha.as_ref()].into_iter().flatten();
        // The file, and the part of it that is being decoded, twice.
        3 * self.file_bytes + layers.map(Tiles::memory).sum::<u64>() + self.kept(divisor)
    }

    /// Bytes of the decoded picture, of turning it upright, and of the sums of one row.
    pub(super) fn kept(&self, divisor: u32) -> u64 {
        let reduced = self.size.reduced(divisor);
        6 * reduced.area() + 12 * u64::from(reduced.width)
    }
}

/// The boxes that describe the file, without the pixels.
fn description(source: &mut (impl Read + Seek)) -> std::io::Result<Vec<u8>> {
    let mut description = Vec::new();
    for found in boxes::of_file(source)? {
        let length = found.content.end - found.start;
        if matches!(&found.kind, b"ftyp" | b"meta") && length + description.len() as u64 <= MAX_META_BYTES {
            source.seek(SeekFrom::Start(found.start))?;
            source.take(length).read_to_end(&mut description)?;
        }
    }
    Ok(description)
}

impl Tiles {
    fn read(file: &HeifFile<'_>, item: ItemId) -> Result<Self, ImagingError> {
        let size = size_of(file, item)?;
        let kind = file.item(item).map_err(|_| damaged())?.item_type.0;
        let items = match &kind {
            b"hvc1" | b"hev1" => vec![item],
            b"grid" => file.referenced_items(item, b"dimg").to_vec(),
            b"av01" => return Err(ImagingError::OtherKind("an AVIF picture; export the photo as JPEG")),
            _ => return Err(unsupported()),
        };
        if !(1..=MAX_TILES).contains(&items.len()) {
            return Err(damaged());
        }
        let tile = size_of(file, items[0])?;
        if tile.area() == 0 {
            return Err(damaged());
        }
        let columns = size.width.div_ceil(tile.width);
        let rows = size.height.div_ceil(tile.height);
        // A larger tile than the picture would not count for its size.
        if u64::from(columns) * u64::from(rows) != items.len() as u64
            || (items.len() > 1 && (tile.width > size.width || tile.height > size.height))
        {
            return Err(damaged());
        }
        let mut chroma_format = 0;
        for tile in &items {
            let config = file.hevc_config(*tile).ok().flatten().ok_or_else(unsupported)?;
            chroma_format = chroma_format.max(config.chroma_format);
            let mut properties = file.item_properties(*tile).map_err(|_| damaged())?;
            let is_turned = |property: &Property| {
                matches!(
                    property,
                    Property::CleanAperture { .. } | Property::Rotation(_) | Property::Mirror(_)
                )
            };
            if *tile != item && properties.any(is_turned) {
                return Err(unsupported());
            }
        }
        Ok(Self { items, columns, tile, size, chroma_format })
    }

    /// Bytes that decoding takes at most: a row of tiles, and rows of pixels.
    fn memory(&self) -> u64 {
        let others = u64::from(self.columns - 1) * planes_bytes(self.tile, self.chroma_format);
        let pixels = 4 * u64::from(self.size.width + self.tile.width) * u64::from(ROWS + 2);
        others + frame_bytes(self.tile, self.chroma_format) + pixels
    }
}

fn size_of(file: &HeifFile<'_>, item: ItemId) -> Result<PixelSize, ImagingError> {
    let (width, height) = file.image_size(item).ok().flatten().ok_or_else(damaged)?;
    Ok(PixelSize { width, height })
}

/// Whether 16 stands for nothing and 235 for everything.
fn is_limited(file: &HeifFile<'_>, item: ItemId) -> bool {
    use heifer::heifer_isobmff::boxes::ColorInfo;
    file.item_properties(item).is_ok_and(|mut properties| {
        properties
            .any(|property| matches!(property, Property::Color(ColorInfo::Nclx { full_range: false, .. })))
    })
}

/// Where what is shown begins, and how long it is, on one side (ISO/IEC 14496-12, 12.1.4): fractions around the middle.
fn aperture(side: u32, (length, of): (u32, u32), (offset, offset_of): (i32, u32)) -> (u32, u32) {
    let (of, offset_of) = (i128::from(of.max(1)), i128::from(offset_of.max(1)));
    let shown = (i128::from(length) / of).clamp(1, i128::from(side.max(1)));
    let left_over = i128::from(side) - shown;
    // To the nearest pixel.
    let start = (left_over * offset_of + 2 * i128::from(offset) + offset_of).div_euclid(2 * offset_of);
    let start = start.clamp(0, left_over);
    (u32::try_from(start).unwrap_or(0), u32::try_from(shown).unwrap_or(side))
}

/// Quarter turns clockwise, and then left and right exchanged or not.
#[derive(Default)]
struct Turn {
    quarters: u8,
    is_mirrored: bool,
}

impl Turn {
    /// `irot`: quarter turns the other way.
    fn rotate(&mut self, quarters: u8) {
        let quarters = if self.is_mirrored { quarters % 4 } else { 4 - quarters % 4 };
        self.quarters = (self.quarters + quarters) % 4;
    }

    /// `imir`.
    fn mirror(&mut self, exchanges_top_and_bottom: bool) {
        self.is_mirrored = !self.is_mirrored;
        if exchanges_top_and_bottom {
            self.quarters = (self.quarters + 2) % 4;
        }
    }

    fn orientation(&self) -> Orientation {
        match (self.quarters, self.is_mirrored) {
            (0, false) => Orientation::NoTransforms,
            (1, false) => Orientation::Rotate90,
            (2, false) => Orientation::Rotate180,
            (_, false) => Orientation::Rotate270,
            (0, true) => Orientation::FlipHorizontal,
            (1, true) => Orientation::Rotate90FlipH,
            (2, true) => Orientation::FlipVertical,
            (_, true) => Orientation::Rotate270FlipH,
        }
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, RgbImage};

    use super::*;

    #[test]
    fn turns_follow_each_other_as_they_are_listed() {
        let mut picture = RgbImage::new(2, 3);
        picture.pixels_mut().enumerate().for_each(|(index, pixel)| pixel.0[0] = u8::try_from(index).unwrap());
        for first in 0..4 {
            for second in 0..4 {
                for mirror in [None, Some(false), Some(true)] {
                    let (mut turn, mut expected) = (Turn::default(), DynamicImage::from(picture.clone()));
                    let rotate = |turn: &mut Turn, expected: &mut DynamicImage, quarters| {
                        turn.rotate(quarters);
                        (0..quarters).for_each(|_| *expected = expected.rotate270());
                    };
                    rotate(&mut turn, &mut expected, first);
                    if let Some(upside_down) = mirror {
                        turn.mirror(upside_down);
                        expected = if upside_down { expected.flipv() } else { expected.fliph() };
                    }
                    rotate(&mut turn, &mut expected, second);
                    let mut turned = DynamicImage::from(picture.clone());
                    turned.apply_orientation(turn.orientation());
                    assert_eq!(turned, expected, "{first} {mirror:?} {second}");
                }
            }
        }
    }

    #[test]
    fn an_aperture_lies_in_the_middle_and_in_the_picture() {
        assert_eq!(aperture(100, (90, 1), (0, 1)), (5, 90));
        assert_eq!(aperture(100, (90, 1), (-5, 1)), (0, 90));
        assert_eq!(aperture(100, (180, 2), (10, 2)), (10, 90));
        assert_eq!(aperture(100, (u32::MAX, 0), (i32::MAX, 0)), (0, 100));
        assert_eq!(aperture(101, (100, 1), (1, 2)), (1, 100));
        assert_eq!(aperture(98, (97, 1), (-1, 2)), (0, 97));
    }
}
