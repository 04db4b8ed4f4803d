//! Folds batch normalisation into the convolution before it, if nothing else reads that convolution's output:
//! `scale * (W x + b) + shift = (scale W) x + (scale b + shift)`.

use std::collections::BTreeMap;

use super::{Op, Plan, ValueId};

pub(super) fn fold_batch_norms(plan: &mut Plan) {
    let mut uses: BTreeMap<ValueId, usize> = BTreeMap::new();
    for value in
        plan.nodes.iter().flat_map(|node| &node.inputs).chain(plan.outputs.iter().map(|(_, value)| value))
    {
        *uses.entry(*value).or_default() += 1;
    }
    let mut kept: Vec<super::Node> = Vec::with_capacity(plan.nodes.len());
    for node in plan.nodes.drain(..) {
        if let Op::ScaleShift { scale, shift } = &node.op
            && uses.get(&node.inputs[0]) == Some(&1)
            && let Some(producer) = kept.iter_mut().find(|producer| producer.output == node.inputs[0])
            && producer.op.absorb(scale, shift)
        {
            producer.output = node.output;
        } else {
            kept.push(node);
        }
    }
    plan.nodes = kept;
}
