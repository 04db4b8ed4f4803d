//! A plan lowered to layers with packed weights, for one instruction set; any picture size.

use std::collections::BTreeMap;

use super::copy::Function;
use super::draft::{Draft, Drafts, Slice, Work, draft};
use super::kernels::gemm::{Gemm, Widths};
use super::kernels::per_pixel::PerPixel;
use super::layer::{Layer, Operator, convolution, transposed};
use super::merge::merge_heads;
use super::simd::Isa;
use crate::face::plan::{Plan, PlanError, ValueId};

/// What a node does.
pub(super) enum Action {
    Picture(Box<Layer>),
    Copy(Option<Vec<usize>>, Function),
    Reshape,
}

/// One step of the network.
pub(super) struct NetworkNode {
    pub(super) action: Action,
    pub(super) input: ValueId,
    pub(super) residual: Option<ValueId>,
    /// Values that must be as large as the output.
    pub(super) addends: Vec<ValueId>,
    /// As in the model's file; for messages.
    pub(super) name: String,
    pub(super) output: ValueId,
    /// Of the output picture, or of the output's features.
    pub(super) channels: usize,
}

/// All steps, in order.
pub(super) struct Network {
    pub(super) isa: Isa,
    /// For shapes alone.
    pub(super) plan: Plan,
    pub(super) nodes: Vec<NetworkNode>,
    pub(super) slices: BTreeMap<ValueId, Slice>,
    /// Floats that the rings of a chain may take together.
    pub(super) ring_floats: usize,
}

impl Network {
    /// # Errors
    /// When the plan has something without a kernel here; names the node.
    pub(super) fn new(plan: Plan, isa: Isa, ring_floats: usize) -> Result<Self, PlanError> {
        let mut drafts = draft(&plan)?;
        merge_heads(&mut drafts);
        let Drafts { layers, slices, planar, .. } = drafts;
        let mut nodes = Vec::with_capacity(layers.len());
        for draft in layers {
            let first = planar.contains(&draft.input);
            let name = draft.name.clone();
            let node = lower(isa, draft, first);
            nodes.push(node.ok_or_else(|| PlanError::unsupported(&name, "it has no kernel for the CPU"))?);
        }
        // The packed weights take their place.
        let plan = plan.without_weights();
        Ok(Self { isa, plan, nodes, slices, ring_floats })
    }
}

fn lower(isa: Isa, draft: Draft, first: bool) -> Option<NetworkNode> {
    let Draft { name, work, bias, activation, residual, addends, input, output } = draft;
    let channels = bias.len();
    let operator = match work {
        Work::Convolution(conv) => convolution(isa, &conv, first)?,
        // Only the stem and copies read the network's input.
        Work::Transposed(_) | Work::Pool(..) | Work::Mean | Work::PerPixel(_) | Work::Matrix(_) if first => {
            return None;
        }
        Work::Transposed(conv) => transposed(isa, &conv)?,
        Work::Pool(pooling, window) => Operator::Pool(pooling, window),
        Work::Mean => Operator::Mean,
        Work::PerPixel(scale) => Operator::PerPixel(PerPixel::new(&scale)),
        Work::Matrix(weights) => {
            let &[columns, depth] = &weights.shape[..] else { return None };
            if columns == 0 || depth == 0 {
                return None;
            }
            let gemm = Gemm::pack(isa, Widths::Mixed, [columns, 1, depth], |column, _, k| {
                weights.data[column * depth + k]
            });
            Operator::Pointwise(gemm)
        }
        Work::Copy(axes, function) => {
            let action = Action::Copy(axes, function);
            return Some(NetworkNode { action, input, residual: None, addends, name, output, channels: 0 });
        }
        Work::Reshape => {
            let action = Action::Reshape;
            return Some(NetworkNode { action, input, residual: None, addends, name, output, channels: 0 });
        }
    };
    let layer = Layer::new(operator, &bias, activation, residual.map(|(_, place)| place));
    let residual = residual.map(|(value, _)| value);
    let action = Action::Picture(Box::new(layer));
    Some(NetworkNode { action, input, residual, addends, name, output, channels })
}
