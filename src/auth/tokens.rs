//! Access, refresh and event tokens: JSON Web Tokens (RFC 7519), HS256, a secret for each kind.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::refresh_id::{RefreshGrant, RefreshId, Successors};
use crate::domain::{Digest, EventId, SessionId, Timestamp, UserId, random_bytes};
use crate::store::{SecretName, Store, StoreError};

/// Lifetime of an event token, and of an entry into an event.
const EVENT_TOKEN: Duration = Duration::from_hours(2);

/// Not signed by this server, of another type, or expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token is not valid")]
pub struct TokenError;

/// Signs and verifies tokens.
pub struct Tokens {
    access: Key,
    refresh: Key,
    event: Key,
    successors: Successors,
}

struct Key {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

/// The content of an event token: access to one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventGrant {
    /// The user who entered.
    pub user: UserId,
    /// The event.
    pub event: EventId,
    /// Version of the event's password at that time.
    pub password_version: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TokenType {
    Access,
    Refresh,
    EventAccess,
}

#[derive(Serialize, Deserialize)]
struct AccessClaims {
    sub: String,
    sid: i64,
    #[serde(rename = "type")]
    kind: TokenType,
    iat: i64,
    exp: i64,
}

#[derive(Serialize, Deserialize)]
struct RefreshClaims {
    sub: String,
    sid: i64,
    jti: String,
    #[serde(rename = "type")]
    kind: TokenType,
    iat: i64,
    exp: i64,
}

#[derive(Serialize, Deserialize)]
struct EventClaims {
    sub: String,
    event_id: i64,
    password_version: u32,
    #[serde(rename = "type")]
    kind: TokenType,
    iat: i64,
    exp: i64,
}

impl Tokens {
    /// Loads the data folder's secrets.
    ///
    /// # Errors
    /// If they cannot be read or created.
    pub fn load(store: &Store) -> Result<Self, StoreError> {
        let secret = |name| store.secret(name);
        Ok(Self::new(
            &secret(SecretName::Access)?,
            &secret(SecretName::Refresh)?,
            &secret(SecretName::Event)?,
        ))
    }

    fn new(access: &[u8; 32], refresh: &[u8; 32], event: &[u8; 32]) -> Self {
        Self {
            access: Key::new(access),
            refresh: Key::new(refresh),
            event: Key::new(event),
            successors: Successors::new(refresh),
        }
    }

    /// An access token: authorizes the requests of a signed-in app.
    #[must_use]
    pub fn access(&self, user: UserId, session: SessionId, now: Timestamp, lasts: Duration) -> String {
        self.access.sign(&AccessClaims {
            sub: user.to_string(),
            sid: session.as_i64(),
            kind: TokenType::Access,
            iat: now.unix_s(),
            exp: now.plus(lasts).unix_s(),
        })
    }

    /// Verifies an access token and returns its session.
    ///
    /// # Errors
    /// If it is invalid or has expired.
    pub fn read_access(&self, token: &str, now: Timestamp) -> Result<SessionId, TokenError> {
        let claims: AccessClaims = self.access.verify(token)?;
        check_claims(claims.exp, claims.kind == TokenType::Access, now)?;
        SessionId::from_i64(claims.sid).ok_or(TokenError)
    }

    /// Whether a text is an access token of this server, valid or expired.
    #[must_use]
    pub fn is_access(&self, token: &str) -> bool {
        self.access.verify::<AccessClaims>(token).is_ok_and(|claims| claims.kind == TokenType::Access)
    }

    /// A refresh token. Only the hash of its id is stored.
    #[must_use]
    pub fn refresh(
        &self,
        user: UserId,
        session: SessionId,
        id: &RefreshId,
        (now, expires_at): (Timestamp, Timestamp),
    ) -> String {
        self.refresh.sign(&RefreshClaims {
            sub: user.to_string(),
            sid: session.as_i64(),
            jti: id.expose().to_owned(),
            kind: TokenType::Refresh,
            iat: now.unix_s(),
            exp: expires_at.unix_s(),
        })
    }

    /// Verifies a refresh token.
    ///
    /// # Errors
    /// If it is invalid or has expired.
    pub fn read_refresh(&self, token: &str, now: Timestamp) -> Result<RefreshGrant, TokenError> {
        let claims: RefreshClaims = self.refresh.verify(token)?;
        check_claims(claims.exp, claims.kind == TokenType::Refresh, now)?;
        let session = SessionId::from_i64(claims.sid).ok_or(TokenError)?;
        let id = RefreshId::from_token(claims.jti);
        Ok(RefreshGrant { session, token_hash: id.hash(), next: self.successors.of(&id) })
    }

    /// How long an entry into an event lasts.
    #[must_use]
    pub fn event_access_lifetime() -> Duration {
        EVENT_TOKEN
    }

    /// An event token: gives access to one event until its password changes.
    #[must_use]
    pub fn event(&self, grant: EventGrant, now: Timestamp) -> String {
        self.event.sign(&EventClaims {
            sub: grant.user.to_string(),
            event_id: grant.event.as_i64(),
            password_version: grant.password_version,
            kind: TokenType::EventAccess,
            iat: now.unix_s(),
            exp: now.plus(EVENT_TOKEN).unix_s(),
        })
    }

    /// Verifies an event token.
    ///
    /// # Errors
    /// If it is invalid or has expired.
    pub fn read_event(&self, token: &str, now: Timestamp) -> Result<EventGrant, TokenError> {
        let claims: EventClaims = self.event.verify(token)?;
        check_claims(claims.exp, claims.kind == TokenType::EventAccess, now)?;
        let event = EventId::from_i64(claims.event_id).ok_or(TokenError)?;
        let user = claims.sub.parse().map_err(|_| TokenError)?;
        Ok(EventGrant { user, event, password_version: claims.password_version })
    }
}

impl Key {
    fn new(secret: &[u8; 32]) -> Self {
        let (encoding, decoding) = (EncodingKey::from_secret(secret), DecodingKey::from_secret(secret));
        let not_empty = "the secret is not empty";
        Self { encoding: encoding.expect(not_empty), decoding: decoding.expect(not_empty) }
    }

    fn sign(&self, claims: &impl Serialize) -> String {
        encode(&Header::default(), claims, &self.encoding)
            .expect("the claims serialize to JSON, and HS256 cannot fail")
    }

    /// Verifies only the signature: expiry is checked against the injected clock.
    fn verify<T: DeserializeOwned>(&self, token: &str) -> Result<T, TokenError> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        decode(token, &self.decoding, &validation).map(|data| data.claims).map_err(|_| TokenError)
    }
}

fn check_claims(exp: i64, right_type: bool, now: Timestamp) -> Result<(), TokenError> {
    if right_type && now.unix_s() < exp { Ok(()) } else { Err(TokenError) }
}

/// 256 random bits in hexadecimal: cookies, token ids, one-time links.
#[must_use]
pub fn new_secret_text() -> String {
    Digest(random_bytes()).to_string()
}

/// The hash stored of such a text, so that a leaked database grants no access. It is random: a plain hash is enough.
#[must_use]
pub fn token_hash(text: &str) -> Digest {
    Digest(Sha256::digest(text.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_800_000_000_000);
    const MINUTE: Duration = Duration::from_mins(1);

    fn tokens(seed: u8) -> Tokens {
        Tokens::new(&[seed; 32], &[seed + 1; 32], &[seed + 2; 32])
    }

    #[test]
    fn tokens_work_only_for_their_lifetime_and_type() {
        let (tokens, user, session) = (tokens(1), UserId::random(), SessionId::random());
        let access = tokens.access(user, session, NOW, MINUTE);
        assert_eq!(tokens.read_access(&access, NOW), Ok(session));
        assert_eq!(tokens.read_access(&access, NOW.plus(MINUTE)), Err(TokenError));
        let (id, times) = (RefreshId::random(), (NOW, NOW.plus(MINUTE)));
        let refresh = tokens.refresh(user, session, &id, times);
        let grant = tokens.read_refresh(&refresh, NOW).unwrap();
        assert_eq!((grant.session, grant.token_hash), (session, id.hash()));
        // The next one is the same at every use, and another for another token.
        assert_eq!(tokens.read_refresh(&refresh, NOW).as_ref(), Ok(&grant));
        let following = tokens.refresh(user, session, &grant.next, times);
        let following = tokens.read_refresh(&following, NOW).unwrap();
        assert!(following.token_hash == grant.next.hash() && following.next != grant.next);
        assert_eq!(tokens.read_refresh(&refresh, NOW.plus(MINUTE)), Err(TokenError));
        let grant = EventGrant { user, event: EventId::random(), password_version: 3 };
        let event = tokens.event(grant, NOW);
        assert_eq!(tokens.read_event(&event, NOW), Ok(grant));
        assert_eq!(tokens.read_event(&event, NOW.plus(EVENT_TOKEN)), Err(TokenError));
        // A token of another type: the secrets differ, and even with equal secrets the types do.
        for token in [&refresh, &event] {
            assert_eq!(tokens.read_access(token, NOW), Err(TokenError));
        }
        let same = Tokens::new(&[9; 32], &[9; 32], &[9; 32]);
        let refresh = same.refresh(user, session, &id, times);
        assert_eq!(same.read_access(&refresh, NOW), Err(TokenError));
        assert!(tokens.is_access(&access) && !tokens.is_access(&event) && !same.is_access(&refresh));
    }

    #[test]
    fn forged_tokens_are_rejected() {
        let (tokens, other) = (tokens(1), tokens(7));
        let (user, session) = (UserId::random(), SessionId::random());
        let access = other.access(user, session, NOW, MINUTE);
        assert_eq!(tokens.read_access(&access, NOW), Err(TokenError));
        let valid = tokens.access(user, session, NOW, MINUTE);
        let parts: Vec<&str> = valid.split('.').collect();
        // {"alg":"none","typ":"JWT"}
        let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", parts[1]);
        let cut = format!("{}.{}.", parts[0], parts[1]);
        for forged in [none.as_str(), cut.as_str(), "", "x", "a.b.c"] {
            assert_eq!(tokens.read_access(forged, NOW), Err(TokenError), "{forged}");
        }
    }
}
