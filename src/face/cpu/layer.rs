//! A layer: a kernel with its packed weights, and what it finishes with; rows of a picture in, rows of a picture out.

use std::ops::Range;

use super::buffer::Extent;
use super::finish::{Activation, Finish, Place};
use super::kernels::Pass;
use super::kernels::depthwise::{Depthwise, MAX_KERNEL};
use super::kernels::gemm::{Gemm, MAX_LINES, MAX_TAPS, MAX_WIDTH, Widths};
use super::kernels::per_pixel::PerPixel;
use super::kernels::pool::{Pooling, pool};
use super::kernels::winograd::Winograd;
use super::simd::Isa;
use crate::face::plan::{Conv, Window};

/// The kernel of a layer.
pub(super) enum Operator {
    Pointwise(Gemm),
    Dense(Gemm, Window),
    Winograd(Winograd),
    /// The network's first convolution, straight from the picture that comes in channel by channel: pixels of three
    /// channels would fit no register.
    Stem(Gemm, Window),
    Depthwise(Depthwise, Window),
    /// A transposed convolution where each input pixel makes a tile of its own: a matrix for each pixel of the tile,
    /// row by row.
    Tiles(Vec<Gemm>, [usize; 2]),
    Pool(Pooling, Window),
    /// The mean of the whole picture.
    Mean,
    PerPixel(PerPixel),
}

/// A kernel and its finish.
pub(super) struct Layer {
    operator: Operator,
    finish: Finish,
}

impl Layer {
    /// `bias` has a number for each output channel.
    pub(super) fn new(
        operator: Operator,
        bias: &[f32],
        activation: Activation,
        residual: Option<Place>,
    ) -> Self {
        Self { operator, finish: Finish::new(bias, activation, residual) }
    }

    /// Output rows come in groups of so many.
    pub(super) fn group(&self, from: Extent, to: Extent) -> usize {
        match &self.operator {
            Operator::Tiles(_, stride) => stride[0],
            Operator::Winograd(_) => Winograd::ROWS,
            Operator::PerPixel(_) => to.height / from.height,
            _ => 1,
        }
    }

    /// Input rows that the output rows `rows` need.
    pub(super) fn needed(&self, rows: Range<usize>, from: Extent, to: Extent) -> Range<usize> {
        let windowed = |window: &Window| {
            let span = window.dilation[0] * (window.kernel[0] - 1) + 1;
            let start = (rows.start * window.stride[0]).saturating_sub(window.padding[0]);
            let end = ((rows.end - 1) * window.stride[0] + span).saturating_sub(window.padding[0]);
            start.min(from.height)..end.min(from.height)
        };
        match &self.operator {
            Operator::Pointwise(_) => rows,
            Operator::Dense(_, window)
            | Operator::Stem(_, window)
            | Operator::Depthwise(_, window)
            | Operator::Pool(_, window) => windowed(window),
            Operator::Winograd(_) => rows.start.saturating_sub(1)..(rows.end + 1).min(from.height),
            Operator::Tiles(_, stride) => rows.start / stride[0]..rows.end.div_ceil(stride[0]),
            Operator::Mean => 0..from.height,
            Operator::PerPixel(_) => {
                let repeat = to.height / from.height;
                rows.start / repeat..rows.end.div_ceil(repeat)
            }
        }
    }

    /// Floats that the layer works in, for pictures of that size.
    pub(super) fn scratch(&self) -> usize {
        if let Operator::Winograd(winograd) = &self.operator { winograd.scratch() } else { 0 }
    }

    /// Computes the rows of `pass`.
    pub(super) fn run(&self, isa: Isa, mut pass: Pass, scratch: &mut [f32]) {
        let pass = &mut pass;
        match &self.operator {
            Operator::Pointwise(gemm) => gemm.run_pointwise(isa, pass),
            Operator::Dense(gemm, window) => gemm.run_dense(isa, window, pass),
            Operator::Winograd(winograd) => winograd.run(isa, pass, scratch),
            Operator::Stem(gemm, window) => gemm.run_planes(isa, window, pass),
            Operator::Depthwise(depthwise, _) => depthwise.run(isa, pass),
            Operator::Tiles(gemms, stride) => run_tiles(isa, gemms, *stride, pass),
            Operator::Pool(pooling, window) => pool(isa, *pooling, window, pass),
            Operator::Mean => {
                let Extent { height, width, .. } = pass.from.extent;
                let whole =
                    Window { kernel: [height, width], stride: [1; 2], padding: [0; 4], dilation: [1; 2] };
                pool(isa, Pooling::Average, &whole, pass);
            }
            Operator::PerPixel(per_pixel) => per_pixel.run(isa, pass),
        }
    }

    pub(super) fn finish(&self) -> &Finish {
        &self.finish
    }
}

/// Each pixel of the tile is a 1x1 convolution whose output pixels lie a tile apart.
fn run_tiles(isa: Isa, gemms: &[Gemm], stride: [usize; 2], pass: &mut Pass) {
    let (from_pitch, to_pitch) = (pass.from.extent.pitch, pass.to.extent.pitch);
    for y in pass.rows.clone() {
        let from = pass.from.rows(y / stride[0], 1);
        let residual = pass.residual_rows(y, 1);
        let row = pass.to.rows(y, 1);
        for (column, gemm) in gemms[y % stride[0] * stride[1]..][..stride[1]].iter().enumerate() {
            let start = column * to_pitch;
            let finish = pass.finish.for_kernel(to_pitch, residual.map(|row| &row[start..]));
            gemm.run_pixels(isa, [from_pitch, stride[1] * to_pitch], from, &mut row[start..], finish);
        }
    }
}

/// Most groups of a convolution that is not depthwise.
const MAX_GROUPS: usize = 16;

/// The kernel for a convolution; `first` where its input is the network's. `None` where there is none.
pub(super) fn convolution(isa: Isa, conv: &Conv, first: bool) -> Option<Operator> {
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
            Operator::Stem(Gemm::pack(isa, Widths::Alike, [columns, lines, kw], weight), window)
        });
    }
    if conv.groups == columns && per_group == 1 && kh <= MAX_KERNEL {
        let depthwise = Depthwise::pack(columns, window, |channel, tap| weights[channel * taps + tap]);
        return Some(Operator::Depthwise(depthwise, window));
    }
    // Made dense, many groups would be mostly zeros.
    if taps > MAX_TAPS || conv.groups > MAX_GROUPS {
        return None;
    }
    let depth = per_group * conv.groups;
    let block = columns / conv.groups;
    // Between channels of different groups lie zeros.
    let weight = |column: usize, tap: usize, channel: usize| {
        let inside = channel / per_group == column / block;
        if inside { weights[(column * per_group + channel % per_group) * taps + tap] } else { 0.0 }
    };
    if Winograd::pays(conv) {
        return Some(Operator::Winograd(Winograd::pack(isa, [columns, depth], weight)));
    }
    let shape = [columns, taps, depth];
    Some(if window.is_pointwise() {
        Operator::Pointwise(Gemm::pack(isa, Widths::Mixed, shape, weight))
    } else {
        Operator::Dense(Gemm::pack(isa, Widths::Alike, shape, weight), window)
    })
}

/// The kernel for a transposed convolution; `None` where tiles overlap or leave gaps.
pub(super) fn transposed(isa: Isa, conv: &Conv) -> Option<Operator> {
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
        Gemm::pack(isa, Widths::Mixed, [columns, 1, depth], |column, _, channel| {
            conv.weights.data[(channel * columns + column) * taps + tap]
        })
    };
    Some(Operator::Tiles((0..taps).map(gemm).collect(), stride))
}
