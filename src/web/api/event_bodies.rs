//! Bodies that make and change events, as checked values.

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::domain::{Event, Timestamp};
use crate::web::api::guest_options::{DownloadName, VisibilityName};
use crate::web::error::ApiError;
use crate::web::http::schemas;
use crate::web::http::validate::{Issues, Validate, invalid};

/// Schemes of addresses that lead to a photographer; others might do something when they are opened.
const LINK_SCHEMES: [&str; 4] = ["https", "http", "mailto", "tel"];

/// What becomes of a value that may be absent.
#[derive(Default)]
pub(super) enum Change {
    /// Not given: it stays.
    #[default]
    Keep,
    /// Given, if only as null.
    To(Option<String>),
}

impl Change {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Keep => None,
            Self::To(text) => text.as_deref(),
        }
    }
}

impl<'de> Deserialize<'de> for Change {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::To)
    }
}

/// Serde takes a missing field for null, unless it is told how to read the field.
fn nullable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

/// A body with what is said of guests, which is the same for new events and old ones.
macro_rules! event_body {
    ($(#[$doc:meta])* $name:ident { $($fields:tt)* }) => {
        $(#[$doc])*
        #[derive(Deserialize, ToSchema)]
        pub(crate) struct $name {
            $($fields)*
            /// Which photos a guest sees: every one, or those the guest is in. A new event: `all`.
            visibility: Option<VisibilityName>,
            /// What guests may download: the photographer's file, one of up to 2048 pixels, nothing. A new event:
            /// `original`.
            download: Option<DownloadName>,
            /// Whether nobody but the owner gets in, and no photo is taken in.
            closed: Option<bool>,
            /// When the event is deleted with all that belongs to it: RFC 3339, or a date alone, which is its midnight
            /// in UTC; null for never.
            #[schema(schema_with = schemas::moment)]
            #[serde(default)]
            delete_at: Change,
            /// For guests: who took the photos; null takes it away.
            #[schema(schema_with = schemas::photographer)]
            #[serde(default)]
            photographer: Change,
            /// An `https:`, `http:`, `mailto:` or `tel:` address that leads to them; null takes it away.
            #[schema(schema_with = schemas::photographer_link)]
            #[serde(default)]
            photographer_link: Change,
            /// Whether the live wall stands still.
            wall_paused: Option<bool>,
        }

        impl $name {
            pub(super) fn settings(&self) -> Settings<'_> {
                Settings {
                    visibility: self.visibility,
                    download: self.download,
                    closed: self.closed,
                    delete_at: &self.delete_at,
                    photographer: &self.photographer,
                    photographer_link: &self.photographer_link,
                    wall_paused: self.wall_paused,
                }
            }
        }
    };
}

event_body! {
    /// A new event.
    EventCreate {
        #[schema(schema_with = schemas::title)]
        pub(super) name: String,
        #[schema(max_length = 5000)]
        pub(super) description: Option<String>,
        #[schema(schema_with = schemas::moment)]
        pub(super) date: Option<String>,
        /// What guests must give; null, which must be said, lets the link alone suffice.
        #[schema(format = Password, min_length = 4, max_length = 1000, required = true)]
        #[serde(deserialize_with = "nullable")]
        pub(super) password: Option<String>,
    }
}

event_body! {
    /// What is to change; what is not given stays.
    EventUpdate {
        #[schema(schema_with = schemas::new_title)]
        pub(super) name: Option<String>,
        /// Null takes it away.
        #[schema(max_length = 5000, value_type = Option<String>)]
        #[serde(default)]
        pub(super) description: Change,
        #[schema(schema_with = schemas::moment)]
        #[serde(default)]
        pub(super) date: Change,
        /// Whoever the old one let in must enter again; null takes it away.
        #[schema(format = Password, min_length = 4, max_length = 1000, value_type = Option<String>)]
        #[serde(default)]
        pub(super) password: Change,
    }
}

/// What is said of guests.
pub(super) struct Settings<'a> {
    visibility: Option<VisibilityName>,
    download: Option<DownloadName>,
    closed: Option<bool>,
    delete_at: &'a Change,
    photographer: &'a Change,
    photographer_link: &'a Change,
    wall_paused: Option<bool>,
}

impl Settings<'_> {
    fn check(&self, issues: &mut Issues) {
        expect_moment(self.delete_at.text(), "delete_at", issues);
        if let Some(name) = self.photographer.text() {
            issues.expect_chars(name, 1, 80, "photographer");
            expect_printable(name, "photographer", issues);
        }
        if let Some(link) = self.photographer_link.text() {
            let message = "expected an https:, http:, mailto: or tel: address of at most 300 characters";
            issues.expect(is_harmless_link(link), "photographer_link", "value", message);
        }
    }

    /// An event must not be gone as soon as that is said.
    pub(super) fn expect_future(&self, now: Timestamp) -> Result<(), ApiError> {
        match self.delete_at.text().and_then(Timestamp::parse) {
            Some(at) if at <= now => Err(invalid("body", "delete_at", "value", "expected a time to come")),
            _ => Ok(()),
        }
    }

    pub(super) fn apply(&self, event: &mut Event, now: Timestamp) {
        event.visibility = self.visibility.map_or(event.visibility, Into::into);
        event.download = self.download.map_or(event.download, Into::into);
        event.wall_paused = self.wall_paused.unwrap_or(event.wall_paused);
        match self.closed {
            Some(true) => event.closed_at = event.closed_at.or(Some(now)),
            Some(false) => event.closed_at = None,
            None => {}
        }
        if let Change::To(at) = self.delete_at {
            event.delete_at = at.as_deref().and_then(Timestamp::parse);
        }
        let trimmed = |text: &Option<String>| text.as_ref().map(|text| text.trim().to_owned());
        if let Change::To(name) = self.photographer {
            event.photographer = trimmed(name);
        }
        if let Change::To(link) = self.photographer_link {
            event.photographer_link = trimmed(link);
        }
    }
}

/// Whether a link may stand on a guests' page: browsers read some schemes as scripts.
fn is_harmless_link(link: &str) -> bool {
    let link = link.trim();
    let plain = link.chars().count() <= 300 && !link.chars().any(|c| c.is_control() || c.is_whitespace());
    let Ok(url) = url::Url::parse(link) else { return false };
    let leads_on = url.host_str().is_some() || (url.cannot_be_a_base() && !url.path().is_empty());
    plain && LINK_SCHEMES.contains(&url.scheme()) && leads_on
}

fn check_name(name: &str, issues: &mut Issues) {
    issues.expect_chars(name, 3, 200, "name");
    expect_printable(name, "name", issues);
}

fn expect_printable(text: &str, field: &str, issues: &mut Issues) {
    issues.expect(!text.chars().any(char::is_control), field, "value", "has a control character");
}

fn expect_moment(text: Option<&str>, field: &str, issues: &mut Issues) {
    let known = text.is_none_or(|text| Timestamp::parse(text).is_some());
    issues.expect(known, field, "datetime", "expected a time (RFC 3339) or a date");
}

fn check_others(description: Option<&str>, date: Option<&str>, password: Option<&str>, issues: &mut Issues) {
    let length = description.map_or(0, |text| text.chars().count());
    issues.expect(length <= 5000, "description", "string_length", "over 5000 characters");
    expect_moment(date, "date", issues);
    let fits = password.is_none_or(|password| (4..=1000).contains(&password.chars().count()));
    issues.expect(fits, "password", "string_length", "expected 4 to 1000 characters");
}

impl Validate for EventCreate {
    fn check(&self, issues: &mut Issues) {
        check_name(&self.name, issues);
        check_others(self.description.as_deref(), self.date.as_deref(), self.password.as_deref(), issues);
        self.settings().check(issues);
    }
}

impl Validate for EventUpdate {
    fn check(&self, issues: &mut Issues) {
        if let Some(name) = &self.name {
            check_name(name, issues);
        }
        check_others(self.description.text(), self.date.text(), self.password.text(), issues);
        self.settings().check(issues);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_people_and_run_nothing() {
        for link in
            ["https://foto.example/rina", "http://10.0.0.1:81/", "mailto:rina@foto.example", "tel:+62811"]
        {
            assert!(is_harmless_link(link), "{link}");
        }
        let long = format!("https://foto.example/{}", "x".repeat(300));
        for link in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "foto.example",
            "//foto.example",
            "ftp://foto.example",
            "https://",
            "mailto:",
            "tel:",
            "https://a b",
            "",
            &long,
        ] {
            assert!(!is_harmless_link(link), "{link}");
        }
    }
}
