//! An ONNX file as a typed graph: every operator known, every parameter checked, batch normalisation folded away.
//!
//! Invariant: a loaded [`Plan`] has only operators that the reference backend supports. Anything else is rejected here,
//! with the node's name, not while a photo is processed.

mod attributes;
mod builder;
mod error;
mod fold;
mod load;
mod op;
mod operators;
mod proto;
mod shape;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use error::PlanError;
pub(crate) use op::{Conv, Op, Weights, Window};
pub(crate) use shape::Shapes;

/// Index of a tensor in its plan.
pub(crate) type ValueId = usize;

/// A tensor stored in the file.
#[derive(Clone, Debug)]
pub(crate) enum Constant {
    Floats(Weights),
    /// Shapes, axes and indices; a scalar has an empty shape.
    Integers {
        shape: Vec<usize>,
        data: Vec<i64>,
    },
}

/// One operator in the graph.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Name in the file, for messages.
    pub(crate) name: String,
    pub(crate) op: Op,
    pub(crate) inputs: Vec<ValueId>,
    pub(crate) output: ValueId,
}

impl Node {
    /// An error that names this node.
    pub(crate) fn unsupported(&self, reason: impl Into<String>) -> PlanError {
        PlanError::unsupported(&self.name, reason)
    }
}

/// A network with one input and any number of outputs; its nodes are in execution order.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) nodes: Vec<Node>,
    pub(crate) constants: BTreeMap<ValueId, Constant>,
    pub(crate) input: ValueId,
    /// Name and value, in the file's order.
    pub(crate) outputs: Vec<(String, ValueId)>,
    pub(crate) value_count: usize,
}

impl Plan {
    /// Reads an ONNX file. Fails if it is not one, is inconsistent, or has an unsupported operator or parameter.
    pub(crate) fn from_onnx(bytes: &[u8]) -> Result<Self, PlanError> {
        let mut plan = load::load(bytes)?;
        fold::fold_batch_norms(&mut plan);
        Ok(plan)
    }

    /// Drops the weights. The rest can still infer shapes, but not run.
    pub(crate) fn without_weights(mut self) -> Self {
        for node in &mut self.nodes {
            if let Op::Conv(Conv { weights, .. })
            | Op::ConvTranspose(Conv { weights, .. })
            | Op::Gemm { weights, .. } = &mut node.op
            {
                weights.data = Vec::new().into();
            }
        }
        let read: Vec<ValueId> = self.nodes.iter().flat_map(|node| node.inputs.iter().copied()).collect();
        self.constants.retain(|value, _| read.contains(value));
        self
    }
}
