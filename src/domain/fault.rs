//! What can be wrong with a stored file.

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
        /// It is no picture, or not a whole one.
        Damaged => "damaged",
    }
}

impl Fault {
    /// For people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Missing => "is missing",
            Self::Changed => "is not what was received",
            Self::Unreadable => "cannot be read from the disk",
            Self::Damaged => "is no whole picture",
        }
    }
}
