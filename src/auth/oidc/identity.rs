//! A user's identity as reported by the provider.
//!
//! Invariant: every [`Identity`] has an e-mail address that the provider has verified.

use std::fmt;

use serde::Deserialize;
use url::Url;

use super::Refusal;

/// Longer names are truncated, in characters.
const NAME_CHARS: usize = 200;
/// Longer picture URLs are dropped.
const PICTURE_BYTES: usize = 2048;
/// Maximum length of an e-mail address (RFC 5321).
const EMAIL_BYTES: usize = 254;
/// Maximum length of a subject (OpenID Connect Core, section 2).
const SUBJECT_BYTES: usize = 255;

/// A user of the provider, with a verified e-mail address.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider, as configured.
    pub issuer: String,
    /// The provider's permanent id of the account; e-mail addresses may be reassigned.
    pub subject: String,
    /// Verified; in lower case.
    pub email: String,
    /// Never empty.
    pub name: String,
    /// URL of a picture of the user.
    pub picture: Option<String>,
}

/// Keeps personal data out of logs.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// The claims about a user, in ID tokens and profiles.
#[derive(Deserialize)]
pub(super) struct Profile {
    pub(super) sub: String,
    pub(super) email: Option<String>,
    #[serde(default, deserialize_with = "verified")]
    email_verified: bool,
    name: Option<String>,
    picture: Option<String>,
}

/// A boolean; some providers, and some of Google's endpoints, send it as a string.
fn verified<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(value == true || value == "true")
}

impl Profile {
    /// Checks the claims.
    pub(super) fn identity(self, issuer: &str) -> Result<Identity, Refusal> {
        if self.sub.is_empty() || self.sub.len() > SUBJECT_BYTES {
            return Err(Refusal::Malformed);
        }
        let email = self.email.filter(|email| self.email_verified && is_email(email));
        let email = email.ok_or(Refusal::EmailUnverified)?.to_lowercase();
        let name = self.name.as_deref().map(shown).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| shown(email.split('@').next().unwrap_or_default()));
        let plain = issuer.starts_with("http://");
        let picture = self.picture.filter(|picture| is_picture_url(picture, plain));
        Ok(Identity { issuer: issuer.to_owned(), subject: self.sub, email, name, picture })
    }
}

fn is_email(text: &str) -> bool {
    let parts = text.split_once('@').filter(|(local, domain)| !local.is_empty() && !domain.is_empty());
    parts.is_some_and(|(_, domain)| !domain.contains('@'))
        && text.len() <= EMAIL_BYTES
        && !text.contains(|c: char| c.is_control() || c.is_whitespace())
}

fn shown(name: &str) -> String {
    let printable: String = name.chars().filter(|c| !c.is_control()).collect();
    let cut: String = printable.trim().chars().take(NAME_CHARS).collect();
    cut.trim_end().to_owned()
}

fn is_picture_url(text: &str, plain: bool) -> bool {
    let scheme = Url::parse(text).ok().map(|url| url.scheme().to_owned());
    let scheme = scheme.as_deref();
    text.len() <= PICTURE_BYTES && (scheme == Some("https") || (plain && scheme == Some("http")))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ISSUER: &str = "https://id.example";

    fn identity(claims: Value, issuer: &str) -> Result<Identity, Refusal> {
        serde_json::from_value::<Profile>(claims).unwrap().identity(issuer)
    }

    #[test]
    fn an_identity_needs_a_verified_address() {
        for verified in [json!(true), json!("true")] {
            let claims = json!({"sub": "1", "email": "Ann@Example.COM", "email_verified": verified});
            assert_eq!(identity(claims, ISSUER).unwrap().email, "ann@example.com");
        }
        for rejected in [
            json!({"sub": "1", "email": "ann@example.com"}),
            json!({"sub": "1", "email": "ann@example.com", "email_verified": false}),
            json!({"sub": "1", "email": "ann@example.com", "email_verified": "false"}),
            json!({"sub": "1", "email": "ann@example.com", "email_verified": 1}),
            json!({"sub": "1", "email": "ann@example.com", "email_verified": null}),
            json!({"sub": "1", "email_verified": true}),
            json!({"sub": "1", "email": "", "email_verified": true}),
            json!({"sub": "1", "email": "@example.com", "email_verified": true}),
            json!({"sub": "1", "email": "a@b@example.com", "email_verified": true}),
            json!({"sub": "1", "email": "a b@example.com", "email_verified": true}),
        ] {
            assert_eq!(identity(rejected.clone(), ISSUER), Err(Refusal::EmailUnverified), "{rejected}");
        }
    }

    #[test]
    fn names_are_cleaned_and_never_empty() {
        let named = |name: Value| {
            let claims =
                json!({"sub": "1", "email": "ann.lee@example.com", "email_verified": true, "name": name});
            identity(claims, ISSUER).unwrap().name
        };
        assert_eq!(named(json!("  Ann\u{7}\n Lee ")), "Ann Lee");
        assert_eq!(named(json!(" \t ")), "ann.lee");
        assert_eq!(named(json!(null)), "ann.lee");
        assert_eq!(named(json!("é".repeat(300))), "é".repeat(200));
    }

    #[test]
    fn pictures_need_https_unless_the_provider_has_none() {
        let picture = |address: &str, issuer: &str| {
            let claims =
                json!({"sub": "1", "email": "ann@example.com", "email_verified": true, "picture": address});
            identity(claims, issuer).unwrap().picture.is_some()
        };
        assert!(picture("https://pictures.example/1.jpg", ISSUER));
        assert!(picture("http://pictures.example/1.jpg", "http://192.168.1.5:3000"));
        for rejected in
            ["http://pictures.example/1.jpg", "javascript:alert(1)", "data:image/png;base64,", "x"]
        {
            assert!(!picture(rejected, ISSUER), "{rejected}");
        }
    }

    #[test]
    fn debug_output_hides_personal_data() {
        let claims = json!({"sub": "secret", "email": "ann@example.com", "email_verified": true});
        let shown = format!("{:?}", identity(claims, ISSUER).unwrap());
        assert!(!shown.contains("ann") && !shown.contains("secret"), "{shown}");
    }
}
