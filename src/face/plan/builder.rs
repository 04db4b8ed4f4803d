//! The values, constants and nodes of a plan while it is being loaded, looked up by the names in the file.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::attributes::Attributes;
use super::error::PlanError;
use super::op::Weights;
use super::{Constant, Node, ValueId, proto};

#[derive(Default)]
pub(super) struct Builder<'a> {
    pub(super) initializers: HashMap<&'a str, &'a proto::Tensor>,
    pub(super) values: HashMap<String, ValueId>,
    pub(super) value_count: usize,
    pub(super) constants: BTreeMap<ValueId, Constant>,
    pub(super) nodes: Vec<Node>,
}

impl Builder<'_> {
    /// Creates a value under that name.
    pub(super) fn define(&mut self, name: &str) -> ValueId {
        let id = self.value_count;
        self.value_count += 1;
        self.values.insert(name.to_owned(), id);
        id
    }

    pub(super) fn define_constant(
        &mut self,
        name: &str,
        tensor: &proto::Tensor,
    ) -> Result<ValueId, PlanError> {
        let constant = read_constant(tensor)?;
        let id = self.define(name);
        self.constants.insert(id, constant);
        Ok(id)
    }

    /// The value of that name. An initializer becomes a constant on first use.
    pub(super) fn value(&mut self, node: &str, name: &str) -> Result<ValueId, PlanError> {
        if let Some(id) = self.values.get(name) {
            return Ok(*id);
        }
        let undefined = || PlanError::UndefinedValue { node: node.to_owned(), value: name.to_owned() };
        let tensor = *self.initializers.get(name).ok_or_else(undefined)?;
        self.define_constant(name, tensor)
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
}

/// Reads a tensor from whichever field the exporter used.
fn read_constant(tensor: &proto::Tensor) -> Result<Constant, PlanError> {
    const FLOAT: i32 = 1;
    const INT32: i32 = 6;
    const INT64: i32 = 7;
    let fail = |reason: String| PlanError::Constant { name: tensor.name.clone(), reason };
    if tensor.data_location != 0 {
        return Err(fail("its data is stored in another file".into()));
    }
    let shape: Vec<usize> = tensor
        .dims
        .iter()
        .map(|dim| usize::try_from(*dim).map_err(|_| fail(format!("dimension {dim}"))))
        .collect::<Result<_, _>>()?;
    let raw = &tensor.raw_data;
    let count = |found: usize| {
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
