//! Why there is no certificate, for the person who runs the server.

use crate::domain::reason_chain;
use crate::outbound::OutboundError;
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub(super) enum AcmeError {
    #[error("the certificate authority cannot be reached: {0}")]
    Unreachable(String),
    #[error("the certificate authority issues no certificate: {detail}")]
    Refused { detail: String, is_limit: bool },
    #[error("the certificate authority could not verify `{name}`: {detail}")]
    Unverified { name: String, detail: String },
    #[error("the certificate authority does not verify names {0}")]
    NoSuchProof(&'static str),
    #[error("the DNS record of `{name}` could not be set: {reason}")]
    Dns { name: String, reason: String },
    #[error("no certificate was issued: {0}")]
    Other(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AcmeError {
    /// Whether the authority has had too many requests.
    pub(super) fn is_limit(&self) -> bool {
        matches!(self, Self::Refused { is_limit: true, .. })
    }
}

impl From<instant_acme::Error> for AcmeError {
    fn from(error: instant_acme::Error) -> Self {
        match error {
            instant_acme::Error::Api(problem) => {
                let is_limit = problem.r#type.as_deref().is_some_and(|kind| kind.ends_with(":rateLimited"));
                let details = problem.subproblems.iter().filter_map(|part| part.detail.as_deref());
                let details: Vec<&str> = problem.detail.as_deref().into_iter().chain(details).collect();
                let detail = if details.is_empty() { problem.to_string() } else { details.join("; ") };
                Self::Refused { detail, is_limit }
            }
            instant_acme::Error::Other(cause) => match cause.downcast_ref::<OutboundError>() {
                Some(error) => Self::Unreachable(reason_chain(error)),
                None => Self::Other(cause.to_string()),
            },
            other => Self::Other(other.to_string()),
        }
    }
}
