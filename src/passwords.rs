//! Passwords of events and accounts: argon2id with the parameters that OWASP recommends, as PHC strings.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};

use crate::domain::random_bytes;

/// Shortest accepted password of an event, in characters.
const MIN_CHARS: usize = 4;
/// Shortest accepted password of an account, in characters: NIST SP 800-63B asks for eight.
pub const MIN_ACCOUNT_CHARS: usize = 8;

/// The hash of a password that nobody has: comparing with it takes as long as with any other.
pub static UNKNOWN: LazyLock<String> = LazyLock::new(|| {
    let hash = Argon2::default().hash_password(&random_bytes::<32>());
    hash.map(|hash| hash.to_string()).unwrap_or_default()
});

/// Why a password cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Anybody would guess it.
    #[error("the password has under {least} characters")]
    TooShort {
        /// What it needs.
        least: usize,
    },
    /// The hash function refuses it.
    #[error("the password cannot be hashed")]
    Hash(#[source] argon2::password_hash::Error),
}

/// The PHC string to keep of an event's password.
///
/// # Errors
/// When the password is too short.
pub fn hash(password: &str) -> Result<String, PasswordError> {
    hash_with(password, MIN_CHARS)
}

/// The PHC string to keep of an account's password.
///
/// # Errors
/// When the password is too short.
pub fn hash_account(password: &str) -> Result<String, PasswordError> {
    hash_with(password, MIN_ACCOUNT_CHARS)
}

fn hash_with(password: &str, least: usize) -> Result<String, PasswordError> {
    if password.chars().count() < least {
        return Err(PasswordError::TooShort { least });
    }
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(PasswordError::Hash)?;
    Ok(hash.to_string())
}

/// Whether `password` is the one that made `hash`. Takes tens of milliseconds on purpose.
#[must_use]
pub fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifies_only_the_password_that_was_hashed() {
        let hash = hash("rahasia").unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify("rahasia", &hash));
        assert!(!verify("Rahasia", &hash));
        assert!(!verify("rahasia", "not a hash"));
    }

    #[test]
    fn refuses_short_passwords() {
        assert!(matches!(super::hash("abc"), Err(PasswordError::TooShort { least: 4 })));
        assert!(matches!(hash_account("1234567"), Err(PasswordError::TooShort { least: 8 })));
        assert!(!verify("", &UNKNOWN));
    }
}
