//! What studio accounts did: entries of the audit log.

use super::{EventId, Timestamp, UserId};

/// Lists the actions once: name and text.
macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// What an account did, or tried to do. A closed list; texts never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum AuditAction {
            $($(#[$doc])* $name,)*
        }

        impl AuditAction {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// As the database and programs know it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

actions! {
    /// With a password.
    SignIn => "account.sign_in",
    /// With an OpenID provider.
    ProviderSignIn => "account.sign_in_provider",
    /// Ended a session.
    SignOut => "account.sign_out",
    /// Created an account.
    AccountCreate => "account.create",
    /// Deleted the own account.
    AccountDelete => "account.delete",
    /// Granted admin rights.
    AccountPromote => "account.promote",
    /// Revoked admin rights.
    AccountDemote => "account.demote",
    /// Blocked sign-in.
    AccountDisable => "account.disable",
    /// Unblocked sign-in.
    AccountEnable => "account.enable",
    /// Set another password.
    PasswordSet => "account.password",
    /// Printed an access token.
    TokenPrint => "account.token",
    /// Turned on two-step verification.
    SecondFactorOn => "second_factor.on",
    /// Turned it off.
    SecondFactorOff => "second_factor.off",
    /// New recovery codes.
    RecoveryCodes => "second_factor.recovery_codes",
    /// Rotated secrets of the data folder.
    SecretsRotate => "secrets.rotate",
    /// Created an event.
    EventCreate => "event.create",
    /// Changed an event.
    EventChange => "event.change",
    /// Deleted an event.
    EventDelete => "event.delete",
    /// Sent photos.
    PhotoUpload => "photo.upload",
    /// Deleted an unfinished upload.
    UploadDelete => "upload.delete",
    /// Hid or showed photos, or changed them otherwise.
    PhotoChange => "photo.change",
    /// Deleted a photo.
    PhotoDelete => "photo.delete",
    /// Chose a version of a photo.
    VersionChoose => "photo.version",
    /// Set the watermark.
    WatermarkSet => "watermark.set",
    /// Deleted the watermark.
    WatermarkDelete => "watermark.delete",
    /// Turned grouping of faces on or off.
    PeopleTurn => "people.turn",
    /// Named a person.
    PersonCreate => "person.create",
    /// Named a person otherwise.
    PersonRename => "person.rename",
    /// Deleted a person.
    PersonDelete => "person.delete",
    /// Corrected which faces are a person's.
    PersonCorrect => "person.correct",
    /// Joined two people.
    PersonMerge => "person.merge",
    /// Gave a portrait.
    PersonPortrait => "person.portrait",
    /// Added a source of photos.
    SourceCreate => "source.create",
    /// Changed a source of photos.
    SourceChange => "source.change",
    /// Removed a source of photos.
    SourceDelete => "source.delete",
    /// Set cameras' clock offsets.
    ClockSet => "clock.set",
    /// Said that the computer's clock is right, after it had jumped.
    ComputerClockConfirm => "clock.confirm",
    /// Created an invitation.
    InvitationCreate => "invitation.create",
    /// Chose the guests' address.
    AddressChoose => "address.choose",
    /// Started a rehearsal.
    RehearsalStart => "rehearsal.start",
    /// Stopped a rehearsal.
    RehearsalStop => "rehearsal.stop",
}

/// By what means an account acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditVia {
    /// A page of the studio.
    Browser,
    /// An access token.
    App,
    /// The command line, on the server's computer.
    Command,
}

impl AuditVia {
    /// As the database and programs know it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::App => "app",
            Self::Command => "command",
        }
    }
}

/// One thing that an account did. Equal ones within a short time are one entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Audited {
    /// Who did it, or whose account it was about on the command line; `None`: nobody that is known.
    pub user: Option<UserId>,
    /// How.
    pub via: AuditVia,
    /// What.
    pub action: AuditAction,
    /// In which event.
    pub event: Option<EventId>,
    /// The photo, source or person.
    pub object: Option<i64>,
    /// Why it was refused, as an error code; `None`: it was done.
    pub refusal: Option<&'static str>,
    /// The client network that it came from.
    pub network: Option<String>,
}

impl Audited {
    /// Something done on the command line to an account.
    #[must_use]
    pub fn by_command(action: AuditAction, user: Option<UserId>) -> Self {
        let via = AuditVia::Command;
        Self { user, via, action, event: None, object: None, refusal: None, network: None }
    }
}

/// An entry of the audit log, as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Newer entries have larger numbers.
    pub id: i64,
    /// When it was done first, and last.
    pub at: (Timestamp, Timestamp),
    /// How often.
    pub times: u32,
    /// Who did it.
    pub user: Option<UserId>,
    /// The login or e-mail address of that account; `None` if it was deleted, or has neither.
    pub login: Option<String>,
    /// How: text of an [`AuditVia`].
    pub via: String,
    /// What: text of an [`AuditAction`].
    pub action: String,
    /// In which event.
    pub event: Option<EventId>,
    /// Name of that event; `None` if it was deleted.
    pub event_name: Option<String>,
    /// The photo, source or person.
    pub object: Option<i64>,
    /// Why it was refused; `None`: it was done.
    pub refusal: Option<String>,
    /// Where it came from.
    pub network: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_text_of_its_own() {
        let mut texts: Vec<&str> = AuditAction::ALL.iter().map(|action| action.as_str()).collect();
        let count = texts.len();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), count);
    }
}
