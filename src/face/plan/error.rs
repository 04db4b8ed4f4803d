//! Why an ONNX file cannot be used.

/// Each names the place in the file.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Not the protobuf message it should be.
    #[error("not an ONNX file")]
    NotOnnx(#[source] prost::DecodeError),
    /// A model without a graph.
    #[error("the ONNX file has no graph")]
    NoGraph,
    /// Face networks take one picture.
    #[error("the network has {0} inputs, expected one")]
    InputCount(usize),
    /// An operator without implementation.
    #[error("node `{node}`: operator `{operator}` is not supported")]
    UnknownOperator {
        /// The node's name in the file.
        node: String,
        /// ONNX operator type, with its domain where it has one.
        operator: String,
    },
    /// A known operator used in an unknown way.
    #[error("node `{node}`: {reason}")]
    Unsupported {
        /// The node's name in the file.
        node: String,
        /// What about it.
        reason: String,
    },
    /// A tensor nobody made.
    #[error("node `{node}` uses the undefined value `{value}`")]
    UndefinedValue {
        /// The node's name in the file.
        node: String,
        /// The tensor's name in the file.
        value: String,
    },
    /// A weight that cannot be read.
    #[error("constant `{name}`: {reason}")]
    Constant {
        /// The tensor's name in the file.
        name: String,
        /// What about it.
        reason: String,
    },
}

impl PlanError {
    pub(in crate::face) fn unsupported(node: &str, reason: impl Into<String>) -> Self {
        Self::Unsupported { node: node.to_owned(), reason: reason.into() }
    }
}
