//! Thin convolutions side by side become one: a detector's heads of one to ten channels each would fill a register of
//! sixteen each, and read their input again for each.

use std::sync::Arc;

use super::buffer::CHANNEL_BLOCK;
use super::draft::{Draft, Drafts, Slice, Work};
use super::finish::Activation;
use crate::face::plan::ValueId;

/// Merges 1x1 convolutions of the same input, and the depthwise convolutions that follow them.
pub(super) fn merge_heads(drafts: &mut Drafts) {
    let mut index = 0;
    while index < drafts.layers.len() {
        let group = siblings(drafts, index);
        if group.len() > 1 {
            let following: Option<Vec<ValueId>> =
                group.iter().map(|value| depthwise_after(drafts, *value)).collect();
            if let Some(following) = following.filter(|following| all_alike(drafts, following)) {
                let joined = join(drafts, &following, true);
                let input = join(drafts, &group, false);
                drafts
                    .layers
                    .iter_mut()
                    .filter(|draft| draft.output == joined)
                    .for_each(|draft| draft.input = input);
            } else if group.iter().all(|value| only_copied(drafts, *value)) {
                join(drafts, &group, false);
            }
        }
        index += 1;
    }
}

/// What the 1x1 convolutions from `index` on make, of the same input and few enough channels to share a register.
fn siblings(drafts: &Drafts, index: usize) -> Vec<ValueId> {
    let first = &drafts.layers[index];
    let thin = |draft: &Draft| match &draft.work {
        Work::Convolution(conv) => {
            // Slopes would have to be joined too.
            let plain = draft.residual.is_none() && !matches!(draft.activation, Activation::Slopes(_));
            conv.window.is_pointwise() && conv.groups == 1 && plain
        }
        _ => false,
    };
    let mut total = 0;
    let mut group = Vec::new();
    for draft in &drafts.layers[index..] {
        let alike = thin(draft) && draft.input == first.input && draft.activation == first.activation;
        if alike && total + draft.bias.len() <= CHANNEL_BLOCK {
            total += draft.bias.len();
            group.push(draft.output);
        }
    }
    if group.first() == Some(&first.output) { group } else { Vec::new() }
}

fn readers(drafts: &Drafts, value: ValueId) -> impl Iterator<Item = &Draft> {
    let reads = move |draft: &&Draft| {
        draft.input == value || draft.residual.is_some_and(|(residual, _)| residual == value)
    };
    drafts.layers.iter().filter(reads)
}

fn maker(drafts: &Drafts, value: ValueId) -> Option<&Draft> {
    drafts.layers.iter().find(|draft| draft.output == value)
}

/// What the depthwise convolution makes that alone reads `value`.
fn depthwise_after(drafts: &Drafts, value: ValueId) -> Option<ValueId> {
    let mut readers = readers(drafts, value);
    let draft = readers.next()?;
    let depthwise = match &draft.work {
        Work::Convolution(conv) => conv.groups == conv.weights.shape[0] && conv.weights.shape[1] == 1,
        _ => false,
    };
    let alone = readers.next().is_none() && !drafts.outputs.contains(&value);
    (depthwise && alone && draft.residual.is_none()).then_some(draft.output)
}

/// True when the makers of all values have the same window and activation, and the values are only copied out.
fn all_alike(drafts: &Drafts, values: &[ValueId]) -> bool {
    let kind = |value: &ValueId| {
        maker(drafts, *value).and_then(|draft| match (&draft.work, &draft.activation) {
            (_, Activation::Slopes(_)) => None,
            (Work::Convolution(conv), activation) => Some((conv.window, activation)),
            _ => None,
        })
    };
    let first = kind(&values[0]);
    first.is_some() && values.iter().all(|value| kind(value) == first && only_copied(drafts, *value))
}

/// True when no kernel reads the value, so that it can be part of another.
fn only_copied(drafts: &Drafts, value: ValueId) -> bool {
    readers(drafts, value).all(|draft| matches!(draft.work, Work::Copy(..) | Work::Reshape))
}

/// Puts one layer in place of those that make `values`, at the place of the first; returns what it makes. Depthwise
/// filters are one for each channel of the input, which is joined too.
fn join(drafts: &mut Drafts, values: &[ValueId], depthwise: bool) -> ValueId {
    let output = drafts.value_count;
    drafts.value_count += 1;
    let members: Vec<Draft> = values.iter().filter_map(|value| maker(drafts, *value)).cloned().collect();
    let mut channels = 0;
    for member in &members {
        drafts.slices.insert(member.output, Slice { of: output, first: channels });
        channels += member.bias.len();
    }
    drafts.channels.insert(output, channels);
    let weights = members.iter().flat_map(|member| match &member.work {
        Work::Convolution(conv) => conv.weights.data.to_vec(),
        _ => Vec::new(),
    });
    let weights: Arc<[f32]> = weights.collect();
    let mut joined = members[0].clone();
    joined.output = output;
    joined.bias = members.iter().flat_map(|member| member.bias.clone()).collect();
    if let Work::Convolution(conv) = &mut joined.work {
        conv.weights.data = weights;
        conv.weights.shape[0] = channels;
        conv.groups = if depthwise { channels } else { 1 };
    }
    for draft in &mut drafts.layers {
        if draft.output == values[0] {
            *draft = joined.clone();
        }
    }
    drafts.layers.retain(|draft| !values[1..].contains(&draft.output));
    output
}
