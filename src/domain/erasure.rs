//! What was erased, when and why: the entries of a record that outlives what it is about.

use super::sharing::text_enum;
use super::{Digest, Timestamp, UserId};

text_enum! {
    /// What an entry of the record is about.
    ErasureKind {
        /// An event with everything in it.
        Event => "event",
        /// The faces of an event and the names of its people; its photos stay.
        Faces => "faces",
        /// An account with everything that hung on it.
        Account => "account",
        /// A stored selfie with its face code.
        Selfie => "selfie",
        /// Drive searches with the copies of the pictures that they found, and faces of Drive folders.
        Drive => "drive",
        /// Nothing was erased: the database was replaced by an older one, so later entries may be missing, and what
        /// they say was erased may be back.
        Restore => "restore",
    }
}

text_enum! {
    /// Why it was erased.
    ErasureReason {
        /// The date that the owner had set was reached.
        Date => "date",
        /// The owner of the event decided so.
        Owner => "owner",
        /// The user whose account, selfie or search it was decided so.
        User => "user",
        /// Somebody at the command line decided so.
        Admin => "admin",
        /// Nobody had used it for as long as the configuration says.
        Unused => "unused",
        /// It was as old as the configuration lets it become.
        Age => "age",
        /// A backup was restored, or put in place by hand.
        Backup => "backup",
    }
}

/// How much was erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErasedCounts {
    /// Photos.
    pub photos: u64,
    /// Faces, each with its embedding.
    pub faces: u64,
    /// People with a name or a portrait.
    pub people: u64,
    /// Stored selfies.
    pub selfies: u64,
    /// Copies of pictures from Drive folders.
    pub copies: u64,
}

/// An entry of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// From 1, without gaps.
    pub number: u64,
    /// When the rows were deleted.
    pub at: Timestamp,
    /// What.
    pub kind: ErasureKind,
    /// Why.
    pub reason: ErasureReason,
    /// The event as it was called; `None` if the entry is not about an event.
    pub event_name: Option<String>,
    /// The account that owned the event; it may be gone since.
    pub owner_id: Option<UserId>,
    /// How much.
    pub counts: ErasedCounts,
    /// Hash of the entry and of the seal before it; `None` until the files are gone too.
    pub seal: Option<Digest>,
    /// Signature of the seal.
    pub signature: Option<Vec<u8>>,
}
