//! Drafts of a plan's layers: activations and additions are fused into the convolution that produces their input, so
//! that they are applied while its sums are in registers.

use std::collections::{BTreeMap, HashSet};

use super::copy::Elementwise;
use super::epilogue::{Activation, ResidualPosition};
use super::kernels::pool::Pooling;
use crate::face::plan::{Constant, Conv, Node, Op, Plan, PlanError, ValueId, Weights, Window};

/// What a layer computes before its epilogue.
#[derive(Clone)]
pub(super) enum LayerOp {
    Convolution(Conv),
    Transposed(Conv),
    Pool(Pooling, Window),
    /// The mean of the whole picture.
    Mean,
    /// A factor per channel; pixels are repeated if the output is larger.
    PerPixel(Vec<f32>),
    /// `[n, in]` to `[n, out]`; weights `[out, in]`.
    Matrix(Weights),
    /// The same numbers, mapped elementwise, in row-major order of the permuted axes.
    Copy(Option<Vec<usize>>, Elementwise),
    /// The same numbers in another shape.
    Reshape,
}

/// A layer before its weights are packed.
#[derive(Clone)]
pub(super) struct Draft {
    /// Name of its first node, for messages.
    pub(super) name: String,
    pub(super) op: LayerOp,
    /// One number per output channel; empty if the output is no picture.
    pub(super) bias: Vec<f32>,
    pub(super) activation: Activation,
    pub(super) residual: Option<(ValueId, ResidualPosition)>,
    /// Both operands of a fused addition; they must have the size of the output.
    pub(super) addends: Vec<ValueId>,
    pub(super) input: ValueId,
    pub(super) output: ValueId,
}

/// A range of another value's channels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slice {
    pub(super) of: ValueId,
    pub(super) first: usize,
}

/// The drafts of a whole network.
pub(super) struct NetworkDraft {
    pub(super) layers: Vec<Draft>,
    pub(super) slices: BTreeMap<ValueId, Slice>,
    /// Channels of each picture.
    pub(super) channels: BTreeMap<ValueId, usize>,
    /// Values stored channel by channel: the network's input, also after elementwise functions.
    pub(super) planar: HashSet<ValueId>,
    pub(super) outputs: Vec<ValueId>,
    pub(super) value_count: usize,
}

impl Draft {
    /// True if input and output are pictures, so that it can compute some rows at a time.
    pub(super) fn is_picture(&self) -> bool {
        !matches!(self.op, LayerOp::Matrix(_) | LayerOp::Copy(..) | LayerOp::Reshape)
    }

    /// True if an activation can still be fused in.
    fn can_fuse(&self) -> bool {
        self.is_picture() && self.activation == Activation::None
    }
}

/// Fails if the plan has an operator without a kernel.
pub(super) fn draft(plan: &Plan) -> Result<NetworkDraft, PlanError> {
    let mut drafter = Drafter {
        plan,
        uses: plan.data_uses(),
        drafts: NetworkDraft {
            planar: HashSet::from([plan.input]),
            layers: Vec::new(),
            slices: BTreeMap::new(),
            channels: BTreeMap::new(),
            outputs: plan.outputs.iter().map(|(_, value)| *value).collect(),
            value_count: plan.value_count,
        },
    };
    let integers = plan.integer_values();
    for node in plan.nodes.iter().filter(|node| !integers.contains(&node.output)) {
        drafter.add(node)?;
    }
    Ok(drafter.drafts)
}

struct Drafter<'a> {
    plan: &'a Plan,
    /// Number of readers of each value: outputs count, shape computations do not.
    uses: BTreeMap<ValueId, usize>,
    drafts: NetworkDraft,
}

impl Drafter<'_> {
    fn add(&mut self, node: &Node) -> Result<(), PlanError> {
        let input = node.inputs[0];
        let is_picture = self.drafts.channels.contains_key(&input);
        let (op, bias) = match &node.op {
            Op::Conv(_) if !is_picture && !self.drafts.planar.contains(&input) => {
                return Err(unsupported(node));
            }
            Op::ConvTranspose(_) if !is_picture => return Err(unsupported(node)),
            Op::Conv(conv) => (LayerOp::Convolution(conv.clone()), bias(conv, conv.weights.shape[0])),
            Op::ConvTranspose(conv) => (LayerOp::Transposed(conv.clone()), bias(conv, conv.weights.shape[1])),
            Op::Gemm { weights, bias } => {
                let bias = bias.as_ref().map_or(vec![0.0; weights.shape[0]], |bias| bias.to_vec());
                (LayerOp::Matrix(weights.clone()), bias)
            }
            Op::MaxPool(window) => (LayerOp::Pool(Pooling::Max, *window), self.zeros(node)?),
            Op::AveragePool(window) => (LayerOp::Pool(Pooling::Average, *window), self.zeros(node)?),
            Op::GlobalAveragePool => (LayerOp::Mean, self.zeros(node)?),
            Op::Resize => (LayerOp::PerPixel(self.ones(node)?), self.zeros(node)?),
            Op::ScaleShift { scale, shift } if is_picture => {
                (LayerOp::PerPixel(scale.to_vec()), shift.to_vec())
            }
            Op::Relu => return self.activate(node, |_| Activation::Relu),
            Op::Clip { min, max } => {
                return self.activate(node, |_| Activation::Clip { min: *min, max: *max });
            }
            Op::LeakyRelu(slope) => return self.activate(node, |c| Activation::Slopes(vec![*slope; c])),
            Op::PRelu(slopes) => {
                if slopes.len() != 1 && slopes.len() != self.channels(node)? {
                    return Err(unsupported(node));
                }
                return self.activate(node, |c| {
                    let each = |channel| slopes[if slopes.len() == 1 { 0 } else { channel }];
                    Activation::Slopes((0..c).map(each).collect())
                });
            }
            Op::Add if self.scalar(node).is_none() => return self.add_pictures(node),
            Op::Add | Op::Sub | Op::Mul | Op::Div => {
                let number = self.scalar(node).ok_or_else(|| unsupported(node))?;
                let (scale, shift) = match &node.op {
                    Op::Add => (1.0, number),
                    Op::Sub => (1.0, -number),
                    Op::Mul => (number, 0.0),
                    _ => (1.0 / number, 0.0),
                };
                (LayerOp::Copy(None, Elementwise::Affine { scale, shift }), Vec::new())
            }
            Op::Sigmoid => (LayerOp::Copy(None, Elementwise::Sigmoid), Vec::new()),
            Op::Transpose(axes) => (LayerOp::Copy(Some(axes.clone()), Elementwise::Identity), Vec::new()),
            Op::Reshape(_) => (LayerOp::Reshape, Vec::new()),
            _ => return Err(unsupported(node)),
        };
        self.push(node, op, bias, input);
        Ok(())
    }

    /// Returns the index of the new layer.
    fn push(&mut self, node: &Node, op: LayerOp, bias: Vec<f32>, input: ValueId) -> usize {
        let (name, output) = (node.name.clone(), node.output);
        let (activation, residual, addends) = (Activation::None, None, Vec::new());
        let draft = Draft { name, op, bias, activation, residual, addends, input, output };
        if draft.is_picture() {
            self.drafts.channels.insert(output, draft.bias.len());
        } else if self.drafts.planar.contains(&input) && matches!(draft.op, LayerOp::Copy(None, _)) {
            self.drafts.planar.insert(output);
        }
        self.drafts.layers.push(draft);
        self.drafts.layers.len() - 1
    }

    /// Fuses an activation into the layer before it, or adds a layer for it.
    fn activate(&mut self, node: &Node, make: impl Fn(usize) -> Activation) -> Result<(), PlanError> {
        let input = node.inputs[0];
        let activation = make(self.channels(node)?);
        let index = if let Some(index) = self.fusible(input) {
            index
        } else {
            let (ones, zeros) = (self.ones(node)?, self.zeros(node)?);
            self.push(node, LayerOp::PerPixel(ones), zeros, input)
        };
        let draft = &mut self.drafts.layers[index];
        draft.activation = activation;
        self.set_output(index, node.output);
        Ok(())
    }

    /// Fuses an addition into the later of the two layers that produce its operands, or adds a layer for it.
    fn add_pictures(&mut self, node: &Node) -> Result<(), PlanError> {
        let &[a, b] = &node.inputs[..] else { return Err(unsupported(node)) };
        let channels = |value: ValueId| self.drafts.channels.get(&value);
        if channels(a).is_none() || channels(a) != channels(b) {
            return Err(unsupported(node));
        }
        let producer = |value: ValueId| self.drafts.layers.iter().position(|draft| draft.output == value);
        let (early, late) = if producer(a) > producer(b) { (b, a) } else { (a, b) };
        let fused = producer(late).filter(|index| {
            let draft = &self.drafts.layers[*index];
            self.uses.get(&late) == Some(&1) && draft.is_picture() && draft.residual.is_none()
        });
        let index = if let Some(index) = fused {
            index
        } else {
            let (ones, zeros) = (self.ones(node)?, self.zeros(node)?);
            self.push(node, LayerOp::PerPixel(ones), zeros, late)
        };
        let draft = &mut self.drafts.layers[index];
        let plain = draft.activation == Activation::None;
        draft.addends = vec![early, late];
        draft.residual = Some((
            early,
            if plain { ResidualPosition::BeforeActivation } else { ResidualPosition::AfterActivation },
        ));
        self.set_output(index, node.output);
        Ok(())
    }

    /// The layer that produces `value`, if an activation can be fused into it.
    fn fusible(&self, value: ValueId) -> Option<usize> {
        let index = self.drafts.layers.iter().position(|draft| draft.output == value)?;
        (self.uses.get(&value) == Some(&1) && self.drafts.layers[index].can_fuse()).then_some(index)
    }

    fn set_output(&mut self, index: usize, output: ValueId) {
        let draft = &mut self.drafts.layers[index];
        draft.output = output;
        self.drafts.channels.insert(output, draft.bias.len());
    }

    fn channels(&self, node: &Node) -> Result<usize, PlanError> {
        self.drafts.channels.get(&node.inputs[0]).copied().ok_or_else(|| unsupported(node))
    }

    fn ones(&self, node: &Node) -> Result<Vec<f32>, PlanError> {
        Ok(vec![1.0; self.channels(node)?])
    }

    fn zeros(&self, node: &Node) -> Result<Vec<f32>, PlanError> {
        Ok(vec![0.0; self.channels(node)?])
    }

    /// The second input, if it is a single number.
    fn scalar(&self, node: &Node) -> Option<f32> {
        match self.plan.constants.get(node.inputs.get(1)?)? {
            Constant::Floats(weights) if weights.data.len() == 1 => Some(weights.data[0]),
            _ => None,
        }
    }
}

fn bias(conv: &Conv, channels: usize) -> Vec<f32> {
    conv.bias.as_ref().map_or(vec![0.0; channels], |bias| bias.to_vec())
}

pub(super) fn unsupported(node: &Node) -> PlanError {
    node.unsupported("no CPU kernel supports it")
}

impl Plan {
    /// Integer values, which exist only to compute shapes.
    fn integer_values(&self) -> HashSet<ValueId> {
        let constants = self.constants.iter().filter(|(_, c)| matches!(c, Constant::Integers { .. }));
        let mut integers: HashSet<ValueId> = constants.map(|(value, _)| *value).collect();
        for node in &self.nodes {
            if matches!(node.op, Op::Shape) || integers.contains(&node.inputs[0]) {
                integers.insert(node.output);
            }
        }
        integers
    }

    /// Number of readers of each value that compute with floats, network outputs included.
    fn data_uses(&self) -> BTreeMap<ValueId, usize> {
        let integers = self.integer_values();
        let mut uses = BTreeMap::new();
        let inputs = self.nodes.iter().filter(|node| !integers.contains(&node.output));
        let inputs = inputs.flat_map(|node| &node.inputs);
        for value in inputs.chain(self.outputs.iter().map(|(_, value)| value)) {
            *uses.entry(*value).or_default() += 1;
        }
        uses
    }
}
