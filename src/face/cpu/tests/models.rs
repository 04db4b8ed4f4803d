//! Whole models against the reference backend.

use super::{CpuEngine, Plan, difference, instruction_sets, noise, run};
use crate::face::backend::Reference;
use crate::face::golden_tests::find_model;

fn check(file: &str, sizes: &[[usize; 2]], level: [f32; 2]) {
    let Some(path) = find_model(file) else {
        println!("SKIPPED: {file} is missing, the engine is not compared with the reference");
        return;
    };
    let plan = || Plan::from_onnx(&std::fs::read(&path).unwrap()).unwrap();
    let reference = Reference::new(plan(), &candle_core::Device::Cpu).unwrap();
    let engines: Vec<_> =
        instruction_sets().into_iter().map(|isa| (isa, CpuEngine::new(plan(), isa).unwrap())).collect();
    for (seed, [height, width]) in sizes.iter().enumerate() {
        let shape = [1, 3, *height, *width];
        let noise = noise(u32::try_from(seed).unwrap() + 1, shape.iter().product());
        let input: Vec<f32> = noise.iter().map(|n| level[0] + level[1] * n).collect();
        let expected = run(&reference, shape, &input);
        for (isa, engine) in &engines {
            let actual = run(engine, shape, &input);
            assert_eq!(actual.len(), expected.len());
            for ((shape, actual), (expected_shape, expected)) in actual.iter().zip(&expected) {
                assert_eq!(shape, expected_shape);
                let off = difference(actual, expected);
                assert!(off <= 1e-4, "{file} {height}x{width} {}: off by {off}", isa.name());
            }
        }
    }
}

#[test]
fn mobilefacenet_agrees_with_the_reference() {
    check("mobilefacenet.onnx", &[[112, 112]], [0.0, 1.0]);
}

#[test]
fn centerface_agrees_with_the_reference_at_several_sizes() {
    check("centerface.onnx", &[[32, 32], [64, 160], [256, 256], [192, 320]], [127.0, 127.0]);
}

#[test]
fn yunet_agrees_with_the_reference_at_several_sizes() {
    check("yunet_n_dynamic.onnx", &[[64, 64], [160, 96], [320, 256]], [127.0, 127.0]);
    // Declares 640x640, and accepts other sizes.
    check("yunet_n_640_640.onnx", &[[64, 64], [160, 96]], [127.0, 127.0]);
}

#[test]
fn threads_share_an_engine() {
    let bytes = std::fs::read(find_model("centerface.onnx").expect("a shipped model")).unwrap();
    let engine = CpuEngine::new(Plan::from_onnx(&bytes).unwrap(), super::Isa::best()).unwrap();
    let shapes = [[1, 3, 64, 64], [1, 3, 96, 64], [1, 3, 64, 128]];
    let input = |shape: [usize; 4]| noise(7, shape.iter().product());
    let alone: Vec<_> = shapes.iter().map(|shape| run(&engine, *shape, &input(*shape))).collect();
    std::thread::scope(|scope| {
        for (shape, expected) in shapes.iter().zip(&alone) {
            let (engine, input) = (&engine, input(*shape));
            scope.spawn(move || {
                for _ in 0..20 {
                    assert!(run(engine, *shape, &input) == *expected);
                }
            });
        }
    });
}
