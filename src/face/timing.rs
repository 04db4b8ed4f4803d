//! Times a network by itself.

use std::time::{Duration, Instant};

use candle_core::Tensor;

use super::FaceError;
use super::cpu::Isa;
use super::runtime::{best_device, load};

/// The vector instructions that the CPU engine uses on this processor.
#[must_use]
pub fn instruction_set() -> &'static str {
    Isa::best().name()
}

/// Runs an ONNX network `runs` times on a synthetic picture of `width` x `height` pixels, after one warm-up run.
pub fn time_network(onnx: &[u8], [width, height]: [usize; 2], runs: u32) -> Result<Vec<Duration>, FaceError> {
    let device = best_device();
    let network = load(onnx, [1, 3, height, width], &device)?;
    let floats = (0..3 * width * height).map(|i| ((i * 7919) % 255) as f32 / 128.0 - 1.0).collect();
    let input = Tensor::from_vec(floats, (1, 3, height, width), &device)?;
    network.run(&input)?;
    let mut times = Vec::new();
    for _ in 0..runs {
        let start = Instant::now();
        let outputs = network.run(&input)?;
        // A GPU is done only when the numbers have been copied back.
        for output in outputs {
            output.to_device(&candle_core::Device::Cpu)?;
        }
        times.push(start.elapsed());
    }
    Ok(times)
}
