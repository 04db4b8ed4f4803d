//! Errors of loading an ONNX file.

/// Why an ONNX file cannot be used. Errors name the node or tensor in the file.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Not an ONNX protobuf message.
    #[error("not an ONNX file")]
    NotOnnx(#[source] prost::DecodeError),
    /// The model has no graph.
    #[error("the ONNX file has no graph")]
    NoGraph,
    /// The network does not have exactly one input.
    #[error("the network has {0} inputs, expected one")]
    InputCount(usize),
    /// An operator is not implemented.
    #[error("node `{node}`: operator `{operator}` is not supported")]
    UnknownOperator {
        /// The node's name in the file.
        node: String,
        /// ONNX operator type, with its domain if it has one.
        operator: String,
    },
    /// A parameter or input of a node is not supported.
    #[error("node `{node}`: {reason}")]
    Unsupported {
        /// The node's name in the file.
        node: String,
        /// What is not supported.
        reason: String,
    },
    /// An input is not defined.
    #[error("node `{node}` uses the undefined value `{value}`")]
    UndefinedValue {
        /// The node's name in the file.
        node: String,
        /// The tensor's name in the file.
        value: String,
    },
    /// A constant cannot be read.
    #[error("constant `{name}`: {reason}")]
    Constant {
        /// The tensor's name in the file.
        name: String,
        /// Why.
        reason: String,
    },
}

impl PlanError {
    pub(in crate::face) fn unsupported(node: &str, reason: impl Into<String>) -> Self {
        Self::Unsupported { node: node.to_owned(), reason: reason.into() }
    }
}
