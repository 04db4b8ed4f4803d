//! Hashes and verifies passwords of events and accounts: argon2id with the parameters OWASP recommends, as PHC strings.

mod strength;

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};

use crate::domain::{EventPassword, User, random_bytes};

use strength::{MIN_ACCOUNT_CHARS_ON_INTERNET, MIN_EVENT_CHARS_ON_INTERNET};

pub use strength::{Place, is_weak_for_account, is_weak_for_event};

/// Least characters of an account's password, as NIST SP 800-63B requires.
pub const MIN_ACCOUNT_CHARS: usize = 8;

/// The hash of a random password. Verifying against it takes as long as against an account's hash, so that timing does
/// not reveal which accounts exist.
pub static UNKNOWN: LazyLock<String> = LazyLock::new(|| {
    let hash = Argon2::default().hash_password(&random_bytes::<32>());
    hash.map(|hash| hash.to_string()).unwrap_or_default()
});

/// Why a password cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Easy to guess.
    #[error("the password needs at least {MIN_ACCOUNT_CHARS} characters")]
    TooShort,
    /// Easy to guess for everybody on the internet.
    #[error(
        "on the internet a password needs at least {MIN_ACCOUNT_CHARS_ON_INTERNET} characters, other than your name, \
         common words and rows of characters"
    )]
    Weak,
    /// The same of an event's password.
    #[error(
        "on the internet the password of an event needs at least {MIN_EVENT_CHARS_ON_INTERNET} characters, other than \
         its name, common words and rows of characters"
    )]
    WeakForEvent,
    /// The hash function failed.
    #[error("the password cannot be hashed")]
    Hash(#[source] argon2::password_hash::Error),
}

/// The PHC string of an event's password.
///
/// # Errors
/// If the hash function fails.
pub fn hash(password: &EventPassword) -> Result<String, PasswordError> {
    hash_text(password.expose())
}

/// The PHC string of an account's password.
///
/// # Errors
/// If the password is too short.
pub fn hash_account(password: &str) -> Result<String, PasswordError> {
    if password.chars().count() < MIN_ACCOUNT_CHARS {
        return Err(PasswordError::TooShort);
    }
    hash_text(password)
}

/// Least characters of a new account's password there.
#[must_use]
pub fn min_account_chars(place: Place) -> usize {
    if place == Place::Internet { MIN_ACCOUNT_CHARS_ON_INTERNET } else { MIN_ACCOUNT_CHARS }
}

/// Least characters of a new password of an event there.
#[must_use]
pub fn min_event_chars(place: Place) -> usize {
    if place == Place::Internet { MIN_EVENT_CHARS_ON_INTERNET } else { EventPassword::MIN_CHARS }
}

/// Checks a new password of this account.
///
/// # Errors
/// If it is too easy to guess there.
pub fn check_account(password: &str, user: &User, place: Place) -> Result<(), PasswordError> {
    let login = user.login.as_ref().map_or("", |login| login.as_str());
    let is_weak = place == Place::Internet && is_weak_for_account(password, login, &user.name);
    if is_weak { Err(PasswordError::Weak) } else { Ok(()) }
}

/// Checks a new password of an event with this name.
///
/// # Errors
/// If it is too easy to guess there.
pub fn check_event(password: &EventPassword, name: &str, place: Place) -> Result<(), PasswordError> {
    let is_weak = place == Place::Internet && is_weak_for_event(password.expose(), name);
    if is_weak { Err(PasswordError::WeakForEvent) } else { Ok(()) }
}

fn hash_text(password: &str) -> Result<String, PasswordError> {
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(PasswordError::Hash)?;
    Ok(hash.to_string())
}

/// Whether `hash` is the hash of `password`. Takes tens of milliseconds by design.
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
        let hash = hash(&EventPassword::parse("rahasia").unwrap()).unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify("rahasia", &hash));
        assert!(!verify("Rahasia", &hash));
        assert!(!verify("rahasia", "not a hash"));
    }

    #[test]
    fn short_account_passwords_are_rejected() {
        let error = hash_account("1234567").unwrap_err();
        assert_eq!(error.to_string(), "the password needs at least 8 characters");
        assert!(!verify("", &UNKNOWN));
    }
}
