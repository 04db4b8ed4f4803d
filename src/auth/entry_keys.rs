//! Keys that stand in links in place of an event's password: the same ones for as long as the password is.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::links::keyed;
use crate::domain::{Digest, Event};
use crate::store::{SecretName, Store, StoreError};

/// Of the HMAC, so many bytes stand in a link: beyond guessing over a network, and short enough for a small QR code.
const KEY_BYTES: usize = 16;

/// Makes and compares keys of events.
pub struct EntryKeys {
    /// Lets guests in.
    entry: [u8; 32],
    /// Shows the live wall.
    wall: [u8; 32],
}

impl EntryKeys {
    /// With the secret of a data folder.
    ///
    /// # Errors
    /// When it cannot be read or made.
    pub fn load(store: &Store) -> Result<Self, StoreError> {
        Ok(Self::derive(&store.secret(SecretName::Event)?))
    }

    fn derive(secret: &[u8]) -> Self {
        // A key of its own for each purpose: what opens one thing opens no other.
        let derived = |purpose: &str| keyed(secret).chain_update(purpose).finalize().into_bytes().into();
        Self { entry: derived("entry into events"), wall: derived("walls of events") }
    }

    /// Lets guests into the event, until its password changes.
    #[must_use]
    pub fn key(&self, event: &Event) -> String {
        text(mac(&self.entry, event))
    }

    /// Whether a text is that key.
    #[must_use]
    pub fn opens(&self, event: &Event, given: &str) -> bool {
        fits(mac(&self.entry, event), given)
    }

    /// Shows the event's live wall, until its password changes.
    #[must_use]
    pub fn wall_key(&self, event: &Event) -> String {
        text(mac(&self.wall, event))
    }

    /// Whether a text is that key.
    #[must_use]
    pub fn opens_wall(&self, event: &Event, given: &str) -> bool {
        fits(mac(&self.wall, event), given)
    }
}

fn mac(key: &[u8; 32], event: &Event) -> Hmac<Sha256> {
    keyed(key).chain_update(format!("{}\n{}", event.id, event.password_version))
}

fn text(mac: Hmac<Sha256>) -> String {
    Digest(mac.finalize().into_bytes().into()).to_string()[..2 * KEY_BYTES].to_owned()
}

/// Takes as long for a nearly right key as for a wrong one.
fn fits(mac: Hmac<Sha256>, given: &str) -> bool {
    let given = given.as_bytes();
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = given.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?));
    let bytes: Option<Vec<u8>> = if given.len() == 2 * KEY_BYTES { pairs.collect() } else { None };
    bytes.is_some_and(|bytes| mac.verify_truncated_left(&bytes).is_ok())
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
        // Neither opens what the other opens, nor another event, nor in another folder.
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
