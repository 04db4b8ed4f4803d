//! Convolutions as matrix products: tiles of some pixels by some registers of output channels, with all sums in
//! registers. A 1x1 convolution reads the pixels in place; a larger one gathers pointers to each tap's input of the
//! tile's pixels (implicit gemm), or to zeros outside the picture.
//!
//! Weights are packed once in the order in which tiles read them: panels of output channels some registers wide, in
//! each panel tap by tap and input channel by input channel.

mod dense;
mod pointwise;
mod tile;

use crate::face::cpu::buffer::{Buffer, CHANNEL_BLOCK};
use crate::face::cpu::simd::Isa;

/// Largest number of pixels in a tile.
const MAX_PIXELS: usize = 14;
/// Largest number of taps of a window.
pub(in crate::face::cpu) const MAX_TAPS: usize = 49;
/// Largest number of kernel rows over all planes.
pub(in crate::face::cpu) const MAX_LINES: usize = 16;
/// Largest kernel width over planes.
pub(in crate::face::cpu) const MAX_WIDTH: usize = 8;

/// Packed weights of a convolution without groups.
pub(in crate::face::cpu) struct Gemm {
    weights: Buffer,
    panels: Vec<Panel>,
    taps: usize,
    /// Input channels.
    depth: usize,
    /// Output channels, padded.
    columns: usize,
    /// Read by taps outside the picture.
    zeros: Buffer,
}

#[derive(Clone, Copy)]
struct Panel {
    /// First output channel.
    column: usize,
    /// Registers of output channels.
    vectors: usize,
}

/// How wide panels are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::face::cpu) enum PanelWidths {
    /// As wide as the registers allow, and as even as possible: three and three rather than four and two.
    Mixed,
    /// All the same, so that they can share a tile's gathered taps.
    Equal,
}

impl Gemm {
    /// `weight(column, tap, channel)` returns the weights.
    pub(in crate::face::cpu) fn pack(
        isa: Isa,
        widths: PanelWidths,
        [columns, taps, depth]: [usize; 3],
        weight: impl Fn(usize, usize, usize) -> f32,
    ) -> Self {
        assert!(taps <= MAX_TAPS);
        let padded = columns.next_multiple_of(CHANNEL_BLOCK);
        let vectors = padded / isa.lanes();
        let count = match widths {
            PanelWidths::Mixed => vectors.div_ceil(isa.max_vectors()),
            PanelWidths::Equal => {
                let widest = (1..=isa.max_vectors()).rfind(|width| vectors.is_multiple_of(*width));
                vectors / widest.unwrap_or(1)
            }
        };
        let mut panels = Vec::with_capacity(count);
        let mut packed = Vec::with_capacity(padded * taps * depth);
        let mut column = 0;
        for index in 0..count {
            let panel = Panel { column, vectors: vectors / count + usize::from(index < vectors % count) };
            let width = panel.vectors * isa.lanes();
            for (tap, channel) in (0..taps).flat_map(|tap| (0..depth).map(move |channel| (tap, channel))) {
                let value = |column| if column < columns { weight(column, tap, channel) } else { 0.0 };
                packed.extend((column..column + width).map(value));
            }
            panels.push(panel);
            column += width;
        }
        let zeros = Buffer::from_floats(&vec![0.0; depth]);
        Self { weights: Buffer::from_floats(&packed), panels, taps, depth, columns: padded, zeros }
    }

    fn weights_of(&self, panel: Panel) -> *const f32 {
        self.weights.as_slice()[panel.column * self.taps * self.depth..].as_ptr()
    }
}
