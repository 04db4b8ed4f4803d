//! Kernels: each computes some rows of its output picture from rows of its input picture. Pictures are stored pixel by
//! pixel (NHWC); only the network's input is stored channel by channel.
#![expect(unsafe_code, reason = "kernels keep their sums in registers and read through raw pointers")]
#![expect(
    unsafe_op_in_unsafe_fn,
    reason = "every operation in a kernel's inner functions relies on the contract of its function"
)]
#![expect(
    clippy::needless_range_loop,
    reason = "iterators over registers are not always inlined into functions for an instruction set; counting loops are"
)]

pub(super) mod depthwise;
pub(super) mod gemm;
pub(super) mod per_pixel;
pub(super) mod pool;
pub(super) mod winograd;

use std::ops::Range;

use super::buffer::{Rows, RowsMut};
use super::epilogue::Epilogue;

/// What a kernel computes.
pub(super) struct Pass<'a> {
    pub(super) from: Rows<'a>,
    pub(super) to: RowsMut<'a>,
    /// Of the output.
    pub(super) rows: Range<usize>,
    pub(super) epilogue: &'a Epilogue,
    /// The picture to add, of the same size as the output.
    pub(super) residual: Option<Rows<'a>>,
}

impl<'a> Pass<'a> {
    pub(super) fn residual_rows(&self, y: usize, count: usize) -> Option<&'a [f32]> {
        self.residual.as_ref().map(|residual| {
            assert!(residual.extent == self.to.extent);
            residual.rows(y, count)
        })
    }
}
