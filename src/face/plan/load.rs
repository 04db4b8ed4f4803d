//! From the protobuf messages to a [`Plan`]: names become indices, attributes become checked parameters.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use prost::Message;

use super::attributes::Attributes;
use super::error::PlanError;
use super::op::Weights;
use super::operators::operator;
use super::{Constant, Node, Plan, ValueId, proto};

pub(super) fn load(bytes: &[u8]) -> Result<Plan, PlanError> {
    let model = proto::Model::decode(bytes).map_err(PlanError::NotOnnx)?;
    let graph = model.graph.ok_or(PlanError::NoGraph)?;
    let mut builder = Builder::default();
    for tensor in &graph.initializer {
        builder.initializers.insert(&tensor.name, tensor);
    }
    // Old exporters list the weights among the inputs.
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

#[derive(Default)]
pub(super) struct Builder<'a> {
    initializers: HashMap<&'a str, &'a proto::Tensor>,
    values: HashMap<String, ValueId>,
    value_count: usize,
    constants: BTreeMap<ValueId, Constant>,
    nodes: Vec<Node>,
}

impl<'a> Builder<'a> {
    fn define(&mut self, name: &str) -> ValueId {
        let id = self.value_count;
        self.value_count += 1;
        self.values.insert(name.to_owned(), id);
        id
    }

    /// The value of that name; an initializer becomes a constant when it is first asked for.
    fn value(&mut self, node: &str, name: &str) -> Result<ValueId, PlanError> {
        if let Some(id) = self.values.get(name) {
            return Ok(*id);
        }
        let undefined = || PlanError::UndefinedValue { node: node.to_owned(), value: name.to_owned() };
        let tensor = *self.initializers.get(name).ok_or_else(undefined)?;
        let constant = read_constant(tensor)?;
        let id = self.define(name);
        self.constants.insert(id, constant);
        Ok(id)
    }

    pub(super) fn constant(&mut self, attributes: &Attributes, name: &str) -> Result<Constant, PlanError> {
        let id = self.value(attributes.node, name)?;
        let constant = self.constants.get(&id).cloned();
        constant.ok_or_else(|| attributes.unsupported(format!("`{name}` must be a constant")))
    }

    pub(super) fn weights(&mut self, attributes: &Attributes, name: &str) -> Result<Weights, PlanError> {
        match self.constant(attributes, name)? {
            Constant::Floats(weights) => Ok(weights),
            Constant::Integers { .. } => Err(attributes.unsupported(format!("`{name}` must hold floats"))),
        }
    }

    /// An optional vector of `length` floats.
    pub(super) fn bias(
        &mut self,
        attributes: &Attributes,
        name: Option<&str>,
        length: usize,
    ) -> Result<Option<Arc<[f32]>>, PlanError> {
        let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(None) };
        let data = self.weights(attributes, name)?.data;
        if data.len() == length {
            Ok(Some(data))
        } else {
            Err(attributes.unsupported(format!("`{name}` has {} numbers, expected {length}", data.len())))
        }
    }

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
                let constant = read_constant(tensor)?;
                let id = self.define(output);
                self.constants.insert(id, constant);
                return Ok(());
            }
            // At inference both pass their input on.
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

/// The numbers of a tensor, from whichever field the exporter chose.
fn read_constant(tensor: &proto::Tensor) -> Result<Constant, PlanError> {
    const FLOAT: i32 = 1;
    const INT32: i32 = 6;
    const INT64: i32 = 7;
    let fail = |reason: String| PlanError::Constant { name: tensor.name.clone(), reason };
    if tensor.data_location != 0 {
        return Err(fail("its numbers lie in another file".into()));
    }
    let shape: Vec<usize> = tensor
        .dims
        .iter()
        .map(|dim| usize::try_from(*dim).map_err(|_| fail(format!("dimension {dim}"))))
        .collect::<Result<_, _>>()?;
    let raw = &tensor.raw_data;
    let count = |found: usize| {
        // Saturated: no tensor has so many.
        let expected = shape.iter().fold(1_usize, |product, side| product.saturating_mul(*side));
        if found == expected { Ok(()) } else { Err(fail(format!("{found} numbers, expected {expected}"))) }
    };
    match tensor.data_type {
        FLOAT => {
            let data: Arc<[f32]> = if raw.is_empty() {
                tensor.float_data.as_slice().into()
            } else {
                raw.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
            };
            count(data.len())?;
            Ok(Constant::Floats(Weights { shape, data }))
        }
        INT32 | INT64 => {
            let data: Vec<i64> = match (tensor.data_type, raw.is_empty()) {
                (INT64, true) => tensor.int64_data.clone(),
                (INT64, false) => raw.as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect(),
                (_, true) => tensor.int32_data.iter().map(|i| i64::from(*i)).collect(),
                (_, false) => {
                    raw.as_chunks().0.iter().map(|bytes| i64::from(i32::from_le_bytes(*bytes))).collect()
                }
            };
            count(data.len())?;
            Ok(Constant::Integers { shape, data })
        }
        other => Err(fail(format!("element type {other} is not supported, only float32, int32 and int64"))),
    }
}
