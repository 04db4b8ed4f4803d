//! A file in a hot folder, and what it turned out to be; who made a hot folder a source.

use super::sharing::text_enum;

text_enum! {
    /// Who made a hot folder a source.
    SourceOrigin {
        /// The event's owner, in the studio.
        Studio => "studio",
        /// The configuration: it is paused when that names it no more.
        Configuration => "configuration",
        /// `fotota watch`, which watches it itself.
        Command => "command",
    }
}

/// Size and time of a file. While they stay the same, nobody seems to write to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStamp {
    /// Size in bytes.
    pub size_bytes: u64,
    /// Time of the last change, in nanoseconds since 1970; 0 if the system does not say.
    pub modified_ns: i64,
}

/// How a file ended: it is looked at again only when its stamp changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileOutcome {
    /// The event has its bytes, or had them.
    Photo,
    /// It looks like a photo by its name and cannot be one, for this reason.
    Refused(String),
    /// It is something else, such as a description beside a photo.
    Other,
}

/// A file that is settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Within the hot folder.
    pub path: String,
    /// As it was then.
    pub stamp: FileStamp,
    /// What it turned out to be.
    pub outcome: FileOutcome,
}
