//! An event and the code that its guests are given.

use std::fmt;
use std::str::FromStr;

use super::{DownloadSize, EventId, Timestamp, UserId, Visibility, random_bytes};

/// A gathering whose photos are searched together, and never together with another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Public number.
    pub id: EventId,
    /// What people call it.
    pub name: String,
    /// The secret part of the guests' link.
    pub share_code: ShareCode,
    /// PHC string (argon2id) of the password that guests must give; `None` lets the link alone suffice.
    pub password_hash: Option<String>,
    /// Counts the changes of the password: what an older one let in is out.
    pub password_version: u32,
    /// Who may change it; `None` for an event made on the command line before there was an admin.
    pub owner_id: Option<UserId>,
    /// For people.
    pub description: Option<String>,
    /// When the event is.
    pub date: Option<Timestamp>,
    /// Since when nobody but the owner gets in, and no photo is taken in; `None` while it is open.
    pub closed_at: Option<Timestamp>,
    /// Which photos a guest sees.
    pub visibility: Visibility,
    /// What guests may download.
    pub download: DownloadSize,
    /// When it is deleted with all that belongs to it.
    pub delete_at: Option<Timestamp>,
    /// For guests: who took the photos.
    pub photographer: Option<String>,
    /// Where to find them: an `https:`, `http:`, `mailto:` or `tel:` address.
    pub photographer_link: Option<String>,
    /// Whether the live wall stands still.
    pub wall_paused: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Event {
    /// A new event with an id and a share code of its own.
    #[must_use]
    pub fn new(name: String, password_hash: Option<String>, now: Timestamp) -> Self {
        let (id, share_code) = (EventId::random(), ShareCode::random());
        Self {
            id,
            name,
            share_code,
            password_hash,
            password_version: 0,
            owner_id: None,
            description: None,
            date: None,
            closed_at: None,
            visibility: Visibility::All,
            download: DownloadSize::Original,
            delete_at: None,
            photographer: None,
            photographer_link: None,
            wall_paused: false,
            created_at: now,
            updated_at: now,
        }
    }

    /// Sets or takes away the password; whoever the old one let in is out.
    pub fn set_password(&mut self, hash: Option<String>) {
        self.password_hash = hash;
        self.password_version += 1;
    }
}

/// Crockford's base 32 in lower case: no `i`, `l`, `o`, `u`, so that a code can be read aloud.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// 16 characters of base 32: 80 random bits, beyond guessing over a network.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ShareCode(String);

impl ShareCode {
    /// A new random code.
    #[must_use]
    pub fn random() -> Self {
        let symbols = random_bytes::<16>().map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
        Self(symbols.iter().collect())
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ShareCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ShareCode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let valid = text.len() == 16 && text.bytes().all(|byte| ALPHABET.contains(&byte));
        if valid { Ok(Self(text.to_owned())) } else { Err(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_codes_round_trip_and_differ() {
        let code = ShareCode::random();
        assert_eq!(code.as_str().parse(), Ok(code.clone()));
        assert_ne!(code, ShareCode::random());
    }
}
