//! A network at one input shape: chains and copies in order, and the memory that they share.

use super::buffer::Buffer;
use super::chain::{Chain, ChainWork};
use super::copy::Copying;
use super::network::Network;

/// Memory of one thread, kept between runs.
#[derive(Default)]
pub(super) struct Workspace {
    slots: Vec<Buffer>,
    chains: ChainWork,
}

/// In place of a slot's index: the network's input.
pub(super) const INPUT: usize = usize::MAX;

/// A step, from some slots to another one.
pub(super) struct Step {
    pub(super) kind: StepKind,
    pub(super) source: usize,
    pub(super) target: usize,
}

pub(super) enum StepKind {
    Chain(Chain),
    Copy(Copying),
}

/// Ready to run.
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    pub(super) batch: usize,
    /// Floats in each slot.
    pub(super) slots: Vec<usize>,
    /// Floats in each ring.
    pub(super) rings: Vec<usize>,
    /// Floats that layers work in.
    pub(super) scratch: usize,
    /// Slot and dimensions of each output; row-major.
    pub(super) outputs: Vec<(usize, Vec<usize>)>,
}

impl Program {
    /// Runs on an input that lies channel by channel; returns each output's dimensions and numbers.
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
            // The slot that is written is taken out, so that the others can be read.
            let mut target = std::mem::take(&mut slots[step.target]);
            let from = if step.source == INPUT { input } else { slots[step.source].as_slice() };
            let to = target.as_mut_slice();
            match &step.kind {
                StepKind::Copy(copying) => copying.run(from, to),
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
