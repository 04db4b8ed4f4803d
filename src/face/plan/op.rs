//! The operators that a [`Plan`](super::Plan) may hold, each with its parameters resolved and checked.

use std::sync::Arc;

/// A constant tensor of floats, row-major.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    pub(crate) shape: Vec<usize>,
    pub(crate) data: Arc<[f32]>,
}

/// A sliding window over height and width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// Rows, columns.
    pub(crate) kernel: [usize; 2],
    /// Down, right.
    pub(crate) stride: [usize; 2],
    /// Top, left, bottom, right.
    pub(crate) padding: [usize; 4],
    /// Down, right.
    pub(crate) dilation: [usize; 2],
}

impl Window {
    /// Rows and columns that the window yields from an input of `height` rows and `width` columns; `None` when the
    /// padded input is smaller than the window.
    pub(crate) fn output_size(&self, height: usize, width: usize) -> Option<[usize; 2]> {
        let side = |size: usize, axis: usize| {
            let padded = size.checked_add(self.padding[axis])?.checked_add(self.padding[axis + 2])?;
            let span = self.dilation[axis].checked_mul(self.kernel[axis] - 1)?.checked_add(1)?;
            padded.checked_sub(span).map(|room| room / self.stride[axis] + 1)
        };
        Some([side(height, 0)?, side(width, 1)?])
    }

    /// True where each output pixel depends on just the input pixel at the same place.
    pub(crate) fn is_pointwise(&self) -> bool {
        self.kernel == [1, 1] && self.stride == [1, 1] && self.padding == [0; 4]
    }
}

/// A convolution or its transpose.
#[derive(Clone, Debug)]
pub(crate) struct Conv {
    /// `[out, in / groups, kh, kw]`; transposed: `[in, out / groups, kh, kw]`.
    pub(crate) weights: Weights,
    /// One number for each output channel.
    pub(crate) bias: Option<Arc<[f32]>>,
    pub(crate) window: Window,
    pub(crate) groups: usize,
}

/// One step of a plan. Tensors are `[n, channels, height, width]` unless said otherwise.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Conv(Conv),
    ConvTranspose(Conv),
    /// `[n, in]` times `weights` (`[out, in]`) transposed, plus bias.
    Gemm {
        weights: Weights,
        bias: Option<Arc<[f32]>>,
    },
    /// `x * scale + shift` for each channel: a batch normalisation that no convolution could take in.
    ScaleShift {
        scale: Arc<[f32]>,
        shift: Arc<[f32]>,
    },
    Relu,
    LeakyRelu(f32),
    /// Negative values are multiplied by their channel's slope, or all by the only one.
    PRelu(Arc<[f32]>),
    Sigmoid,
    Tanh,
    Clip {
        min: f32,
        max: f32,
    },
    Add,
    Sub,
    Mul,
    Div,
    MaxPool(Window),
    AveragePool(Window),
    GlobalAveragePool,
    /// Nearest-neighbour enlargement by whole factors; its other inputs say how much.
    Resize,
    Transpose(Vec<usize>),
    /// Reshape, Flatten, Squeeze, Unsqueeze: the same numbers in another shape.
    Reshape(Reshape),
    Concat {
        axis: i64,
    },
    /// Integers about shapes, resolved before anything runs.
    Shape,
    Gather {
        axis: i64,
    },
    Cast,
}

/// How the new shape follows from the old.
#[derive(Clone, Debug)]
pub(crate) enum Reshape {
    /// To the second input: 0 keeps a dimension, -1 takes what remains.
    To,
    /// `[product before axis, product from axis on]`.
    Flatten(i64),
    Squeeze(Vec<i64>),
    Unsqueeze(Vec<i64>),
}

impl Op {
    /// Multiplies each output channel by `scale` and adds `shift` inside the weights; false where the operator has
    /// none to change.
    pub(crate) fn absorb(&mut self, scale: &[f32], shift: &[f32]) -> bool {
        let (weights, bias, channel_axis) = match self {
            Self::Conv(conv) => (&mut conv.weights, &mut conv.bias, 0),
            Self::ConvTranspose(conv) if conv.groups == 1 => (&mut conv.weights, &mut conv.bias, 1),
            Self::Gemm { weights, bias } => (weights, bias, 0),
            _ => return false,
        };
        if weights.shape[channel_axis] != scale.len() {
            return false;
        }
        let inner: usize = weights.shape[channel_axis + 1..].iter().product();
        weights.data =
            weights.data.iter().enumerate().map(|(i, w)| w * scale[i / inner % scale.len()]).collect();
        let old = |channel: usize| bias.as_ref().map_or(0.0, |b| b[channel]);
        *bias = Some((0..scale.len()).map(|c| old(c) * scale[c] + shift[c]).collect());
        true
    }
}
