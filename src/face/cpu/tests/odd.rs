//! Unusual networks: either computed correctly, or rejected with the node's name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{CpuEngine, difference, noise, run};
use crate::face::backend::Reference;
use crate::face::cpu::Isa;
use crate::face::plan::{Constant, Conv, Node, Op, Plan, ValueId, Weights, Window};

const SHAPE: [usize; 4] = [1, 3, 8, 8];

struct Builder(Plan);

impl Builder {
    fn new() -> Self {
        let (nodes, constants, outputs) = (Vec::new(), BTreeMap::new(), Vec::new());
        Self(Plan { nodes, constants, input: 0, outputs, value_count: 1 })
    }

    fn push(&mut self, op: Op, inputs: &[ValueId]) -> ValueId {
        let output = self.0.value_count;
        self.0.value_count += 1;
        let (name, inputs) = (format!("node {output}"), inputs.to_vec());
        self.0.nodes.push(Node { name, op, inputs, output });
        output
    }

    fn conv(&mut self, from: ValueId, input: usize, out: usize) -> ValueId {
        let shape = vec![out, input, 1, 1];
        let data = noise(u32::try_from(self.0.value_count).unwrap(), out * input).into();
        let (weights, window) = (Weights { shape, data }, Window::plain([1; 2]));
        self.push(Op::Conv(Conv { weights, bias: None, window, groups: 1 }), &[from])
    }

    fn number(&mut self, value: f32) -> ValueId {
        let id = self.0.value_count;
        self.0.value_count += 1;
        let weights = Weights { shape: vec![1], data: Arc::from([value]) };
        self.0.constants.insert(id, Constant::Floats(weights));
        id
    }

    /// True if the engine computes what the reference computes; false if it rejects the network.
    fn check(mut self, outputs: &[ValueId]) -> bool {
        self.0.outputs = outputs.iter().map(|value| (format!("output {value}"), *value)).collect();
        let engine = CpuEngine::new(self.0.clone(), Isa::best());
        let Ok(engine) = engine.and_then(|engine| engine.check(SHAPE).map(|()| engine)) else { return false };
        let input = noise(1, SHAPE.iter().product());
        let expected = run(&Reference::new(self.0, &candle_core::Device::Cpu).unwrap(), SHAPE, &input);
        for ((shape, actual), (expected_shape, expected)) in run(&engine, SHAPE, &input).iter().zip(&expected)
        {
            assert_eq!(shape, expected_shape);
            assert!(difference(actual, expected) < 1e-4);
        }
        true
    }
}

#[test]
fn heads_with_slopes_side_by_side() {
    for activation in [Op::LeakyRelu(0.1), Op::PRelu(Arc::from([0.5])), Op::Relu, Op::Sigmoid] {
        let mut builder = Builder::new();
        let stem = builder.conv(0, 3, 16);
        let heads = [4, 1, 2].map(|channels| {
            let head = builder.conv(stem, 16, channels);
            builder.push(activation.clone(), &[head])
        });
        assert!(builder.check(&heads));
    }
}

#[test]
fn an_output_that_is_read_twice() {
    let mut builder = Builder::new();
    let stem = builder.conv(0, 3, 16);
    let relu = builder.push(Op::Relu, &[stem]);
    let sum = builder.push(Op::Add, &[stem, relu]);
    let twice = builder.push(Op::Add, &[sum, sum]);
    assert!(builder.check(&[stem, relu, sum, twice]));
}

#[test]
fn arithmetic_before_the_first_convolution() {
    let mut builder = Builder::new();
    let (mean, scale) = (builder.number(0.5), builder.number(2.0));
    let shifted = builder.push(Op::Sub, &[0, mean]);
    let scaled = builder.push(Op::Mul, &[shifted, scale]);
    let stem = builder.conv(scaled, 3, 10);
    assert!(builder.check(&[stem]));
}

#[test]
fn row_major_values_are_not_read_as_pictures() {
    let mut builder = Builder::new();
    let stem = builder.conv(0, 3, 16);
    let sigmoid = builder.push(Op::Sigmoid, &[stem]);
    let conv = builder.conv(sigmoid, 16, 16);
    assert!(!builder.check(&[conv]));
    let mut builder = Builder::new();
    let transposed = builder.push(Op::Transpose(vec![0, 1, 3, 2]), &[0]);
    let conv = builder.conv(transposed, 3, 16);
    assert!(!builder.check(&[conv]));
}

#[test]
fn a_broadcasting_addition_is_rejected() {
    for mean_first in [true, false] {
        let mut builder = Builder::new();
        let stem = builder.conv(0, 3, 16);
        let other = builder.conv(stem, 16, 16);
        let mean = builder.push(Op::GlobalAveragePool, &[other]);
        let late = builder.conv(stem, 16, 16);
        let inputs = if mean_first { [mean, late] } else { [late, mean] };
        let sum = builder.push(Op::Add, &inputs);
        assert!(!builder.check(&[sum]));
    }
    let mut builder = Builder::new();
    let stem = builder.conv(0, 3, 16);
    let thin = builder.conv(stem, 16, 1);
    let sum = builder.push(Op::Add, &[stem, thin]);
    assert!(!builder.check(&[sum]));
}

#[test]
fn slopes_of_the_wrong_length_are_rejected() {
    let mut builder = Builder::new();
    let stem = builder.conv(0, 3, 16);
    let activated = builder.push(Op::PRelu(vec![0.5; 8].into()), &[stem]);
    assert!(!builder.check(&[activated]));
}

#[test]
fn huge_sizes_are_rejected() {
    let mut builder = Builder::new();
    let stem = builder.conv(0, 3, 16);
    let sizes = builder.number(0.0);
    let data = vec![1, 16, 8, 1 << 60];
    builder.0.constants.insert(sizes, Constant::Integers { shape: vec![4], data });
    let large = builder.push(Op::Resize, &[stem, sizes]);
    assert!(!builder.check(&[large]));
    let mut builder = Builder::new();
    let stem = builder.conv(0, 3, 16);
    let window = Window { padding: [usize::MAX / 2; 4], ..Window::plain([2; 2]) };
    let pooled = builder.push(Op::MaxPool(window), &[stem]);
    assert!(!builder.check(&[pooled]));
}
