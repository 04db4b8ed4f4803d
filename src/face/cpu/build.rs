//! From a network and an input shape to a [`Program`]: which layers form chains, where values lie, and when memory is
//! free for others.

use std::collections::BTreeMap;

use super::buffer::{CHANNEL_BLOCK, Extent};
use super::chain::{Chain, MAX_STAGES, Stage};
use super::copy::{Copying, Function, View};
use super::network::{Action, Network, NetworkNode};
use super::program::{Program, Step, StepKind};
use super::slots::{Storage, assign_slots};
use crate::face::plan::{PlanError, Shapes, ValueId};

impl Program {
    /// # Errors
    /// When the network cannot take that shape.
    pub(super) fn new(network: &Network, shape: [usize; 4]) -> Result<Self, PlanError> {
        let shapes = network.plan.shapes(&shape)?;
        let mut builder = Builder::new(network, shapes, shape);
        for (index, node) in network.nodes.iter().enumerate() {
            builder.add(index, node)?;
        }
        builder.finish()
    }
}

/// No picture takes more: two gigabytes.
const MAX_FLOATS: usize = 1 << 29;

/// Where a value lies, and how.
#[derive(Clone, Copy)]
struct Place {
    storage: usize,
    form: Form,
}

#[derive(Clone, Copy)]
enum Form {
    /// Pixel by pixel; the value's channels begin at `first`.
    Picture { extent: Extent, first: usize },
    /// In the order of its dimensions.
    RowMajor,
}

struct Builder<'a> {
    network: &'a Network,
    shapes: Shapes,
    batch: usize,
    places: BTreeMap<ValueId, Place>,
    uses: BTreeMap<ValueId, usize>,
    /// The network's input first.
    storages: Vec<Storage>,
    /// With storages in place of slots.
    steps: Vec<Step>,
    /// Layers that wait to become a chain, where their source lies, and the value that the last of them makes.
    open: Vec<Stage>,
    source: usize,
    last: ValueId,
}

impl<'a> Builder<'a> {
    fn new(network: &'a Network, shapes: Shapes, shape: [usize; 4]) -> Self {
        let mut uses = BTreeMap::new();
        let read = network.nodes.iter().flat_map(|node| std::iter::once(node.input).chain(node.residual));
        let outputs = network.plan.outputs.iter().map(|(_, value)| *value);
        for value in read.chain(outputs).chain(network.slices.values().map(|slice| slice.of)) {
            *uses.entry(value).or_default() += 1;
        }
        let input = Place { storage: 0, form: Form::RowMajor };
        Self {
            network,
            shapes,
            batch: shape[0],
            places: BTreeMap::from([(network.plan.input, input)]),
            uses,
            storages: vec![Storage { floats: shape.iter().product(), written: 0, read: 0 }],
            steps: Vec::new(),
            open: Vec::new(),
            source: 0,
            last: network.plan.input,
        }
    }

    fn add(&mut self, index: usize, node: &NetworkNode) -> Result<(), PlanError> {
        match &node.action {
            Action::Picture(_) => return self.add_layer(index, node),
            Action::Copy(axes, function) => {
                let place = self.place(node.input, node)?;
                let copy = self
                    .copy(node.input, place, axes.as_deref(), *function)
                    .ok_or_else(|| no_kernel(node))?;
                self.places.insert(node.output, copy);
            }
            Action::Reshape => {
                let place = self.place(node.input, node)?;
                let copy = self.row_major(node.input, place).ok_or_else(|| no_kernel(node))?;
                self.places.insert(node.output, copy);
            }
        }
        Ok(())
    }

    fn add_layer(&mut self, index: usize, node: &NetworkNode) -> Result<(), PlanError> {
        let to = self.output_extent(node)?;
        // Merged values are pictures of the batch.
        let merged = node.input >= self.network.plan.value_count;
        let whole = merged || self.shapes.of(node.input).first() == Some(&self.batch);
        let alike =
            node.addends.iter().all(|value| self.shapes.of(*value) == self.shapes.of(node.addends[0]));
        let large = node.addends.iter().all(|value| self.has_extent(*value, to));
        if !whole || !alike || !large {
            return Err(no_kernel(node));
        }
        let follows = !self.open.is_empty()
            && self.last == node.input
            && self.uses.get(&node.input) == Some(&1)
            && self.open.len() < MAX_STAGES;
        let from = if follows {
            self.open[self.open.len() - 1].to
        } else {
            let place = self.place(node.input, node)?;
            self.source = place.storage;
            self.extent(node.input, place).ok_or_else(|| no_kernel(node))?
        };
        let residual = match node.residual {
            None => None,
            Some(value) => match self.place_made(value, node)? {
                Place { storage, form: Form::Picture { extent, first: 0 } } if extent == to => Some(storage),
                _ => return Err(no_kernel(node)),
            },
        };
        self.open.push(Stage { node: index, from, to, residual });
        self.last = node.output;
        Ok(())
    }

    /// Size of the picture in memory; of features, that of a single pixel.
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

    /// True where the value is a picture of that height and width.
    fn has_extent(&self, value: ValueId, to: Extent) -> bool {
        match *self.shapes.of(value) {
            [_, _, height, width] => [height, width] == [to.height, to.width],
            _ => [to.height, to.width] == [1, 1],
        }
    }

    /// The same for a value that is read; `None` where it lies as no kernel reads it.
    fn extent(&self, value: ValueId, place: Place) -> Option<Extent> {
        match place.form {
            Form::Picture { extent, first } => (first == 0).then_some(extent),
            Form::RowMajor => match *self.shapes.of(value) {
                [_, features] => Some(Extent { height: 1, width: 1, pitch: features }),
                // The stem's.
                [_, pitch, height, width] => Some(Extent { height, width, pitch }),
                _ => None,
            },
        }
    }

    /// Where a value lies, once all that comes before is a step.
    fn place(&mut self, value: ValueId, node: &NetworkNode) -> Result<Place, PlanError> {
        self.close();
        self.place_made(value, node)
    }

    fn place_made(&self, value: ValueId, node: &NetworkNode) -> Result<Place, PlanError> {
        self.places.get(&value).copied().ok_or_else(|| no_kernel(node))
    }

    /// The layers that wait become a chain.
    fn close(&mut self) {
        let stages = std::mem::take(&mut self.open);
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
        self.places.insert(last, Place { storage: target, form: Form::Picture { extent, first: 0 } });
        for (part, slice) in self.network.slices.iter().filter(|(_, slice)| slice.of == last) {
            let form = Form::Picture { extent, first: slice.first };
            self.places.insert(*part, Place { storage: target, form });
        }
    }

    fn allocate(&mut self, floats: usize) -> usize {
        let step = self.steps.len();
        self.storages.push(Storage { floats, written: step, read: step });
        self.storages.len() - 1
    }

    /// A copy in row-major order of the permuted dimensions; `None` where there are too many.
    fn copy(
        &mut self,
        value: ValueId,
        place: Place,
        axes: Option<&[usize]>,
        function: Function,
    ) -> Option<Place> {
        let shape = self.shapes.of(value);
        let (offset, strides) = match (place.form, shape.len()) {
            (Form::Picture { extent, first }, 4) => {
                (first, vec![extent.floats(), 1, extent.row(), extent.pitch])
            }
            (Form::Picture { extent, first }, _) => (first, vec![extent.floats(), 1]),
            (Form::RowMajor, rank) => (0, (1..=rank).map(|axis| shape[axis..].iter().product()).collect()),
        };
        let view = View::new(offset, shape, &strides, axes)?;
        let floats = shape.iter().product();
        let target = self.allocate(floats);
        let step = self.steps.len();
        self.storages[place.storage].read = step;
        let kind = StepKind::Copy(Copying { view, function });
        self.steps.push(Step { kind, source: place.storage, target });
        Some(Place { storage: target, form: Form::RowMajor })
    }

    fn row_major(&mut self, value: ValueId, place: Place) -> Option<Place> {
        match place.form {
            Form::RowMajor => Some(place),
            Form::Picture { .. } => self.copy(value, place, None, Function::Identity),
        }
    }

    fn finish(mut self) -> Result<Program, PlanError> {
        self.close();
        let mut outputs = Vec::with_capacity(self.network.plan.outputs.len());
        for (name, value) in &self.network.plan.outputs {
            let place = self.places.get(value).copied().and_then(|place| self.row_major(*value, place));
            let place =
                place.ok_or_else(|| PlanError::unsupported(name, "it is made by nothing that runs"))?;
            outputs.push((place.storage, self.shapes.of(*value).to_vec()));
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
    PlanError::unsupported(&node.name, "no kernel for the CPU takes its input in this shape")
}
