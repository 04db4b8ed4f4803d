//! Chooses what runs a network: the device, and the fastest backend that supports the model.

use candle_core::Device;

#[cfg(feature = "candle-onnx")]
use super::backend::CandleEval;
use super::backend::{Backend, BackendError, Reference};
use super::cpu::{CpuEngine, Isa};
use super::plan::Plan;
#[cfg(feature = "candle-onnx")]
use super::plan::PlanError;

/// Environment variable; `reference` forces the slow reference backend, for comparisons.
const OVERRIDE: &str = "FOTOTA_BACKEND";

/// Loads an ONNX file into the CPU engine, or into the reference backend on other devices and for the rare network
/// that the engine has no kernels for. `input_shape` is one that the network will be given.
pub(super) fn load(
    onnx: &[u8],
    input_shape: [usize; 4],
    device: &Device,
) -> Result<Box<dyn Backend>, BackendError> {
    let plan = match Plan::from_onnx(onnx) {
        Ok(plan) => plan,
        #[cfg(feature = "candle-onnx")]
        Err(reason @ (PlanError::UnknownOperator { .. } | PlanError::Unsupported { .. })) => {
            tracing::warn!(%reason, "model not supported by the planner; using candle-onnx, slowly");
            return Ok(Box::new(CandleEval::new(onnx)?));
        }
        Err(error) => return Err(error.into()),
    };
    let reference = std::env::var(OVERRIDE).is_ok_and(|name| name == "reference");
    if device.is_cpu() && !reference {
        let engine = CpuEngine::new(plan.clone(), Isa::best());
        match engine.and_then(|engine| engine.check(input_shape).map(|()| engine)) {
            Ok(engine) => return Ok(Box::new(engine)),
            Err(reason) => {
                tracing::warn!(%reason, "model not supported by the CPU engine; using tensor operations, slowly");
            }
        }
    }
    Ok(Box::new(Reference::new(plan, device)?))
}

/// The fastest device of this build that is available: CUDA or Metal if compiled in, else the CPU.
pub(super) fn best_device() -> Device {
    #[cfg(any(feature = "cuda", feature = "metal"))]
    {
        #[cfg(feature = "cuda")]
        let device = Device::new_cuda(0);
        #[cfg(all(feature = "metal", not(feature = "cuda")))]
        let device = Device::new_metal(0);
        match device {
            Ok(device) => return device,
            Err(error) => tracing::warn!(%error, "no GPU available, using the CPU"),
        }
    }
    Device::Cpu
}
