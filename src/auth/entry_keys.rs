//! Entry keys and wall keys: parts of links that replace an event's password, until that password changes.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::signed_urls::keyed;
use crate::domain::{Digest, Event};
use crate::store::{SecretName, Store, StoreError};

/// Bytes of the HMAC in a key: too many to guess over a network, few enough for a small QR code.
const KEY_BYTES: usize = 16;

/// Derives and verifies the keys of events.
pub struct EntryKeys {
    /// For keys that let guests in.
    entry: [u8; 32],
    /// For keys that show the wall.
    wall: [u8; 32],
}

impl EntryKeys {
    /// Derives both keys from the data folder's secret.
    ///
    /// # Errors
    /// If the secret cannot be read or created.
    pub fn load(store: &Store) -> Result<Self, StoreError> {
        Ok(Self::derive(&store.secret(SecretName::Event)?))
    }

    fn derive(secret: &[u8]) -> Self {
        // A separate key per purpose. Changing the texts would revoke all keys.
        let derived = |purpose: &str| keyed(secret).chain_update(purpose).finalize().into_bytes().into();
        Self { entry: derived("entry into events"), wall: derived("walls of events") }
    }

    /// The key that lets guests into the event until its password changes.
    #[must_use]
    pub fn key(&self, event: &Event) -> String {
        text(mac(&self.entry, event))
    }

    /// Whether `given` is the event's entry key.
    #[must_use]
    pub fn opens(&self, event: &Event, given: &str) -> bool {
        matches(mac(&self.entry, event), given)
    }

    /// The key that shows the event's wall until its password changes.
    #[must_use]
    pub fn wall_key(&self, event: &Event) -> String {
        text(mac(&self.wall, event))
    }

    /// Whether `given` is the event's wall key.
    #[must_use]
    pub fn opens_wall(&self, event: &Event, given: &str) -> bool {
        matches(mac(&self.wall, event), given)
    }
}

fn mac(key: &[u8; 32], event: &Event) -> Hmac<Sha256> {
    keyed(key).chain_update(format!("{}\n{}", event.id, event.password_version))
}

fn text(mac: Hmac<Sha256>) -> String {
    Digest(mac.finalize().into_bytes().into()).to_string()[..2 * KEY_BYTES].to_owned()
}

/// Compares in constant time.
fn matches(mac: Hmac<Sha256>, given: &str) -> bool {
    let mut bytes = [0; KEY_BYTES];
    base16ct::lower::decode(given, &mut bytes)
        .is_ok_and(|bytes| bytes.len() == KEY_BYTES && mac.verify_truncated_left(bytes).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    #[test]
    fn a_key_opens_its_event_until_the_password_changes() {
        let (keys, other_folder) = (EntryKeys::derive(&[7; 32]), EntryKeys::derive(&[8; 32]));
        let now = Timestamp::from_unix_ms(0);
        let mut event = Event::new("Party".into(), Some("hash".into()), now);
        let other = Event::new("Party".into(), Some("hash".into()), now);
        let (key, wall) = (keys.key(&event), keys.wall_key(&event));
        assert_eq!((key.len(), keys.key(&event)), (32, key.clone()));
        assert!(keys.opens(&event, &key) && keys.opens_wall(&event, &wall));
        // Each key works only for its purpose, event and data folder.
        assert!(!keys.opens(&event, &wall) && !keys.opens_wall(&event, &key));
        assert!(!keys.opens(&other, &key) && !keys.opens_wall(&other, &wall));
        assert!(!other_folder.opens(&event, &key));
        let last = if key.ends_with('0') { '1' } else { '0' };
        let nearly = format!("{}{last}", &key[..31]);
        let upper = key.to_uppercase().replace(char::is_numeric, "A");
        for wrong in
            ["", "00", &key[..30], &format!("{key}00"), &nearly, &upper, &"é".repeat(16), &"+f".repeat(16)]
        {
            assert!(!keys.opens(&event, wrong), "{wrong}");
        }
        event.set_password(Some("hash".into()));
        assert!(!keys.opens(&event, &key) && !keys.opens_wall(&event, &wall));
        assert_ne!(keys.key(&event), key);
    }
}
