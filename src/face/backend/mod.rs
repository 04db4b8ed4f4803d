//! What runs a network: a [`Backend`] takes one batch of pictures and gives the network's outputs.
//!
//! [`Reference`] is written in plain tensor operations that candle has for every device, and is the measure of any
//! faster backend.

#[cfg(feature = "candle-onnx")]
mod candle_eval;
mod conv;
mod depthwise;
mod reference;

use candle_core::{Device, Tensor};

use super::plan::{Plan, PlanError};

#[cfg(feature = "candle-onnx")]
pub(crate) use candle_eval::CandleEval;
pub(crate) use reference::Reference;

/// Why a network did not run.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The network cannot take a picture of this shape.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The device, or a tensor operation on it, failed.
    #[error("the tensor computation failed")]
    Candle(#[from] candle_core::Error),
}

/// A network ready to run. Shared by all workers.
pub(crate) trait Backend: Send + Sync {
    /// Takes `[n, 3, height, width]`, gives the outputs in the order of the model file.
    fn run(&self, input: &Tensor) -> Result<Vec<Tensor>, BackendError>;

    /// Where the input must lie.
    fn device(&self) -> &Device;
}

/// The backend for an ONNX file.
///
/// # Errors
/// When the file has something that no backend of this build can do.
pub(crate) fn load(onnx: &[u8], device: &Device) -> Result<Box<dyn Backend>, BackendError> {
    match Plan::from_onnx(onnx) {
        Ok(plan) => Ok(Box::new(Reference::new(plan, device)?)),
        #[cfg(feature = "candle-onnx")]
        Err(reason @ (PlanError::UnknownOperator { .. } | PlanError::Unsupported { .. })) => {
            tracing::warn!(%reason, "the planner refuses this model, candle-onnx runs it instead, slowly");
            Ok(Box::new(CandleEval::new(onnx)?))
        }
        Err(error) => Err(error.into()),
    }
}

/// The fastest device of this build that answers: CUDA or Metal where compiled in, else the CPU.
pub(crate) fn best_device() -> Device {
    #[cfg(any(feature = "cuda", feature = "metal"))]
    {
        #[cfg(feature = "cuda")]
        let device = Device::new_cuda(0);
        #[cfg(all(feature = "metal", not(feature = "cuda")))]
        let device = Device::new_metal(0);
        match device {
            Ok(device) => return device,
            Err(error) => tracing::warn!(%error, "no GPU answers, the CPU does the work"),
        }
    }
    Device::Cpu
}
