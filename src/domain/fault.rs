//! What can be wrong with a stored file.

use serde::{Serialize, Serializer};

use super::sharing::text_enum;

text_enum! {
    /// What is wrong with a stored file.
    Fault {
        /// It is not there.
        Missing => "missing",
        /// Its bytes are not those that were stored.
        Changed => "changed",
        /// The disk does not give its bytes.
        Unreadable => "unreadable",
        /// It is not whole: no picture, or no database, that can be read to its end.
        Damaged => "damaged",
    }
}

impl Fault {
    /// For people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Missing => "is missing",
            Self::Changed => "has other bytes than were stored",
            Self::Unreadable => "cannot be read from the disk",
            Self::Damaged => "is damaged",
        }
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
