//! The reference backend: one or a few candle tensor operations for each operator of the plan.

use candle_core::{Device, Result, Tensor};
use candle_nn::Module;
use candle_nn::ops::{leaky_relu, sigmoid};

use super::conv::ConvLayer;
use super::{Backend, BackendError};
use crate::face::plan::{Constant, Node, Op, Plan, PlanError, Shapes, Weights, Window};

/// A plan with its weights on a device.
pub(crate) struct Reference {
    plan: Plan,
    steps: Vec<Step>,
    /// Constants that operators take as ordinary inputs.
    constants: Vec<(usize, Tensor)>,
    device: Device,
    /// The last step that reads each value, after which it is freed.
    last_use: Vec<usize>,
}

/// A node's tensors.
enum Step {
    Conv(ConvLayer),
    /// Weights transposed to `[in, out]`, and the bias.
    Gemm(Tensor, Option<Tensor>),
    /// `[1, c, 1, 1]` each.
    ScaleShift(Tensor, Tensor),
    PRelu(candle_nn::PReLU),
    Plain,
}

impl Reference {
    /// Copies the weights to `device`.
    pub(crate) fn new(plan: Plan, device: &Device) -> std::result::Result<Self, BackendError> {
        let steps = plan.nodes.iter().map(|node| Step::new(&node.op, device)).collect::<Result<_>>()?;
        let mut last_use = vec![usize::MAX; plan.value_count];
        for (index, node) in plan.nodes.iter().enumerate() {
            node.inputs.iter().for_each(|input| last_use[*input] = index);
        }
        for (_, output) in &plan.outputs {
            last_use[*output] = usize::MAX;
        }
        let mut constants = Vec::new();
        for (value, constant) in &plan.constants {
            // Operators hold their own weights; only the other constants are read as inputs.
            if let Constant::Floats(weights) = constant
                && last_use[*value] != usize::MAX
            {
                constants.push((*value, tensor(weights, device)?));
            }
        }
        Ok(Self { plan, steps, constants, device: device.clone(), last_use })
    }

    fn execute(&self, input: &Tensor, shapes: &Shapes) -> Result<Vec<Option<Tensor>>> {
        let mut values: Vec<Option<Tensor>> = vec![None; self.plan.value_count];
        values[self.plan.input] = Some(input.clone());
        for (value, constant) in &self.constants {
            values[*value] = Some(constant.clone());
        }
        for (index, (node, step)) in self.plan.nodes.iter().zip(&self.steps).enumerate() {
            if shapes.is_resolved(node.output) {
                continue;
            }
            let output = run_node(node, step, &values, shapes)
                .map_err(|error| error.context(format!("node `{}`", node.name)))?;
            values[node.output] = Some(output);
            for input in node.inputs.iter().filter(|input| self.last_use[**input] == index) {
                values[*input] = None;
            }
        }
        Ok(values)
    }
}

impl Backend for Reference {
    fn run(&self, input: &Tensor) -> std::result::Result<Vec<Tensor>, BackendError> {
        let shapes = self.plan.shapes(input.dims())?;
        let values = self.execute(input, &shapes)?;
        self.plan
            .outputs
            .iter()
            .map(|(name, value)| {
                let output = values[*value].clone();
                output.ok_or_else(|| {
                    let reason = format!("output `{name}` holds no floats");
                    PlanError::Unsupported { node: name.clone(), reason }.into()
                })
            })
            .collect()
    }

    fn device(&self) -> &Device {
        &self.device
    }
}

impl Step {
    fn new(op: &Op, device: &Device) -> Result<Self> {
        let channels = |data: &[f32]| Tensor::from_slice(data, (1, data.len(), 1, 1), device);
        Ok(match op {
            Op::Conv(conv) => Self::Conv(ConvLayer::new(conv, device)?),
            Op::ConvTranspose(conv) => Self::Conv(ConvLayer::transposed(conv, device)?),
            Op::Gemm { weights, bias } => {
                let bias = bias.as_ref().map(|bias| Tensor::from_slice(bias, bias.len(), device));
                Self::Gemm(tensor(weights, device)?.t()?.contiguous()?, bias.transpose()?)
            }
            Op::ScaleShift { scale, shift } => Self::ScaleShift(channels(scale)?, channels(shift)?),
            Op::PRelu(slope) => {
                let slope_tensor = Tensor::from_slice(slope, slope.len(), device)?;
                Self::PRelu(candle_nn::PReLU::new(slope_tensor, slope.len() == 1))
            }
            _ => Self::Plain,
        })
    }
}

fn tensor(weights: &Weights, device: &Device) -> Result<Tensor> {
    Tensor::from_slice(&weights.data, weights.shape.as_slice(), device)
}

fn run_node(node: &Node, step: &Step, values: &[Option<Tensor>], shapes: &Shapes) -> Result<Tensor> {
    let input = |index: usize| {
        let value = node.inputs.get(index).and_then(|value| values[*value].as_ref());
        value.ok_or_else(|| candle_core::Error::Msg(format!("input {index} has no floats")))
    };
    let x = input(0)?;
    match (&node.op, step) {
        (Op::Conv(_) | Op::ConvTranspose(_), Step::Conv(layer)) => layer.run(x),
        (Op::Gemm { .. }, Step::Gemm(weights, bias)) => {
            let y = x.matmul(weights)?;
            bias.as_ref().map_or(Ok(y.clone()), |bias| y.broadcast_add(bias))
        }
        (Op::ScaleShift { .. }, Step::ScaleShift(scale, shift)) => {
            // Around a Gemm there are no height and width.
            let dims: Vec<usize> =
                (0..x.rank()).map(|axis| if axis == 1 { x.dims()[1] } else { 1 }).collect();
            x.broadcast_mul(&scale.reshape(dims.as_slice())?)?.broadcast_add(&shift.reshape(dims.as_slice())?)
        }
        (Op::PRelu(_), Step::PRelu(layer)) => layer.forward(x),
        (Op::Relu, _) => x.relu(),
        (Op::LeakyRelu(slope), _) => leaky_relu(x, f64::from(*slope)),
        (Op::Sigmoid, _) => sigmoid(x),
        (Op::Tanh, _) => x.tanh(),
        (Op::Clip { min, max }, _) => x.clamp(*min, *max),
        (Op::Add, _) => x.broadcast_add(input(1)?),
        (Op::Sub, _) => x.broadcast_sub(input(1)?),
        (Op::Mul, _) => x.broadcast_mul(input(1)?),
        (Op::Div, _) => x.broadcast_div(input(1)?),
        (Op::MaxPool(window), _) => {
            let x = padded(x, window, f32::NEG_INFINITY)?;
            x.max_pool2d_with_stride(pair(window.kernel), pair(window.stride))
        }
        (Op::AveragePool(window), _) => {
            let x = padded(x, window, 0.0)?;
            x.avg_pool2d_with_stride(pair(window.kernel), pair(window.stride))
        }
        (Op::GlobalAveragePool, _) => x.mean_keepdim((2, 3)),
        (Op::Resize, _) => {
            let size = shapes.of(node.output);
            x.upsample_nearest2d(size[2], size[3])
        }
        (Op::Transpose(axes), _) => x.permute(axes.as_slice())?.contiguous(),
        (Op::Reshape(_), _) => x.reshape(shapes.of(node.output)),
        (Op::Concat { axis }, _) => {
            let inputs = (0..node.inputs.len()).map(input).collect::<Result<Vec<_>>>()?;
            let rank = i64::try_from(x.rank()).unwrap_or(0);
            let axis = usize::try_from(if *axis < 0 { axis + rank } else { *axis }).unwrap_or(0);
            Tensor::cat(&inputs, axis)
        }
        (op, _) => Err(candle_core::Error::Msg(format!("{op:?} does not compute floats"))),
    }
}

fn pair([down, right]: [usize; 2]) -> (usize, usize) {
    (down, right)
}

/// A border of `value` around height and width.
fn padded(x: &Tensor, window: &Window, value: f32) -> Result<Tensor> {
    let [top, left, bottom, right] = window.padding;
    let mut x = x.clone();
    for (axis, before, after) in [(2, top, bottom), (3, left, right)] {
        let border = |count: usize| {
            let mut shape = x.dims().to_vec();
            shape[axis] = count;
            (count > 0).then(|| Tensor::full(value, shape, x.device())).transpose()
        };
        let parts = [border(before)?, Some(x.clone()), border(after)?];
        let parts: Vec<Tensor> = parts.into_iter().flatten().collect();
        x = Tensor::cat(&parts, axis)?;
    }
    Ok(x)
}
