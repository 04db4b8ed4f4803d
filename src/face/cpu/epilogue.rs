//! What follows a convolution while its sums are still in registers: bias, activation, and the addition of a residual
//! picture before or after the activation.
#![expect(unsafe_code, reason = "part of kernels over raw pointers")]
#![expect(
    unsafe_op_in_unsafe_fn,
    reason = "every operation in these functions relies on the contract of its function"
)]
#![expect(
    clippy::needless_range_loop,
    reason = "iterators over registers are not always inlined into functions for an instruction set; counting loops are"
)]

use std::marker::PhantomData;

use super::buffer::Buffer;
use super::simd::Simd;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Activation {
    None,
    Relu,
    Clip {
        min: f32,
        max: f32,
    },
    /// Negative numbers are multiplied by their channel's slope (`PReLU`).
    Slopes(Vec<f32>),
}

/// When the residual picture is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResidualPosition {
    BeforeActivation,
    AfterActivation,
}

/// Bias, activation and residual addition of one layer.
pub(super) struct Epilogue {
    /// Per channel, padded.
    bias: Buffer,
    activation: Activation,
    /// Per channel, padded; empty if the activation has no slopes.
    slopes: Buffer,
    /// True if no slope is larger than 1.
    slopes_up_to_one: bool,
    residual: Option<ResidualPosition>,
}

impl Epilogue {
    pub(super) fn new(bias: &[f32], activation: Activation, residual: Option<ResidualPosition>) -> Self {
        let slopes = if let Activation::Slopes(slopes) = &activation { slopes } else { &Vec::new() };
        assert!(slopes.is_empty() || slopes.len() == bias.len());
        let slopes_up_to_one = slopes.iter().all(|slope| *slope <= 1.0);
        let (bias, slopes) = (Buffer::padded(bias), Buffer::padded(slopes));
        Self { bias, activation, slopes, slopes_up_to_one, residual }
    }

    /// Arguments for a kernel that writes pixels of `pitch` channels. `residual` starts at the first pixel that the
    /// kernel writes.
    ///
    /// # Panics
    /// When there are fewer biases or slopes than channels, or a residual is expected and not given.
    pub(super) fn for_kernel<'a>(&'a self, pitch: usize, residual: Option<&'a [f32]>) -> EpilogueArgs<'a> {
        assert!(self.bias.as_slice().len() >= pitch);
        assert_eq!(self.residual.is_some(), residual.is_some());
        let activation = match &self.activation {
            Activation::None => ActivationArgs::None,
            Activation::Relu => ActivationArgs::Relu,
            Activation::Clip { min, max } => ActivationArgs::Clip(*min, *max),
            Activation::Slopes(_) => {
                let slopes = self.slopes.as_slice();
                assert!(slopes.len() >= pitch);
                if self.slopes_up_to_one {
                    ActivationArgs::SlopesUpToOne(slopes.as_ptr())
                } else {
                    ActivationArgs::Slopes(slopes.as_ptr())
                }
            }
        };
        EpilogueArgs {
            bias: self.bias.as_slice().as_ptr(),
            activation,
            residual: residual.map_or(std::ptr::null(), <[f32]>::as_ptr),
            after_activation: self.residual == Some(ResidualPosition::AfterActivation),
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
    /// Slopes of at most 1: then `max(x, slope * x)` computes the activation.
    SlopesUpToOne(*const f32),
    Slopes(*const f32),
}

/// An [`Epilogue`] as pointers, for kernels.
#[derive(Clone, Copy)]
pub(super) struct EpilogueArgs<'a> {
    bias: *const f32,
    activation: ActivationArgs,
    /// Null if there is none.
    residual: *const f32,
    after_activation: bool,
    /// Number of biases and slopes.
    channels: usize,
    /// `usize::MAX` if there is no residual.
    residual_floats: usize,
    borrowed: PhantomData<&'a [f32]>,
}

/// Maps each register of a tile. A macro, because a closure would not be compiled for the instruction set.
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

impl EpilogueArgs<'_> {
    /// True if the arguments suffice for that many channels and floats of output.
    pub(super) fn cover(&self, channels: usize, floats: usize) -> bool {
        channels <= self.channels && floats <= self.residual_floats
    }

    /// Initial sums of a tile: the bias of the channels from `channel` on.
    ///
    /// # Safety
    /// The channels are among those the arguments were created for; the processor has the instruction set.
    #[inline(always)]
    pub(super) unsafe fn begin_tile<S: Simd, const PIXELS: usize, const VECTORS: usize>(
        &self,
        channel: usize,
    ) -> [[S; VECTORS]; PIXELS] {
        [registers::<S, VECTORS>(self.bias.add(channel)); PIXELS]
    }

    /// Applies activation and residual to the sums of a tile, bias included: `PIXELS` pixels `pitch` apart, `VECTORS`
    /// registers of channels from `channel` on. `offset` is the first pixel's offset in the residual.
    ///
    /// Each step runs over the whole tile, so that each decision is made once and the tile stays in registers.
    ///
    /// # Safety
    /// The channels are among those the arguments were created for, the residual has the tile's floats; the processor
    /// has the instruction set.
    #[inline(always)]
    pub(super) unsafe fn apply_tile<S: Simd, const PIXELS: usize, const VECTORS: usize>(
        &self,
        tile: &mut [[S; VECTORS]; PIXELS],
        channel: usize,
        offset: usize,
        pitch: usize,
    ) {
        if !self.residual.is_null() && !self.after_activation {
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
            ActivationArgs::SlopesUpToOne(slopes) => {
                let slopes = registers::<S, VECTORS>(slopes.add(channel));
                for_each!(tile, |value, v| value.max(value.mul(slopes[v])));
            }
            ActivationArgs::Slopes(slopes) => {
                let slopes = registers::<S, VECTORS>(slopes.add(channel));
                let zero = S::splat(0.0);
                for_each!(tile, |value, v| value.min(zero).mul_add(slopes[v], value.max(zero)));
            }
        }
        if !self.residual.is_null() && self.after_activation {
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
