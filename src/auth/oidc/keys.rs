//! The provider's published keys, and the choice of the one that signed a token.
//!
//! Invariant: a key verifies only signatures of its own algorithm, and shared secrets verify none.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header};
use serde::Deserialize;

use super::discovery::parse;
use super::{Fault, Refusal};

/// Keys, in the provider's order.
pub(super) struct KeySet(Vec<Jwk>);

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

impl KeySet {
    /// Skips keys of unknown types.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        let document: Document = parse(bytes, "provider's key set")?;
        Ok(Self(document.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect()))
    }

    /// The key with the token's key id; without an id, the only key for its algorithm.
    pub(super) fn find(&self, header: &Header) -> Result<DecodingKey, Refusal> {
        let mut suitable = self.0.iter().filter(|key| suits(key, header.alg));
        let key = if let Some(kid) = &header.kid {
            let named = |key: &Jwk| key.common.key_id.as_ref() == Some(kid);
            if !self.0.iter().any(named) {
                return Err(Refusal::UnknownKey);
            }
            suitable.find(|key| named(key)).ok_or(Refusal::Signature)?
        } else {
            let only = suitable.next().filter(|_| suitable.next().is_none());
            only.ok_or(Refusal::UnknownKey)?
        };
        DecodingKey::from_jwk(key).map_err(|_| Refusal::Signature)
    }
}

/// Whether the signature algorithm is supported.
pub(super) fn is_accepted(algorithm: Algorithm) -> bool {
    matches!(algorithm, Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 | Algorithm::EdDSA)
}

fn suits(key: &Jwk, algorithm: Algorithm) -> bool {
    let right_type = match &key.algorithm {
        AlgorithmParameters::RSA(_) => matches!(algorithm, Algorithm::RS256 | Algorithm::PS256),
        AlgorithmParameters::EllipticCurve(curve) => {
            algorithm == Algorithm::ES256 && curve.curve == EllipticCurve::P256
        }
        AlgorithmParameters::OctetKeyPair(pair) => {
            algorithm == Algorithm::EdDSA && pair.curve == EllipticCurve::Ed25519
        }
        _ => false,
    };
    right_type
        && key.common.key_algorithm.is_none_or(|named| named == KeyAlgorithm::from(algorithm))
        && key.common.public_key_use.as_ref().is_none_or(|named| *named == PublicKeyUse::Signature)
}
