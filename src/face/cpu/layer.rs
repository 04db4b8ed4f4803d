//! A layer: a kernel with its packed weights, and its epilogue. It computes rows of a picture from rows of a picture.

use std::ops::Range;

use super::buffer::Extent;
use super::epilogue::{Activation, Epilogue, ResidualPosition};
use super::kernels::Pass;
use super::kernels::depthwise::{Depthwise, MAX_KERNEL};
use super::kernels::gemm::{Gemm, MAX_LINES, MAX_TAPS, MAX_WIDTH, PanelWidths};
use super::kernels::per_pixel::PerPixel;
use super::kernels::pool::{Pooling, pool};
use super::kernels::winograd::Winograd;
use super::simd::Isa;
use crate::face::plan::{Conv, Window};

/// A layer's kernel with its parameters.
pub(super) enum LayerKernel {
    Pointwise(Gemm),
    Dense(Gemm, Window),
    Winograd(Winograd),
    /// The network's first convolution, straight from the planar input: three channels do not fill a register.
    Stem(Gemm, Window),
    Depthwise(Depthwise, Window),
    /// A transposed convolution whose output tiles do not overlap: a matrix for each pixel of the tile, row by row.
    Tiles(Vec<Gemm>, [usize; 2]),
    Pool(Pooling, Window),
    /// The mean of the whole picture.
    Mean,
    PerPixel(PerPixel),
}

pub(super) struct Layer {
    kernel: LayerKernel,
    epilogue: Epilogue,
}

impl Layer {
    /// `bias` has one number per output channel.
    pub(super) fn new(
        kernel: LayerKernel,
        bias: &[f32],
        activation: Activation,
        residual: Option<ResidualPosition>,
    ) -> Self {
        Self { kernel, epilogue: Epilogue::new(bias, activation, residual) }
    }

    /// Output rows are computed in multiples of this number.
    pub(super) fn row_group(&self, from: Extent, to: Extent) -> usize {
        match &self.kernel {
            LayerKernel::Tiles(_, stride) => stride[0],
            LayerKernel::Winograd(_) => Winograd::ROWS,
            LayerKernel::PerPixel(_) => to.height / from.height,
            _ => 1,
        }
    }

    /// Input rows needed for the output rows `rows`.
    pub(super) fn input_rows(&self, rows: Range<usize>, from: Extent, to: Extent) -> Range<usize> {
        let windowed = |window: &Window| {
            let span = window.dilation[0] * (window.kernel[0] - 1) + 1;
            let start = (rows.start * window.stride[0]).saturating_sub(window.padding[0]);
            let end = ((rows.end - 1) * window.stride[0] + span).saturating_sub(window.padding[0]);
            start.min(from.height)..end.min(from.height)
        };
        match &self.kernel {
            LayerKernel::Pointwise(_) => rows,
            LayerKernel::Dense(_, window)
            | LayerKernel::Stem(_, window)
            | LayerKernel::Depthwise(_, window)
            | LayerKernel::Pool(_, window) => windowed(window),
            LayerKernel::Winograd(_) => rows.start.saturating_sub(1)..(rows.end + 1).min(from.height),
            LayerKernel::Tiles(_, stride) => rows.start / stride[0]..rows.end.div_ceil(stride[0]),
            LayerKernel::Mean => 0..from.height,
            LayerKernel::PerPixel(_) => {
                let repeat = to.height / from.height;
                rows.start / repeat..rows.end.div_ceil(repeat)
            }
        }
    }

    /// Floats of scratch memory.
    pub(super) fn scratch(&self) -> usize {
        if let LayerKernel::Winograd(winograd) = &self.kernel { winograd.scratch() } else { 0 }
    }

    /// Computes the rows of `pass`.
    pub(super) fn run(&self, isa: Isa, mut pass: Pass, scratch: &mut [f32]) {
        let pass = &mut pass;
        match &self.kernel {
            LayerKernel::Pointwise(gemm) => gemm.run_pointwise(isa, pass),
            LayerKernel::Dense(gemm, window) => gemm.run_dense(isa, window, pass),
            LayerKernel::Winograd(winograd) => winograd.run(isa, pass, scratch),
            LayerKernel::Stem(gemm, window) => gemm.run_planes(isa, window, pass),
            LayerKernel::Depthwise(depthwise, _) => depthwise.run(isa, pass),
            LayerKernel::Tiles(gemms, stride) => run_tiles(isa, gemms, *stride, pass),
            LayerKernel::Pool(pooling, window) => pool(isa, *pooling, window, pass),
            LayerKernel::Mean => {
                let Extent { height, width, .. } = pass.from.extent;
                pool(isa, Pooling::Average, &Window::plain([height, width]), pass);
            }
            LayerKernel::PerPixel(per_pixel) => per_pixel.run(isa, pass),
        }
    }

    pub(super) fn epilogue(&self) -> &Epilogue {
        &self.epilogue
    }
}

/// Each pixel of the tile is a 1x1 convolution whose output pixels are one tile apart.
fn run_tiles(isa: Isa, gemms: &[Gemm], stride: [usize; 2], pass: &mut Pass) {
    let (from_pitch, to_pitch) = (pass.from.extent.pitch, pass.to.extent.pitch);
    for y in pass.rows.clone() {
        let from = pass.from.rows(y / stride[0], 1);
        let residual = pass.residual_rows(y, 1);
        let row = pass.to.rows(y, 1);
        for (column, gemm) in gemms[y % stride[0] * stride[1]..][..stride[1]].iter().enumerate() {
            let start = column * to_pitch;
            let epilogue = pass.epilogue.for_kernel(to_pitch, residual.map(|row| &row[start..]));
            gemm.run_pixels(isa, [from_pitch, stride[1] * to_pitch], from, &mut row[start..], epilogue);
        }
    }
}

/// Largest number of groups of a convolution that is not depthwise.
const MAX_GROUPS: usize = 16;

/// The kernel for a convolution; `None` if there is none. `first` means that it reads the network's input.
pub(super) fn convolution(isa: Isa, conv: &Conv, first: bool) -> Option<LayerKernel> {
    let &[columns, per_group, kh, kw] = &conv.weights.shape[..] else { return None };
    let (weights, window, taps) = (&conv.weights.data, conv.window, kh * kw);
    if weights.is_empty() {
        return None;
    }
    if first {
        let lines = per_group * kh;
        let fits = conv.groups == 1 && lines <= MAX_LINES && kw <= MAX_WIDTH && window.dilation == [1, 1];
        return fits.then(|| {
            let weight = |column: usize, line: usize, kx: usize| weights[(column * lines + line) * kw + kx];
            LayerKernel::Stem(Gemm::pack(isa, PanelWidths::Equal, [columns, lines, kw], weight), window)
        });
    }
    if conv.groups == columns && per_group == 1 && kh <= MAX_KERNEL {
        let depthwise = Depthwise::pack(columns, window, |channel, tap| weights[channel * taps + tap]);
        return Some(LayerKernel::Depthwise(depthwise, window));
    }
    // Expanded to a dense convolution, many groups would be mostly zeros.
    if taps > MAX_TAPS || conv.groups > MAX_GROUPS {
        return None;
    }
    let depth = per_group * conv.groups;
    let block = columns / conv.groups;
    // Weights between channels of different groups are zero.
    let weight = |column: usize, tap: usize, channel: usize| {
        let inside = channel / per_group == column / block;
        if inside { weights[(column * per_group + channel % per_group) * taps + tap] } else { 0.0 }
    };
    if Winograd::is_worthwhile(conv) {
        return Some(LayerKernel::Winograd(Winograd::pack(isa, [columns, depth], weight)));
    }
    let shape = [columns, taps, depth];
    Some(if window.is_pointwise() {
        LayerKernel::Pointwise(Gemm::pack(isa, PanelWidths::Mixed, shape, weight))
    } else {
        LayerKernel::Dense(Gemm::pack(isa, PanelWidths::Equal, shape, weight), window)
    })
}

/// The kernel for a transposed convolution; `None` if tiles overlap or leave gaps.
pub(super) fn transposed(isa: Isa, conv: &Conv) -> Option<LayerKernel> {
    let &[depth, columns, kh, kw] = &conv.weights.shape[..] else { return None };
    let Window { kernel, stride, padding, dilation } = conv.window;
    if conv.weights.data.is_empty()
        || conv.groups != 1
        || stride != kernel
        || padding != [0; 4]
        || dilation != [1, 1]
    {
        return None;
    }
    let taps = kh * kw;
    let gemm = |tap: usize| {
        Gemm::pack(isa, PanelWidths::Mixed, [columns, 1, depth], |column, _, channel| {
            conv.weights.data[(channel * columns + column) * taps + tap]
        })
    };
    Some(LayerKernel::Tiles((0..taps).map(gemm).collect(), stride))
}
