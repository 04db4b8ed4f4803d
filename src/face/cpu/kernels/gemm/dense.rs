//! Convolutions larger than 1x1: the taps of a tile's pixels are gathered, then multiplied.

use super::super::Pass;
use super::tile::{multiply, store, with_tile_shape};
use super::{Gemm, MAX_LINES, MAX_PIXELS, MAX_TAPS, MAX_WIDTH, Panel};
use crate::face::cpu::buffer::Extent;
use crate::face::cpu::epilogue::EpilogueArgs;
use crate::face::cpu::simd::{Isa, Kernel, Simd};
use crate::face::plan::Window;

impl Gemm {
    pub(in crate::face::cpu) fn run_dense(&self, isa: Isa, window: &Window, pass: &mut Pass) {
        assert!(self.taps == window.kernel[0] * window.kernel[1] && self.depth <= pass.from.extent.pitch);
        self.run_gathered(isa, window, InputLayout::Pixels, pass);
    }

    /// Convolution of a planar picture: the taps are the kernel's rows in each channel, and the depth is the kernel's
    /// width.
    pub(in crate::face::cpu) fn run_planes(&self, isa: Isa, window: &Window, pass: &mut Pass) {
        assert!(self.taps == window.kernel[0] * pass.from.extent.pitch && self.depth == window.kernel[1]);
        assert!(self.taps <= MAX_LINES && self.depth <= MAX_WIDTH && window.dilation == [1, 1]);
        assert!(pass.from.capacity == pass.from.extent.height);
        self.run_gathered(isa, window, InputLayout::Planes, pass);
    }

    fn run_gathered(&self, isa: Isa, window: &Window, layout: InputLayout, pass: &mut Pass) {
        assert!(self.columns == pass.to.extent.pitch);
        assert!(self.panels.iter().all(|panel| panel.vectors == self.panels[0].vectors));
        for y in pass.rows.clone() {
            let epilogue = pass.epilogue.for_kernel(self.columns, pass.residual_rows(y, 1));
            let width = pass.to.extent.width;
            let to = pass.to.rows(y, 1).as_mut_ptr();
            let extent = pass.from.extent;
            let mut lines = [None; MAX_TAPS];
            for (tap, line) in lines[..self.taps].iter_mut().enumerate() {
                let (ky, plane) = match layout {
                    InputLayout::Pixels => (tap / window.kernel[1], 0),
                    InputLayout::Planes => (tap % window.kernel[0], tap / window.kernel[0]),
                };
                let source = (y * window.stride[0] + ky * window.dilation[0]).wrapping_sub(window.padding[0]);
                if source < extent.height {
                    *line = Some(match layout {
                        InputLayout::Pixels => pass.from.rows(source, 1),
                        InputLayout::Planes => pass.from.line(plane, source),
                    });
                }
            }
            let lines = &lines[..self.taps];
            let row = DenseRow { gemm: self, window, layout, extent, lines, width, to, epilogue };
            // SAFETY: `to` holds a row of `width` pixels; taps are sliced from the lines within their bounds.
            unsafe { isa.run(row) };
        }
    }
}

/// Memory layout of a convolution's input.
#[derive(Clone, Copy)]
enum InputLayout {
    Pixels,
    /// Channel by channel.
    Planes,
}

/// One row of output.
struct DenseRow<'a> {
    gemm: &'a Gemm,
    window: &'a Window,
    layout: InputLayout,
    /// Of the input.
    extent: Extent,
    /// The row of the input, or of one of its planes, that each tap reads; none outside the picture.
    lines: &'a [Option<&'a [f32]>],
    /// Of the output.
    width: usize,
    to: *mut f32,
    epilogue: EpilogueArgs<'a>,
}

/// Pointers to the inputs of each tap of a tile's pixels.
struct Taps {
    sources: [[*const f32; MAX_PIXELS]; MAX_TAPS],
    /// Copies of taps that extend over the edge of a plane.
    edges: [[[f32; MAX_WIDTH]; MAX_PIXELS]; MAX_LINES],
}

impl Kernel for DenseRow<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let vectors = self.gemm.panels[0].vectors;
        let mut taps = Taps {
            sources: [[std::ptr::null(); MAX_PIXELS]; MAX_TAPS],
            edges: [[[0.0; MAX_WIDTH]; MAX_PIXELS]; MAX_LINES],
        };
        let mut pixel = 0;
        while pixel < self.width {
            pixel += with_tile_shape!(S, vectors, self.width, dense_tile(&self, pixel, &mut taps));
        }
    }
}

/// Computes all panels of the tile that starts at `pixel`; returns its number of pixels.
#[inline(always)]
unsafe fn dense_tile<S: Simd, const PIXELS: usize, const VECTORS: usize>(
    row: &DenseRow,
    pixel: usize,
    taps: &mut Taps,
) -> usize {
    // The last tile may overlap the one before and compute the same numbers again.
    let first = pixel.min(row.width - PIXELS);
    row.gather(first, PIXELS, taps);
    for panel in &row.gemm.panels {
        S::run(DensePanel::<PIXELS, VECTORS> { row, panel: *panel, first, taps });
    }
    PIXELS
}

impl DenseRow<'_> {
    /// Gathers the taps of `pixels` output pixels from `first` on.
    #[inline(always)]
    unsafe fn gather(&self, first: usize, pixels: usize, taps: &mut Taps) {
        let Window { kernel: [_, kw], stride: [_, stride], padding: [_, left, ..], dilation: [_, dilation] } =
            *self.window;
        let Extent { width, pitch, .. } = self.extent;
        // Floats from one input pixel to the next, and number of input pixels that a tap reads.
        let (step, reach) = match self.layout {
            InputLayout::Pixels => (pitch, 1),
            InputLayout::Planes => (1, kw),
        };
        let zeros = self.gemm.zeros.as_slice().as_ptr();
        let edges = taps.edges.as_mut_ptr().cast::<f32>();
        for (tap, line) in self.lines.iter().enumerate() {
            let kx = if let InputLayout::Pixels = self.layout { tap % kw * dilation } else { 0 };
            let sources = &mut taps.sources[tap][..pixels];
            let Some(line) = line else {
                sources.fill(zeros);
                continue;
            };
            let start = (first * stride + kx).wrapping_sub(left);
            let end = start.wrapping_add((pixels - 1) * stride + reach);
            if start < width && end <= width {
                let line = &line[start * step..];
                for (i, source) in sources.iter_mut().enumerate() {
                    *source = line[i * stride * step..].as_ptr();
                }
                continue;
            }
            for (i, source) in sources.iter_mut().enumerate() {
                let x = start.wrapping_add(i * stride);
                if x < width && x + reach <= width {
                    *source = line[x * step..].as_ptr();
                } else if reach == 1 {
                    *source = zeros;
                } else {
                    // All edges derive from one pointer: borrowing them again would invalidate earlier sources.
                    let edge = edges.add((tap * MAX_PIXELS + i) * MAX_WIDTH);
                    for k in 0..reach {
                        *edge.add(k) = line.get(x.wrapping_add(k)).copied().unwrap_or(0.0);
                    }
                    *source = edge;
                }
            }
        }
    }
}

/// One panel of one tile.
struct DensePanel<'a, const PIXELS: usize, const VECTORS: usize> {
    row: &'a DenseRow<'a>,
    panel: Panel,
    first: usize,
    taps: &'a Taps,
}

impl<const PIXELS: usize, const VECTORS: usize> Kernel for DensePanel<'_, PIXELS, VECTORS> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let DenseRow { gemm, to, epilogue, .. } = self.row;
        let mut weights = gemm.weights_of(self.panel);
        let mut sums = epilogue.begin_tile::<S, PIXELS, VECTORS>(self.panel.column);
        for tap in 0..gemm.taps {
            // The first `PIXELS` of `MAX_PIXELS`.
            let sources = &*self.taps.sources[tap].as_ptr().cast::<[*const f32; PIXELS]>();
            multiply::<S, PIXELS, VECTORS>(&mut sums, sources, gemm.depth, weights);
            weights = weights.add(gemm.depth * VECTORS * S::LANES);
        }
        store::<S, PIXELS, VECTORS>(&mut sums, self.panel.column, *to, gemm.columns, self.first, epilogue);
    }
}
