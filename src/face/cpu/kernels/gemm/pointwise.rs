//! 1x1 convolutions: the pixels are read in place.

use std::ops::Range;

use super::super::Pass;
use super::tile::{multiply, store, with_tile_shape};
use super::{Gemm, MAX_PIXELS, Panel};
use crate::face::cpu::epilogue::EpilogueArgs;
use crate::face::cpu::simd::{Isa, Kernel, Simd};

/// Floats of input in a block of pixels: they stay in the first-level cache while all panels are computed.
const BLOCK_FLOATS: usize = 6144;

impl Gemm {
    pub(in crate::face::cpu) fn run_pointwise(&self, isa: Isa, pass: &mut Pass) {
        let (from_pitch, to_pitch) = (pass.from.extent.pitch, pass.to.extent.pitch);
        let mut y = pass.rows.start;
        while y < pass.rows.end {
            let count = pass.from.contiguous_rows(y, pass.to.contiguous_rows(y, pass.rows.end) + y);
            let from = pass.from.rows(y, count);
            let epilogue = pass.epilogue.for_kernel(to_pitch, pass.residual_rows(y, count));
            self.run_pixels(isa, [from_pitch, to_pitch], from, pass.to.rows(y, count), epilogue);
            y += count;
        }
    }

    /// 1x1 convolution of a run of pixels, from one pitch to another.
    pub(in crate::face::cpu) fn run_pixels(
        &self,
        isa: Isa,
        [from_pitch, to_pitch]: [usize; 2],
        from: &[f32],
        to: &mut [f32],
        epilogue: EpilogueArgs,
    ) {
        let pixels = from.len() / from_pitch;
        assert!(self.taps == 1 && self.depth <= from_pitch && self.columns <= to_pitch);
        let floats = pixels.saturating_sub(1) * to_pitch + self.columns;
        assert!(pixels > 0 && to.len() >= floats && epilogue.cover(self.columns, floats));
        let (from, to) = (from.as_ptr(), to.as_mut_ptr());
        let kernel = Pointwise { gemm: self, pixels, from, from_pitch, to, to_pitch, epilogue };
        // SAFETY: the slices hold all pixels, as checked above.
        unsafe { isa.run(kernel) };
    }
}

struct Pointwise<'a> {
    gemm: &'a Gemm,
    pixels: usize,
    /// `pixels` of them, `from_pitch` apart, with `depth` floats each.
    from: *const f32,
    from_pitch: usize,
    /// `pixels` of them, `to_pitch` apart, with `columns` floats each.
    to: *mut f32,
    to_pitch: usize,
    epilogue: EpilogueArgs<'a>,
}

impl Kernel for Pointwise<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        // A multiple of the common tile heights, so that most blocks consist of whole tiles.
        let block = (BLOCK_FLOATS / self.gemm.depth).clamp(48, 240).next_multiple_of(24);
        let mut pixel = 0;
        while pixel < self.pixels {
            // A small remainder is added to the last block.
            let left = self.pixels - pixel;
            let count = if left < block + MAX_PIXELS { left } else { block };
            for panel in &self.gemm.panels {
                let (vectors, range) = (panel.vectors, pixel..pixel + count);
                with_tile_shape!(S, vectors, count, pointwise_panel(&self, *panel, range));
            }
            pixel += count;
        }
    }
}

#[inline(always)]
unsafe fn pointwise_panel<S: Simd, const PIXELS: usize, const VECTORS: usize>(
    all: &Pointwise,
    panel: Panel,
    pixels: Range<usize>,
) {
    S::run(PointwisePanel::<PIXELS, VECTORS> { all, panel, pixels });
}

/// One panel over a block of at least `PIXELS` pixels.
struct PointwisePanel<'a, const PIXELS: usize, const VECTORS: usize> {
    all: &'a Pointwise<'a>,
    panel: Panel,
    pixels: Range<usize>,
}

impl<const PIXELS: usize, const VECTORS: usize> Kernel for PointwisePanel<'_, PIXELS, VECTORS> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Pointwise { gemm, from, from_pitch, to, to_pitch, epilogue, .. } = *self.all;
        let weights = gemm.weights_of(self.panel);
        let mut pixel = self.pixels.start;
        loop {
            // The last tile may overlap the one before and compute the same numbers again.
            let first = pixel.min(self.pixels.end - PIXELS);
            let mut sums = epilogue.begin_tile::<S, PIXELS, VECTORS>(self.panel.column);
            let mut sources = [from; PIXELS];
            for i in 0..PIXELS {
                sources[i] = from.add((first + i) * from_pitch);
            }
            // Otherwise the compiler computes each source from the one before, a dependency chain that takes longer
            // than the multiplications.
            let sources = std::hint::black_box(sources);
            multiply::<S, PIXELS, VECTORS>(&mut sums, &sources, gemm.depth, weights);
            store::<S, PIXELS, VECTORS>(&mut sums, self.panel.column, to, to_pitch, first, &epilogue);
            pixel += PIXELS;
            if pixel >= self.pixels.end {
                return;
            }
        }
    }
}
