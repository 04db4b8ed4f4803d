//! Depthwise convolution: each channel has its own filter. 3x3 windows are computed in tiles of two rows by four
//! pixels, whose inputs are loaded once; other windows, and the edges, pixel by pixel.

use std::ops::Range;

use super::Pass;
use crate::face::cpu::buffer::{Buffer, CHANNEL_BLOCK, Rows};
use crate::face::cpu::epilogue::EpilogueArgs;
use crate::face::cpu::simd::{Isa, Kernel, Simd};
use crate::face::plan::Window;

/// Output pixels of a tile, side by side.
const PIXELS: usize = 4;
/// Largest number of rows of a window.
pub(in crate::face::cpu) const MAX_KERNEL: usize = 16;

/// Filters, tap by tap, each tap with all channels.
pub(in crate::face::cpu) struct Depthwise {
    weights: Buffer,
    window: Window,
    /// Channels, padded.
    channels: usize,
}

impl Depthwise {
    /// `weight(channel, tap)` returns the filter weights.
    pub(in crate::face::cpu) fn pack(
        channels: usize,
        window: Window,
        weight: impl Fn(usize, usize) -> f32,
    ) -> Self {
        let padded = channels.next_multiple_of(CHANNEL_BLOCK);
        let taps = window.kernel[0] * window.kernel[1];
        let value = |tap, channel| if channel < channels { weight(channel, tap) } else { 0.0 };
        let packed: Vec<f32> =
            (0..taps).flat_map(|tap| (0..padded).map(move |channel| value(tap, channel))).collect();
        Self { weights: Buffer::from_floats(&packed), window, channels: padded }
    }

    pub(in crate::face::cpu) fn run(&self, isa: Isa, pass: &mut Pass) {
        let Window { kernel, stride, padding, dilation } = self.window;
        assert!(pass.from.extent.pitch == self.channels && pass.to.extent.pitch == self.channels);
        // Only edge columns take the slow path; rows outside the picture are skipped.
        let tiles =
            kernel == [3, 3] && dilation == [1, 1] && padding[1] <= stride[1] && stride[0] == stride[1];
        let mut y = pass.rows.start;
        while y < pass.rows.end {
            let pair = tiles && stride == [1, 1] && pass.to.contiguous_rows(y, pass.rows.end) >= 2;
            let count = if pair { 2 } else { 1 };
            let epilogue = pass.epilogue.for_kernel(self.channels, pass.residual_rows(y, count));
            let (width, to) = (pass.to.extent.width, pass.to.rows(y, count).as_mut_ptr());
            let job = DepthwiseRows { depthwise: self, from: &pass.from, y, width, to, epilogue };
            // SAFETY: `to` holds `count` rows; inputs are looked up row by row.
            unsafe {
                match (tiles, stride[0], pair) {
                    (true, 1, true) => isa.run(Tiles::<2, 1>(job)),
                    (true, 1, false) => isa.run(Tiles::<1, 1>(job)),
                    (true, 2, _) => isa.run(Tiles::<1, 2>(job)),
                    _ => isa.run(Pixels(job)),
                }
            }
            y += count;
        }
    }
}

/// One or two rows of output.
struct DepthwiseRows<'a> {
    depthwise: &'a Depthwise,
    from: &'a Rows<'a>,
    y: usize,
    /// Of the output.
    width: usize,
    to: *mut f32,
    epilogue: EpilogueArgs<'a>,
}

struct Pixels<'a>(DepthwiseRows<'a>);

impl Kernel for Pixels<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let width = self.0.width;
        self.0.pixels::<S>(0, 0..width);
    }
}

impl DepthwiseRows<'_> {
    /// Pixels of output row `row`, using the part of their window inside the picture.
    #[inline(always)]
    unsafe fn pixels<S: Simd>(&self, row: usize, pixels: Range<usize>) {
        let Depthwise { weights, window, channels } = self.depthwise;
        let Window { kernel: [kh, kw], stride, padding, dilation } = *window;
        let extent = self.from.extent;
        // Input rows of the window; null outside the picture.
        let mut sources = [std::ptr::null(); MAX_KERNEL];
        for ky in 0..kh {
            let y = ((self.y + row) * stride[0] + ky * dilation[0]).wrapping_sub(padding[0]);
            if y < extent.height {
                sources[ky] = self.from.rows(y, 1).as_ptr();
            }
        }
        for pixel in pixels {
            let offset = (row * self.width + pixel) * channels;
            let mut channel = 0;
            while channel < *channels {
                let mut tile = self.epilogue.begin_tile::<S, 1, 1>(channel);
                for ky in 0..kh {
                    if sources[ky].is_null() {
                        continue;
                    }
                    let source = sources[ky].add(channel);
                    let filter = weights.as_slice().as_ptr().add(ky * kw * channels + channel);
                    for kx in 0..kw {
                        let x = (pixel * stride[1] + kx * dilation[1]).wrapping_sub(padding[1]);
                        if x < extent.width {
                            let input = S::load(source.add(x * channels));
                            tile[0][0] = input.mul_add(S::load(filter.add(kx * channels)), tile[0][0]);
                        }
                    }
                }
                self.epilogue.apply_tile(&mut tile, channel, offset + channel, 0);
                tile[0][0].store(self.to.add(offset + channel));
                channel += S::LANES;
            }
        }
    }
}

/// 3x3 windows, `ROWS` rows of output at once.
struct Tiles<'a, const ROWS: usize, const STRIDE: usize>(DepthwiseRows<'a>);

impl<const ROWS: usize, const STRIDE: usize> Kernel for Tiles<'_, ROWS, STRIDE> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let job = self.0;
        let Window { padding: [top, left, ..], .. } = job.depthwise.window;
        let extent = job.from.extent;
        // Pixels whose window is between the picture's left and right edge.
        let first = left.div_ceil(STRIDE).min(job.width);
        let last = ((extent.width + left).saturating_sub(3) / STRIDE + 1).clamp(first, job.width);
        let last = if extent.width + left < 3 { first } else { last };
        for row in 0..ROWS {
            job.pixels::<S>(row, 0..first);
            job.pixels::<S>(row, last..job.width);
        }
        if last < first + PIXELS {
            for row in 0..ROWS {
                job.pixels::<S>(row, first..last);
            }
            return;
        }
        // Input rows of the tile; null outside the picture.
        let sources: [*const f32; 4] = std::array::from_fn(|i| {
            let y = (job.y * STRIDE + i).wrapping_sub(top);
            let inside = y < extent.height && i < ROWS + 2;
            if inside { job.from.rows(y, 1).as_ptr() } else { std::ptr::null() }
        });
        let mut pixel = first;
        while pixel < last {
            // The last tile may overlap the one before and compute the same numbers again.
            let start = pixel.min(last - PIXELS);
            job.tile::<S, ROWS, STRIDE>(&sources, start, start * STRIDE - left);
            pixel += PIXELS;
        }
    }
}

impl DepthwiseRows<'_> {
    /// `ROWS` by `PIXELS` output pixels, whose inputs start at column `source`.
    #[inline(always)]
    unsafe fn tile<S: Simd, const ROWS: usize, const STRIDE: usize>(
        &self,
        sources: &[*const f32; 4],
        pixel: usize,
        source: usize,
    ) {
        let channels = self.depthwise.channels;
        let weights = self.depthwise.weights.as_slice().as_ptr();
        let mut channel = 0;
        while channel < channels {
            let [bias] = self.epilogue.begin_tile::<S, 1, 1>(channel);
            let mut sums = [[bias[0]; PIXELS]; ROWS];
            for i in 0..ROWS + 2 {
                if sources[i].is_null() {
                    continue;
                }
                let line = sources[i].add(source * channels + channel);
                let mut inputs = [S::splat(0.0); 2 * PIXELS + 1];
                for column in 0..(PIXELS - 1) * STRIDE + 3 {
                    inputs[column] = S::load(line.add(column * channels));
                }
                for row in 0..ROWS {
                    if i < row || i >= row + 3 {
                        continue;
                    }
                    for kx in 0..3 {
                        let filter = S::load(weights.add(((i - row) * 3 + kx) * channels + channel));
                        for x in 0..PIXELS {
                            sums[row][x] = inputs[x * STRIDE + kx].mul_add(filter, sums[row][x]);
                        }
                    }
                }
            }
            for row in 0..ROWS {
                let mut tile = [[S::splat(0.0)]; PIXELS];
                for x in 0..PIXELS {
                    tile[x][0] = sums[row][x];
                }
                let offset = (row * self.width + pixel) * channels + channel;
                self.epilogue.apply_tile(&mut tile, channel, offset, channels);
                for x in 0..PIXELS {
                    tile[x][0].store(self.to.add(offset + x * channels));
                }
            }
            channel += S::LANES;
        }
    }
}
