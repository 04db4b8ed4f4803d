//! Infers the shapes of all tensors for one input shape, and the values of the integer tensors that exporters compute
//! shapes with (`Shape`, `Gather`, `Concat` ...). Those are known before the network runs, so backends never see them.

use std::collections::BTreeMap;

use super::op::Reshape;
use super::{Constant, Node, Op, Plan, PlanError, ValueId};

/// Largest number of elements in a tensor: two gigabytes of floats.
const MAX_NUMBERS: usize = 1 << 29;

/// What is known about a tensor without running the network.
#[derive(Clone, Debug)]
struct TensorInfo {
    shape: Vec<usize>,
    /// The values of integer tensors.
    integers: Option<Vec<i64>>,
}

/// The shape of every tensor of a plan for one input shape.
#[derive(Debug)]
pub(crate) struct Shapes(Vec<Option<TensorInfo>>);

impl Shapes {
    /// Dimensions of a value; empty for a value that is never computed.
    pub(crate) fn of(&self, value: ValueId) -> &[usize] {
        self.0[value].as_ref().map_or(&[], |known| &known.shape)
    }

    /// True for integer tensors, which are not computed at run time.
    pub(crate) fn is_resolved(&self, value: ValueId) -> bool {
        self.0[value].as_ref().is_some_and(|known| known.integers.is_some())
    }

    fn known(&self, node: &Node, index: usize) -> Result<&TensorInfo, PlanError> {
        let value = node.inputs.get(index);
        value
            .and_then(|value| self.0[*value].as_ref())
            .ok_or_else(|| node.unsupported(format!("input {index} is missing")))
    }

    fn integers(&self, node: &Node, index: usize) -> Result<&[i64], PlanError> {
        self.known(node, index)?.integers.as_deref().ok_or_else(|| {
            node.unsupported(format!("input {index} must be integers known from shapes alone"))
        })
    }
}

impl Plan {
    /// Infers all shapes for an input of `input_shape`. Fails if a node does not accept its input; the error names it.
    pub(crate) fn shapes(&self, input_shape: &[usize]) -> Result<Shapes, PlanError> {
        let mut shapes = Shapes(vec![None; self.value_count]);
        for (value, constant) in &self.constants {
            shapes.0[*value] = Some(match constant {
                Constant::Floats(weights) => TensorInfo { shape: weights.shape.clone(), integers: None },
                Constant::Integers { shape, data } => {
                    TensorInfo { shape: shape.clone(), integers: Some(data.clone()) }
                }
            });
        }
        shapes.0[self.input] = Some(TensorInfo { shape: input_shape.to_vec(), integers: None });
        for node in &self.nodes {
            let known = infer(node, &shapes, &self.constants)?;
            let numbers = known.shape.iter().try_fold(1_usize, |product, side| product.checked_mul(*side));
            if numbers.is_none_or(|numbers| numbers > MAX_NUMBERS) {
                return Err(node.unsupported("its output is too large"));
            }
            shapes.0[node.output] = Some(known);
        }
        Ok(shapes)
    }
}

fn infer(
    node: &Node,
    shapes: &Shapes,
    constants: &BTreeMap<ValueId, Constant>,
) -> Result<TensorInfo, PlanError> {
    let fail = |reason: String| node.unsupported(reason);
    let input = shapes.known(node, 0)?;
    let shape = match &node.op {
        Op::Conv(conv) => {
            let [n, channels, h, w] = image(node, input)?;
            if channels != conv.weights.shape[1] * conv.groups {
                return Err(fail(format!("the weights do not match an input of {channels} channels")));
            }
            let [h, w] =
                conv.window.output_size(h, w).ok_or_else(|| fail("the input is too small".into()))?;
            vec![n, conv.weights.shape[0], h, w]
        }
        Op::ConvTranspose(conv) => {
            let [n, channels, h, w] = image(node, input)?;
            if channels != conv.weights.shape[0] || h == 0 || w == 0 {
                return Err(fail(format!("the weights do not match an input of {channels} channels")));
            }
            let side = |size: usize, axis: usize| {
                let window = &conv.window;
                let span = window.dilation[axis].saturating_mul(window.kernel[axis] - 1);
                let full =
                    (size - 1).saturating_mul(window.stride[axis]).saturating_add(span).saturating_add(1);
                full.checked_sub(window.padding[axis].saturating_add(window.padding[axis + 2]))
                    .ok_or_else(|| fail("the padding is larger than the output".into()))
            };
            vec![n, conv.weights.shape[1] * conv.groups, side(h, 0)?, side(w, 1)?]
        }
        Op::Gemm { weights, .. } => match input.shape[..] {
            [n, features] if features == weights.shape[1] => vec![n, weights.shape[0]],
            _ => {
                return Err(fail(format!(
                    "the input is {:?}, the weights are {:?}",
                    input.shape, weights.shape
                )));
            }
        },
        Op::MaxPool(window) | Op::AveragePool(window) => {
            let [n, channels, h, w] = image(node, input)?;
            let [h, w] = window.output_size(h, w).ok_or_else(|| fail("the input is too small".into()))?;
            vec![n, channels, h, w]
        }
        Op::GlobalAveragePool => {
            let [n, channels, _, _] = image(node, input)?;
            vec![n, channels, 1, 1]
        }
        Op::Add | Op::Sub | Op::Mul | Op::Div => broadcast(&input.shape, &shapes.known(node, 1)?.shape)
            .ok_or_else(|| fail("the shapes of its inputs do not match".into()))?,
        Op::Transpose(permutation) => {
            let rank = input.shape.len();
            if permutation.len() != rank || (0..rank).any(|axis| !permutation.contains(&axis)) {
                return Err(fail("the permutation does not match the input".into()));
            }
            permutation.iter().map(|axis| input.shape[*axis]).collect()
        }
        Op::Resize => resize_shape(node, input, shapes, constants)?,
        Op::Reshape(reshape) => return infer_reshape(node, input, reshape, shapes),
        Op::Concat { axis } => return infer_concat(node, *axis, shapes),
        Op::Shape => {
            let integers = input.shape.iter().map(|d| i64::try_from(*d).unwrap_or(i64::MAX)).collect();
            return Ok(TensorInfo { shape: vec![input.shape.len()], integers: Some(integers) });
        }
        Op::Gather { axis } => return infer_gather(node, *axis, shapes),
        Op::Cast => {
            shapes.integers(node, 0)?;
            return Ok(input.clone());
        }
        Op::ScaleShift { scale, .. } if input.shape.get(1) != Some(&scale.len()) => {
            return Err(fail(format!("{} channels expected", scale.len())));
        }
        Op::PRelu(slope) if slope.len() > 1 && input.shape.get(1) != Some(&slope.len()) => {
            return Err(fail(format!("{} channels expected", slope.len())));
        }
        Op::ScaleShift { .. }
        | Op::Relu
        | Op::LeakyRelu(_)
        | Op::PRelu(_)
        | Op::Sigmoid
        | Op::Tanh
        | Op::Clip { .. } => input.shape.clone(),
    };
    Ok(TensorInfo { shape, integers: None })
}

/// `[n, channels, height, width]`.
fn image(node: &Node, input: &TensorInfo) -> Result<[usize; 4], PlanError> {
    <[usize; 4]>::try_from(input.shape.clone())
        .map_err(|shape| node.unsupported(format!("expected four dimensions, got {}", shape.len())))
}

/// Broadcasts as numpy does: aligned at the last dimension, 1 stretches.
fn broadcast(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let dim = |shape: &[usize], i: usize| (i + shape.len()).checked_sub(rank).map_or(1, |i| shape[i]);
    (0..rank)
        .map(|i| match (dim(a, i), dim(b, i)) {
            (x, y) if x == y || y == 1 => Some(x),
            (1, y) => Some(y),
            _ => None,
        })
        .collect()
}

/// Converts a possibly negative axis to an index below `rank`.
fn axis_index(node: &Node, axis: i64, rank: usize) -> Result<usize, PlanError> {
    let signed = if axis < 0 { axis + i64::try_from(rank).unwrap_or(0) } else { axis };
    usize::try_from(signed)
        .ok()
        .filter(|index| *index < rank)
        .ok_or_else(|| node.unsupported(format!("axis {axis} of a tensor with {rank} dimensions")))
}

/// Output of a nearest-neighbour enlargement, whose last input is factors (`scales`) or the size (`sizes`).
fn resize_shape(
    node: &Node,
    input: &TensorInfo,
    shapes: &Shapes,
    constants: &BTreeMap<ValueId, Constant>,
) -> Result<Vec<usize>, PlanError> {
    let fail = || node.unsupported("only enlargement of height and width by integer factors is supported");
    let [n, channels, h, w] = image(node, input)?;
    let target = node.inputs.last().ok_or_else(fail)?;
    let size = if let Some(Constant::Floats(scales)) = constants.get(target) {
        let &[n_scale, c_scale, h_scale, w_scale] = &scales.data[..] else { return Err(fail()) };
        let whole = |scale: f32| (scale >= 1.0 && scale.fract() == 0.0 && scale < 1024.0).then_some(scale);
        let side = |size: usize, scale: f32| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and small")]
            whole(scale).map(|scale| size.saturating_mul(scale as usize)).ok_or_else(fail)
        };
        vec![side(n, n_scale)?, side(channels, c_scale)?, side(h, h_scale)?, side(w, w_scale)?]
    } else {
        let sizes = shapes.integers(node, node.inputs.len() - 1)?;
        sizes.iter().map(|s| usize::try_from(*s).map_err(|_| fail())).collect::<Result<_, _>>()?
    };
    let multiple = |size: usize, of: usize| size > 0 && of > 0 && size.is_multiple_of(of);
    let fits = size.len() == 4 && size[..2] == [n, channels] && multiple(size[2], h) && multiple(size[3], w);
    if fits { Ok(size) } else { Err(fail()) }
}

fn infer_reshape(
    node: &Node,
    input: &TensorInfo,
    reshape: &Reshape,
    shapes: &Shapes,
) -> Result<TensorInfo, PlanError> {
    let fail = || node.unsupported(format!("cannot reshape {:?} as requested", input.shape));
    let total: usize = input.shape.iter().product();
    let shape: Vec<usize> = match reshape {
        Reshape::To => {
            let target = shapes.integers(node, 1)?;
            let mut shape = Vec::with_capacity(target.len());
            for (i, dim) in target.iter().enumerate() {
                shape.push(match dim {
                    0 => *input.shape.get(i).ok_or_else(fail)?,
                    -1 => 1,
                    d => usize::try_from(*d).map_err(|_| fail())?,
                });
            }
            if let Some(inferred) = target.iter().position(|dim| *dim == -1) {
                shape[inferred] = total.checked_div(shape.iter().product()).ok_or_else(fail)?;
            }
            shape
        }
        Reshape::Flatten(axis) => {
            let rank = input.shape.len();
            let axis = if usize::try_from(*axis) == Ok(rank) { rank } else { axis_index(node, *axis, rank)? };
            vec![input.shape[..axis].iter().product(), input.shape[axis..].iter().product()]
        }
        Reshape::Squeeze(axes) => {
            let rank = input.shape.len();
            let axes = axes.iter().map(|a| axis_index(node, *a, rank)).collect::<Result<Vec<_>, _>>()?;
            (0..rank).filter(|i| !axes.contains(i)).map(|i| input.shape[i]).collect()
        }
        Reshape::Unsqueeze(axes) => {
            let rank = input.shape.len() + axes.len();
            let axes = axes.iter().map(|a| axis_index(node, *a, rank)).collect::<Result<Vec<_>, _>>()?;
            let mut old = input.shape.iter().copied();
            (0..rank).map(|i| if axes.contains(&i) { 1 } else { old.next().unwrap_or(1) }).collect()
        }
    };
    if shape.iter().product::<usize>() != total {
        return Err(fail());
    }
    Ok(TensorInfo { shape, integers: input.integers.clone() })
}

fn infer_concat(node: &Node, axis: i64, shapes: &Shapes) -> Result<TensorInfo, PlanError> {
    let inputs = (0..node.inputs.len()).map(|i| shapes.known(node, i)).collect::<Result<Vec<_>, _>>()?;
    let mut shape = inputs[0].shape.clone();
    let axis = axis_index(node, axis, shape.len())?;
    for other in &inputs[1..] {
        let fits = other.shape.len() == shape.len()
            && (0..shape.len()).all(|i| i == axis || other.shape[i] == shape[i]);
        if !fits {
            return Err(node.unsupported("the shapes of its inputs differ"));
        }
        shape[axis] += other.shape[axis];
    }
    let integers = inputs.iter().map(|input| input.integers.clone()).collect::<Option<Vec<_>>>();
    Ok(TensorInfo { shape, integers: integers.map(|parts| parts.concat()) })
}

/// Picks elements of a one-dimensional integer tensor.
fn infer_gather(node: &Node, axis: i64, shapes: &Shapes) -> Result<TensorInfo, PlanError> {
    let from = shapes.integers(node, 0)?;
    let indices = shapes.known(node, 1)?;
    if axis != 0 {
        return Err(node.unsupported("only `axis` 0 is supported"));
    }
    let picked: Vec<i64> = shapes
        .integers(node, 1)?
        .iter()
        .map(|i| axis_index(node, *i, from.len()).map(|i| from[i]))
        .collect::<Result<_, _>>()?;
    Ok(TensorInfo { shape: indices.shape.clone(), integers: Some(picked) })
}
