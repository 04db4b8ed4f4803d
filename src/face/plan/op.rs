//! The operators of a [`Plan`](super::Plan), with resolved and checked parameters.

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
    /// Stride 1, no padding, no dilation.
    pub(crate) fn plain(kernel: [usize; 2]) -> Self {
        Self { kernel, stride: [1; 2], padding: [0; 4], dilation: [1; 2] }
    }

    /// Rows and columns of the output for an input of `height` rows and `width` columns; `None` if the padded input is
    /// smaller than the window.
    pub(crate) fn output_size(&self, height: usize, width: usize) -> Option<[usize; 2]> {
        let side = |size: usize, axis: usize| {
            let padded = size.checked_add(self.padding[axis])?.checked_add(self.padding[axis + 2])?;
            let span = self.dilation[axis].checked_mul(self.kernel[axis] - 1)?.checked_add(1)?;
            padded.checked_sub(span).map(|room| room / self.stride[axis] + 1)
        };
        Some([side(height, 0)?, side(width, 1)?])
    }

    /// True if each output pixel depends only on the input pixel at the same position.
    pub(crate) fn is_pointwise(&self) -> bool {
        self.kernel == [1, 1] && self.stride == [1, 1] && self.padding == [0; 4]
    }
}

/// A convolution or its transpose.
#[derive(Clone, Debug)]
pub(crate) struct Conv {
    /// `[out, in / groups, kh, kw]`; transposed: `[in, out / groups, kh, kw]`.
    pub(crate) weights: Weights,
    /// One number per output channel.
    pub(crate) bias: Option<Arc<[f32]>>,
    pub(crate) window: Window,
    pub(crate) groups: usize,
}

/// One step of a plan. Tensors are `[n, channels, height, width]` unless stated otherwise.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Conv(Conv),
    ConvTranspose(Conv),
    /// `[n, in]` times `weights` (`[out, in]`) transposed, plus bias.
    Gemm {
        weights: Weights,
        bias: Option<Arc<[f32]>>,
    },
    /// `x * scale + shift` per channel: a batch normalisation that could not be folded into a convolution.
    ScaleShift {
        scale: Arc<[f32]>,
        shift: Arc<[f32]>,
    },
    Relu,
    LeakyRelu(f32),
    /// Negative values are multiplied by the slope of their channel, or by a single slope.
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
    /// Nearest-neighbour enlargement by integer factors, which are its other input.
    Resize,
    Transpose(Vec<usize>),
    /// Reshape, Flatten, Squeeze, Unsqueeze: the same numbers in another shape.
    Reshape(Reshape),
    Concat {
        axis: i64,
    },
    /// The input's shape as integers. Like `Gather` and `Cast`, resolved before the network runs.
    Shape,
    Gather {
        axis: i64,
    },
    Cast,
}

/// How the new shape is derived from the old one.
#[derive(Clone, Debug)]
pub(crate) enum Reshape {
    /// The second input: 0 keeps a dimension, -1 is inferred from the rest.
    To,
    /// `[product before axis, product from axis on]`.
    Flatten(i64),
    Squeeze(Vec<i64>),
    Unsqueeze(Vec<i64>),
}

impl Op {
    /// Folds a scale and a shift per output channel into the weights and the bias; false if the operator has none, or
    /// another number of channels.
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
