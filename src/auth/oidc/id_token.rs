//! Verification of ID tokens (OpenID Connect Core, section 3.1.3.7).
//!
//! Invariant: no claim is used before the signature is verified.

use std::time::Duration;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode, decode_header};
use serde::Deserialize;

use super::Refusal;
use super::identity::Profile;
use super::keys::{KeySet, is_accepted};
use crate::domain::Timestamp;

/// Accepted clock difference for expiry.
pub(super) const LEEWAY: Duration = Duration::from_mins(1);
/// Accepted delay of this computer's clock for newly issued tokens: at venues there may be no time server.
const MAX_CLOCK_DELAY: Duration = Duration::from_mins(5);
/// Google names itself with and without `https://` (its page "OpenID Connect", on validating ID tokens).
const GOOGLE: [&str; 2] = ["https://accounts.google.com", "accounts.google.com"];

/// What a token must contain.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    /// Client ids; the token must name at least one as its audience.
    pub(super) audiences: &'a [&'a str],
    /// The nonce of the sign-in, if it started here.
    pub(super) nonce: Option<&'a str>,
    pub(super) now: Timestamp,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    azp: Option<String>,
    /// Unix time in seconds, possibly with a fraction.
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    nonce: Option<String>,
    #[serde(flatten)]
    profile: Profile,
}

/// One app or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Verifies a token; [`Profile::identity`] checks that the e-mail address is verified.
pub(super) fn verify(token: &str, keys: &KeySet, expected: &Expected) -> Result<Profile, Refusal> {
    let header = decode_header(token).map_err(|_| Refusal::Malformed)?;
    if !is_accepted(header.alg) || header.crit.is_some() {
        return Err(Refusal::Malformed);
    }
    let key = keys.find(&header)?;
    // Claims are checked below: the library would use the system clock.
    let mut signature = Validation::new(header.alg);
    signature.required_spec_claims.clear();
    signature.validate_exp = false;
    signature.validate_aud = false;
    let claims: Claims = match decode(token, &key, &signature) {
        Ok(token) => token.claims,
        Err(error) => {
            return Err(match error.kind() {
                ErrorKind::Json(_) | ErrorKind::Utf8(_) | ErrorKind::Base64(_) | ErrorKind::InvalidToken => {
                    Refusal::Malformed
                }
                _ => Refusal::Signature,
            });
        }
    };
    check(&claims, expected)?;
    Ok(claims.profile)
}

fn check(claims: &Claims, expected: &Expected) -> Result<(), Refusal> {
    let by_google = GOOGLE.contains(&claims.iss.as_str()) && expected.issuer == GOOGLE[0];
    if claims.iss != expected.issuer && !by_google {
        return Err(Refusal::Issuer);
    }
    let ours = |app: &String| expected.audiences.contains(&app.as_str());
    let issued_to_us = match &claims.aud {
        Audience::One(app) => ours(app),
        // With several audiences, the authorized party must be ours too.
        Audience::Several(apps) => {
            apps.iter().any(ours) && (apps.len() == 1 || claims.azp.as_ref().is_some_and(ours))
        }
    };
    if !issued_to_us {
        return Err(Refusal::Audience);
    }
    let now = expected.now.unix_ms() as f64 / 1000.0;
    if claims.exp + LEEWAY.as_secs_f64() <= now {
        return Err(Refusal::Expired);
    }
    if claims.iat.max(claims.nbf.unwrap_or(f64::MIN)) > now + MAX_CLOCK_DELAY.as_secs_f64() {
        return Err(Refusal::NotYetValid);
    }
    if expected.nonce.is_some() && claims.nonce.as_deref() != expected.nonce {
        return Err(Refusal::Nonce);
    }
    Ok(())
}
