//! Convolutions as candle tensor operations, each form by the cheapest operation that computes it.

use candle_core::{Device, Result, Tensor, bail};

use super::depthwise::depthwise_conv;
use crate::face::plan::{Conv, Window};

/// A convolution whose weights lie on the device.
pub(super) struct ConvLayer {
    form: Form,
    /// `[1, out, 1, 1]`.
    bias: Option<Tensor>,
    window: Window,
}

enum Form {
    /// 1x1: a matrix product, weights `[out, in]`.
    Pointwise(Tensor),
    /// One filter a channel, weights `[c, 1, kh, kw]`.
    Depthwise(Tensor),
    /// Weights `[out, in / groups, kh, kw]`.
    General(Tensor, usize),
    /// Transposed, each input pixel making its own tile: a matrix product, weights `[out * kh * kw, in]`.
    TransposedTiles(Tensor),
    /// Transposed, weights `[in, out, kh, kw]`.
    Transposed(Tensor),
}

impl ConvLayer {
    pub(super) fn new(conv: &Conv, device: &Device) -> Result<Self> {
        let weights = Tensor::from_slice(&conv.weights.data, conv.weights.shape.as_slice(), device)?;
        let (out, per_group, _, _) = weights.dims4()?;
        let form = if conv.window.is_pointwise() && conv.groups == 1 {
            Form::Pointwise(weights.reshape((out, per_group))?)
        } else if per_group == 1 && conv.groups == out {
            Form::Depthwise(weights)
        } else {
            Form::General(weights, conv.groups)
        };
        Self::with_form(form, conv, device)
    }

    pub(super) fn transposed(conv: &Conv, device: &Device) -> Result<Self> {
        if conv.groups != 1 {
            bail!("transposed convolution in groups is not supported")
        }
        let weights = Tensor::from_slice(&conv.weights.data, conv.weights.shape.as_slice(), device)?;
        let (input, out, kh, kw) = weights.dims4()?;
        let window = &conv.window;
        let tiles = window.stride == window.kernel && window.padding == [0; 4] && window.dilation == [1, 1];
        let form = if tiles {
            Form::TransposedTiles(weights.reshape((input, out * kh * kw))?.t()?.contiguous()?)
        } else {
            Form::Transposed(weights)
        };
        Self::with_form(form, conv, device)
    }

    fn with_form(form: Form, conv: &Conv, device: &Device) -> Result<Self> {
        let bias = conv.bias.as_ref().map(|bias| Tensor::from_slice(bias, (1, bias.len(), 1, 1), device));
        Ok(Self { form, bias: bias.transpose()?, window: conv.window })
    }

    pub(super) fn run(&self, x: &Tensor) -> Result<Tensor> {
        let y = match &self.form {
            Form::Pointwise(weights) => pointwise(x, weights)?,
            Form::Depthwise(weights) => depthwise_conv(x, weights, self.window)?,
            Form::General(weights, groups) => {
                let Window { padding: [top, left, bottom, right], .. } = self.window;
                let even = [left, bottom, right].iter().all(|side| *side == top);
                let (x, padding) = if even {
                    (x.clone(), top)
                } else {
                    (x.pad_with_zeros(2, top, bottom)?.pad_with_zeros(3, left, right)?, 0)
                };
                let (stride, dilation) = (equal(self.window.stride)?, equal(self.window.dilation)?);
                x.conv2d(weights, padding, stride, dilation, *groups)?
            }
            Form::TransposedTiles(weights) => {
                let (n, _, h, w) = x.dims4()?;
                let [kh, kw] = self.window.kernel;
                let out = weights.dim(0)? / (kh * kw);
                pointwise(x, weights)?
                    .reshape(&[n, out, kh, kw, h, w][..])?
                    .permute([0, 1, 4, 2, 5, 3])?
                    .reshape((n, out, h * kh, w * kw))?
            }
            Form::Transposed(weights) => {
                let padding = self.window.padding;
                if padding.iter().any(|side| *side != padding[0]) {
                    bail!("transposed convolution with uneven padding is not supported")
                }
                let (stride, dilation) = (equal(self.window.stride)?, equal(self.window.dilation)?);
                x.conv_transpose2d(weights, padding[0], 0, stride, dilation)?
            }
        };
        match &self.bias {
            Some(bias) => y.broadcast_add(bias),
            None => Ok(y),
        }
    }
}

/// `[n, in, h, w]` times `[out, in]`.
fn pointwise(x: &Tensor, weights: &Tensor) -> Result<Tensor> {
    let (n, channels, h, w) = x.dims4()?;
    let out = weights.dim(0)?;
    let x = x.reshape((n, channels, h * w))?;
    let y = if n == 1 { weights.matmul(&x.squeeze(0)?)? } else { weights.broadcast_matmul(&x)? };
    y.reshape((n, out, h, w))
}

fn equal(sides: [usize; 2]) -> Result<usize> {
    if sides[0] == sides[1] { Ok(sides[0]) } else { bail!("different strides or dilations down and right") }
}
