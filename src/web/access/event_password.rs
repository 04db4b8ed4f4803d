//! Checks an event's password, for guests and users alike, and limits the rate of attempts.

use crate::domain::Event;
use crate::limits::{Client, Scope};
use crate::passwords;
use crate::web::{ApiError, AppState, ErrorCode};

/// Fails unless the password is right; an event without one accepts any.
pub(crate) async fn check(
    state: &AppState,
    scope: &Scope,
    client: &Client,
    event: &Event,
    given: String,
) -> Result<(), ApiError> {
    let Some(hash) = event.password_hash.clone() else { return Ok(()) };
    state.0.password_limiter.attempt(scope, client, state.now())?;
    let is_right = move || {
        // Phones like to add a space.
        let trimmed = given.trim();
        Ok(passwords::verify(&given, &hash) || (trimmed != given && passwords::verify(trimmed, &hash)))
    };
    if !state.0.event_passwords.run(is_right).await? {
        return Err(ErrorCode::PasswordWrong.into());
    }
    state.0.password_limiter.succeeded(scope, client);
    Ok(())
}
