//! A plan lowered to layers with packed weights, for one instruction set; any picture size.

use std::collections::BTreeMap;

use super::copy::Elementwise;
use super::draft::{Draft, LayerOp, NetworkDraft, Slice, draft};
use super::kernels::gemm::{Gemm, PanelWidths};
use super::kernels::per_pixel::PerPixel;
use super::layer::{Layer, LayerKernel, convolution, transposed};
use super::merge::merge_heads;
use super::simd::Isa;
use crate::face::plan::{Plan, PlanError, ValueId};

pub(super) enum Action {
    Layer(Box<Layer>),
    Copy(Option<Vec<usize>>, Elementwise),
    Reshape,
}

/// One step of the network.
pub(super) struct NetworkNode {
    pub(super) action: Action,
    pub(super) input: ValueId,
    pub(super) residual: Option<ValueId>,
    /// Values that must have the size of the output.
    pub(super) addends: Vec<ValueId>,
    /// Name in the model file, for messages.
    pub(super) name: String,
    pub(super) output: ValueId,
    /// Of the output picture or features.
    pub(super) channels: usize,
}

/// All steps in order.
pub(super) struct Network {
    pub(super) isa: Isa,
    /// Without weights, for shapes only.
    pub(super) plan: Plan,
    pub(super) nodes: Vec<NetworkNode>,
    pub(super) slices: BTreeMap<ValueId, Slice>,
    /// Floats that the rings of a chain may use together.
    pub(super) ring_floats: usize,
}

impl Network {
    /// Fails if no kernel supports a node; the error names it.
    pub(super) fn new(plan: Plan, isa: Isa, ring_floats: usize) -> Result<Self, PlanError> {
        let mut drafts = draft(&plan)?;
        merge_heads(&mut drafts);
        let NetworkDraft { layers, slices, planar, .. } = drafts;
        let mut nodes = Vec::with_capacity(layers.len());
        for draft in layers {
            let first = planar.contains(&draft.input);
            let name = draft.name.clone();
            let node = lower(isa, draft, first);
            nodes.push(node.ok_or_else(|| PlanError::unsupported(&name, "no CPU kernel supports it"))?);
        }
        let plan = plan.without_weights();
        Ok(Self { isa, plan, nodes, slices, ring_floats })
    }
}

fn lower(isa: Isa, draft: Draft, first: bool) -> Option<NetworkNode> {
    let Draft { name, op, bias, activation, residual, addends, input, output } = draft;
    let channels = bias.len();
    let kernel = match op {
        LayerOp::Convolution(conv) => convolution(isa, &conv, first)?,
        // Only the stem and copies read the network's input.
        LayerOp::Transposed(_)
        | LayerOp::Pool(..)
        | LayerOp::Mean
        | LayerOp::PerPixel(_)
        | LayerOp::Matrix(_)
            if first =>
        {
            return None;
        }
        LayerOp::Transposed(conv) => transposed(isa, &conv)?,
        LayerOp::Pool(pooling, window) => LayerKernel::Pool(pooling, window),
        LayerOp::Mean => LayerKernel::Mean,
        LayerOp::PerPixel(scale) => LayerKernel::PerPixel(PerPixel::new(&scale)),
        LayerOp::Matrix(weights) => {
            let &[columns, depth] = &weights.shape[..] else { return None };
            if columns == 0 || depth == 0 {
                return None;
            }
            let gemm = Gemm::pack(isa, PanelWidths::Mixed, [columns, 1, depth], |column, _, k| {
                weights.data[column * depth + k]
            });
            LayerKernel::Pointwise(gemm)
        }
        LayerOp::Copy(axes, function) => {
            let action = Action::Copy(axes, function);
            return Some(NetworkNode { action, input, residual: None, addends, name, output, channels: 0 });
        }
        LayerOp::Reshape => {
            let action = Action::Reshape;
            return Some(NetworkNode { action, input, residual: None, addends, name, output, channels: 0 });
        }
    };
    let layer = Layer::new(kernel, &bias, activation, residual.map(|(_, position)| position));
    let residual = residual.map(|(value, _)| value);
    let action = Action::Layer(Box::new(layer));
    Some(NetworkNode { action, input, residual, addends, name, output, channels })
}
