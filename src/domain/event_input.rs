//! What people type for an event, parsed: its name and its password.

use std::fmt;

/// An event's name: trimmed, at most [`EventName::MAX_CHARS`] characters, without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventName(String);

/// Why a text cannot be an event's name.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum EventNameError {
    /// Too short without the white space around it, or too long.
    #[error("the event name needs {min_chars} to {} characters", EventName::MAX_CHARS)]
    Length {
        /// The minimum that applied.
        min_chars: usize,
    },
    /// Line breaks, escapes and the like would garble terminals and pages.
    #[error("the event name contains a control character")]
    ControlCharacter,
}

impl EventName {
    /// Least characters on the command line.
    pub const MIN_CHARS: usize = 1;
    /// Least characters in the HTTP API.
    pub const API_MIN_CHARS: usize = 3;
    /// Most characters.
    pub const MAX_CHARS: usize = 200;

    /// Trims and checks a name; `min_chars` is one of the two minimums above.
    ///
    /// # Errors
    /// If the trimmed name is too short or too long, or contains a control character.
    pub fn parse(text: &str, min_chars: usize) -> Result<Self, EventNameError> {
        let name = text.trim();
        if !(min_chars..=Self::MAX_CHARS).contains(&name.chars().count()) {
            return Err(EventNameError::Length { min_chars });
        }
        if name.chars().any(char::is_control) {
            return Err(EventNameError::ControlCharacter);
        }
        Ok(Self(name.to_owned()))
    }
}

impl From<EventName> for String {
    fn from(name: EventName) -> Self {
        name.0
    }
}

/// A new password of an event, as typed.
#[derive(Clone, PartialEq, Eq)]
pub struct EventPassword(String);

/// The password is too short or too long.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the event password needs {} to {} characters", EventPassword::MIN_CHARS, EventPassword::MAX_CHARS)]
pub struct EventPasswordError;

impl EventPassword {
    /// Least characters.
    pub const MIN_CHARS: usize = 4;
    /// Most characters: hashing time grows with the length.
    pub const MAX_CHARS: usize = 1000;

    /// Checks a password.
    ///
    /// # Errors
    /// If it is too short or too long.
    pub fn parse(text: &str) -> Result<Self, EventPasswordError> {
        let fits = (Self::MIN_CHARS..=Self::MAX_CHARS).contains(&text.chars().count());
        if fits { Ok(Self(text.to_owned())) } else { Err(EventPasswordError) }
    }

    /// The password itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Keeps the password out of logs.
impl fmt::Debug for EventPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(password)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_bounded() {
        let parse = |text: &str, min| EventName::parse(text, min).map(String::from);
        assert_eq!(parse("  Rina & Adi ", 3), Ok("Rina & Adi".to_owned()));
        assert_eq!(parse(" x ", EventName::MIN_CHARS), Ok("x".to_owned()));
        for (text, min_chars) in [(" ", 1), ("xy ", 3), (&"x".repeat(201), 1), (&"x".repeat(201), 3)] {
            assert_eq!(parse(text, min_chars), Err(EventNameError::Length { min_chars }), "{text}");
        }
        assert_eq!(parse(&"é".repeat(200), 3).map(|name| name.chars().count()), Ok(200));
        assert_eq!(parse("a\u{1b}[2J", 1), Err(EventNameError::ControlCharacter));
        let error = EventNameError::Length { min_chars: 3 };
        assert_eq!(error.to_string(), "the event name needs 3 to 200 characters");
    }

    #[test]
    fn passwords_are_bounded_and_not_shown() {
        for fitting in ["abcd", "éééé", " a b", &"x".repeat(1000)] {
            assert_eq!(EventPassword::parse(fitting).unwrap().expose(), fitting);
        }
        for other in ["", "abc", "ééé", &"x".repeat(1001)] {
            assert_eq!(EventPassword::parse(other), Err(EventPasswordError), "{other}");
        }
        assert_eq!(EventPasswordError.to_string(), "the event password needs 4 to 1000 characters");
        assert_eq!(format!("{:?}", EventPassword::parse("abcd")), "Ok((password))");
    }
}
