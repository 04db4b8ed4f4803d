//! Opaque ids: random 53-bit integers, so that they mean the same on every machine and fit a JSON number.

use std::fmt;
use std::str::FromStr;

use super::random_bytes;

/// Ids are at most this, the largest integer that JavaScript holds exactly.
const MAX_ID: i64 = (1 << 53) - 1;

/// A text that is no id.
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

            /// The id whose number is `value`; `None` outside `1..=2^53-1`.
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
    /// Somebody with an account.
    UserId
);
id!(
    /// A user signed in on one device.
    SessionId
);
id!(
    /// The picture a user searches with.
    SelfieId
);
id!(
    /// A photo that a user keeps.
    BookmarkId
);
id!(
    /// A file that is being uploaded in pieces.
    UploadId
);
id!(
    /// One user's search of a Google Drive folder.
    DriveSearchId
);
id!(
    /// A picture that such a search found.
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
    fn refuses_what_javascript_could_not_hold() {
        for text in ["", "0", "-1", "9007199254740992", "12x", " 1"] {
            assert!(text.parse::<EventId>().is_err(), "{text:?}");
        }
        assert!("9007199254740991".parse::<EventId>().is_ok());
    }
}
