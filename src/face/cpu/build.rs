//! Lays a network out for one input shape as a [`Program`]: which layers form chains, where each value is stored, and
//! when its memory can be reused.

use std::collections::BTreeMap;

use super::buffer::{CHANNEL_BLOCK, Extent};
use super::chain::{Chain, MAX_STAGES, Stage};
use super::copy::{CopyStep, Elementwise, View};
use super::network::{Action, Network, NetworkNode};
use super::program::{Program, Step, StepKind};
use super::slots::{Storage, assign_slots};
use crate::face::plan::{PlanError, Shapes, ValueId};

impl Program {
    pub(super) fn new(network: &Network, shape: [usize; 4]) -> Result<Self, PlanError> {
        let shapes = network.plan.shapes(&shape)?;
        let mut builder = ProgramBuilder::new(network, shapes, shape);
        for (index, node) in network.nodes.iter().enumerate() {
            builder.add(index, node)?;
        }
        builder.into_program()
    }
}

/// Largest picture: two gigabytes.
const MAX_FLOATS: usize = 1 << 29;

/// Where a value is stored, and in which layout.
#[derive(Clone, Copy)]
struct Location {
    storage: usize,
    layout: ValueLayout,
}

#[derive(Clone, Copy)]
enum ValueLayout {
    /// Pixel by pixel; the value's channels start at `first`.
    Pixels { extent: Extent, first: usize },
    /// In the order of its dimensions.
    RowMajor,
}

struct ProgramBuilder<'a> {
    network: &'a Network,
    shapes: Shapes,
    batch: usize,
    locations: BTreeMap<ValueId, Location>,
    uses: BTreeMap<ValueId, usize>,
    /// The network's input is the first.
    storages: Vec<Storage>,
    /// Sources and targets are storages here, and become slots in `into_program`.
    steps: Vec<Step>,
    /// Layers of the chain being collected, the storage they read, and the value that the last one produces.
    open_chain: Vec<Stage>,
    source: usize,
    last: ValueId,
}

impl<'a> ProgramBuilder<'a> {
    fn new(network: &'a Network, shapes: Shapes, shape: [usize; 4]) -> Self {
        let mut uses = BTreeMap::new();
        let read = network.nodes.iter().flat_map(|node| std::iter::once(node.input).chain(node.residual));
        let outputs = network.plan.outputs.iter().map(|(_, value)| *value);
        for value in read.chain(outputs).chain(network.slices.values().map(|slice| slice.of)) {
            *uses.entry(value).or_default() += 1;
        }
        let input = Location { storage: 0, layout: ValueLayout::RowMajor };
        Self {
            network,
            shapes,
            batch: shape[0],
            locations: BTreeMap::from([(network.plan.input, input)]),
            uses,
            storages: vec![Storage { floats: shape.iter().product(), written: 0, read: 0 }],
            steps: Vec::new(),
            open_chain: Vec::new(),
            source: 0,
            last: network.plan.input,
        }
    }

    fn add(&mut self, index: usize, node: &NetworkNode) -> Result<(), PlanError> {
        match &node.action {
            Action::Layer(_) => return self.add_layer(index, node),
            Action::Copy(axes, function) => {
                self.close_chain();
                let location = self.location(node.input, node)?;
                let copy = self
                    .copy(node.input, location, axes.as_deref(), *function)
                    .ok_or_else(|| no_kernel(node))?;
                self.locations.insert(node.output, copy);
            }
            Action::Reshape => {
                self.close_chain();
                let location = self.location(node.input, node)?;
                let copy = self.row_major(node.input, location).ok_or_else(|| no_kernel(node))?;
                self.locations.insert(node.output, copy);
            }
        }
        Ok(())
    }

    fn add_layer(&mut self, index: usize, node: &NetworkNode) -> Result<(), PlanError> {
        let to = self.output_extent(node)?;
        // Merged values always have the input's batch size.
        let merged = node.input >= self.network.plan.value_count;
        let has_batch = merged || self.shapes.of(node.input).first() == Some(&self.batch);
        let same_shape =
            node.addends.iter().all(|value| self.shapes.of(*value) == self.shapes.of(node.addends[0]));
        let same_extent = node.addends.iter().all(|value| self.has_extent(*value, to));
        if !has_batch || !same_shape || !same_extent {
            return Err(no_kernel(node));
        }
        let extends_chain = !self.open_chain.is_empty()
            && self.last == node.input
            && self.uses.get(&node.input) == Some(&1)
            && self.open_chain.len() < MAX_STAGES;
        let from = if extends_chain {
            self.open_chain[self.open_chain.len() - 1].to
        } else {
            self.close_chain();
            let location = self.location(node.input, node)?;
            self.source = location.storage;
            self.extent(node.input, location).ok_or_else(|| no_kernel(node))?
        };
        let residual = match node.residual {
            None => None,
            Some(value) => match self.location(value, node)? {
                Location { storage, layout: ValueLayout::Pixels { extent, first: 0 } } if extent == to => {
                    Some(storage)
                }
                _ => return Err(no_kernel(node)),
            },
        };
        self.open_chain.push(Stage { node: index, from, to, residual });
        self.last = node.output;
        Ok(())
    }

    /// Size of the output picture in memory; features count as a single pixel.
    fn output_extent(&self, node: &NetworkNode) -> Result<Extent, PlanError> {
        let part = self.network.slices.iter().find(|(_, slice)| slice.of == node.output);
        let value = part.map_or(node.output, |(value, _)| *value);
        let pitch = node.channels.next_multiple_of(CHANNEL_BLOCK);
        let extent = match *self.shapes.of(value) {
            [_, _, height, width] => Extent { height, width, pitch },
            _ => Extent { height: 1, width: 1, pitch },
        };
        let sides = [self.batch, extent.height, extent.width, extent.pitch];
        let floats = sides.iter().try_fold(1_usize, |product, side| product.checked_mul(*side));
        let fits = floats.is_some_and(|floats| (1..=MAX_FLOATS).contains(&floats));
        if fits { Ok(extent) } else { Err(no_kernel(node)) }
    }

    fn has_extent(&self, value: ValueId, to: Extent) -> bool {
        match *self.shapes.of(value) {
            [_, _, height, width] => [height, width] == [to.height, to.width],
            _ => [to.height, to.width] == [1, 1],
        }
    }

    /// Size of an input picture in memory; `None` if no kernel reads its layout.
    fn extent(&self, value: ValueId, location: Location) -> Option<Extent> {
        match location.layout {
            ValueLayout::Pixels { extent, first } => (first == 0).then_some(extent),
            ValueLayout::RowMajor => match *self.shapes.of(value) {
                [_, features] => Some(Extent { height: 1, width: 1, pitch: features }),
                // The network's input, read by the stem.
                [_, pitch, height, width] => Some(Extent { height, width, pitch }),
                _ => None,
            },
        }
    }

    fn location(&self, value: ValueId, node: &NetworkNode) -> Result<Location, PlanError> {
        self.locations.get(&value).copied().ok_or_else(|| no_kernel(node))
    }

    /// Turns the collected layers into a step.
    fn close_chain(&mut self) {
        let stages = std::mem::take(&mut self.open_chain);
        let Some(end) = stages.last() else { return };
        let extent = end.to;
        let target = self.allocate(self.batch * extent.floats());
        let step = self.steps.len();
        for storage in stages.iter().filter_map(|stage| stage.residual).chain([self.source]) {
            self.storages[storage].read = step;
        }
        let kind = StepKind::Chain(Chain::new(self.network, stages));
        self.steps.push(Step { kind, source: self.source, target });
        let last = self.last;
        self.locations
            .insert(last, Location { storage: target, layout: ValueLayout::Pixels { extent, first: 0 } });
        for (part, slice) in self.network.slices.iter().filter(|(_, slice)| slice.of == last) {
            let layout = ValueLayout::Pixels { extent, first: slice.first };
            self.locations.insert(*part, Location { storage: target, layout });
        }
    }

    fn allocate(&mut self, floats: usize) -> usize {
        let step = self.steps.len();
        self.storages.push(Storage { floats, written: step, read: step });
        self.storages.len() - 1
    }

    /// Adds a copy in row-major order of the permuted dimensions; `None` if there are too many dimensions.
    fn copy(
        &mut self,
        value: ValueId,
        location: Location,
        axes: Option<&[usize]>,
        function: Elementwise,
    ) -> Option<Location> {
        let shape = self.shapes.of(value);
        let (offset, strides) = match (location.layout, shape.len()) {
            (ValueLayout::Pixels { extent, first }, 4) => {
                (first, vec![extent.floats(), 1, extent.row_floats(), extent.pitch])
            }
            (ValueLayout::Pixels { extent, first }, _) => (first, vec![extent.floats(), 1]),
            (ValueLayout::RowMajor, rank) => {
                (0, (1..=rank).map(|axis| shape[axis..].iter().product()).collect())
            }
        };
        let view = View::new(offset, shape, &strides, axes)?;
        let floats = shape.iter().product();
        let target = self.allocate(floats);
        let step = self.steps.len();
        self.storages[location.storage].read = step;
        let kind = StepKind::Copy(CopyStep { view, function });
        self.steps.push(Step { kind, source: location.storage, target });
        Some(Location { storage: target, layout: ValueLayout::RowMajor })
    }

    fn row_major(&mut self, value: ValueId, location: Location) -> Option<Location> {
        match location.layout {
            ValueLayout::RowMajor => Some(location),
            ValueLayout::Pixels { .. } => self.copy(value, location, None, Elementwise::Identity),
        }
    }

    fn into_program(mut self) -> Result<Program, PlanError> {
        self.close_chain();
        let mut outputs = Vec::with_capacity(self.network.plan.outputs.len());
        for (name, value) in &self.network.plan.outputs {
            let location =
                self.locations.get(value).copied().and_then(|location| self.row_major(*value, location));
            let location = location.ok_or_else(|| PlanError::unsupported(name, "no step computes it"))?;
            outputs.push((location.storage, self.shapes.of(*value).to_vec()));
        }
        for (storage, _) in &outputs {
            self.storages[*storage].read = usize::MAX;
        }
        let (slot_of, slots) = assign_slots(&self.storages, self.steps.len());
        let mut program = Program {
            steps: self.steps,
            batch: self.batch,
            slots,
            rings: Vec::new(),
            scratch: 0,
            outputs: outputs.into_iter().map(|(storage, shape)| (slot_of[storage], shape)).collect(),
        };
        for step in &mut program.steps {
            step.source = slot_of[step.source];
            step.target = slot_of[step.target];
            let StepKind::Chain(chain) = &mut step.kind else { continue };
            for residual in chain.stages.iter_mut().filter_map(|stage| stage.residual.as_mut()) {
                *residual = slot_of[*residual];
            }
            program.scratch = program.scratch.max(chain.scratch(self.network));
            for (index, floats) in chain.ring_floats().enumerate() {
                if program.rings.len() <= index {
                    program.rings.push(0);
                }
                program.rings[index] = program.rings[index].max(floats);
            }
        }
        Ok(program)
    }
}

fn no_kernel(node: &NetworkNode) -> PlanError {
    PlanError::unsupported(&node.name, "no CPU kernel supports its input shape")
}
