//! What proves that a node has sent a request on, and for which client.

use hmac::Mac;

use super::signed_urls::keyed;
use crate::domain::Digest;
use crate::store::{SecretName, Store, StoreError};

/// Makes and verifies proofs. All nodes share the secret.
pub struct NodeProofs {
    key: [u8; 32],
}

impl NodeProofs {
    /// Derives the key from the data folder's secret.
    ///
    /// # Errors
    /// If the secret cannot be read or created.
    pub fn load(store: &Store) -> Result<Self, StoreError> {
        Ok(Self::derive(&store.secret(SecretName::Event)?))
    }

    fn derive(secret: &[u8]) -> Self {
        // A separate key, so that no proof is a signature of anything else.
        Self { key: keyed(secret).chain_update(b"requests between nodes").finalize().into_bytes().into() }
    }

    /// The proof that a node says this.
    #[must_use]
    pub fn prove(&self, said: &str) -> String {
        Digest(keyed(&self.key).chain_update(said).finalize().into_bytes().into()).to_string()
    }

    /// Whether a node says this. Compares in constant time.
    #[must_use]
    pub fn is_proven(&self, said: &str, proof: &str) -> bool {
        let mut bytes = [0; 32];
        base16ct::lower::decode(proof, &mut bytes)
            .is_ok_and(|bytes| keyed(&self.key).chain_update(said).verify_slice(bytes).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_good_for_what_was_said_and_for_one_data_folder() {
        let (proofs, other) = (NodeProofs::derive(&[7; 32]), NodeProofs::derive(&[8; 32]));
        let proof = proofs.prove("GET /e/x 203.0.113.9");
        assert!(proofs.is_proven("GET /e/x 203.0.113.9", &proof));
        assert!(!proofs.is_proven("GET /e/x 203.0.113.8", &proof));
        assert!(!other.is_proven("GET /e/x 203.0.113.9", &proof));
        for wrong in ["", "00", &proof[..62], &proof.to_uppercase().replace(char::is_numeric, "A")] {
            assert!(!proofs.is_proven("GET /e/x 203.0.113.9", wrong), "{wrong}");
        }
    }
}
