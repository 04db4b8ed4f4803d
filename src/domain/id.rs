//! Ids: random 53-bit integers, unique across machines and exact as JSON numbers.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::random_bytes;

/// The largest integer that JavaScript represents exactly.
const MAX_ID: i64 = (1 << 53) - 1;

/// The text is not an id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not an id: expected a whole number from 1 to {MAX_ID}")]
pub struct ParseIdError(String);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// A new random id.
            #[must_use]
            pub fn random() -> Self {
                Self(random_id())
            }

            /// From its number; `None` outside `1..=2^53-1`.
            #[must_use]
            pub fn from_i64(value: i64) -> Option<Self> {
                (1..=MAX_ID).contains(&value).then_some(Self(value))
            }

            /// The number, in `1..=2^53-1`.
            #[must_use]
            pub fn as_i64(self) -> i64 {
                self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let number = i64::deserialize(deserializer)?;
                Self::from_i64(number).ok_or_else(|| D::Error::custom(ParseIdError(number.to_string())))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                text.parse().ok().and_then(Self::from_i64).ok_or_else(|| ParseIdError(text.into()))
            }
        }
    };
}

id!(
    /// One event: a wedding, a race, a conference.
    EventId
);
id!(
    /// One photo of an event.
    PhotoId
);
id!(
    /// One face found in a photo.
    FaceId
);
id!(
    /// Where photos of an event come from.
    SourceId
);
id!(
    /// Someone in an event's photos, as its owner knows them.
    PersonId
);

id!(
    /// A person with an account.
    UserId
);
id!(
    /// A sign-in on one device.
    SessionId
);
id!(
    /// A user's stored selfie.
    SelfieId
);
id!(
    /// A user's favourite photo.
    BookmarkId
);
id!(
    /// A resumable upload.
    UploadId
);
id!(
    /// One user's search of a Google Drive folder.
    DriveSearchId
);
id!(
    /// A picture found by such a search.
    DriveMatchId
);

fn random_id() -> i64 {
    loop {
        let id = i64::from_le_bytes(random_bytes()) & MAX_ID;
        if id > 0 {
            return id;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trip() {
        let id = PhotoId::random();
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn ids_beyond_javascript_numbers_are_rejected() {
        for text in ["", "0", "-1", "9007199254740992", "12x", " 1"] {
            assert!(text.parse::<EventId>().is_err(), "{text:?}");
        }
        assert!("9007199254740991".parse::<EventId>().is_ok());
    }
}
