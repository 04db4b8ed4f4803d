//! Pooling: the maximum or the mean of each window, or the mean of a whole picture.

use super::Pass;
use crate::face::cpu::buffer::Rows;
use crate::face::cpu::epilogue::EpilogueArgs;
use crate::face::cpu::simd::{Isa, Kernel, Simd};
use crate::face::plan::Window;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::face::cpu) enum Pooling {
    Max,
    /// Pixels outside the picture count as zero.
    Average,
}

/// Pools the rows of `pass`.
pub(in crate::face::cpu) fn pool(isa: Isa, pooling: Pooling, window: &Window, pass: &mut Pass) {
    let pitch = pass.to.extent.pitch;
    assert!(pass.from.extent.pitch == pitch);
    for y in pass.rows.clone() {
        let epilogue = pass.epilogue.for_kernel(pitch, pass.residual_rows(y, 1));
        let (width, to) = (pass.to.extent.width, pass.to.rows(y, 1).as_mut_ptr());
        let kernel = PoolRow { pooling, window, from: &pass.from, y, width, to, epilogue };
        // SAFETY: `to` holds a row; inputs are looked up row by row.
        unsafe { isa.run(kernel) };
    }
}

struct PoolRow<'a> {
    pooling: Pooling,
    window: &'a Window,
    from: &'a Rows<'a>,
    y: usize,
    width: usize,
    to: *mut f32,
    epilogue: EpilogueArgs<'a>,
}

impl Kernel for PoolRow<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Window { kernel: [kh, kw], stride, padding, .. } = *self.window;
        let extent = self.from.extent;
        let share = S::splat(1.0 / (kh * kw) as f32);
        let start = if self.pooling == Pooling::Max { f32::NEG_INFINITY } else { 0.0 };
        for pixel in 0..self.width {
            let mut channel = 0;
            while channel < extent.pitch {
                let mut value = S::splat(start);
                for ky in 0..kh {
                    let y = (self.y * stride[0] + ky).wrapping_sub(padding[0]);
                    if y >= extent.height {
                        continue;
                    }
                    let row = self.from.rows(y, 1).as_ptr().add(channel);
                    for kx in 0..kw {
                        let x = (pixel * stride[1] + kx).wrapping_sub(padding[1]);
                        if x < extent.width {
                            let input = S::load(row.add(x * extent.pitch));
                            value = match self.pooling {
                                Pooling::Max => value.max(input),
                                Pooling::Average => value.add(input),
                            };
                        }
                    }
                }
                if self.pooling == Pooling::Average {
                    value = value.mul(share);
                }
                let offset = pixel * extent.pitch + channel;
                let mut tile = [[value]];
                self.epilogue.apply_tile(&mut tile, channel, offset, 0);
                tile[0][0].store(self.to.add(offset));
                channel += S::LANES;
            }
        }
    }
}
