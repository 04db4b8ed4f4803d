//! Depthwise convolution: one filter per channel. candle's grouped convolution runs one matrix product per channel and
//! is 50 to 90 times slower.

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};

use crate::face::plan::Window;

/// `x` is `[n, c, h, w]`, `weights` `[c, 1, kh, kw]`; both contiguous.
pub(super) fn depthwise_conv(x: &Tensor, weights: &Tensor, window: Window) -> Result<Tensor> {
    if x.device().is_cpu() {
        x.contiguous()?.apply_op2_no_bwd(weights, &Depthwise(window))
    } else {
        shifted_sum(x, weights, window)
    }
}

/// The same with tensor operations, for devices without our kernel: each tap of the window is the whole input, shifted
/// and scaled.
fn shifted_sum(x: &Tensor, weights: &Tensor, window: Window) -> Result<Tensor> {
    let (_, channels, height, width) = x.dims4()?;
    let Some([out_h, out_w]) = window.output_size(height, width) else {
        bail!("the input is smaller than the window")
    };
    let [top, left, bottom, right] = window.padding;
    // Padded so that the last strided row and column are whole steps.
    let [stride_y, stride_x] = window.stride;
    let x = x.pad_with_zeros(2, top, bottom + stride_y - 1)?.pad_with_zeros(3, left, right + stride_x - 1)?;
    let mut sum: Option<Tensor> = None;
    for ky in 0..window.kernel[0] {
        for kx in 0..window.kernel[1] {
            let tap = strided(&x, 2, ky * window.dilation[0], out_h, stride_y)?;
            let tap = strided(&tap, 3, kx * window.dilation[1], out_w, stride_x)?;
            let weight = weights.narrow(2, ky, 1)?.narrow(3, kx, 1)?.reshape((1, channels, 1, 1))?;
            let term = tap.broadcast_mul(&weight)?;
            sum = Some(match sum {
                Some(sum) => (sum + term)?,
                None => term,
            });
        }
    }
    sum.ok_or_else(|| candle_core::Error::Msg("the window is empty".into()))
}

/// `count` entries along `axis`: every `stride`-th from `start` on.
fn strided(x: &Tensor, axis: usize, start: usize, count: usize, stride: usize) -> Result<Tensor> {
    let run = x.narrow(axis, start, count * stride)?;
    if stride == 1 {
        return Ok(run);
    }
    let mut split = x.dims().to_vec();
    split[axis] = count;
    split.insert(axis + 1, stride);
    run.contiguous()?.reshape(split)?.narrow(axis + 1, 0, 1)?.squeeze(axis + 1)
}

struct Depthwise(Window);

impl CustomOp2 for Depthwise {
    fn name(&self) -> &'static str {
        "depthwise-conv"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weights: &CpuStorage,
        weights_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (batch, channels, height, width) = x_layout.shape().dims4()?;
        let (Some((x_start, x_end)), Some((w_start, w_end))) =
            (x_layout.contiguous_offsets(), weights_layout.contiguous_offsets())
        else {
            bail!("the inputs must be contiguous")
        };
        let Some([out_h, out_w]) = self.0.output_size(height, width) else {
            bail!("the input is smaller than the window")
        };
        let x = &x.as_slice::<f32>()?[x_start..x_end];
        let weights = &weights.as_slice::<f32>()?[w_start..w_end];
        let taps = self.0.kernel[0] * self.0.kernel[1];
        let mut out = vec![0.0; batch * channels * out_h * out_w];
        for (plane, out) in out.chunks_exact_mut(out_h * out_w).enumerate() {
            let filter = &weights[plane % channels * taps..][..taps];
            let plane = &x[plane * height * width..][..height * width];
            convolve_plane(&self.0, plane, width, filter, out, out_w);
        }
        Ok((CpuStorage::F32(out), (batch, channels, out_h, out_w).into()))
    }
}

/// Row by row, tap by tap, so that the innermost loop is a multiply-add over a whole row.
fn convolve_plane(
    window: &Window,
    plane: &[f32],
    width: usize,
    filter: &[f32],
    out: &mut [f32],
    out_w: usize,
) {
    let height = plane.len() / width;
    let [stride_y, stride_x] = window.stride;
    for (oy, out_row) in out.chunks_exact_mut(out_w).enumerate() {
        for (tap, weight) in filter.iter().enumerate() {
            let (ky, kx) = (tap / window.kernel[1], tap % window.kernel[1]);
            let y = oy * stride_y + ky * window.dilation[0];
            let Some(y) = y.checked_sub(window.padding[0]).filter(|y| *y < height) else { continue };
            let row = &plane[y * width..][..width];
            // Input column of output column 0, before the left padding is subtracted.
            let offset = kx * window.dilation[1];
            let left = window.padding[1];
            let first = left.saturating_sub(offset).div_ceil(stride_x).min(out_w);
            let reach = width + left;
            let last = if reach > offset { ((reach - offset - 1) / stride_x + 1).min(out_w) } else { 0 };
            if first >= last {
                continue;
            }
            let source = &row[first * stride_x + offset - left..];
            let target = &mut out_row[first..last];
            if stride_x == 1 {
                target.iter_mut().zip(source).for_each(|(o, x)| *o += weight * x);
            } else {
                target.iter_mut().zip(source.iter().step_by(stride_x)).for_each(|(o, x)| *o += weight * x);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn kernel_shifted_sum_and_grouped_convolution_agree(
            channels in 1_usize..5, height in 3_usize..12, width in 3_usize..12,
            kernel in 1_usize..4, stride in 1_usize..3, padding in 0_usize..2, batch in 1_usize..3,
        ) {
            let window =
                Window { stride: [stride; 2], padding: [padding; 4], ..Window::plain([kernel; 2]) };
            let x = Tensor::randn(0_f32, 1.0, (batch, channels, height, width), &Device::Cpu).unwrap();
            let weights = Tensor::randn(0_f32, 1.0, (channels, 1, kernel, kernel), &Device::Cpu).unwrap();
            let expected = x.conv2d(&weights, padding, stride, 1, channels).unwrap();
            for actual in [depthwise_conv(&x, &weights, window), shifted_sum(&x, &weights, window)] {
                let actual = actual.unwrap();
                prop_assert_eq!(actual.dims(), expected.dims());
                let difference = (actual - &expected).unwrap().abs().unwrap().flatten_all().unwrap();
                prop_assert!(difference.max(0).unwrap().to_scalar::<f32>().unwrap() < 1e-4);
            }
        }
    }
}
