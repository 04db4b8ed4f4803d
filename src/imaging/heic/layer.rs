//! The rows of a picture that is coded in tiles, from top to bottom.

use heifer::color::{ColorParams, frame_to_rgba_into};
use heifer::heifer_hevc_dec::decoder::{DecodeOptions, decode_picture};
use heifer::heifer_hevc_dec::nal::{NalUnit, NalUnitType, split_annex_b};
use heifer::heifer_hevc_dec::params::ParameterSets;
use heifer::heifer_hevc_dec::recon::Frame;
use heifer::heifer_isobmff::boxes::{ColorInfo, Property};
use heifer::heifer_isobmff::{HeifFile, ItemId};

use super::header::{ROWS, Tiles};
use super::{damaged, frame_bytes};
use crate::domain::PixelSize;
use crate::imaging::ImagingError;
use crate::imaging::budget::Watch;

/// What the samples of a picture mean (ITU-T H.273): primaries, transfer.
pub(super) type Nclx = (u16, u16);

pub(super) struct Layer<'a> {
    file: &'a HeifFile<'a>,
    tiles: &'a Tiles,
    watch: Watch,
    /// One row of tiles, and which.
    frames: Vec<Frame>,
    loaded: Option<u32>,
    /// Red, green, blue and transparency of some rows, and the first of them.
    pixels: Vec<u8>,
    start: Option<u32>,
    nclx: Option<Nclx>,
}

impl<'a> Layer<'a> {
    pub(super) fn new(file: &'a HeifFile<'a>, tiles: &'a Tiles, watch: Watch) -> Self {
        let stride = 4 * tiles.size.width as usize;
        let pixels = vec![0; stride * ROWS.min(tiles.size.height) as usize];
        Self { file, tiles, watch, frames: Vec::new(), loaded: None, pixels, start: None, nclx: None }
    }

    /// A row; those above it are not asked for again.
    pub(super) fn row(&mut self, y: u32) -> Result<&[u8], ImagingError> {
        let start = y - y % self.tiles.tile.height % ROWS;
        if self.start != Some(start) {
            self.load(y / self.tiles.tile.height)?;
            self.convert(start);
            self.start = Some(start);
        }
        let stride = 4 * self.tiles.size.width as usize;
        self.pixels
            .get(stride * (y - start) as usize..)
            .and_then(|rows| rows.get(..stride))
            .ok_or_else(damaged)
    }

    /// What the samples mean, by the container or else by the tiles.
    pub(super) fn nclx(&self) -> Option<Nclx> {
        let named = |item: ItemId| {
            self.file.item_properties(item).ok()?.find_map(|property| match property {
                Property::Color(ColorInfo::Nclx { primaries, transfer, .. }) => Some((*primaries, *transfer)),
                _ => None,
            })
        };
        named(self.file.primary_id).or_else(|| named(self.tiles.items[0])).or(self.nclx)
    }

    /// Decodes a row of tiles.
    fn load(&mut self, row: u32) -> Result<(), ImagingError> {
        if self.loaded == Some(row) {
            return Ok(());
        }
        self.frames.clear();
        let columns = self.tiles.columns as usize;
        for item in self.tiles.items.iter().skip(row as usize * columns).take(columns) {
            self.watch.check()?;
            let stream = self.file.hevc_bitstream(*item).map_err(|_| damaged())?;
            self.check(&stream)?;
            let options =
                DecodeOptions { max_pixels: coded_limit(self.tiles.tile), ..DecodeOptions::default() };
            let frame = decode_picture(&stream, options).map_err(|_| damaged())?;
            if frame.widths[0] < self.tiles.tile.width || frame.heights[0] < self.tiles.tile.height {
                return Err(damaged());
            }
            self.frames.push(frame);
        }
        self.loaded = Some(row);
        Ok(())
    }

    /// A tile must not take more than its header says.
    fn check(&mut self, stream: &[u8]) -> Result<(), ImagingError> {
        let mut sets = ParameterSets::default();
        for nal in split_annex_b(stream) {
            let nal = NalUnit::parse(nal).map_err(|_| damaged())?;
            if nal.header.unit_type == NalUnitType::Sps || nal.header.unit_type == NalUnitType::Vps {
                sets.add(&nal).map_err(|_| damaged())?;
            }
        }
        let reserved = frame_bytes(self.tiles.tile, self.tiles.chroma_format);
        for sps in sets.sps.iter().flatten() {
            let (width, height) = (sps.pic_width_in_luma_samples, sps.pic_height_in_luma_samples);
            let coded = PixelSize { width, height };
            // Blocks that are begun count, on both sides.
            let slack =
                frame_bytes(PixelSize { width: width + height + 64, height: 64 }, sps.chroma_format_idc);
            if frame_bytes(coded, sps.chroma_format_idc) > reserved + slack {
                return Err(damaged());
            }
            if let Some(vui) = sps.vui.as_ref().filter(|vui| vui.colour_primaries != 2) {
                self.nclx = Some((vui.colour_primaries.into(), vui.transfer_characteristics.into()));
            }
        }
        Ok(())
    }

    /// Converts some rows of the loaded tiles.
    fn convert(&mut self, start: u32) {
        let tile = self.tiles.tile;
        let top = start % tile.height;
        let left_over = (tile.height - top).min(self.tiles.size.height - start);
        let rows = ROWS.min(left_over) as usize;
        // The colour of a row lies between that of its neighbours.
        let height = (ROWS + 2).min(left_over) as usize;
        let stride = 4 * self.tiles.size.width as usize;
        for (column, frame) in self.frames.iter().enumerate() {
            let left = column * tile.width as usize;
            let width = (tile.width as usize).min(self.tiles.size.width as usize - left);
            let band = band(frame, top as usize, height);
            let params = self.params(self.tiles.items[column], frame);
            let mut converted = vec![0_u8; 4 * width * height];
            let mut into: Vec<&mut [u8]> = converted.chunks_exact_mut(4 * width).collect();
            frame_to_rgba_into(&band, params, &mut into, width, height);
            let places = self.pixels.chunks_exact_mut(stride).take(rows);
            for (place, row) in places.zip(converted.chunks_exact(4 * width)) {
                place[4 * left..][..4 * width].copy_from_slice(row);
            }
        }
    }

    /// How colours are coded, by the container or else by the tile.
    fn params(&self, tile: ItemId, frame: &Frame) -> ColorParams {
        let properties = self.file.item_properties(tile).ok();
        let named = properties.into_iter().flatten().find_map(|property| match *property {
            Property::Color(ColorInfo::Nclx { matrix, full_range, .. }) => {
                Some(ColorParams { matrix, full_range })
            }
            _ => None,
        });
        named.unwrap_or_else(|| ColorParams::from_frame(frame))
    }
}

/// Some rows of a frame, from an even one on, and with one more if their number is odd: two have one colour.
fn band(frame: &Frame, top: usize, rows: usize) -> Frame {
    let mut planes = [const { Vec::new() }; 3];
    let mut heights = [0; 3];
    let whole = frame.heights[0].max(1) as usize;
    let bottom = (top + rows).next_multiple_of(2).min(whole);
    for (index, plane) in frame.planes.iter().enumerate() {
        let (width, height) = (frame.widths[index] as usize, frame.heights[index] as usize);
        let down = if height == 0 { 1 } else { whole.div_ceil(height) };
        let (first, last) = ((top / down).min(height), bottom.div_ceil(down).min(height));
        planes[index] = plane.get(first * width..last * width).unwrap_or_default().to_vec();
        heights[index] = u32::try_from(last - first).unwrap_or(0);
    }
    Frame {
        widths: frame.widths,
        heights,
        planes,
        bit_depth: frame.bit_depth,
        chroma_format: frame.chroma_format,
        full_range: frame.full_range,
        matrix_coeffs: frame.matrix_coeffs,
    }
}

/// Of a tile with the blocks at its edges whole.
fn coded_limit(tile: PixelSize) -> u64 {
    (u64::from(tile.width) + 64) * (u64::from(tile.height) + 64)
}

/// A value between 16 and 235 as one between 0 and 255.
pub(super) fn full_range(value: u8) -> u8 {
    let value = (u16::from(value.clamp(16, 235)) - 16) * 255 + 109;
    u8::try_from(value / 219).unwrap_or(u8::MAX)
}
