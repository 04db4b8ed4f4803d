//! Dense 3x3 convolution with a quarter of the multiplications: `F(4x4, 3x3)` of Lavin and Gray, "Fast Algorithms for
//! Convolutional Neural Networks" (2016), with the points 0, 1, -1, 2, -2 and infinity.
//!
//! An output tile of 4x4 comes from an input tile of 6x6. Both and the filters are transformed; there, each of the 36
//! places is a matrix product of its own over tiles and channels. Sums differ from direct ones by about 1e-5 of the
//! largest number.

use super::Pass;
use super::gemm::{Gemm, Widths};
use crate::face::cpu::buffer::{Buffer, CHANNEL_BLOCK, Rows};
use crate::face::cpu::finish::{Activation, Finish, FinishArgs};
use crate::face::cpu::simd::{Isa, Kernel, Simd};
use crate::face::plan::{Conv, Window};

/// Side of an output tile.
const OUT: usize = 4;
/// Side of an input tile.
const IN: usize = 6;
/// Places of a transformed tile.
const PLACES: usize = IN * IN;
/// Tiles worked on together.
const TILES: usize = 32;

/// Transformed filters, a matrix for each place.
pub(in crate::face::cpu) struct Winograd {
    matrices: Vec<Gemm>,
    /// Of the input and the output, padded.
    depth: usize,
    columns: usize,
    /// The matrices are finished by the transform back.
    plain: Finish,
    /// What lies outside the picture.
    outside: Buffer,
}

impl Winograd {
    /// Output rows come in groups of so many.
    pub(in crate::face::cpu) const ROWS: usize = OUT;

    /// Whether it saves time: with few channels the transforms cost more than they save.
    pub(in crate::face::cpu) fn pays(conv: &Conv) -> bool {
        let window = Window { kernel: [3, 3], stride: [1, 1], padding: [1; 4], dilation: [1, 1] };
        let few = 16;
        conv.window == window && conv.groups == 1 && conv.weights.shape[..2].iter().all(|side| *side >= few)
    }

    /// `weight(column, tap, channel)` tells the filters.
    pub(in crate::face::cpu) fn pack(
        isa: Isa,
        [columns, depth]: [usize; 2],
        weight: impl Fn(usize, usize, usize) -> f32,
    ) -> Self {
        /// The filter transform G of the paper.
        const FILTER: [[f64; 3]; IN] = [
            [1.0 / 4.0, 0.0, 0.0],
            [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
            [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
            [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
            [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
            [0.0, 0.0, 1.0],
        ];
        let matrix = |place: usize| {
            let (down, right) = (FILTER[place / IN], FILTER[place % IN]);
            Gemm::pack(isa, Widths::Mixed, [columns, 1, depth], |column, _, channel| {
                let tap =
                    |tap: usize| f64::from(weight(column, tap, channel)) * down[tap / 3] * right[tap % 3];
                #[expect(clippy::cast_possible_truncation, reason = "weights are single precision")]
                let sum = (0..9).map(tap).sum::<f64>() as f32;
                sum
            })
        };
        let padded = |channels: usize| channels.next_multiple_of(CHANNEL_BLOCK);
        Self {
            matrices: (0..PLACES).map(matrix).collect(),
            depth: padded(depth),
            columns: padded(columns),
            plain: Finish::new(&vec![0.0; columns], Activation::None, None),
            outside: Buffer::from_floats(&vec![0.0; padded(depth)]),
        }
    }

    /// Floats that a run works in.
    pub(in crate::face::cpu) fn scratch(&self) -> usize {
        PLACES * TILES * (self.depth + self.columns)
    }

    pub(in crate::face::cpu) fn run(&self, isa: Isa, pass: &mut Pass, scratch: &mut [f32]) {
        let extent = pass.to.extent;
        assert!(pass.from.extent.pitch == self.depth && extent.pitch == self.columns);
        assert!(pass.rows.start.is_multiple_of(OUT));
        let (inputs, outputs) = scratch[..self.scratch()].split_at_mut(PLACES * TILES * self.depth);
        let across = extent.width.div_ceil(OUT);
        let last = pass.rows.end.div_ceil(OUT) * across;
        let mut tile = pass.rows.start / OUT * across;
        while tile < last {
            let count = TILES.min(last - tile);
            for i in 0..count {
                let at = [(tile + i) / across * OUT, (tile + i) % across * OUT];
                let to = inputs[i * self.depth..].as_mut_ptr();
                let kernel = TransformInput { winograd: self, from: &pass.from, at, to };
                // SAFETY: `inputs` holds each place of each tile; the picture is read within its rows.
                unsafe { isa.run(kernel) };
            }
            let places =
                inputs.chunks_exact(TILES * self.depth).zip(outputs.chunks_exact_mut(TILES * self.columns));
            for (matrix, (input, output)) in self.matrices.iter().zip(places) {
                let finish = self.plain.for_kernel(self.columns, None);
                matrix.run_pixels(
                    isa,
                    [self.depth, self.columns],
                    &input[..count * self.depth],
                    output,
                    finish,
                );
            }
            for i in 0..count {
                let [y, x] = [(tile + i) / across * OUT, (tile + i) % across * OUT];
                let from = outputs[i * self.columns..].as_ptr();
                let width = OUT.min(extent.width - x);
                let mut targets = [(std::ptr::null_mut(), None); OUT];
                let start = x * extent.pitch;
                let offsets: [usize; OUT] = std::array::from_fn(|row| pass.to.offset(y + row) + start);
                // One pointer for all rows, so that none of them is lost.
                let picture = pass.to.as_mut_ptr();
                for (row, target) in targets.iter_mut().enumerate().take(pass.rows.end - y) {
                    let residual = pass.residual_rows(y + row, 1).map(|row| &row[start..]);
                    let finish = pass.finish.for_kernel(self.columns, residual);
                    *target = (picture.wrapping_add(offsets[row]), Some(finish));
                }
                let kernel = TransformOutput { winograd: self, from, width, targets };
                // SAFETY: `outputs` holds each place of each tile; each target has `width` pixels left in its row.
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
    /// Row and column of the output tile.
    at: [usize; 2],
    /// Place by place, `TILES` tiles apart.
    to: *mut f32,
}

impl Kernel for TransformInput<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let extent = self.from.extent;
        let mut sources = [[self.winograd.outside.as_slice().as_ptr(); IN]; IN];
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

/// The data transform B of the paper, of one column or row.
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
    /// Place by place, `TILES` tiles apart.
    from: *const f32,
    /// Pixels of the tile that lie in the picture.
    width: usize,
    /// Where each row goes, and how it is finished; the rows below the picture are null.
    targets: [(*mut f32, Option<FinishArgs<'a>>); OUT],
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
                let (to, Some(finish)) = self.targets[row] else { continue };
                let sums = output_transform(half[row]);
                let mut tile = finish.begin_tile::<S, OUT, 1>(channel);
                for x in 0..OUT {
                    tile[x][0] = tile[x][0].add(sums[x]);
                }
                if self.width == OUT {
                    finish.apply_tile(&mut tile, channel, channel, columns);
                    for x in 0..OUT {
                        tile[x][0].store(to.add(x * columns + channel));
                    }
                } else {
                    for x in 0..self.width {
                        let mut pixel = [tile[x]];
                        finish.apply_tile(&mut pixel, channel, x * columns + channel, 0);
                        pixel[0][0].store(to.add(x * columns + channel));
                    }
                }
            }
            channel += S::LANES;
        }
    }
}

/// The inverse transform A of the paper, of one column or row.
#[inline(always)]
unsafe fn output_transform<S: Simd>(m: [S; IN]) -> [S; OUT] {
    let (two, four, eight) = (S::splat(2.0), S::splat(4.0), S::splat(8.0));
    let (a, b) = (m[1].add(m[2]), m[1].sub(m[2]));
    let (c, d) = (m[3].add(m[4]), m[3].sub(m[4]));
    [m[0].add(a).add(c), d.mul_add(two, b), c.mul_add(four, a), d.mul_add(eight, b).add(m[5])]
}
