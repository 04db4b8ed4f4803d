//! Consecutive layers computed band by band. Each layer keeps only the rows that the next one still needs, in a ring
//! buffer, so that the next one reads them from the cache and not from memory. The widest pictures of a large network
//! never exist as a whole.

use std::ops::Range;

use super::buffer::{Buffer, Extent, Rows, RowsMut};
use super::kernels::Pass;
use super::network::{Action, Network};

/// Most layers in a chain.
pub(super) const MAX_STAGES: usize = 16;

/// A layer for one picture size.
#[derive(Clone)]
pub(super) struct Stage {
    /// Index among the network's nodes; its action is a layer.
    pub(super) node: usize,
    pub(super) from: Extent,
    pub(super) to: Extent,
    /// Slot of the residual picture.
    pub(super) residual: Option<usize>,
}

/// For each stage, the end of the rows computed so far.
type Ends = [usize; MAX_STAGES];

pub(super) struct Chain {
    pub(super) stages: Vec<Stage>,
    /// Rows of the last stage per band.
    band: usize,
    /// Rows in the ring of each stage except the last.
    capacities: Vec<usize>,
}

impl Chain {
    pub(super) fn new(network: &Network, stages: Vec<Stage>) -> Self {
        let height = stages[stages.len() - 1].to.height;
        let fits = |band: usize| {
            let capacities = ring_capacities(network, &stages, band);
            let floats: usize =
                capacities.iter().zip(&stages).map(|(rows, s)| rows * s.to.row_floats()).sum();
            (floats <= network.ring_floats).then_some(capacities)
        };
        let mut best = (1, None);
        if let Some(capacities) = fits(height) {
            best = (height, Some(capacities));
        } else {
            let mut band = 1;
            while let Some(capacities) = fits(band) {
                best = (band, Some(capacities));
                band += band.div_ceil(4);
            }
        }
        let (band, found) = best;
        let capacities = found.unwrap_or_else(|| ring_capacities(network, &stages, band));
        Self { stages, band, capacities }
    }

    /// Floats in the ring of each stage except the last.
    pub(super) fn ring_floats(&self) -> impl Iterator<Item = usize> {
        self.capacities.iter().zip(&self.stages).map(|(rows, stage)| rows * stage.to.row_floats())
    }

    pub(super) fn scratch(&self, network: &Network) -> usize {
        let scratch = |stage: &Stage| layer(network, stage).scratch();
        self.stages.iter().map(scratch).max().unwrap_or(0)
    }

    /// Computes picture `image` of the batch. `slots` belong to the whole program.
    pub(super) fn run(
        &self,
        network: &Network,
        source: &[f32],
        target: &mut [f32],
        slots: &[Buffer],
        image: usize,
        workspace: &mut ChainWorkspace,
    ) {
        let last = self.stages.len() - 1;
        let height = self.stages[last].to.height;
        let mut done: Ends = [0; MAX_STAGES];
        while done[last] < height {
            let ends = schedule(network, &self.stages, &done, self.band);
            for (index, stage) in self.stages.iter().enumerate() {
                let rows = done[index]..ends[index];
                if rows.is_empty() {
                    continue;
                }
                // Taken out, so that the ring before it can be borrowed for reading.
                let mut own = if index < last {
                    std::mem::take(&mut workspace.rings[index])
                } else {
                    Buffer::default()
                };
                let from = if index == 0 {
                    Rows::new(source, stage.from, stage.from.height)
                } else {
                    Rows::new(workspace.rings[index - 1].as_slice(), stage.from, self.capacities[index - 1])
                };
                let to = if index < last {
                    RowsMut::new(own.as_mut_slice(), stage.to, self.capacities[index])
                } else {
                    RowsMut::new(target, stage.to, stage.to.height)
                };
                let residual = stage.residual.map(|slot| {
                    let picture = &slots[slot].as_slice()[image * stage.to.floats()..];
                    Rows::new(picture, stage.to, stage.to.height)
                });
                let layer = layer(network, stage);
                let pass = Pass { from, to, rows, epilogue: layer.epilogue(), residual };
                layer.run(network.isa, pass, workspace.scratch.as_mut_slice());
                if index < last {
                    workspace.rings[index] = own;
                }
            }
            done = ends;
        }
    }
}

/// Working memory of chains.
#[derive(Default)]
pub(super) struct ChainWorkspace {
    pub(super) rings: Vec<Buffer>,
    pub(super) scratch: Buffer,
}

fn layer<'a>(network: &'a Network, stage: &Stage) -> &'a super::layer::Layer {
    match &network.nodes[stage.node].action {
        Action::Layer(layer) => layer,
        Action::Copy(..) | Action::Reshape => unreachable!("chains consist of layers"),
    }
}

fn input_rows(network: &Network, stage: &Stage, rows: Range<usize>) -> Range<usize> {
    layer(network, stage).input_rows(rows, stage.from, stage.to)
}

/// The end of the rows that each stage must compute so that the last one can compute its next `band` rows.
fn schedule(network: &Network, stages: &[Stage], done: &Ends, band: usize) -> Ends {
    let mut ends = *done;
    let mut wanted = done[stages.len() - 1] + band;
    for (index, stage) in stages.iter().enumerate().rev() {
        let group = layer(network, stage).row_group(stage.from, stage.to);
        let end = wanted.next_multiple_of(group).min(stage.to.height);
        if end <= done[index] {
            break;
        }
        ends[index] = end;
        wanted = input_rows(network, stage, done[index]..end).end;
    }
    ends
}

/// Rows that each ring must hold, found by simulating all bands.
fn ring_capacities(network: &Network, stages: &[Stage], band: usize) -> Vec<usize> {
    let last = stages.len() - 1;
    let mut capacities = vec![1; last];
    let mut done: Ends = [0; MAX_STAGES];
    while done[last] < stages[last].to.height {
        let ends = schedule(network, stages, &done, band);
        for index in 0..last {
            let reader = &stages[index + 1];
            let next = done[index + 1]..ends[index + 1].max(done[index + 1] + 1).min(reader.to.height);
            if !next.is_empty() {
                let oldest = input_rows(network, reader, next).start;
                capacities[index] = capacities[index].max(ends[index].saturating_sub(oldest));
            }
        }
        done = ends;
    }
    capacities
}
