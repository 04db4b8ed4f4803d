//! Merges parallel convolutions of few channels into one: separately, a detector's heads of one to ten channels would
//! each occupy a register of sixteen and read their input again.

use std::sync::Arc;

use super::buffer::CHANNEL_BLOCK;
use super::draft::{Draft, LayerOp, NetworkDraft, Slice};
use super::epilogue::Activation;
use crate::face::plan::ValueId;

/// Merges 1x1 convolutions of the same input, and the depthwise convolutions that follow them.
pub(super) fn merge_heads(drafts: &mut NetworkDraft) {
    let mut index = 0;
    while index < drafts.layers.len() {
        let group = siblings(drafts, index);
        if group.len() > 1 {
            let depthwise: Option<Vec<ValueId>> =
                group.iter().map(|value| depthwise_after(drafts, *value)).collect();
            if let Some(depthwise) = depthwise.filter(|values| all_mergeable(drafts, values)) {
                let merged = merge(drafts, &depthwise, true);
                let input = merge(drafts, &group, false);
                drafts
                    .layers
                    .iter_mut()
                    .filter(|draft| draft.output == merged)
                    .for_each(|draft| draft.input = input);
            } else if group.iter().all(|value| only_copied(drafts, *value)) {
                merge(drafts, &group, false);
            }
        }
        index += 1;
    }
}

/// Outputs of the 1x1 convolutions from `index` on that read the same input and can share a channel block; empty if
/// the layer at `index` is none of them.
fn siblings(drafts: &NetworkDraft, index: usize) -> Vec<ValueId> {
    let first = &drafts.layers[index];
    let thin = |draft: &Draft| match &draft.op {
        LayerOp::Convolution(conv) => {
            // Slopes would have to be merged too.
            let plain = draft.residual.is_none() && !matches!(draft.activation, Activation::Slopes(_));
            conv.window.is_pointwise() && conv.groups == 1 && plain
        }
        _ => false,
    };
    let mut total = 0;
    let mut group = Vec::new();
    for draft in &drafts.layers[index..] {
        let mergeable = thin(draft) && draft.input == first.input && draft.activation == first.activation;
        if mergeable && total + draft.bias.len() <= CHANNEL_BLOCK {
            total += draft.bias.len();
            group.push(draft.output);
        }
    }
    if group.first() == Some(&first.output) { group } else { Vec::new() }
}

fn readers(drafts: &NetworkDraft, value: ValueId) -> impl Iterator<Item = &Draft> {
    let reads = move |draft: &&Draft| {
        draft.input == value || draft.residual.is_some_and(|(residual, _)| residual == value)
    };
    drafts.layers.iter().filter(reads)
}

fn producer(drafts: &NetworkDraft, value: ValueId) -> Option<&Draft> {
    drafts.layers.iter().find(|draft| draft.output == value)
}

/// Output of the depthwise convolution that is the only reader of `value`.
fn depthwise_after(drafts: &NetworkDraft, value: ValueId) -> Option<ValueId> {
    let mut readers = readers(drafts, value);
    let draft = readers.next()?;
    let depthwise = match &draft.op {
        LayerOp::Convolution(conv) => conv.groups == conv.weights.shape[0] && conv.weights.shape[1] == 1,
        _ => false,
    };
    let only_reader = readers.next().is_none() && !drafts.outputs.contains(&value);
    (depthwise && only_reader && draft.residual.is_none()).then_some(draft.output)
}

/// True if the producers of all values have the same window and activation, and the values are only copied.
fn all_mergeable(drafts: &NetworkDraft, values: &[ValueId]) -> bool {
    let signature = |value: &ValueId| {
        producer(drafts, *value).and_then(|draft| match (&draft.op, &draft.activation) {
            (_, Activation::Slopes(_)) => None,
            (LayerOp::Convolution(conv), activation) => Some((conv.window, activation)),
            _ => None,
        })
    };
    let first = signature(&values[0]);
    first.is_some() && values.iter().all(|value| signature(value) == first && only_copied(drafts, *value))
}

/// True if no kernel reads the value, so that it can become a slice of another one.
fn only_copied(drafts: &NetworkDraft, value: ValueId) -> bool {
    readers(drafts, value).all(|draft| matches!(draft.op, LayerOp::Copy(..) | LayerOp::Reshape))
}

/// Replaces the producers of `values` by one layer, at the position of the first; returns its output. Depthwise filters
/// have one input channel each, so their inputs must be merged too.
fn merge(drafts: &mut NetworkDraft, values: &[ValueId], depthwise: bool) -> ValueId {
    let output = drafts.value_count;
    drafts.value_count += 1;
    let members: Vec<Draft> = values.iter().filter_map(|value| producer(drafts, *value)).cloned().collect();
    let mut channels = 0;
    for member in &members {
        drafts.slices.insert(member.output, Slice { of: output, first: channels });
        channels += member.bias.len();
    }
    drafts.channels.insert(output, channels);
    let weights = members.iter().flat_map(|member| match &member.op {
        LayerOp::Convolution(conv) => conv.weights.data.to_vec(),
        _ => Vec::new(),
    });
    let weights: Arc<[f32]> = weights.collect();
    let mut merged = members[0].clone();
    merged.output = output;
    merged.bias = members.iter().flat_map(|member| member.bias.clone()).collect();
    if let LayerOp::Convolution(conv) = &mut merged.op {
        conv.weights.data = weights;
        conv.weights.shape[0] = channels;
        conv.groups = if depthwise { channels } else { 1 };
    }
    for draft in &mut drafts.layers {
        if draft.output == values[0] {
            *draft = merged.clone();
        }
    }
    drafts.layers.retain(|draft| !values[1..].contains(&draft.output));
    output
}
