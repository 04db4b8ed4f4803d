//! A tile of sums: its shapes, its multiplications, and storing it.

use crate::face::cpu::epilogue::EpilogueArgs;
use crate::face::cpu::simd::Simd;

/// Calls a function with the tile shape that fits the registers: all sums, the panel's weights, and one register for
/// the input. With fewer pixels than a tile has, they are computed one by one.
macro_rules! with_tile_shape {
    ($simd:ident, $vectors:expr, $pixels:expr, $function:ident($($argument:expr),*)) => {
        match ($simd::REGISTERS >= 32, $vectors) {
            (true, 4) if $pixels >= 6 => $function::<$simd, 6, 4>($($argument),*),
            (true, 4) => $function::<$simd, 1, 4>($($argument),*),
            (true, 3) if $pixels >= 8 => $function::<$simd, 8, 3>($($argument),*),
            (true, 3) => $function::<$simd, 1, 3>($($argument),*),
            (true, 2) if $pixels >= 12 => $function::<$simd, 12, 2>($($argument),*),
            (true, 1) if $pixels >= MAX_PIXELS => $function::<$simd, MAX_PIXELS, 1>($($argument),*),
            (false, 2) if $pixels >= 6 => $function::<$simd, 6, 2>($($argument),*),
            (false, 1) if $pixels >= 12 => $function::<$simd, 12, 1>($($argument),*),
            (_, 2) => $function::<$simd, 1, 2>($($argument),*),
            _ => $function::<$simd, 1, 1>($($argument),*),
        }
    };
}
pub(super) use with_tile_shape;

/// Adds the products of the weights and `depth` inputs of each source.
#[inline(always)]
pub(super) unsafe fn multiply<S: Simd, const PIXELS: usize, const VECTORS: usize>(
    sums: &mut [[S; VECTORS]; PIXELS],
    sources: &[*const f32; PIXELS],
    depth: usize,
    mut weights: *const f32,
) {
    let mut channel = 0;
    while channel + UNROLL <= depth {
        for step in 0..UNROLL {
            multiply_one::<S, PIXELS, VECTORS>(sums, sources, channel + step, weights);
            weights = weights.add(VECTORS * S::LANES);
        }
        channel += UNROLL;
    }
    while channel < depth {
        multiply_one::<S, PIXELS, VECTORS>(sums, sources, channel, weights);
        weights = weights.add(VECTORS * S::LANES);
        channel += 1;
    }
}

/// Input channels per iteration.
const UNROLL: usize = 4;

#[inline(always)]
unsafe fn multiply_one<S: Simd, const PIXELS: usize, const VECTORS: usize>(
    sums: &mut [[S; VECTORS]; PIXELS],
    sources: &[*const f32; PIXELS],
    channel: usize,
    weights: *const f32,
) {
    let mut factors = [S::splat(0.0); VECTORS];
    for v in 0..VECTORS {
        factors[v] = S::load(weights.add(v * S::LANES));
    }
    for i in 0..PIXELS {
        let input = S::splat(*sources[i].add(channel));
        for v in 0..VECTORS {
            sums[i][v] = input.mul_add(factors[v], sums[i][v]);
        }
    }
}

#[inline(always)]
pub(super) unsafe fn store<S: Simd, const PIXELS: usize, const VECTORS: usize>(
    sums: &mut [[S; VECTORS]; PIXELS],
    column: usize,
    to: *mut f32,
    to_pitch: usize,
    first: usize,
    epilogue: &EpilogueArgs,
) {
    let offset = first * to_pitch + column;
    epilogue.apply_tile(sums, column, offset, to_pitch);
    for pixel in 0..PIXELS {
        for v in 0..VECTORS {
            sums[pixel][v].store(to.add(offset + pixel * to_pitch + v * S::LANES));
        }
    }
}
