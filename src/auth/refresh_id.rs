//! The ids of refresh tokens, of which only hashes are stored, and which one replaces which.

use std::fmt;

use hmac::Mac;

use super::signed_urls::keyed;
use super::tokens::{new_secret_text, token_hash};
use crate::domain::{Digest, SessionId};

/// The content of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshGrant {
    /// The session that it continues.
    pub session: SessionId,
    /// SHA-256 of the token's id.
    pub token_hash: Digest,
    /// The id of the token that replaces it.
    pub next: RefreshId,
}

/// What makes a refresh token unique; a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshId(String);

impl RefreshId {
    /// As a token carries it.
    pub(super) fn from_token(jti: String) -> Self {
        Self(jti)
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// Of a new session's first token.
    #[must_use]
    pub fn random() -> Self {
        Self(new_secret_text())
    }

    /// What is stored of it.
    #[must_use]
    pub fn hash(&self) -> Digest {
        token_hash(&self.0)
    }
}

impl fmt::Debug for RefreshId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(id)")
    }
}

/// Finds the id that replaces another.
pub(super) struct Successors {
    key: [u8; 32],
}

impl Successors {
    /// With the secret of refresh tokens.
    pub(super) fn new(secret: &[u8; 32]) -> Self {
        // A separate key, so that no id is a signature.
        let key = keyed(secret).chain_update(b"successors of refresh tokens");
        Self { key: key.finalize().into_bytes().into() }
    }

    /// Always the same, although nothing of it is stored: who asks twice gets one answer. Nobody else can compute it.
    pub(super) fn of(&self, id: &RefreshId) -> RefreshId {
        let next = keyed(&self.key).chain_update(&id.0).finalize().into_bytes();
        RefreshId(Digest(next.into()).to_string())
    }
}
