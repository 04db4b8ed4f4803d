//! The CPU engine: runs a [`Plan`] with its own kernels, several times as fast as tensor operations.
//!
//! `draft` fuses activations and additions into the convolutions before them; `merge` combines convolutions of few
//! channels; `network` packs the weights into `layer`s over `kernels`, for one instruction set (`simd`); `build` lays
//! the layers out for one input shape as a `program`: `chain`s of layers computed band by band, and `copy` steps.
//!
//! One thread computes one picture. Threads share the packed weights, and each run has its own [`Workspace`]. After the
//! first run of a shape, only outputs are allocated.
#![expect(
    clippy::inline_always,
    reason = "kernels are compiled for an instruction set only where they are inlined into a function for it"
)]

mod buffer;
mod build;
mod chain;
mod copy;
mod denormals;
mod draft;
mod epilogue;
mod kernels;
mod layer;
mod merge;
mod network;
mod program;
mod simd;
mod slots;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, Device, Storage, Tensor};

use super::backend::{Backend, BackendError};
use super::plan::{Plan, PlanError};
use denormals::FlushDenormals;
use network::Network;
use program::{Program, Workspace};
pub(crate) use simd::Isa;

/// Input shapes whose programs are kept: photos have few shapes, crops of faces one.
const MAX_PROGRAMS: usize = 16;

/// Floats that the rings of a chain may use together: half a megabyte, the second-level cache of a small core.
const RING_FLOATS: usize = 128 * 1024;

/// A network ready to run on the CPU.
pub(crate) struct CpuEngine {
    network: Network,
    /// Least recently used first.
    programs: Mutex<Vec<([usize; 4], Arc<Program>)>>,
    idle: Mutex<Vec<Workspace>>,
}

impl CpuEngine {
    /// Packs the weights for `isa`. Fails if no kernel supports a node; the error names it.
    pub(crate) fn new(plan: Plan, isa: Isa) -> Result<Self, PlanError> {
        Self::with_rings(plan, isa, RING_FLOATS)
    }

    fn with_rings(plan: Plan, isa: Isa, ring_floats: usize) -> Result<Self, PlanError> {
        let network = Network::new(plan, isa, ring_floats)?;
        Ok(Self { network, programs: Mutex::default(), idle: Mutex::default() })
    }

    /// Fails if the network cannot run at that shape; the error names the node.
    pub(crate) fn check(&self, shape: [usize; 4]) -> Result<(), PlanError> {
        self.program(shape).map(|_| ())
    }

    fn program(&self, shape: [usize; 4]) -> Result<Arc<Program>, PlanError> {
        let mut programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        let known = programs.iter().position(|(known, _)| *known == shape);
        let entry = match known {
            Some(index) => programs.remove(index),
            None => (shape, Arc::new(Program::new(&self.network, shape)?)),
        };
        let program = entry.1.clone();
        if programs.len() >= MAX_PROGRAMS {
            programs.remove(0);
        }
        programs.push(entry);
        Ok(program)
    }
}

impl Backend for CpuEngine {
    fn run(&self, input: &Tensor) -> Result<Vec<Tensor>, BackendError> {
        let shape = <[usize; 4]>::try_from(input.dims().to_vec()).map_err(|shape| {
            PlanError::unsupported("(graph input)", format!("expected four dimensions, got {}", shape.len()))
        })?;
        let program = self.program(shape)?;
        let input = input.contiguous()?;
        let (storage, layout) = input.storage_and_layout();
        let Storage::Cpu(CpuStorage::F32(floats)) = &*storage else {
            return Err(
                candle_core::Error::Msg("the CPU engine takes only floats in CPU memory".to_owned()).into()
            );
        };
        let floats = &floats[layout.start_offset()..][..input.elem_count()];
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut workspace = idle.unwrap_or_default();
        let flush = FlushDenormals::new();
        let outputs = program.run(&self.network, floats, &mut workspace);
        drop(flush);
        let outputs = outputs
            .map(|(shape, floats)| Tensor::from_slice(floats, shape, &Device::Cpu))
            .collect::<candle_core::Result<Vec<_>>>();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(workspace);
        Ok(outputs?)
    }

    fn device(&self) -> &Device {
        &Device::Cpu
    }
}
