//! Reads the protobuf messages into a [`Plan`]: names become indices, attributes become checked parameters.

use prost::Message;

use super::attributes::Attributes;
use super::builder::Builder;
use super::error::PlanError;
use super::operators::operator;
use super::{Node, Plan, proto};

pub(super) fn load(bytes: &[u8]) -> Result<Plan, PlanError> {
    let model = proto::Model::decode(bytes).map_err(PlanError::NotOnnx)?;
    let graph = model.graph.ok_or(PlanError::NoGraph)?;
    let mut builder = Builder::default();
    for tensor in &graph.initializer {
        builder.initializers.insert(&tensor.name, tensor);
    }
    // Old exporters list the weights as inputs too.
    let inputs: Vec<_> =
        graph.input.iter().filter(|input| !builder.initializers.contains_key(input.name.as_str())).collect();
    let [input] = inputs[..] else { return Err(PlanError::InputCount(inputs.len())) };
    let input = builder.define(&input.name);
    for (index, node) in graph.node.iter().enumerate() {
        builder.add(index, node)?;
    }
    let outputs = graph
        .output
        .iter()
        .map(|output| Ok((output.name.clone(), builder.value("(graph output)", &output.name)?)))
        .collect::<Result<_, PlanError>>()?;
    Ok(Plan {
        nodes: builder.nodes,
        constants: builder.constants,
        input,
        outputs,
        value_count: builder.value_count,
    })
}

impl<'a> Builder<'a> {
    fn add(&mut self, index: usize, node: &'a proto::Node) -> Result<(), PlanError> {
        let label =
            if node.name.is_empty() { format!("{} {index}", node.op_type) } else { node.name.clone() };
        let attributes = Attributes::new(&label, &node.attribute);
        let output = node.output.first().ok_or_else(|| attributes.unsupported("it has no output"))?;
        let first = || node.input.first().ok_or_else(|| attributes.unsupported("it has no input"));
        match node.op_type.as_str() {
            "Constant" => {
                let tensor = attributes
                    .find("value")
                    .and_then(|value| value.t.as_ref())
                    .ok_or_else(|| attributes.unsupported("only tensor constants are supported"))?;
                self.define_constant(output, tensor)?;
                return Ok(());
            }
            // At inference both return their input unchanged.
            "Identity" | "Dropout" => {
                let id = self.value(&label, first()?)?;
                self.values.insert(output.clone(), id);
                return Ok(());
            }
            _ => {}
        }
        let (op, inputs) = operator(self, &attributes, node)?;
        let inputs = inputs.iter().map(|name| self.value(&label, name)).collect::<Result<Vec<_>, _>>()?;
        if inputs.is_empty() {
            return Err(attributes.unsupported("it has no input"));
        }
        let output = self.define(output);
        self.nodes.push(Node { name: label, op, inputs, output });
        Ok(())
    }
}
