//! What runs a network: a [`Backend`] takes one batch of pictures and gives the network's outputs.
//!
//! [`CpuEngine`] is the fast one on the CPU. [`Reference`] is written in plain tensor operations that candle has for
//! every device: it runs on GPUs, and is the measure of the engine.

#[cfg(feature = "candle-onnx")]
mod candle_eval;
mod conv;
mod depthwise;
mod reference;

use candle_core::{Device, Tensor};

use super::cpu::{CpuEngine, Isa};
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

/// Set to `reference`, the reference backend runs everything, slowly.
const OVERRIDE: &str = "FOTOTA_BACKEND";

/// The fastest backend that can run an ONNX file: on the CPU the engine; on other devices, and for the rare network
/// that the engine has no kernels for, the reference. `input_shape` is one that the network will get.
///
/// # Errors
/// When the file has something that no backend of this build can do.
pub(crate) fn load(
    onnx: &[u8],
    input_shape: [usize; 4],
    device: &Device,
) -> Result<Box<dyn Backend>, BackendError> {
    let plan = match Plan::from_onnx(onnx) {
        Ok(plan) => plan,
        #[cfg(feature = "candle-onnx")]
        Err(reason @ (PlanError::UnknownOperator { .. } | PlanError::Unsupported { .. })) => {
            tracing::warn!(%reason, "the planner refuses this model, candle-onnx runs it instead, slowly");
            return Ok(Box::new(CandleEval::new(onnx)?));
        }
        Err(error) => return Err(error.into()),
    };
    // The reference on request, to compare with it.
    let reference = std::env::var(OVERRIDE).is_ok_and(|name| name == "reference");
    if device.is_cpu() && !reference {
        let engine = CpuEngine::new(plan.clone(), Isa::best());
        match engine.and_then(|engine| engine.check(input_shape).map(|()| engine)) {
            Ok(engine) => return Ok(Box::new(engine)),
            Err(reason) => {
                tracing::warn!(%reason, "the CPU engine cannot run this model, tensor operations do, slowly");
            }
        }
    }
    Ok(Box::new(Reference::new(plan, device)?))
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
