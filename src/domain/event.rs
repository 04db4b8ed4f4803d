//! An event and its share code.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{DownloadSize, EventId, Metadata, TimeZone, Timestamp, UserId, Visibility, random_bytes};

/// A gathering whose photos are searched together, and never together with another event's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Public number.
    pub id: EventId,
    /// The name shown to people.
    pub name: String,
    /// The secret part of the guests' link.
    pub share_code: ShareCode,
    /// PHC string (argon2id) of the password that guests need; `None` if the link is enough.
    pub password_hash: Option<String>,
    /// Incremented by every change of the password, which revokes earlier access.
    pub password_version: u32,
    /// The owner; `None` for an event created on the command line before there was an admin.
    pub owner_id: Option<UserId>,
    /// Free text.
    pub description: Option<String>,
    /// When the event takes place.
    pub date: Option<Timestamp>,
    /// Where it takes place.
    pub time_zone: TimeZone,
    /// When it was closed: only the owner has access, and no photos are accepted. `None` while it is open.
    pub closed_at: Option<Timestamp>,
    /// Which photos a guest sees.
    pub visibility: Visibility,
    /// What guests may download.
    pub download: DownloadSize,
    /// What downloaded originals say about themselves.
    pub original_metadata: Metadata,
    /// Whether guests may search with a face that they tap in a photo.
    pub tap_search: bool,
    /// Where its guests are sent: the address of another FotoTa that has the event now. `None`: it is here.
    pub moved_to: Option<String>,
    /// When it is deleted automatically, with everything in it.
    pub delete_at: Option<Timestamp>,
    /// When its faces are deleted automatically, and with them the face search; `None`: together with the photos.
    pub faces_delete_at: Option<Timestamp>,
    /// When its faces were deleted: nobody is looked for in its photos any more.
    pub faces_deleted_at: Option<Timestamp>,
    /// Name of the photographer, shown to guests.
    pub photographer: Option<String>,
    /// Link to the photographer: an `https:`, `http:`, `mailto:` or `tel:` URL.
    pub photographer_link: Option<String>,
    /// Whether the wall is paused.
    pub wall_paused: bool,
    /// Creation time.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
}

impl Event {
    /// A new event with a random id and share code.
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
            time_zone: TimeZone::of_computer(),
            closed_at: None,
            visibility: Visibility::All,
            download: DownloadSize::Original,
            original_metadata: Metadata::Copyright,
            tap_search: false,
            moved_to: None,
            delete_at: None,
            faces_delete_at: None,
            faces_deleted_at: None,
            photographer: None,
            photographer_link: None,
            wall_paused: false,
            created_at: now,
            updated_at: now,
        }
    }

    /// Ends its faces at the end of a day, so long after the event, or after it was created if that is later; no later
    /// than its photos.
    pub fn keep_faces_for(&mut self, time: Duration) {
        let created = self.time_zone.local_time(self.created_at);
        let from = self.date.map_or(created, |date| date.max(created));
        self.faces_delete_at = Some(self.time_zone.end_of_day(from.plus(time)));
        self.end_faces_with_photos();
    }

    /// Faces never stay longer than the photos that they are in.
    pub fn end_faces_with_photos(&mut self) {
        if let (Some(faces), Some(photos)) = (self.faces_delete_at, self.delete_at) {
            self.faces_delete_at = Some(faces.min(photos));
        }
    }

    /// Moves the event to another time zone: its last days stay the same days there.
    pub fn move_to(&mut self, zone: TimeZone) {
        for end in [&mut self.delete_at, &mut self.faces_delete_at] {
            *end = end.map(|at| zone.moment_of(self.time_zone.local_time(at)));
        }
        self.time_zone = zone;
    }

    /// Sets or removes the password. Guests who entered with the old one lose access.
    pub fn set_password(&mut self, hash: Option<String>) {
        self.password_hash = hash;
        self.password_version += 1;
    }
}

/// Crockford's base 32 in lower case: without `i`, `l`, `o`, `u`, so that a code can be read aloud.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A code of one character for each byte, 5 bits of it.
#[must_use]
pub fn readable_code(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

/// 16 characters of base 32: 80 random bits, too many to guess over a network.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ShareCode(String);

impl ShareCode {
    /// A new random code.
    #[must_use]
    pub fn random() -> Self {
        Self(readable_code(&random_bytes::<16>()))
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

    #[test]
    fn faces_end_some_days_after_the_event_in_its_zone_and_never_after_its_photos() {
        let time = |text| Timestamp::parse(text).unwrap();
        let mut event = Event::new("Party".into(), None, time("2026-11-30T20:00:00Z"));
        event.time_zone = TimeZone::named("Asia/Jakarta").unwrap();
        let day = Duration::from_hours(24);
        event.keep_faces_for(day);
        // It was created on the first of December there.
        assert_eq!(event.faces_delete_at, Some(time("2026-12-02T16:59:59Z")));
        event.date = Some(time("2026-12-24"));
        event.keep_faces_for(day * 2);
        assert_eq!(event.faces_delete_at, Some(time("2026-12-26T16:59:59Z")));
        event.delete_at = Some(time("2026-12-25T16:59:59Z"));
        event.end_faces_with_photos();
        assert_eq!(event.faces_delete_at, event.delete_at);
        event.move_to(TimeZone::named("Europe/Berlin").unwrap());
        assert_eq!(event.delete_at, Some(time("2026-12-25T22:59:59Z")));
        assert_eq!(event.faces_delete_at, event.delete_at);
    }
}
