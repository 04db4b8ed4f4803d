//! Operations on single pixels: scale, bias, activation, residual addition; and enlargement by repeating pixels.

use super::Pass;
use crate::face::cpu::buffer::Buffer;
use crate::face::cpu::epilogue::EpilogueArgs;
use crate::face::cpu::simd::{Isa, Kernel, Simd};

/// A factor per channel. Pixels are repeated if the output is larger than the input.
pub(in crate::face::cpu) struct PerPixel {
    scale: Buffer,
}

impl PerPixel {
    pub(in crate::face::cpu) fn new(scale: &[f32]) -> Self {
        Self { scale: Buffer::padded(scale) }
    }

    pub(in crate::face::cpu) fn run(&self, isa: Isa, pass: &mut Pass) {
        let (pitch, scale) = (pass.to.extent.pitch, self.scale.as_slice());
        let (from, to) = (pass.from.extent, pass.to.extent);
        let (down, right) = (to.height / from.height, to.width / from.width);
        assert!(from.pitch == pitch && scale.len() >= pitch);
        assert!(from.width * right == to.width && from.height * down == to.height);
        for y in pass.rows.clone() {
            let epilogue = pass.epilogue.for_kernel(pitch, pass.residual_rows(y, 1));
            let from = pass.from.rows(y / down, 1).as_ptr();
            let (width, to) = (pass.to.extent.width, pass.to.rows(y, 1).as_mut_ptr());
            let kernel = PixelRow { scale: scale.as_ptr(), from, right, width, pitch, to, epilogue };
            // SAFETY: `to` holds a row of `width` pixels, `from` one of `width / right`.
            unsafe { isa.run(kernel) };
        }
    }
}

struct PixelRow<'a> {
    scale: *const f32,
    from: *const f32,
    right: usize,
    width: usize,
    pitch: usize,
    to: *mut f32,
    epilogue: EpilogueArgs<'a>,
}

impl Kernel for PixelRow<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        for pixel in 0..self.width {
            let from = self.from.add(pixel / self.right * self.pitch);
            let mut channel = 0;
            while channel < self.pitch {
                let scale = S::load(self.scale.add(channel));
                let mut tile = self.epilogue.begin_tile::<S, 1, 1>(channel);
                tile[0][0] = S::load(from.add(channel)).mul_add(scale, tile[0][0]);
                let offset = pixel * self.pitch + channel;
                self.epilogue.apply_tile(&mut tile, channel, offset, 0);
                tile[0][0].store(self.to.add(offset));
                channel += S::LANES;
            }
        }
    }
}
