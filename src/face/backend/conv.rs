//! Convolutions as candle tensor operations, each by the cheapest method that computes it.

use candle_core::{Device, Result, Tensor};

use super::depthwise::depthwise_conv;
use crate::face::plan::{Conv, Window};

/// A convolution with its weights on the device.
pub(super) struct ConvLayer {
    method: ConvMethod,
    /// `[1, out, 1, 1]`.
    bias: Option<Tensor>,
    window: Window,
}

enum ConvMethod {
    /// 1x1, as a matrix product; weights `[out, in]`.
    Pointwise(Tensor),
    /// One filter per channel; weights `[c, 1, kh, kw]`.
    Depthwise(Tensor),
    /// Weights `[out, in, kh, kw]`.
    General(Tensor),
    /// Transposed with output tiles that do not overlap, as a matrix product; weights `[out * kh * kw, in]`.
    TransposedTiles(Tensor),
    /// Transposed; weights `[in, out, kh, kw]`.
    Transposed(Tensor),
}

impl ConvLayer {
    pub(super) fn new(conv: &Conv, device: &Device) -> Result<Self> {
        let weights = Tensor::from_slice(&conv.weights.data, conv.weights.shape.as_slice(), device)?;
        let (out, per_group, _, _) = weights.dims4()?;
        let method = if conv.window.is_pointwise() && conv.groups == 1 {
            ConvMethod::Pointwise(weights.reshape((out, per_group))?)
        } else if per_group == 1 && conv.groups == out {
            ConvMethod::Depthwise(weights)
        } else {
            ConvMethod::General(dense(&weights, conv.groups)?)
        };
        Self::with_method(method, conv, device)
    }

    pub(super) fn transposed(conv: &Conv, device: &Device) -> Result<Self> {
        let weights = Tensor::from_slice(&conv.weights.data, conv.weights.shape.as_slice(), device)?;
        let (input, out, kh, kw) = weights.dims4()?;
        let window = &conv.window;
        let tiles = window.stride == window.kernel && window.padding == [0; 4] && window.dilation == [1, 1];
        let method = if tiles {
            ConvMethod::TransposedTiles(weights.reshape((input, out * kh * kw))?.t()?.contiguous()?)
        } else {
            ConvMethod::Transposed(weights)
        };
        Self::with_method(method, conv, device)
    }

    fn with_method(method: ConvMethod, conv: &Conv, device: &Device) -> Result<Self> {
        let bias = conv.bias.as_ref().map(|bias| Tensor::from_slice(bias, (1, bias.len(), 1, 1), device));
        Ok(Self { method, bias: bias.transpose()?, window: conv.window })
    }

    pub(super) fn run(&self, x: &Tensor) -> Result<Tensor> {
        let y = match &self.method {
            ConvMethod::Pointwise(weights) => pointwise(x, weights)?,
            ConvMethod::Depthwise(weights) => depthwise_conv(x, weights, self.window)?,
            ConvMethod::General(weights) => {
                let Window { padding: [top, left, bottom, right], .. } = self.window;
                let even = [left, bottom, right].iter().all(|side| *side == top);
                let (x, padding) = if even {
                    (x.clone(), top)
                } else {
                    (x.pad_with_zeros(2, top, bottom)?.pad_with_zeros(3, left, right)?, 0)
                };
                // The plan rejects strides and dilations that differ by direction.
                let Window { stride: [stride, _], dilation: [dilation, _], .. } = self.window;
                x.conv2d(weights, padding, stride, dilation, 1)?
            }
            ConvMethod::TransposedTiles(weights) => {
                let (n, _, h, w) = x.dims4()?;
                let [kh, kw] = self.window.kernel;
                let out = weights.dim(0)? / (kh * kw);
                pointwise(x, weights)?
                    .reshape(&[n, out, kh, kw, h, w][..])?
                    .permute([0, 1, 4, 2, 5, 3])?
                    .reshape((n, out, h * kh, w * kw))?
            }
            ConvMethod::Transposed(weights) => {
                let Window { padding: [padding, ..], stride: [stride, _], dilation: [dilation, _], .. } =
                    self.window;
                x.conv_transpose2d(weights, padding, 0, stride, dilation)?
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

/// Expands the weights of a grouped convolution to a dense one, with zeros between channels of different groups. candle
/// itself would run one convolution per group.
fn dense(weights: &Tensor, groups: usize) -> Result<Tensor> {
    if groups == 1 {
        return Ok(weights.clone());
    }
    let (out, per_group, _, _) = weights.dims4()?;
    let block = out / groups;
    let blocks = (0..groups).map(|group| {
        let inputs = weights.narrow(0, group * block, block)?;
        inputs.pad_with_zeros(1, group * per_group, (groups - 1 - group) * per_group)
    });
    Tensor::cat(&blocks.collect::<Result<Vec<_>>>()?, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::plan::Weights;

    #[test]
    fn every_method_agrees_with_candles_own_convolution() {
        let device = Device::Cpu;
        for (input, out, groups, kernel, stride, padding) in [
            (6, 4, 1, 1, 1, 0),
            (6, 6, 6, 3, 2, 1),
            (6, 4, 2, 3, 1, 1),
            (6, 9, 3, 3, 2, 0),
            (3, 8, 1, 3, 2, 1),
        ] {
            let x = Tensor::randn(0_f32, 1.0, (2, input, 9, 8), &device).unwrap();
            let shape = vec![out, input / groups, kernel, kernel];
            let weights = Tensor::randn(0_f32, 1.0, shape.as_slice(), &device).unwrap();
            let expected = x.conv2d(&weights, padding, stride, 1, groups).unwrap();
            let data: Vec<f32> = weights.flatten_all().unwrap().to_vec1().unwrap();
            let window = Window { stride: [stride; 2], padding: [padding; 4], ..Window::plain([kernel; 2]) };
            let conv = Conv { weights: Weights { shape, data: data.into() }, bias: None, window, groups };
            let actual = ConvLayer::new(&conv, &device).unwrap().run(&x).unwrap();
            assert_eq!(actual.dims(), expected.dims());
            let difference = (actual - expected).unwrap().abs().unwrap().flatten_all().unwrap();
            assert!(difference.max(0).unwrap().to_scalar::<f32>().unwrap() < 1e-4);
        }
    }
}
