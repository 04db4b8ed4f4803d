//! Signed URLs: each opens one picture until it expires, so that image tags and apps need no header. Signs cookies too.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::TokenError;
use crate::domain::{Digest, Timestamp};
use crate::store::{SecretName, Store, StoreError};

/// URLs change once in this time, not at every listing, so that browsers can cache the pictures.
const STEP: Duration = Duration::from_mins(30);

/// Signs and verifies URLs.
pub struct SignedUrls {
    key: [u8; 32],
}

impl SignedUrls {
    /// Derives the key from the data folder's secret.
    ///
    /// # Errors
    /// If the secret cannot be read or created.
    pub fn load(store: &Store) -> Result<Self, StoreError> {
        // A separate key, so that no signature of a URL is one of a token. Changing the text would revoke all URLs.
        let mac = keyed(&store.secret(SecretName::Event)?).chain_update(b"addresses of pictures");
        Ok(Self { key: mac.finalize().into_bytes().into() })
    }

    /// The query that opens `path` (without query) for 30 to 60 minutes. The signature covers `scope`, a password
    /// version for example: the URL stops working when it changes.
    #[must_use]
    pub fn sign(&self, path: &str, scope: &str, now: Timestamp) -> String {
        let step = i64::try_from(STEP.as_secs()).unwrap_or(i64::MAX);
        let expires = (now.unix_s().div_euclid(step) + 2) * step;
        format!("exp={expires}&sig={}", Digest(self.mac(path, scope, expires).finalize().into_bytes().into()))
    }

    /// Verifies that a query opens `path`.
    ///
    /// # Errors
    /// If the signature is wrong or has expired.
    pub fn check(
        &self,
        path: &str,
        scope: &str,
        (expires, signature): (i64, &str),
        now: Timestamp,
    ) -> Result<(), TokenError> {
        let mut bytes = [0; 32];
        let signature = base16ct::mixed::decode(signature, &mut bytes).map_err(|_| TokenError)?;
        self.mac(path, scope, expires).verify_slice(signature).map_err(|_| TokenError)?;
        if now.unix_s() < expires { Ok(()) } else { Err(TokenError) }
    }

    fn mac(&self, path: &str, scope: &str, expires: i64) -> Hmac<Sha256> {
        // Unambiguous: neither a path nor a scope contains a line break.
        keyed(&self.key).chain_update(format!("{path}\n{scope}\n{expires}"))
    }
}

pub(super) fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_url_opens_its_picture_until_it_expires() {
        let urls = SignedUrls { key: [7; 32] };
        let now = Timestamp::from_unix_ms(1_800_000_123_000);
        let query = urls.sign("/media/photos/1/preview.jpg", "3", now);
        let (expires, signature) = query.strip_prefix("exp=").unwrap().split_once("&sig=").unwrap();
        let expires: i64 = expires.parse().unwrap();
        let check = |path, scope, given, now| urls.check(path, scope, given, now);
        let path = "/media/photos/1/preview.jpg";
        assert_eq!(check(path, "3", (expires, signature), now), Ok(()));
        let lasts = expires - now.unix_s();
        assert!((1800..=3600).contains(&lasts), "{lasts}");
        assert_eq!(check(path, "3", (expires, signature), now.plus(STEP * 2)), Err(TokenError));
        assert_eq!(check("/media/photos/2/preview.jpg", "3", (expires, signature), now), Err(TokenError));
        assert_eq!(check(path, "4", (expires, signature), now), Err(TokenError));
        assert_eq!(check(path, "3", (expires + 1, signature), now), Err(TokenError));
        for forged in ["", "00", "zz", &signature[..62], &"0".repeat(64), "é"] {
            assert_eq!(check(path, "3", (expires, forged), now), Err(TokenError), "{forged}");
        }
    }
}
