//! The rules for ID tokens, on tokens signed here.

use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::id_token::{Expected, verify};
use super::keys::KeySet;
use super::{Identity, Refusal};
use crate::domain::{Timestamp, random_bytes};

const ISSUER: &str = "https://id.example";
const NOW: i64 = 1_800_000_000;

/// PKCS 8 around the 32 bytes of an Ed25519 key (RFC 8410) and of a P-256 key (RFC 5915 without the public key).
const ED25519: &[u8] = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
const P256: &[u8] =
    b"\x30\x41\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\
    \x01\x07\x04\x27\x30\x25\x02\x01\x01\x04\x20";

struct Signer {
    key: EncodingKey,
    algorithm: Algorithm,
    kid: &'static str,
}

impl Signer {
    fn new(algorithm: Algorithm, kid: &'static str) -> Self {
        let key = match algorithm {
            Algorithm::ES256 => EncodingKey::from_ec_der(&[P256, &random_bytes::<32>()].concat()),
            _ => EncodingKey::from_ed_der(&[ED25519, &random_bytes::<32>()].concat()),
        };
        Self { key, algorithm, kid }
    }

    fn public(&self) -> Jwk {
        let mut key = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        key.common.key_id = Some(self.kid.to_owned());
        key
    }

    fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.kid.to_owned());
        encode(&header, claims, &self.key).unwrap()
    }
}

fn key_set(keys: &[Jwk]) -> KeySet {
    KeySet::parse(&serde_json::to_vec(&json!({ "keys": keys })).unwrap()).unwrap()
}

fn claims(changes: &Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "aud": "web", "sub": "7", "exp": NOW + 600, "iat": NOW - 5, "nonce": "n",
        "email": "ann@example.com", "email_verified": true,
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

fn check(token: &str, keys: &KeySet, issuer: &str, nonce: Option<&str>) -> Result<Identity, Refusal> {
    let now = Timestamp::from_unix_ms(NOW * 1000);
    let expected = Expected { issuer, audiences: &["web", "app"], nonce, now };
    verify(token, keys, &expected)?.identity(issuer)
}

#[test]
fn keys_verify_only_their_own_tokens() {
    for algorithm in [Algorithm::EdDSA, Algorithm::ES256] {
        let signer = Signer::new(algorithm, "a");
        let token = signer.sign(&claims(&json!({})));
        let identity = check(&token, &key_set(&[signer.public()]), ISSUER, Some("n")).unwrap();
        assert_eq!((identity.subject.as_str(), identity.issuer.as_str()), ("7", ISSUER));

        let stranger = Signer::new(algorithm, "a");
        assert_eq!(check(&token, &key_set(&[stranger.public()]), ISSUER, None), Err(Refusal::Signature));
        let renamed = Signer::new(algorithm, "b");
        assert_eq!(check(&token, &key_set(&[renamed.public()]), ISSUER, None), Err(Refusal::UnknownKey));
        let other_kind = match algorithm {
            Algorithm::ES256 => Signer::new(Algorithm::EdDSA, "a"),
            _ => Signer::new(Algorithm::ES256, "a"),
        };
        assert_eq!(check(&token, &key_set(&[other_kind.public()]), ISSUER, None), Err(Refusal::Signature));
        let mut for_encryption = signer.public();
        for_encryption.common.public_key_use = Some(PublicKeyUse::Encryption);
        assert_eq!(check(&token, &key_set(&[for_encryption]), ISSUER, None), Err(Refusal::Signature));
    }
}

#[test]
fn a_token_without_key_id_needs_the_only_key() {
    let (one, other) = (Signer::new(Algorithm::EdDSA, "a"), Signer::new(Algorithm::EdDSA, "b"));
    let token = encode(&Header::new(Algorithm::EdDSA), &claims(&json!({})), &one.key).unwrap();
    let ec = Signer::new(Algorithm::ES256, "c").public();
    assert!(check(&token, &key_set(&[ec, one.public()]), ISSUER, None).is_ok());
    let both = key_set(&[one.public(), other.public()]);
    assert_eq!(check(&token, &both, ISSUER, None), Err(Refusal::UnknownKey));
}

#[test]
fn unsigned_and_hmac_tokens_are_rejected() {
    let signer = Signer::new(Algorithm::EdDSA, "a");
    let keys = key_set(&[signer.public()]);
    let good = signer.sign(&claims(&json!({})));
    let (_, rest) = good.split_once('.').unwrap();
    let (payload, _) = rest.split_once('.').unwrap();
    // The header {"alg":"none"}, and {"alg":"none","kid":"a"}.
    for header in ["eyJhbGciOiJub25lIn0", "eyJhbGciOiJub25lIiwia2lkIjoiYSJ9"] {
        for signature in ["", "AAAA"] {
            let token = format!("{header}.{payload}.{signature}");
            assert_eq!(check(&token, &keys, ISSUER, None), Err(Refusal::Malformed));
        }
    }
    // The public key as a shared secret: an old mistake of verifiers.
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("a".to_owned());
    let public = serde_json::to_value(signer.public()).unwrap();
    let secret = EncodingKey::from_secret(public["x"].as_str().unwrap().as_bytes()).unwrap();
    let token = encode(&header, &claims(&json!({})), &secret).unwrap();
    assert_eq!(check(&token, &keys, ISSUER, None), Err(Refusal::Malformed));
    for broken in ["", "a", "a.b", "a.b.c", "a.b.c.d", good.trim_end_matches(char::is_alphanumeric)] {
        assert!(check(broken, &keys, ISSUER, None).is_err(), "{broken}");
    }
    let mut critical = Header::new(Algorithm::EdDSA);
    (critical.kid, critical.crit) = (Some("a".to_owned()), Some(vec!["exp".to_owned()]));
    let token = encode(&critical, &claims(&json!({})), &signer.key).unwrap();
    assert_eq!(check(&token, &keys, ISSUER, None), Err(Refusal::Malformed));
}

#[test]
fn a_changed_claim_breaks_the_signature() {
    let signer = Signer::new(Algorithm::EdDSA, "a");
    let keys = key_set(&[signer.public()]);
    let (good, other) = (signer.sign(&claims(&json!({}))), signer.sign(&claims(&json!({"sub": "8"}))));
    let part = |token: &str, index: usize| token.split('.').nth(index).unwrap().to_owned();
    let mixed = format!("{}.{}.{}", part(&good, 0), part(&other, 1), part(&good, 2));
    assert_eq!(check(&mixed, &keys, ISSUER, None), Err(Refusal::Signature));
}

#[test]
fn claims_are_checked_one_by_one() {
    let signer = Signer::new(Algorithm::EdDSA, "a");
    let keys = key_set(&[signer.public()]);
    let outcome =
        |changes: Value| check(&signer.sign(&claims(&changes)), &keys, ISSUER, Some("n")).map(|_| ());
    for (changes, expected) in [
        (json!({"iss": "https://id.example/"}), Err(Refusal::Issuer)),
        (json!({"iss": "https://accounts.google.com"}), Err(Refusal::Issuer)),
        (json!({"aud": "other"}), Err(Refusal::Audience)),
        (json!({"aud": []}), Err(Refusal::Audience)),
        (json!({"aud": "app"}), Ok(())),
        (json!({"aud": ["web"]}), Ok(())),
        (json!({"aud": "web", "azp": "android"}), Ok(())),
        (json!({"aud": ["other", "web"], "azp": "web"}), Ok(())),
        (json!({"aud": ["other", "web"], "azp": "other"}), Err(Refusal::Audience)),
        (json!({"aud": ["other", "web"]}), Err(Refusal::Audience)),
        (json!({"exp": NOW - 59}), Ok(())),
        (json!({"exp": NOW - 60}), Err(Refusal::Expired)),
        (json!({"exp": (NOW - 600) as f64 + 0.5}), Err(Refusal::Expired)),
        (json!({"exp": "never"}), Err(Refusal::Malformed)),
        (json!({"exp": null}), Err(Refusal::Malformed)),
        (json!({"iat": NOW + 240}), Ok(())),
        (json!({"iat": NOW + 360}), Err(Refusal::NotYetValid)),
        (json!({"nbf": NOW + 360}), Err(Refusal::NotYetValid)),
        (json!({"nonce": "m"}), Err(Refusal::Nonce)),
        (json!({"nonce": null}), Err(Refusal::Nonce)),
        (json!({"sub": ""}), Err(Refusal::Malformed)),
        (json!({"sub": 7}), Err(Refusal::Malformed)),
        (json!({"email_verified": "true"}), Ok(())),
        (json!({"email_verified": false}), Err(Refusal::EmailUnverified)),
        (json!({"email": null}), Err(Refusal::EmailUnverified)),
    ] {
        assert_eq!(outcome(changes.clone()), expected, "{changes}");
    }
}

#[test]
fn google_has_two_names() {
    let signer = Signer::new(Algorithm::EdDSA, "a");
    let keys = key_set(&[signer.public()]);
    let google = "https://accounts.google.com";
    for iss in [google, "accounts.google.com"] {
        let token = signer.sign(&claims(&json!({ "iss": iss })));
        assert_eq!(check(&token, &keys, google, None).unwrap().issuer, google);
        assert_eq!(check(&token, &keys, ISSUER, None), Err(Refusal::Issuer));
    }
}

#[test]
fn unknown_key_types_are_skipped() {
    let signer = Signer::new(Algorithm::EdDSA, "a");
    let documents = json!({"keys": [
        {"kty": "OKP", "crv": "Ed448", "kid": "a", "x": "AA"}, {"kty": "new", "kid": "z"}, 7, signer.public(),
    ]});
    let keys = KeySet::parse(&serde_json::to_vec(&documents).unwrap()).unwrap();
    assert!(check(&signer.sign(&claims(&json!({}))), &keys, ISSUER, None).is_ok());
    assert!(KeySet::parse(b"{}").is_err());
}
