//! ID tokens: a provider's signed word on who signed in, when, and for which app (OpenID Connect Core, 3.1.3.7).
//!
//! Invariant: nothing in a token is believed before its signature is.

use std::time::Duration;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode, decode_header};
use serde::Deserialize;

use super::Refusal;
use super::identity::Profile;
use super::keys::{KeySet, is_accepted};
use crate::domain::Timestamp;

/// How far the clocks may be apart when a token is about to expire.
pub(super) const LEEWAY: Duration = Duration::from_mins(1);
/// How far this computer's clock may be behind when a token was just made; venues' computers have no time server.
const BEHIND: Duration = Duration::from_mins(5);
/// Google writes its name with and without `https://` (its page "OpenID Connect", on validating ID tokens).
const GOOGLE: [&str; 2] = ["https://accounts.google.com", "accounts.google.com"];

/// What a token must say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    /// Ours: one of them must be among the token's.
    pub(super) audiences: &'a [&'a str],
    /// What was sent with the sign-in, where it began here.
    pub(super) nonce: Option<&'a str>,
    pub(super) now: Timestamp,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    azp: Option<String>,
    /// In seconds, maybe with a fraction.
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

/// Checks everything about a token but whether the person's e-mail address is verified.
pub(super) fn verify(token: &str, keys: &KeySet, expected: &Expected) -> Result<Profile, Refusal> {
    let header = decode_header(token).map_err(|_| Refusal::Malformed)?;
    if !is_accepted(header.alg) || header.crit.is_some() {
        return Err(Refusal::Malformed);
    }
    let key = keys.find(&header)?;
    // The library would ask the computer's clock; the claims are checked below, against ours.
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
    let made_for_us = match &claims.aud {
        Audience::One(app) => ours(app),
        // Among several the one that the token was handed to must be ours too.
        Audience::Several(apps) => {
            apps.iter().any(ours) && (apps.len() == 1 || claims.azp.as_ref().is_some_and(ours))
        }
    };
    if !made_for_us {
        return Err(Refusal::Audience);
    }
    let now = expected.now.unix_ms() as f64 / 1000.0;
    if claims.exp + LEEWAY.as_secs_f64() <= now {
        return Err(Refusal::Expired);
    }
    if claims.iat.max(claims.nbf.unwrap_or(f64::MIN)) > now + BEHIND.as_secs_f64() {
        return Err(Refusal::NotYetValid);
    }
    if expected.nonce.is_some() && claims.nonce.as_deref() != expected.nonce {
        return Err(Refusal::Nonce);
    }
    Ok(())
}
