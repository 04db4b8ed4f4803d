//! Random networks: a stem, followed by random layers.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::noise;
use crate::face::plan::{Constant, Conv, Node, Op, Plan, ValueId, Weights, Window};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LayerKind {
    Pointwise,
    Dense,
    Grouped,
    Winograd,
    Depthwise,
    Tiles,
    MaxPool,
    AveragePool,
    Mean,
    ScaleShift,
    Enlarge,
}

pub(super) const ALL: [LayerKind; 11] = [
    LayerKind::Pointwise,
    LayerKind::Dense,
    LayerKind::Grouped,
    LayerKind::Winograd,
    LayerKind::Depthwise,
    LayerKind::Tiles,
    LayerKind::MaxPool,
    LayerKind::AveragePool,
    LayerKind::Mean,
    LayerKind::ScaleShift,
    LayerKind::Enlarge,
];

/// One layer of a random network.
#[derive(Clone, Debug)]
pub(super) struct LayerSpec {
    kind: LayerKind,
    out: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
    /// None, `Relu`, `Clip`, `LeakyRelu`, `PRelu` with gentle and with steep slopes.
    activation: u8,
    /// None, addition before, addition after the activation.
    residual: u8,
}

pub(super) fn layer(kind: impl Strategy<Value = LayerKind>) -> impl Strategy<Value = LayerSpec> {
    let channels = prop::sample::select(vec![1_usize, 3, 10, 16, 17, 24, 40, 64, 80]);
    (kind, channels, 1_usize..6, 1_usize..3, 0_usize..3, 1_usize..3, 0_u8..6, 0_u8..3).prop_map(
        |(kind, out, kernel, stride, padding, dilation, activation, residual)| {
            let padding = padding.min(kernel - 1);
            LayerSpec { kind, out, kernel, stride, padding, dilation, activation, residual }
        },
    )
}

struct Builder {
    plan: Plan,
    channels: usize,
    size: [usize; 2],
    last: ValueId,
    seed: u32,
}

impl Builder {
    fn noise(&mut self, count: usize) -> Arc<[f32]> {
        self.seed += 1;
        noise(self.seed, count).into()
    }

    /// Weights scaled so that outputs have the magnitude of inputs.
    fn weights(&mut self, shape: Vec<usize>, inputs: usize) -> Weights {
        let scale = (3.0 / inputs as f32).sqrt();
        let data = self.noise(shape.iter().product()).iter().map(|weight| weight * scale).collect();
        Weights { shape, data }
    }

    fn push(&mut self, op: Op, inputs: Vec<ValueId>) -> ValueId {
        let output = self.plan.value_count;
        self.plan.value_count += 1;
        self.plan.nodes.push(Node { name: format!("node {output}"), op, inputs, output });
        output
    }

    fn conv(&mut self, out: usize, groups: usize, window: Window) -> Conv {
        let shape = vec![out, self.channels / groups, window.kernel[0], window.kernel[1]];
        let inputs = shape[1..].iter().product();
        Conv { weights: self.weights(shape, inputs), bias: Some(self.noise(out)), window, groups }
    }

    fn add(&mut self, spec: &LayerSpec) {
        let LayerSpec { out, kernel, stride, padding, dilation, .. } = *spec;
        let window = Window {
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: [padding; 4],
            dilation: [dilation; 2],
        };
        let padded_3x3 = Window { padding: [1; 4], ..Window::plain([3; 2]) };
        let (op, size) = match spec.kind {
            LayerKind::Pointwise => (Op::Conv(self.conv(out, 1, Window::plain([1; 2]))), Some(self.size)),
            LayerKind::Dense => {
                (Op::Conv(self.conv(out, 1, window)), window.output_size(self.size[0], self.size[1]))
            }
            LayerKind::Grouped => {
                let groups = if self.channels.is_multiple_of(2) && out.is_multiple_of(2) { 2 } else { 1 };
                (Op::Conv(self.conv(out, groups, padded_3x3)), Some(self.size))
            }
            LayerKind::Winograd => (Op::Conv(self.conv(out.max(16), 1, padded_3x3)), Some(self.size)),
            LayerKind::Depthwise => {
                let conv = self.conv(self.channels, self.channels, window);
                (Op::Conv(conv), window.output_size(self.size[0], self.size[1]))
            }
            LayerKind::Tiles => {
                let shape = vec![self.channels, out, 2, 2];
                let weights = self.weights(shape, self.channels);
                let window = Window { stride: [2; 2], ..Window::plain([2; 2]) };
                let conv = Conv { weights, bias: Some(self.noise(out)), window, groups: 1 };
                (Op::ConvTranspose(conv), Some(self.size.map(|side| 2 * side)))
            }
            LayerKind::MaxPool | LayerKind::AveragePool => {
                let window = Window { dilation: [1; 2], padding: [padding.min(kernel / 2); 4], ..window };
                let max = spec.kind == LayerKind::MaxPool;
                let op = if max { Op::MaxPool(window) } else { Op::AveragePool(window) };
                (op, window.output_size(self.size[0], self.size[1]))
            }
            LayerKind::Mean => (Op::GlobalAveragePool, Some([1, 1])),
            LayerKind::ScaleShift => {
                let (scale, shift) = (self.noise(self.channels), self.noise(self.channels));
                (Op::ScaleShift { scale, shift }, Some(self.size))
            }
            LayerKind::Enlarge => (Op::Resize, Some(self.size.map(|side| 2 * side))),
        };
        // Skip windows larger than the picture, and pictures too large for naive loops.
        let Some(size) = size.filter(|size| size[0] * size[1] <= 4000) else { return };
        let mut inputs = vec![self.last];
        match &op {
            Op::Conv(conv) => self.channels = conv.weights.shape[0],
            Op::ConvTranspose(conv) => self.channels = conv.weights.shape[1],
            Op::Resize => {
                let scales = Weights { shape: vec![4], data: vec![1.0, 1.0, 2.0, 2.0].into() };
                let id = self.plan.value_count;
                self.plan.value_count += 1;
                self.plan.constants.insert(id, Constant::Floats(scales));
                inputs.push(id);
            }
            _ => {}
        }
        self.size = size;
        // The residual is computed first.
        let other = (spec.residual > 0).then(|| self.twin(&op, &inputs));
        self.last = self.push(op, inputs);
        if let (1, Some(other)) = (spec.residual, other) {
            self.last = self.push(Op::Add, vec![self.last, other]);
        }
        let slopes: Vec<f32> = self.noise(self.channels).to_vec();
        let activation = match spec.activation {
            1 => Some(Op::Relu),
            2 => Some(Op::Clip { min: -0.25, max: 0.5 }),
            3 => Some(Op::LeakyRelu(0.1)),
            4 => Some(Op::PRelu(slopes.into())),
            5 => Some(Op::PRelu(slopes.iter().map(|slope| 3.0 * slope).collect())),
            _ => None,
        };
        if let Some(activation) = activation {
            self.last = self.push(activation, vec![self.last]);
        }
        if let (2, Some(other)) = (spec.residual, other) {
            self.last = self.push(Op::Add, vec![other, self.last]);
        }
    }

    /// Another picture of the same size.
    fn twin(&mut self, op: &Op, inputs: &[ValueId]) -> ValueId {
        let twin = self.push(op.clone(), inputs.to_vec());
        self.push(Op::Relu, vec![twin])
    }
}

/// A stem, and the layers after it.
pub(super) fn network(stem: usize, size: [usize; 2], layers: &[LayerSpec], seed: u32) -> Plan {
    let plan =
        Plan { nodes: Vec::new(), constants: BTreeMap::new(), input: 0, outputs: Vec::new(), value_count: 1 };
    let mut builder = Builder { plan, channels: 3, size, last: 0, seed };
    let window = Window { padding: [1; 4], ..Window::plain([3; 2]) };
    let conv = builder.conv(stem, 1, window);
    builder.last = builder.push(Op::Conv(conv), vec![0]);
    builder.channels = stem;
    for spec in layers {
        builder.add(spec);
    }
    builder.plan.outputs.push(("output".to_owned(), builder.last));
    builder.plan
}
