//! Addresses that open one picture for a while: image tags and apps need no header for them.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::TokenError;
use crate::domain::{Digest, Timestamp};
use crate::store::{SecretName, Store, StoreError};

/// Addresses change so often, and not at every listing: a browser finds the pictures in its cache.
const STEP: Duration = Duration::from_mins(30);

/// Signs and checks addresses.
pub struct Links {
    key: [u8; 32],
}

impl Links {
    /// With the secret of a data folder.
    ///
    /// # Errors
    /// When it cannot be read or made.
    pub fn load(store: &Store) -> Result<Self, StoreError> {
        // A key of its own, so that a signature of an address is never one of a token.
        let mac = keyed(&store.secret(SecretName::Event)?).chain_update(b"addresses of pictures");
        Ok(Self { key: mac.finalize().into_bytes().into() })
    }

    /// The query that opens `path` (without query), good for 30 to 60 minutes. `scope` is what must not have changed
    /// when it is used: a version of a password, say.
    #[must_use]
    pub fn sign(&self, path: &str, scope: &str, now: Timestamp) -> String {
        let step = i64::try_from(STEP.as_secs()).unwrap_or(i64::MAX);
        let expires = (now.unix_s().div_euclid(step) + 2) * step;
        format!("exp={expires}&sig={}", Digest(self.mac(path, scope, expires).finalize().into_bytes().into()))
    }

    /// Whether a query opens `path`.
    ///
    /// # Errors
    /// When it does not, or no longer.
    pub fn check(
        &self,
        path: &str,
        scope: &str,
        (expires, signature): (i64, &str),
        now: Timestamp,
    ) -> Result<(), TokenError> {
        let signature = from_hex(signature).ok_or(TokenError)?;
        self.mac(path, scope, expires).verify_slice(&signature).map_err(|_| TokenError)?;
        if now.unix_s() < expires { Ok(()) } else { Err(TokenError) }
    }

    fn mac(&self, path: &str, scope: &str, expires: i64) -> Hmac<Sha256> {
        // No part can be taken for another: neither a path nor a scope has a line break.
        keyed(&self.key).chain_update(format!("{path}\n{scope}\n{expires}"))
    }
}

pub(super) fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let whole = digits.len() == 64 && digits.iter().all(u8::is_ascii_hexdigit);
    let pairs = digits.chunks_exact(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok());
    if whole { pairs.collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_opens_its_picture_for_a_while() {
        let links = Links { key: [7; 32] };
        let now = Timestamp::from_unix_ms(1_800_000_123_000);
        let query = links.sign("/media/photos/1/preview.jpg", "3", now);
        let (expires, signature) = query.strip_prefix("exp=").unwrap().split_once("&sig=").unwrap();
        let expires: i64 = expires.parse().unwrap();
        let check = |path, scope, given, now| links.check(path, scope, given, now);
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
