//! The engine against naive loops over random networks, and against the reference backend on whole models.

mod kernels;
mod models;
mod naive;
mod odd;
mod random;

use candle_core::{Device, Tensor};

use super::{Backend, CpuEngine, Isa, Plan};

/// The instruction sets to test: all of this processor's, or the one in `FOTOTA_SIMD`.
fn instruction_sets() -> Vec<Isa> {
    if std::env::var_os("FOTOTA_SIMD").is_some() { vec![Isa::best()] } else { Isa::available() }
}

/// Pseudorandom floats between -1 and 1.
fn noise(seed: u32, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// The shape and numbers of each output.
fn run(backend: &dyn Backend, shape: [usize; 4], input: &[f32]) -> Vec<(Vec<usize>, Vec<f32>)> {
    let tensor = Tensor::from_slice(input, &shape, &Device::Cpu).unwrap();
    let outputs = backend.run(&tensor).unwrap();
    let read = |output: &Tensor| output.flatten_all().unwrap().to_vec1().unwrap();
    outputs.iter().map(|output| (output.dims().to_vec(), read(output))).collect()
}

/// The largest difference, as a share of the largest expected number.
fn difference(actual: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(actual.len(), expected.len());
    let scale = expected.iter().fold(1e-6_f32, |max, n| max.max(n.abs()));
    let worst = actual.iter().zip(expected).fold(0.0_f32, |max, (a, e)| {
        assert!(a.is_finite());
        max.max((a - e).abs())
    });
    worst / scale
}
