//! Where photos of an event come from, beside its owner's browser and imports.

use super::sharing::text_enum;
use super::{Digest, EventId, SourceId, Timestamp};

text_enum! {
    /// What a source is.
    SourceKind {
        /// A hot folder on this computer: what is put into it comes in.
        Folder => "folder",
        /// A camera or a program that signs in by FTP.
        Camera => "camera",
        /// Somebody who takes photos too, with a link that lets them upload and nothing else.
        Contributor => "contributor",
        /// Guests of the event.
        Guests => "guests",
    }
}

text_enum! {
    /// What can go wrong with a source. The studio has a sentence for each.
    SourceTrouble {
        /// The folder is not there: a card or drive that was taken out.
        FolderMissing => "folder_missing",
        /// The folder or a file in it cannot be read.
        FolderUnreadable => "folder_unreadable",
        /// A file has rested for minutes without being whole.
        FileIncomplete => "file_incomplete",
        /// A file that is no photo, or too large.
        FileRefused => "file_refused",
        /// A transfer ended before its file did.
        TransferBroken => "transfer_broken",
        /// Somebody tried to sign in with a wrong password.
        WrongPassword => "wrong_password",
        /// The source has brought as many photos as it may.
        Full => "full",
        /// The event is closed.
        EventClosed => "event_closed",
        /// The disk of the data folder is full.
        DiskFull => "disk_full",
        /// The server's own fault.
        Internal => "internal",
    }
}

/// What guests may send into one event, unless its owner says otherwise.
const MAX_OF_GUESTS: u32 = 5000;
/// The same for one guest.
const MAX_PER_GUEST: u32 = 100;

/// A source of an event's photos.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Public number.
    pub id: SourceId,
    /// The event that gets its photos.
    pub event_id: EventId,
    /// What it is.
    pub kind: SourceKind,
    /// As the event's owner calls it.
    pub name: String,
    /// Who takes its photos, if that is neither the event's photographer nor the contributor whom it is named after.
    pub credit: Option<String>,
    /// Path of a folder.
    pub folder: Option<String>,
    /// User name of a camera.
    pub login: Option<String>,
    /// Incremented by every new password or link, which ends the one before.
    pub key_version: u32,
    /// How many photos it may bring.
    pub max_photos: Option<u32>,
    /// How many each guest may send.
    pub max_per_guest: Option<u32>,
    /// Whether its photos wait for the owner's approval.
    pub held: bool,
    /// Whether nothing comes from it for now.
    pub paused: bool,
    /// Its last sign of life.
    pub seen_at: Option<Timestamp>,
    /// What went wrong last, unless it is over.
    pub trouble: Option<Trouble>,
    /// Creation time.
    pub created_at: Timestamp,
}

/// Something that went wrong with a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What.
    pub kind: SourceTrouble,
    /// A file's name, or a reason.
    pub detail: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl Source {
    /// A new source with a random id. Guests have limits, and their photos wait.
    #[must_use]
    pub fn new(event_id: EventId, kind: SourceKind, name: String, now: Timestamp) -> Self {
        let of_guests = kind == SourceKind::Guests;
        Self {
            id: SourceId::random(),
            event_id,
            kind,
            name,
            credit: None,
            folder: None,
            login: None,
            key_version: 0,
            max_photos: of_guests.then_some(MAX_OF_GUESTS),
            max_per_guest: of_guests.then_some(MAX_PER_GUEST),
            held: of_guests,
            paused: false,
            seen_at: None,
            trouble: None,
            created_at: now,
        }
    }
}

/// Where a received file goes, and from whom it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The event that gets the photo.
    pub event_id: EventId,
    /// `None`: the event's owner sends it.
    pub source_id: Option<SourceId>,
    /// Who took it; `None`: the event's photographer.
    pub credit: Option<String>,
    /// The session of the guest who sends it.
    pub sender: Option<Digest>,
}

impl Destination {
    /// Of a file that the event's owner sends or imports.
    #[must_use]
    pub fn of_owner(event_id: EventId) -> Self {
        Self { event_id, source_id: None, credit: None, sender: None }
    }
}

impl Source {
    /// Who took its photos, as guests read it; `None`: the event's photographer.
    #[must_use]
    pub fn credited(&self) -> Option<&str> {
        let own_name = (self.kind == SourceKind::Contributor).then_some(self.name.as_str());
        self.credit.as_deref().or(own_name)
    }
}

impl From<&Source> for Destination {
    fn from(source: &Source) -> Self {
        let credit = source.credited().map(str::to_owned);
        Self { event_id: source.event_id, source_id: Some(source.id), credit, sender: None }
    }
}
