//! What is done to each pixel alone: scale, bias, activation, the addition of another picture; and enlargement by
//! repeating pixels.

use super::Pass;
use crate::face::cpu::buffer::{Buffer, CHANNEL_BLOCK};
use crate::face::cpu::finish::FinishArgs;
use crate::face::cpu::simd::{Isa, Kernel, Simd};

/// A factor for each channel. Each pixel is repeated as often as the output is larger.
pub(in crate::face::cpu) struct PerPixel {
    scale: Buffer,
}

impl PerPixel {
    pub(in crate::face::cpu) fn new(scale: &[f32]) -> Self {
        let mut padded = scale.to_vec();
        padded.resize(scale.len().next_multiple_of(CHANNEL_BLOCK), 0.0);
        Self { scale: Buffer::from_floats(&padded) }
    }

    pub(in crate::face::cpu) fn run(&self, isa: Isa, pass: &mut Pass) {
        let (pitch, scale) = (pass.to.extent.pitch, self.scale.as_slice());
        let (from, to) = (pass.from.extent, pass.to.extent);
        let (down, right) = (to.height / from.height, to.width / from.width);
        assert!(from.pitch == pitch && scale.len() >= pitch);
        assert!(from.width * right == to.width && from.height * down == to.height);
        for y in pass.rows.clone() {
            let finish = pass.finish.for_kernel(pitch, pass.residual_rows(y, 1));
            let from = pass.from.rows(y / down, 1).as_ptr();
            let (width, to) = (pass.to.extent.width, pass.to.rows(y, 1).as_mut_ptr());
            let kernel = PixelRow { scale: scale.as_ptr(), from, right, width, pitch, to, finish };
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
    finish: FinishArgs<'a>,
}

impl Kernel for PixelRow<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        for pixel in 0..self.width {
            let from = self.from.add(pixel / self.right * self.pitch);
            let mut channel = 0;
            while channel < self.pitch {
                let scale = S::load(self.scale.add(channel));
                let mut tile = self.finish.begin_tile::<S, 1, 1>(channel);
                tile[0][0] = S::load(from.add(channel)).mul_add(scale, tile[0][0]);
                let offset = pixel * self.pitch + channel;
                self.finish.apply_tile(&mut tile, channel, offset, 0);
                tile[0][0].store(self.to.add(offset));
                channel += S::LANES;
            }
        }
    }
}
