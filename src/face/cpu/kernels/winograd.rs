//! Dense 3x3 convolution with a quarter of the multiplications: `F(4x4, 3x3)` of Lavin and Gray, "Fast Algorithms for
//! Convolutional Neural Networks" (2016), with the points 0, 1, -1, 2, -2 and infinity.
//!
//! An output tile of 4x4 depends on an input tile of 6x6. Both and the filters are transformed; there, each of the 36
//! positions is a separate matrix product over tiles and channels. Sums differ from direct ones by about 1e-5 of the
//! largest number.

use super::Pass;
use super::gemm::{Gemm, PanelWidths};
use crate::face::cpu::buffer::{Buffer, CHANNEL_BLOCK, Rows};
use crate::face::cpu::epilogue::{Activation, Epilogue, EpilogueArgs};
use crate::face::cpu::simd::{Isa, Kernel, Simd};
use crate::face::plan::{Conv, Window};

/// Side of an output tile.
const OUT: usize = 4;
/// Side of an input tile.
const IN: usize = 6;
/// Positions in a transformed tile.
const POSITIONS: usize = IN * IN;
/// Tiles computed together.
const TILES: usize = 32;

/// Transformed filters, one matrix per position.
pub(in crate::face::cpu) struct Winograd {
    matrices: Vec<Gemm>,
    /// Input channels, padded.
    depth: usize,
    /// Output channels, padded.
    columns: usize,
    /// For the matrix products: the layer's epilogue is applied after the output transform.
    identity_epilogue: Epilogue,
    /// Read for pixels outside the picture.
    zeros: Buffer,
}

impl Winograd {
    /// Output rows are computed in multiples of this number.
    pub(in crate::face::cpu) const ROWS: usize = OUT;

    /// With few channels the transforms cost more time than they save.
    pub(in crate::face::cpu) fn is_worthwhile(conv: &Conv) -> bool {
        let window = Window { padding: [1; 4], ..Window::plain([3, 3]) };
        conv.window == window && conv.groups == 1 && conv.weights.shape[..2].iter().all(|side| *side >= 16)
    }

    /// `weight(column, tap, channel)` returns the filter weights.
    pub(in crate::face::cpu) fn pack(
        isa: Isa,
        [columns, depth]: [usize; 2],
        weight: impl Fn(usize, usize, usize) -> f32,
    ) -> Self {
        /// The paper's filter transform G.
        const FILTER: [[f64; 3]; IN] = [
            [1.0 / 4.0, 0.0, 0.0],
            [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
            [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
            [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
            [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
            [0.0, 0.0, 1.0],
        ];
        let matrix = |position: usize| {
            let (down, right) = (FILTER[position / IN], FILTER[position % IN]);
            Gemm::pack(isa, PanelWidths::Mixed, [columns, 1, depth], |column, _, channel| {
                let tap =
                    |tap: usize| f64::from(weight(column, tap, channel)) * down[tap / 3] * right[tap % 3];
                #[expect(clippy::cast_possible_truncation, reason = "weights are single precision")]
                let sum = (0..9).map(tap).sum::<f64>() as f32;
                sum
            })
        };
        let padded = |channels: usize| channels.next_multiple_of(CHANNEL_BLOCK);
        Self {
            matrices: (0..POSITIONS).map(matrix).collect(),
            depth: padded(depth),
            columns: padded(columns),
            identity_epilogue: Epilogue::new(&vec![0.0; columns], Activation::None, None),
            zeros: Buffer::from_floats(&vec![0.0; padded(depth)]),
        }
    }

    /// Floats of scratch memory.
    pub(in crate::face::cpu) fn scratch(&self) -> usize {
        POSITIONS * TILES * (self.depth + self.columns)
    }

    pub(in crate::face::cpu) fn run(&self, isa: Isa, pass: &mut Pass, scratch: &mut [f32]) {
        let extent = pass.to.extent;
        assert!(pass.from.extent.pitch == self.depth && extent.pitch == self.columns);
        assert!(pass.rows.start.is_multiple_of(OUT));
        let (inputs, outputs) = scratch[..self.scratch()].split_at_mut(POSITIONS * TILES * self.depth);
        let across = extent.width.div_ceil(OUT);
        let last = pass.rows.end.div_ceil(OUT) * across;
        let mut tile = pass.rows.start / OUT * across;
        while tile < last {
            let count = TILES.min(last - tile);
            for i in 0..count {
                let at = [(tile + i) / across * OUT, (tile + i) % across * OUT];
                let to = inputs[i * self.depth..].as_mut_ptr();
                let kernel = TransformInput { winograd: self, from: &pass.from, at, to };
                // SAFETY: `inputs` holds every position of every tile; the picture is read within its rows.
                unsafe { isa.run(kernel) };
            }
            let positions =
                inputs.chunks_exact(TILES * self.depth).zip(outputs.chunks_exact_mut(TILES * self.columns));
            for (matrix, (input, output)) in self.matrices.iter().zip(positions) {
                let epilogue = self.identity_epilogue.for_kernel(self.columns, None);
                let input = &input[..count * self.depth];
                matrix.run_pixels(isa, [self.depth, self.columns], input, output, epilogue);
            }
            for i in 0..count {
                let [y, x] = [(tile + i) / across * OUT, (tile + i) % across * OUT];
                let from = outputs[i * self.columns..].as_ptr();
                let width = OUT.min(extent.width - x);
                let mut targets = [(std::ptr::null_mut(), None); OUT];
                let start = x * extent.pitch;
                let offsets: [usize; OUT] = std::array::from_fn(|row| pass.to.offset(y + row) + start);
                // All targets derive from one pointer: borrowing the rows again would invalidate the earlier ones.
                let picture = pass.to.as_mut_ptr();
                for (row, target) in targets.iter_mut().enumerate().take(pass.rows.end - y) {
                    let residual = pass.residual_rows(y + row, 1).map(|row| &row[start..]);
                    let epilogue = pass.epilogue.for_kernel(self.columns, residual);
                    *target = (picture.wrapping_add(offsets[row]), Some(epilogue));
                }
                let kernel = TransformOutput { winograd: self, from, width, targets };
                // SAFETY: `outputs` holds every position of every tile; each target has `width` pixels left in its row.
                unsafe { isa.run(kernel) };
            }
            tile += count;
        }
    }
}

/// One input tile.
struct TransformInput<'a> {
    winograd: &'a Winograd,
    from: &'a Rows<'a>,
    /// First row and column of the output tile.
    at: [usize; 2],
    /// Positions are `TILES` tiles apart.
    to: *mut f32,
}

impl Kernel for TransformInput<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let extent = self.from.extent;
        let mut sources = [[self.winograd.zeros.as_slice().as_ptr(); IN]; IN];
        for (i, sources) in sources.iter_mut().enumerate() {
            let y = (self.at[0] + i).wrapping_sub(1);
            if y >= extent.height {
                continue;
            }
            let row = self.from.rows(y, 1);
            for (j, source) in sources.iter_mut().enumerate() {
                let x = (self.at[1] + j).wrapping_sub(1);
                if x < extent.width {
                    *source = row[x * extent.pitch..].as_ptr();
                }
            }
        }
        let step = TILES * self.winograd.depth;
        let mut channel = 0;
        while channel < self.winograd.depth {
            let mut half = [[S::splat(0.0); IN]; IN];
            for column in 0..IN {
                let mut input = [S::splat(0.0); IN];
                for row in 0..IN {
                    input[row] = S::load(sources[row][column].add(channel));
                }
                let input = input_transform(input);
                for row in 0..IN {
                    half[row][column] = input[row];
                }
            }
            for row in 0..IN {
                let values = input_transform(half[row]);
                for column in 0..IN {
                    values[column].store(self.to.add((row * IN + column) * step + channel));
                }
            }
            channel += S::LANES;
        }
    }
}

/// The paper's data transform B of one column or row.
#[inline(always)]
unsafe fn input_transform<S: Simd>(d: [S; IN]) -> [S; IN] {
    let (two, four, five) = (S::splat(2.0), S::splat(4.0), S::splat(-5.0));
    let minus_four = S::splat(-4.0);
    let (even, odd) = (d[2].mul_add(minus_four, d[4]), d[1].mul_add(minus_four, d[3]));
    let (wide, narrow) = (d[4].sub(d[2]), d[3].sub(d[1]).mul(two));
    [
        d[0].mul_add(four, d[2].mul_add(five, d[4])),
        even.add(odd),
        even.sub(odd),
        wide.add(narrow),
        wide.sub(narrow),
        d[1].mul_add(four, d[3].mul_add(five, d[5])),
    ]
}

/// One output tile.
struct TransformOutput<'a> {
    winograd: &'a Winograd,
    /// Positions are `TILES` tiles apart.
    from: *const f32,
    /// Pixels of a tile row inside the picture.
    width: usize,
    /// Target and epilogue of each row; none for rows below the picture.
    targets: [(*mut f32, Option<EpilogueArgs<'a>>); OUT],
}

impl Kernel for TransformOutput<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let columns = self.winograd.columns;
        let step = TILES * columns;
        let mut channel = 0;
        while channel < columns {
            let mut half = [[S::splat(0.0); IN]; OUT];
            for column in 0..IN {
                let mut sums = [S::splat(0.0); IN];
                for row in 0..IN {
                    sums[row] = S::load(self.from.add((row * IN + column) * step + channel));
                }
                let sums = output_transform(sums);
                for row in 0..OUT {
                    half[row][column] = sums[row];
                }
            }
            for row in 0..OUT {
                let (to, Some(epilogue)) = self.targets[row] else { continue };
                let sums = output_transform(half[row]);
                let mut tile = epilogue.begin_tile::<S, OUT, 1>(channel);
                for x in 0..OUT {
                    tile[x][0] = tile[x][0].add(sums[x]);
                }
                if self.width == OUT {
                    epilogue.apply_tile(&mut tile, channel, channel, columns);
                    for x in 0..OUT {
                        tile[x][0].store(to.add(x * columns + channel));
                    }
                } else {
                    for x in 0..self.width {
                        let mut pixel = [tile[x]];
                        epilogue.apply_tile(&mut pixel, channel, x * columns + channel, 0);
                        pixel[0][0].store(to.add(x * columns + channel));
                    }
                }
            }
            channel += S::LANES;
        }
    }
}

/// The paper's inverse transform A of one column or row.
#[inline(always)]
unsafe fn output_transform<S: Simd>(m: [S; IN]) -> [S; OUT] {
    let (two, four, eight) = (S::splat(2.0), S::splat(4.0), S::splat(8.0));
    let (a, b) = (m[1].add(m[2]), m[1].sub(m[2]));
    let (c, d) = (m[3].add(m[4]), m[3].sub(m[4]));
    [m[0].add(a).add(c), d.mul_add(two, b), c.mul_add(four, a), d.mul_add(eight, b).add(m[5])]
}
