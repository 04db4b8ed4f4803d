//! Kernels: each computes some rows of its output picture from rows of its input picture. Pictures lie pixel by pixel,
//! each pixel its channels (NHWC); the network's input alone lies channel by channel.
#![expect(unsafe_code, reason = "kernels keep their sums in registers and read through raw pointers")]
#![expect(
    unsafe_op_in_unsafe_fn,
    reason = "every operation of a kernel's inner functions rests on the contract of its function"
)]
#![expect(
    clippy::needless_range_loop,
    reason = "iterators over registers are not always inlined into functions for an instruction set; counting is"
)]

pub(super) mod depthwise;
pub(super) mod gemm;
pub(super) mod per_pixel;
pub(super) mod pool;
pub(super) mod winograd;

use std::ops::Range;

use super::buffer::{Rows, RowsMut};
use super::finish::Finish;

/// What a kernel is to compute.
pub(super) struct Pass<'a> {
    pub(super) from: Rows<'a>,
    pub(super) to: RowsMut<'a>,
    /// Of the output.
    pub(super) rows: Range<usize>,
    pub(super) finish: &'a Finish,
    /// The picture to add, as large as the output.
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
