//! candle's own ONNX evaluator as a backend: slow and CPU only, but with more operators than the planner.

use std::collections::HashMap;

use candle_core::{Device, Tensor};
use candle_onnx::onnx::ModelProto;
use prost::Message;

use super::{Backend, BackendError};
use crate::face::plan::PlanError;

/// An unmodified ONNX file, evaluated node by node.
pub(crate) struct CandleEval {
    model: ModelProto,
    input: String,
    outputs: Vec<String>,
}

impl CandleEval {
    /// Reads an ONNX file with one picture as its input.
    pub(crate) fn new(onnx: &[u8]) -> Result<Self, BackendError> {
        let model = ModelProto::decode(onnx).map_err(PlanError::NotOnnx)?;
        let graph = model.graph.as_ref().ok_or(PlanError::NoGraph)?;
        let is_weight = |name: &str| graph.initializer.iter().any(|weight| weight.name == name);
        let inputs: Vec<_> = graph.input.iter().filter(|input| !is_weight(&input.name)).collect();
        let [input] = inputs[..] else { return Err(PlanError::InputCount(inputs.len()).into()) };
        let input = input.name.clone();
        let outputs = graph.output.iter().map(|output| output.name.clone()).collect();
        Ok(Self { model, input, outputs })
    }
}

impl Backend for CandleEval {
    fn run(&self, input: &Tensor) -> Result<Vec<Tensor>, BackendError> {
        let inputs = HashMap::from([(self.input.clone(), input.clone())]);
        let mut values = candle_onnx::simple_eval(&self.model, inputs)?;
        self.outputs
            .iter()
            .map(|name| {
                let output = values.remove(name);
                output.ok_or_else(|| candle_core::Error::Msg(format!("no output `{name}`")).into())
            })
            .collect()
    }

    fn device(&self) -> &Device {
        &Device::Cpu
    }
}
