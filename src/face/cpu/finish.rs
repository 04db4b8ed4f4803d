//! What follows a convolution while its sums are still in registers: bias, activation, and the addition of another
//! picture, before or after the activation.
#![expect(unsafe_code, reason = "part of kernels over raw pointers")]
#![expect(
    unsafe_op_in_unsafe_fn,
    reason = "every operation of these functions rests on the contract of its function"
)]
#![expect(
    clippy::needless_range_loop,
    reason = "iterators over registers are not always inlined into functions for an instruction set; counting is"
)]

use std::marker::PhantomData;

use super::buffer::{Buffer, CHANNEL_BLOCK};
use super::simd::Simd;

/// A function of each number alone.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Activation {
    None,
    Relu,
    Clip {
        min: f32,
        max: f32,
    },
    /// Negative numbers times the slope of their channel (`PReLU`).
    Slopes(Vec<f32>),
}

/// Where the other picture is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    BeforeActivation,
    AfterActivation,
}

/// Bias, activation, addition.
pub(super) struct Finish {
    /// Of each channel, padded.
    bias: Buffer,
    activation: Activation,
    /// Of each channel, padded, where the activation has slopes.
    slopes: Buffer,
    /// No slope is larger than 1.
    gentle: bool,
    residual: Option<Place>,
}

impl Finish {
    pub(super) fn new(bias: &[f32], activation: Activation, residual: Option<Place>) -> Self {
        let padded = |values: &[f32]| {
            let mut padded = values.to_vec();
            padded.resize(values.len().next_multiple_of(CHANNEL_BLOCK), 0.0);
            Buffer::from_floats(&padded)
        };
        let slopes = if let Activation::Slopes(slopes) = &activation { slopes } else { &Vec::new() };
        assert!(slopes.is_empty() || slopes.len() == bias.len());
        let gentle = slopes.iter().all(|slope| *slope <= 1.0);
        Self { bias: padded(bias), slopes: padded(slopes), gentle, activation, residual }
    }

    /// For a kernel that writes pixels of `pitch` channels; `residual` is the other picture from the first pixel that
    /// the kernel writes on, where there is one.
    ///
    /// # Panics
    /// When there are fewer numbers than channels, or a residual is expected and not given.
    pub(super) fn for_kernel<'a>(&'a self, pitch: usize, residual: Option<&'a [f32]>) -> FinishArgs<'a> {
        assert!(self.bias.as_slice().len() >= pitch);
        assert_eq!(self.residual.is_some(), residual.is_some());
        let step = match &self.activation {
            Activation::None => ActivationArgs::None,
            Activation::Relu => ActivationArgs::Relu,
            Activation::Clip { min, max } => ActivationArgs::Clip(*min, *max),
            Activation::Slopes(_) => {
                let slopes = self.slopes.as_slice();
                assert!(slopes.len() >= pitch);
                if self.gentle {
                    ActivationArgs::GentleSlopes(slopes.as_ptr())
                } else {
                    ActivationArgs::Slopes(slopes.as_ptr())
                }
            }
        };
        FinishArgs {
            bias: self.bias.as_slice().as_ptr(),
            activation: step,
            residual: residual.map_or(std::ptr::null(), <[f32]>::as_ptr),
            after: self.residual == Some(Place::AfterActivation),
            channels: pitch,
            residual_floats: residual.map_or(usize::MAX, <[f32]>::len),
            borrowed: PhantomData,
        }
    }
}

#[derive(Clone, Copy)]
enum ActivationArgs {
    None,
    Relu,
    Clip(f32, f32),
    /// All at most 1: the product with the slope is the larger number just where the number is negative.
    GentleSlopes(*const f32),
    Slopes(*const f32),
}

/// The same as pointers, for kernels.
#[derive(Clone, Copy)]
pub(super) struct FinishArgs<'a> {
    bias: *const f32,
    activation: ActivationArgs,
    /// Null where nothing is added.
    residual: *const f32,
    after: bool,
    /// That bias and slopes are there for.
    channels: usize,
    /// Without limit where nothing is added.
    residual_floats: usize,
    borrowed: PhantomData<&'a [f32]>,
}

/// Changes each register of a tile. A macro, because a closure would not be compiled for the instruction set.
macro_rules! for_each {
    ($tile:ident, |$value:ident, $v:ident| $change:expr) => {
        for pixel in 0..PIXELS {
            for $v in 0..VECTORS {
                let $value = $tile[pixel][$v];
                $tile[pixel][$v] = $change;
            }
        }
    };
}

impl FinishArgs<'_> {
    /// True where they do for that many channels and floats of output.
    pub(super) fn cover(&self, channels: usize, floats: usize) -> bool {
        channels <= self.channels && floats <= self.residual_floats
    }

    /// What the sums of a tile begin with: the bias of the channels from `channel` on.
    ///
    /// # Safety
    /// The channels are among those that the arguments were made for; the processor has the instruction set.
    #[inline(always)]
    pub(super) unsafe fn begin_tile<S: Simd, const PIXELS: usize, const VECTORS: usize>(
        &self,
        channel: usize,
    ) -> [[S; VECTORS]; PIXELS] {
        [registers::<S, VECTORS>(self.bias.add(channel)); PIXELS]
    }

    /// From the sums of a tile, bias included, to what is stored: `PIXELS` pixels `pitch` apart, of `VECTORS` registers
    /// of channels from `channel` on. `offset` is that of the first from where the residual begins.
    ///
    /// Step by step over the whole tile, so that each decision is made once and the tile stays in registers.
    ///
    /// # Safety
    /// The channels are among those that the arguments were made for, the residual has the tile's floats; the processor
    /// has the instruction set.
    #[inline(always)]
    pub(super) unsafe fn apply_tile<S: Simd, const PIXELS: usize, const VECTORS: usize>(
        &self,
        tile: &mut [[S; VECTORS]; PIXELS],
        channel: usize,
        offset: usize,
        pitch: usize,
    ) {
        if !self.residual.is_null() && !self.after {
            self.add_residual(tile, offset, pitch);
        }
        match self.activation {
            ActivationArgs::None => {}
            ActivationArgs::Relu => {
                let zero = S::splat(0.0);
                for_each!(tile, |value, v| value.max(zero));
            }
            ActivationArgs::Clip(min, max) => {
                let (min, max) = (S::splat(min), S::splat(max));
                for_each!(tile, |value, v| value.max(min).min(max));
            }
            ActivationArgs::GentleSlopes(slopes) => {
                let slopes = registers::<S, VECTORS>(slopes.add(channel));
                for_each!(tile, |value, v| value.max(value.mul(slopes[v])));
            }
            ActivationArgs::Slopes(slopes) => {
                let slopes = registers::<S, VECTORS>(slopes.add(channel));
                let zero = S::splat(0.0);
                for_each!(tile, |value, v| value.min(zero).mul_add(slopes[v], value.max(zero)));
            }
        }
        if !self.residual.is_null() && self.after {
            self.add_residual(tile, offset, pitch);
        }
    }

    #[inline(always)]
    unsafe fn add_residual<S: Simd, const PIXELS: usize, const VECTORS: usize>(
        &self,
        tile: &mut [[S; VECTORS]; PIXELS],
        offset: usize,
        pitch: usize,
    ) {
        let residual = self.residual.add(offset);
        for pixel in 0..PIXELS {
            for v in 0..VECTORS {
                let term = S::load(residual.add(pixel * pitch + v * S::LANES));
                tile[pixel][v] = tile[pixel][v].add(term);
            }
        }
    }
}

#[inline(always)]
unsafe fn registers<S: Simd, const VECTORS: usize>(from: *const f32) -> [S; VECTORS] {
    let mut registers = [S::splat(0.0); VECTORS];
    for v in 0..VECTORS {
        registers[v] = S::load(from.add(v * S::LANES));
    }
    registers
}
