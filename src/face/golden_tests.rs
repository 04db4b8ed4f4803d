//! Compares networks with recorded outputs of ONNX Runtime; `tests/fixtures/golden/` has them and explains them.

use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use serde::Deserialize;

#[cfg(feature = "candle-onnx")]
use super::backend::CandleEval;
use super::backend::{Backend, Reference};
use super::cpu::{CpuEngine, Isa};
use super::plan::Plan;
use super::runtime;

#[derive(Deserialize)]
struct Golden {
    name: String,
    model_file: String,
    input_shape: [usize; 4],
    seed: u32,
    normalise: String,
    outputs: Vec<GoldenOutput>,
}

#[derive(Deserialize)]
struct GoldenOutput {
    name: String,
    shape: Vec<usize>,
    file: String,
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Shipped models are in `models/`, small networks in the folder of the golden outputs, other models for tests only
/// beside the repository.
pub(super) fn find_model(file: &str) -> Option<PathBuf> {
    ["models", "tests/fixtures/golden", "../shared/models"]
        .iter()
        .map(|folder| repository().join(folder).join(file))
        .find(|p| p.exists())
}

/// The formula in `make_golden.py`.
fn input(golden: &Golden) -> Vec<f32> {
    let [_, channels, height, width] = golden.input_shape;
    let count: usize = golden.input_shape.iter().product();
    (0..count)
        .map(|index| {
            let (x, y, c) = (index % width, index / width % height, index / width / height % channels);
            let mut h = u32::try_from(index).unwrap().wrapping_mul(0x9E37_79B9).wrapping_add(golden.seed);
            h = (h ^ (h >> 16)).wrapping_mul(0x7FEB_352D);
            h = (h ^ (h >> 15)).wrapping_mul(0x846C_A68B);
            let noise = ((h ^ (h >> 16)) >> 24) as usize;
            let ramp = 255 * (x + y) / (width + height - 2);
            let ramp = if c % 2 == 1 { 255 - ramp } else { ramp };
            let value = ((noise + 3 * ramp) / 4) as f32;
            if golden.normalise == "mobilefacenet" { (value - 127.0) / 128.0 } else { value }
        })
        .collect()
}

fn golden_folder() -> PathBuf {
    repository().join("tests/fixtures/golden")
}

/// The recorded runs whose name contains `name_part`, each with its model and input; those without a model are skipped.
fn recorded_runs(name_part: &str) -> Vec<(Golden, Vec<u8>, Tensor)> {
    let index = std::fs::read_to_string(golden_folder().join("golden.json")).unwrap();
    let mut all: Vec<Golden> = serde_json::from_str(&index).unwrap();
    all.retain(|golden| golden.name.contains(name_part));
    assert!(!all.is_empty());
    let load = |golden: Golden| {
        let Some(path) = find_model(&golden.model_file) else {
            println!("SKIPPED: {} is missing, its golden outputs are not compared", golden.model_file);
            return None;
        };
        let tensor = Tensor::from_vec(input(&golden), &golden.input_shape, &Device::Cpu).unwrap();
        Some((golden, std::fs::read(path).unwrap(), tensor))
    };
    all.into_iter().filter_map(load).collect()
}

fn check(name_part: &str) {
    for (golden, onnx, tensor) in recorded_runs(name_part) {
        let reference = Reference::new(Plan::from_onnx(&onnx).unwrap(), &Device::Cpu).unwrap();
        compare(&golden, &reference.run(&tensor).unwrap());
        let backend = runtime::load(&onnx, golden.input_shape, &Device::Cpu).unwrap();
        compare(&golden, &backend.run(&tensor).unwrap());
    }
}

fn compare(golden: &Golden, outputs: &[Tensor]) {
    assert_eq!(outputs.len(), golden.outputs.len());
    for (output, expected) in outputs.iter().zip(&golden.outputs) {
        assert_eq!(output.dims(), expected.shape, "{} {}", golden.name, expected.name);
        let bytes = std::fs::read(golden_folder().join(&expected.file)).unwrap();
        let numbers = bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b));
        let actual: Vec<f32> = output.flatten_all().unwrap().to_vec1().unwrap();
        // 1e-4 of the largest number, and at least 1e-5: scores of inputs without a face are small.
        let scale = numbers.clone().fold(0.1_f32, |max, n| max.max(n.abs()));
        let worst = numbers.zip(&actual).fold(0.0_f32, |max, (n, a)| max.max((n - a).abs()));
        assert!(worst <= 1e-4 * scale, "{} {}: off by {worst} of {scale}", golden.name, expected.name);
    }
}

#[test]
fn centerface_agrees_with_onnx_runtime() {
    check("centerface");
}

#[test]
fn mobilefacenet_agrees_with_onnx_runtime() {
    check("mobilefacenet");
}

#[test]
fn yunet_agrees_with_onnx_runtime() {
    check("yunet");
}

/// The operators of networks whose files are not here, and that no pack may run slowly.
#[test]
fn small_networks_run_in_the_engine_and_agree_with_onnx_runtime() {
    check("small_");
    for (golden, onnx, _) in recorded_runs("small_") {
        let engine = CpuEngine::new(Plan::from_onnx(&onnx).unwrap(), Isa::best());
        engine.and_then(|engine| engine.check(golden.input_shape)).unwrap();
    }
}

/// Not for CenterFace: candle's own evaluator lacks its transposed convolution. The small networks are ours.
#[cfg(feature = "candle-onnx")]
#[test]
fn the_reference_backend_agrees_with_candle_onnx() {
    let runs = ["mobilefacenet", "yunet_n"].map(recorded_runs);
    for (golden, onnx, tensor) in runs.iter().flatten() {
        let expected = CandleEval::new(onnx).unwrap().run(tensor).unwrap();
        let actual = runtime::load(onnx, golden.input_shape, &Device::Cpu).unwrap().run(tensor).unwrap();
        for (actual, expected) in actual.iter().zip(&expected) {
            let difference = (actual - expected).unwrap().abs().unwrap().flatten_all().unwrap();
            let worst = difference.max(0).unwrap().to_scalar::<f32>().unwrap();
            assert!(worst < 1e-3, "{}: off by {worst}", golden.name);
        }
    }
}
