//! Each kernel with random shapes, and random chains of kernels with rings of various sizes.

use proptest::prelude::*;

use super::naive::{Picture, evaluate};
use super::random::{ALL, LayerKind, layer, network};
use super::{CpuEngine, difference, instruction_sets, noise, run};
use crate::face::plan::{Conv, Op, Plan, Weights, Window};

fn check(plan: &Plan, batch: usize, size: [usize; 2], seed: u32) {
    let shape = [batch, 3, size[0], size[1]];
    let input = noise(seed, shape.iter().product());
    let expected = evaluate(plan, Picture { shape, data: input.clone() });
    for isa in instruction_sets() {
        for ring_floats in [0, 2000, 1 << 20] {
            let engine = CpuEngine::with_rings(plan.clone(), isa, ring_floats).unwrap();
            for _ in 0..2 {
                let outputs = run(&engine, shape, &input);
                assert_eq!(outputs[0].0, expected.shape);
                let off = difference(&outputs[0].1, &expected.data);
                assert!(off <= 1e-4, "{} with rings of {ring_floats}: off by {off}", isa.name());
            }
        }
    }
}

fn every_shape(kind: LayerKind) {
    let strategy = (
        layer(Just(kind)),
        prop::sample::select(vec![1_usize, 8, 16, 24, 48, 80]),
        1_usize..3,
        1_usize..30,
        1_usize..30,
        any::<u32>(),
    );
    let config = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |((spec, stem, batch, height, width, seed) in strategy)| {
        let stem = if kind == LayerKind::Winograd { stem.max(16) } else { stem };
        check(&network(stem, [height, width], &[spec], seed / 2), batch, [height, width], seed);
    });
}

#[test]
fn pointwise_convolutions() {
    every_shape(LayerKind::Pointwise);
}

#[test]
fn dense_convolutions() {
    every_shape(LayerKind::Dense);
}

#[test]
fn grouped_convolutions() {
    every_shape(LayerKind::Grouped);
}

#[test]
fn winograd_convolutions() {
    every_shape(LayerKind::Winograd);
}

#[test]
fn depthwise_convolutions() {
    every_shape(LayerKind::Depthwise);
}

#[test]
fn transposed_convolutions() {
    every_shape(LayerKind::Tiles);
}

#[test]
fn pooling() {
    [LayerKind::MaxPool, LayerKind::AveragePool, LayerKind::Mean].into_iter().for_each(every_shape);
}

#[test]
fn per_pixel_layers() {
    [LayerKind::ScaleShift, LayerKind::Enlarge].into_iter().for_each(every_shape);
}

#[test]
fn stems() {
    let strategy = (
        prop::sample::select(vec![1_usize, 8, 16, 24, 32, 64, 80]),
        1_usize..6,
        1_usize..3,
        0_usize..3,
        1_usize..40,
        1_usize..40,
        any::<u32>(),
    );
    proptest!(|((out, kernel, stride, padding, height, width, seed) in strategy)| {
        let window =
            Window { stride: [stride; 2], padding: [padding; 4], ..Window::plain([kernel; 2]) };
        prop_assume!(window.output_size(height, width).is_some());
        let mut plan = network(1, [height, width], &[], seed / 2);
        let shape = vec![out, 3, kernel, kernel];
        let data = noise(seed, shape.iter().product()).into();
        let weights = Weights { shape, data };
        plan.nodes[0].op = Op::Conv(Conv { weights, bias: None, window, groups: 1 });
        check(&plan, 1, [height, width], seed);
    });
}

#[test]
fn chains() {
    let strategy = (
        prop::collection::vec(layer(prop::sample::select(ALL.to_vec())), 2..7),
        4_usize..40,
        4_usize..40,
        any::<u32>(),
    );
    let config = ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |((layers, height, width, seed) in strategy)| {
        check(&network(16, [height, width], &layers, seed / 2), 1, [height, width], seed);
    });
}
