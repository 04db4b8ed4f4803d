//! Users and what they keep.

use std::fmt;
use std::str::FromStr;

use super::{BookmarkId, PhotoId, SelfieId, Timestamp, UserId};

/// Maximum length of a person's name, in characters.
const MAX_NAME_CHARS: usize = 200;

/// A person with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Public number.
    pub id: UserId,
    /// The login of a local account.
    pub login: Option<Login>,
    /// In lower case.
    pub email: Option<String>,
    /// The name shown to people.
    pub name: String,
    /// URL of a picture at the user's provider.
    pub picture: Option<String>,
    /// Whether the user may create events.
    pub is_admin: bool,
    /// Whether sign-in is blocked.
    pub is_disabled: bool,
    /// Creation time.
    pub created_at: Timestamp,
}

impl User {
    /// A new account with a random id.
    #[must_use]
    pub fn new(name: String, now: Timestamp) -> Self {
        Self {
            id: UserId::random(),
            login: None,
            email: None,
            name,
            picture: None,
            is_admin: false,
            is_disabled: false,
            created_at: now,
        }
    }

    /// A new local account. If its login is an e-mail address, that is not verified.
    #[must_use]
    pub fn local(login: Login, name: Option<String>, now: Timestamp) -> Self {
        let text = login.as_str();
        let name = name.unwrap_or_else(|| text.split('@').next().unwrap_or(text).to_owned());
        Self { login: Some(login), ..Self::new(name, now) }
    }

    /// A new local account created by an admin, who vouches for its e-mail address.
    #[must_use]
    pub fn vouched_for(login: Login, name: Option<String>, now: Timestamp) -> Self {
        let email = login.email().map(str::to_owned);
        Self { email, ..Self::local(login, name, now) }
    }
}

/// An e-mail address or a user name, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Login(String);

/// The text is not a login.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "expected an e-mail address, or a user name of 3 to 64 letters, digits, dots, dashes and underscores"
)]
pub struct ParseLoginError;

impl Login {
    /// The login as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The login if it is an e-mail address.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|text| text.contains('@'))
    }
}

impl FromStr for Login {
    type Err = ParseLoginError;

    fn from_str(text: &str) -> Result<Self, ParseLoginError> {
        let text = text.trim().to_lowercase();
        let plain =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || ".-_+".contains(c));
        let valid = match text.split_once('@') {
            Some((local, domain)) => {
                plain(local) && plain(domain) && domain.contains('.') && text.len() <= 254
            }
            None => plain(&text) && (3..=64).contains(&text.chars().count()),
        };
        if valid { Ok(Self(text)) } else { Err(ParseLoginError) }
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Removes control characters from a person's name and trims it. `None` if the result is empty or too long.
#[must_use]
pub fn check_person_name(name: &str) -> Option<String> {
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let name = name.trim();
    (1..=MAX_NAME_CHARS).contains(&name.chars().count()).then(|| name.to_owned())
}

/// A stored selfie, without its picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selfie {
    /// Names its file.
    pub id: SelfieId,
    /// Error code if the selfie cannot be used for a search.
    pub refusal: Option<String>,
}

/// A favourite of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bookmark {
    /// Public number.
    pub id: BookmarkId,
    /// The photo.
    pub photo_id: PhotoId,
    /// Creation time.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_addresses_or_names() {
        for (text, expected) in [
            (" Rina@Example.com ", Some("rina@example.com")),
            ("rina.adi-2", Some("rina.adi-2")),
            ("ab", None),
            ("rina@localhost", None),
            ("@example.com", None),
            ("rina adi", None),
            ("a@b@example.com", None),
            ("rina\u{0}x", None),
        ] {
            assert_eq!(text.parse::<Login>().ok().as_ref().map(Login::as_str), expected, "{text:?}");
        }
    }

    #[test]
    fn a_local_account_is_named_after_its_login() {
        let now = Timestamp::from_unix_ms(0);
        let user = User::vouched_for("rina@example.com".parse().unwrap(), None, now);
        assert_eq!((user.name.as_str(), user.email.as_deref()), ("rina", Some("rina@example.com")));
        assert_eq!(User::local("rina@example.com".parse().unwrap(), None, now).email, None);
        let user = User::vouched_for("studio".parse().unwrap(), Some("Studio Adi".into()), now);
        assert_eq!((user.name.as_str(), user.email), ("Studio Adi", None));
        assert_eq!(check_person_name(" A\nB "), Some("AB".into()));
        assert_eq!(check_person_name("\u{7}"), None);
    }
}
