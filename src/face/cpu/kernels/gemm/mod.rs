//! Convolutions as matrix products: tiles of some pixels by some registers of output channels, all sums in registers.
//! A 1x1 convolution reads the pixels where they lie; a larger one gathers, for each of its taps, where the tile's
//! pixels find theirs (implicit gemm), and finds a row of zeros outside the picture.
//!
//! Weights are packed once in the order in which tiles read them: panels of some registers' output channels, in each
//! panel tap by tap, input channel by input channel.

mod dense;
mod pointwise;
mod tile;

use crate::face::cpu::buffer::{Buffer, CHANNEL_BLOCK};
use crate::face::cpu::simd::Isa;

/// Most pixels in a tile.
const MAX_PIXELS: usize = 14;
/// Most taps of a window.
pub(in crate::face::cpu) const MAX_TAPS: usize = 49;
/// Most kernel rows over all planes.
pub(in crate::face::cpu) const MAX_LINES: usize = 16;
/// Widest kernel over planes.
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
    /// What a tap outside the picture finds.
    outside: Buffer,
}

#[derive(Clone, Copy)]
struct Panel {
    /// First output channel.
    column: usize,
    /// Registers side by side.
    vectors: usize,
}

/// How wide panels are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::face::cpu) enum Widths {
    /// As wide as the registers allow, and as even as can be: three and three rather than four and two.
    Mixed,
    /// All alike, so that they can share the places of a tile's taps.
    Alike,
}

impl Gemm {
    /// `weight(column, tap, channel)` tells the weights.
    pub(in crate::face::cpu) fn pack(
        isa: Isa,
        widths: Widths,
        [columns, taps, depth]: [usize; 3],
        weight: impl Fn(usize, usize, usize) -> f32,
    ) -> Self {
        assert!(taps <= MAX_TAPS);
        let padded = columns.next_multiple_of(CHANNEL_BLOCK);
        let vectors = padded / isa.lanes();
        let count = match widths {
            Widths::Mixed => vectors.div_ceil(isa.max_vectors()),
            Widths::Alike => {
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
        let outside = Buffer::from_floats(&vec![0.0; depth]);
        Self { weights: Buffer::from_floats(&packed), panels, taps, depth, columns: padded, outside }
    }

    fn weights_of(&self, panel: Panel) -> *const f32 {
        self.weights.as_slice()[panel.column * self.taps * self.depth..].as_ptr()
    }
}
