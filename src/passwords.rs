//! Event passwords: argon2id with the parameters that OWASP recommends, as PHC strings.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};

/// Shortest accepted password, in characters.
const MIN_CHARS: usize = 4;

/// Why a password cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Anybody would guess it.
    #[error("the password has under {MIN_CHARS} characters")]
    TooShort,
    /// The hash function refuses it.
    #[error("the password cannot be hashed")]
    Hash(#[source] argon2::password_hash::Error),
}

/// The PHC string to keep.
///
/// # Errors
/// When the password is too short.
pub fn hash(password: &str) -> Result<String, PasswordError> {
    if password.chars().count() < MIN_CHARS {
        return Err(PasswordError::TooShort);
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
        assert!(matches!(super::hash("abc"), Err(PasswordError::TooShort)));
    }
}
