//! Whether somebody knows an event's password, for guests and users alike; how often they may try.

use crate::domain::Event;
use crate::limits::{Client, Scope};
use crate::passwords;
use crate::web::AppState;
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;

/// Lets in whoever gives the password, and everybody where there is none.
pub(in crate::web) async fn check(
    state: &AppState,
    scope: &Scope,
    client: &Client,
    event: &Event,
    given: String,
) -> Result<(), ApiError> {
    let Some(hash) = event.password_hash.clone() else { return Ok(()) };
    state.0.guesses.attempt(scope, client, state.now())?;
    let turn = state.0.event_passwords.turn().await?;
    let fits = blocking(move || {
        let _turn = turn;
        Ok(passwords::verify(&given, &hash))
    });
    if !fits.await? {
        return Err(ErrorCode::PasswordWrong.into());
    }
    state.0.guesses.succeeded(scope, client);
    Ok(())
}
