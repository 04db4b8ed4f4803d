//! The second factor of an account: a code of an authenticator app, or one of its recovery codes. A copy of the
//! database helps to neither: secrets are sealed, and recovery codes hashed, with keys of the data folder.

mod totp;

use hmac::{Hmac, Mac};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::Sha256;

use super::signed_urls::keyed;
use crate::domain::{Digest, UserId, random_bytes, readable_code};
use crate::store::{SecretName, Store, StoreError};

pub use totp::TotpSecret;

/// Codes that an account gets at once.
pub const RECOVERY_CODES: usize = 10;
/// Of a recovery code: 60 random bits.
const RECOVERY_CHARS: usize = 12;

/// Seals secrets, and hashes recovery codes.
pub struct SecondFactors {
    /// For secrets.
    seal: LessSafeKey,
    /// For recovery codes.
    recovery: [u8; 32],
}

impl SecondFactors {
    /// Derives the keys from the data folder's secret.
    ///
    /// # Errors
    /// If the secret cannot be read or created.
    pub fn load(store: &Store) -> Result<Self, StoreError> {
        Self::derive(&store.secret(SecretName::Accounts)?)
    }

    fn derive(secret: &[u8]) -> Result<Self, StoreError> {
        // Changing the texts would lock accounts out.
        let derived = |purpose: &str| -> [u8; 32] {
            keyed(secret).chain_update(purpose).finalize().into_bytes().into()
        };
        let key = UnboundKey::new(&CHACHA20_POLY1305, &derived("secrets of second factors"));
        let key = key.map_err(|_| StoreError::Corrupt { what: "secret of the accounts" })?;
        Ok(Self { seal: LessSafeKey::new(key), recovery: derived("recovery codes") })
    }

    /// The secret as the database keeps it, for this account only.
    ///
    /// # Errors
    /// If the cipher fails.
    pub fn seal(&self, user: UserId, secret: &TotpSecret) -> Result<Vec<u8>, StoreError> {
        let nonce: [u8; NONCE_LEN] = random_bytes();
        let mut bytes = secret.0.to_vec();
        self.seal
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound_to(user), &mut bytes)
            .map_err(|_| StoreError::Corrupt { what: "secret of a second factor" })?;
        Ok([&nonce[..], &bytes].concat())
    }

    /// The secret that was sealed for this account.
    ///
    /// # Errors
    /// If it was not sealed with this data folder's key, or for another account.
    pub fn open(&self, user: UserId, sealed: &[u8]) -> Result<TotpSecret, StoreError> {
        let corrupt =
            || StoreError::Corrupt { what: "second factor: `secrets/accounts.key` does not open it" };
        let (nonce, bytes) = sealed.split_at_checked(NONCE_LEN).ok_or_else(corrupt)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| corrupt())?;
        let mut bytes = bytes.to_vec();
        let opened = self.seal.open_in_place(nonce, bound_to(user), &mut bytes).map_err(|_| corrupt())?;
        <[u8; totp::SECRET_BYTES]>::try_from(&*opened).map(TotpSecret).map_err(|_| corrupt())
    }

    /// What the database keeps of a recovery code, however it is written.
    #[must_use]
    pub fn recovery_hash(&self, user: UserId, code: &str) -> Digest {
        let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
        let mac: Hmac<Sha256> =
            keyed(&self.recovery).chain_update(format!("{user}\n{}", code.to_ascii_lowercase()));
        Digest(mac.finalize().into_bytes().into())
    }
}

/// New recovery codes, in groups of four characters.
#[must_use]
pub fn new_recovery_codes() -> Vec<String> {
    let code = |_| {
        let code = readable_code(&random_bytes::<RECOVERY_CHARS>());
        format!("{}-{}-{}", &code[..4], &code[4..8], &code[8..])
    };
    (0..RECOVERY_CODES).map(code).collect()
}

fn bound_to(user: UserId) -> Aad<[u8; 8]> {
    Aad::from(user.as_i64().to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_for_its_account_and_folder_only() {
        let keys = |byte: u8| SecondFactors::derive(&[byte; 32]).unwrap();
        let (user, secret) = (UserId::random(), TotpSecret::random());
        let sealed = keys(7).seal(user, &secret).unwrap();
        assert!(keys(7).open(user, &sealed).unwrap() == secret);
        assert!(!sealed.windows(8).any(|bytes| bytes == &secret.0[..8]), "the secret is not readable");
        assert_ne!(keys(7).seal(user, &secret).unwrap(), sealed, "equal secrets are not seen to be equal");
        assert!(keys(7).open(UserId::random(), &sealed).is_err());
        assert!(keys(8).open(user, &sealed).is_err());
        for broken in [&sealed[..5], &sealed[..sealed.len() - 1], &[]] {
            assert!(keys(7).open(user, broken).is_err());
        }
    }

    #[test]
    fn recovery_codes_differ_and_are_read_as_people_type_them() {
        let codes = new_recovery_codes();
        let (keys, user) = (SecondFactors::derive(&[7; 32]).unwrap(), UserId::random());
        let mut hashes: Vec<Digest> = codes.iter().map(|code| keys.recovery_hash(user, code)).collect();
        let typed = format!(" {} ", codes[0].to_uppercase().replace('-', " "));
        assert_eq!(keys.recovery_hash(user, &typed), hashes[0]);
        assert_ne!(keys.recovery_hash(UserId::random(), &codes[0]), hashes[0]);
        hashes.sort_unstable_by_key(|hash| hash.0);
        hashes.dedup();
        assert_eq!(hashes.len(), RECOVERY_CODES);
        assert!(codes.iter().all(|code| code.len() == 14), "{codes:?}");
    }
}
