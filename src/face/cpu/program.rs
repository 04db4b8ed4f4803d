//! A network for one input shape: chains and copies in order, and the memory they share.

use super::buffer::Buffer;
use super::chain::{Chain, ChainWorkspace};
use super::copy::CopyStep;
use super::network::Network;

/// Memory of one thread, kept between runs.
#[derive(Default)]
pub(super) struct Workspace {
    slots: Vec<Buffer>,
    chains: ChainWorkspace,
}

/// Instead of a slot's index: the network's input.
pub(super) const INPUT: usize = usize::MAX;

/// Reads one slot, and those of residuals, and writes another.
pub(super) struct Step {
    pub(super) kind: StepKind,
    pub(super) source: usize,
    pub(super) target: usize,
}

pub(super) enum StepKind {
    Chain(Chain),
    Copy(CopyStep),
}

pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    pub(super) batch: usize,
    /// Floats in each slot.
    pub(super) slots: Vec<usize>,
    /// Floats in each ring.
    pub(super) rings: Vec<usize>,
    /// Floats of scratch memory for layers.
    pub(super) scratch: usize,
    /// Slot and dimensions of each output; row-major.
    pub(super) outputs: Vec<(usize, Vec<usize>)>,
}

impl Program {
    /// Runs on a planar input; returns the dimensions and numbers of each output.
    pub(super) fn run<'a>(
        &'a self,
        network: &Network,
        input: &'a [f32],
        workspace: &'a mut Workspace,
    ) -> impl Iterator<Item = (&'a [usize], &'a [f32])> {
        let Workspace { slots, chains } = workspace;
        reserve(slots, &self.slots);
        reserve(&mut chains.rings, &self.rings);
        chains.scratch.grow(self.scratch);
        for step in &self.steps {
            // Taken out, so that the other slots can be borrowed for reading.
            let mut target = std::mem::take(&mut slots[step.target]);
            let from = if step.source == INPUT { input } else { slots[step.source].as_slice() };
            let to = target.as_mut_slice();
            match &step.kind {
                StepKind::Copy(copy) => copy.run(from, to),
                StepKind::Chain(chain) => {
                    let (first, last) =
                        (chain.stages[0].from.floats(), chain.stages[chain.stages.len() - 1].to.floats());
                    for image in 0..self.batch {
                        let (from, to) = (&from[image * first..][..first], &mut to[image * last..][..last]);
                        chain.run(network, from, to, slots, image, chains);
                    }
                }
            }
            slots[step.target] = target;
        }
        let slots = &*slots;
        self.outputs.iter().map(move |(slot, shape)| {
            let floats = shape.iter().product();
            let from = if *slot == INPUT { input } else { slots[*slot].as_slice() };
            (shape.as_slice(), &from[..floats])
        })
    }
}

fn reserve(buffers: &mut Vec<Buffer>, lengths: &[usize]) {
    if buffers.len() < lengths.len() {
        buffers.resize_with(lengths.len(), Buffer::default);
    }
    buffers.iter_mut().zip(lengths).for_each(|(buffer, length)| buffer.grow(*length));
}
