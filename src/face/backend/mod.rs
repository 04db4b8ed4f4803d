//! The [`Backend`] trait: runs a network on a batch of pictures and returns its outputs.
//!
//! [`Reference`] uses only tensor operations that candle has for every device. It runs on GPUs, and the CPU engine's
//! results are tested against it.

#[cfg(feature = "candle-onnx")]
mod candle_eval;
mod conv;
mod depthwise;
mod reference;

use candle_core::{Device, Tensor};

use super::plan::PlanError;

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

/// A network ready to run, shared by all workers.
pub(crate) trait Backend: Send + Sync {
    /// Takes `[n, 3, height, width]`; returns the outputs in the order of the model file.
    fn run(&self, input: &Tensor) -> Result<Vec<Tensor>, BackendError>;

    /// The device that must hold the input.
    fn device(&self) -> &Device;
}
