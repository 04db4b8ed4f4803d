//! A plan as layers to be: activations and additions joined to the convolution that makes their input, so that they
//! happen while its sums are in registers.

use std::collections::{BTreeMap, HashSet};

use super::copy::Function;
use super::finish::{Activation, Place};
use super::kernels::pool::Pooling;
use crate::face::plan::{Constant, Conv, Node, Op, Plan, PlanError, ValueId, Weights, Window};

/// What a layer computes, before its finish.
#[derive(Clone)]
pub(super) enum Work {
    Convolution(Conv),
    Transposed(Conv),
    Pool(Pooling, Window),
    /// The mean of the whole picture.
    Mean,
    /// A factor for each channel; where the output is larger, pixels are repeated.
    PerPixel(Vec<f32>),
    /// `[n, in]` to `[n, out]`; weights `[out, in]`.
    Matrix(Weights),
    /// The same numbers, each through a function, in row-major order of the permuted axes.
    Copy(Option<Vec<usize>>, Function),
    /// The same numbers with another shape.
    Reshape,
}

/// One layer to be.
#[derive(Clone)]
pub(super) struct Draft {
    /// Of the first node in it; for messages.
    pub(super) name: String,
    pub(super) work: Work,
    /// A number for each output channel, where the work has channels.
    pub(super) bias: Vec<f32>,
    pub(super) activation: Activation,
    pub(super) residual: Option<(ValueId, Place)>,
    /// Both pictures of an addition that joined: they must be as large as the output.
    pub(super) addends: Vec<ValueId>,
    pub(super) input: ValueId,
    pub(super) output: ValueId,
}

/// Part of the channels of another value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slice {
    pub(super) of: ValueId,
    pub(super) first: usize,
}

/// A whole network.
pub(super) struct Drafts {
    pub(super) layers: Vec<Draft>,
    /// Values that are parts of others.
    pub(super) slices: BTreeMap<ValueId, Slice>,
    /// Channels of each picture.
    pub(super) channels: BTreeMap<ValueId, usize>,
    /// The network's input, also after a function of each number: it lies channel by channel.
    pub(super) planar: HashSet<ValueId>,
    /// What the network gives out.
    pub(super) outputs: Vec<ValueId>,
    pub(super) value_count: usize,
}

impl Draft {
    /// Pictures in and out, so that it can work on some rows at a time.
    pub(super) fn is_picture(&self) -> bool {
        !matches!(self.work, Work::Matrix(_) | Work::Copy(..) | Work::Reshape)
    }

    /// True where activation and residual can still join.
    fn can_finish(&self) -> bool {
        self.is_picture() && self.activation == Activation::None
    }
}

/// # Errors
/// When the plan has an operator without a kernel here.
pub(super) fn draft(plan: &Plan) -> Result<Drafts, PlanError> {
    let mut drafter = Drafter {
        plan,
        uses: plan.data_uses(),
        drafts: Drafts {
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
    /// How often each value is read, outputs counted, shapes not.
    uses: BTreeMap<ValueId, usize>,
    drafts: Drafts,
}

impl Drafter<'_> {
    fn add(&mut self, node: &Node) -> Result<(), PlanError> {
        let input = node.inputs[0];
        let is_read_by_kernels = self.drafts.channels.contains_key(&input);
        let (work, bias) = match &node.op {
            Op::Conv(_) if !is_read_by_kernels && !self.drafts.planar.contains(&input) => {
                return Err(unsupported(node));
            }
            Op::ConvTranspose(_) if !is_read_by_kernels => return Err(unsupported(node)),
            Op::Conv(conv) => (Work::Convolution(conv.clone()), bias(conv, conv.weights.shape[0])),
            Op::ConvTranspose(conv) => (Work::Transposed(conv.clone()), bias(conv, conv.weights.shape[1])),
            Op::Gemm { weights, bias } => {
                let bias = bias.as_ref().map_or(vec![0.0; weights.shape[0]], |bias| bias.to_vec());
                (Work::Matrix(weights.clone()), bias)
            }
            Op::MaxPool(window) => (Work::Pool(Pooling::Max, *window), self.zeros(node)?),
            Op::AveragePool(window) => (Work::Pool(Pooling::Average, *window), self.zeros(node)?),
            Op::GlobalAveragePool => (Work::Mean, self.zeros(node)?),
            Op::Resize => (Work::PerPixel(self.ones(node)?), self.zeros(node)?),
            Op::ScaleShift { scale, shift } if is_read_by_kernels => {
                (Work::PerPixel(scale.to_vec()), shift.to_vec())
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
                (Work::Copy(None, Function::Affine { scale, shift }), Vec::new())
            }
            Op::Sigmoid => (Work::Copy(None, Function::Sigmoid), Vec::new()),
            Op::Transpose(axes) => (Work::Copy(Some(axes.clone()), Function::Identity), Vec::new()),
            Op::Reshape(_) => (Work::Reshape, Vec::new()),
            _ => return Err(unsupported(node)),
        };
        self.push(node, work, bias, input);
        Ok(())
    }

    /// Returns the index of the new layer.
    fn push(&mut self, node: &Node, work: Work, bias: Vec<f32>, input: ValueId) -> usize {
        let (name, output) = (node.name.clone(), node.output);
        let (activation, residual, addends) = (Activation::None, None, Vec::new());
        let draft = Draft { name, work, bias, activation, residual, addends, input, output };
        if draft.is_picture() {
            self.drafts.channels.insert(output, draft.bias.len());
        } else if self.drafts.planar.contains(&input) && matches!(draft.work, Work::Copy(None, _)) {
            self.drafts.planar.insert(output);
        }
        self.drafts.layers.push(draft);
        self.drafts.layers.len() - 1
    }

    /// Joins an activation to the layer before, or makes it one of its own.
    fn activate(&mut self, node: &Node, make: impl Fn(usize) -> Activation) -> Result<(), PlanError> {
        let input = node.inputs[0];
        let activation = make(self.channels(node)?);
        let index = if let Some(index) = self.joinable(input) {
            index
        } else {
            let (ones, zeros) = (self.ones(node)?, self.zeros(node)?);
            self.push(node, Work::PerPixel(ones), zeros, input)
        };
        let draft = &mut self.drafts.layers[index];
        draft.activation = activation;
        self.rename(index, node.output);
        Ok(())
    }

    /// Joins the addition to that of the two layers that comes later.
    fn add_pictures(&mut self, node: &Node) -> Result<(), PlanError> {
        let &[a, b] = &node.inputs[..] else { return Err(unsupported(node)) };
        let channels = |value: ValueId| self.drafts.channels.get(&value);
        if channels(a).is_none() || channels(a) != channels(b) {
            return Err(unsupported(node));
        }
        let made = |value: ValueId| self.drafts.layers.iter().position(|draft| draft.output == value);
        let (early, late) = if made(a) > made(b) { (b, a) } else { (a, b) };
        let join = made(late).filter(|index| {
            let draft = &self.drafts.layers[*index];
            self.uses.get(&late) == Some(&1) && draft.is_picture() && draft.residual.is_none()
        });
        let index = if let Some(index) = join {
            index
        } else {
            let (ones, zeros) = (self.ones(node)?, self.zeros(node)?);
            self.push(node, Work::PerPixel(ones), zeros, late)
        };
        let draft = &mut self.drafts.layers[index];
        let plain = draft.activation == Activation::None;
        draft.addends = vec![early, late];
        draft.residual = Some((early, if plain { Place::BeforeActivation } else { Place::AfterActivation }));
        self.rename(index, node.output);
        Ok(())
    }

    /// The layer that makes `value`, where an activation can join it.
    fn joinable(&self, value: ValueId) -> Option<usize> {
        let index = self.drafts.layers.iter().position(|draft| draft.output == value)?;
        (self.uses.get(&value) == Some(&1) && self.drafts.layers[index].can_finish()).then_some(index)
    }

    fn rename(&mut self, index: usize, output: ValueId) {
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

    /// The single number that is the second input.
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
    PlanError::unsupported(&node.name, "it has no kernel for the CPU")
}

impl Plan {
    /// Values that are integers about shapes.
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

    /// How often each value is read by what computes with floats, or given out.
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
