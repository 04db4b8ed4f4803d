//! Bodies that create and change events, and the values that they parse into.

use std::fmt::Display;

use serde::Deserialize;
use utoipa::ToSchema;

use super::change::{Change, nullable, time_change, time_text};
use super::event_times::{end, moment};
use crate::domain::{
    DownloadSize, Event, EventName, EventNameError, EventPassword, Metadata, TimeZone, Timestamp, Visibility,
};
use crate::web::api::guest_options::{DownloadName, MetadataName, VisibilityName};
use crate::web::error::ApiError;
use crate::web::http::schemas;
use crate::web::http::validate::{Issues, Validate};

/// Schemes that a photographer's link may have: browsers run others as scripts.
const LINK_SCHEMES: [&str; 4] = ["https", "http", "mailto", "tel"];

/// A body with the fields that new and existing events share.
macro_rules! event_body {
    ($(#[$doc:meta])* $name:ident { $($fields:tt)* }) => {
        $(#[$doc])*
        #[derive(Deserialize, ToSchema)]
        pub(crate) struct $name {
            $($fields)*
            /// Where it takes place, a name of the IANA time zone database: times without a zone are taken to be local
            /// there, and all are shown so. Default for a new event: the server's.
            time_zone: Option<String>,
            /// Which photos a guest sees: all, or those that show the guest. Default for a new event: `all`.
            visibility: Option<VisibilityName>,
            /// What guests may download: the original file, a picture of up to 2048 pixels, or nothing. Default for a
            /// new event: `original`.
            download: Option<DownloadName>,
            /// What guests' originals say about themselves: `copyright` and time, `all` or `nothing`. Orientation and
            /// colours always stay. Default for a new event: `copyright`.
            original_metadata: Option<MetadataName>,
            /// Whether guests may tap a face in a photo they see and then see all photos of that person. Default for a
            /// new event: false.
            tap_search: Option<bool>,
            /// Whether the event is closed: only its owner enters, and it accepts no photos.
            closed: Option<bool>,
            /// When the event is deleted with all its data: RFC 3339, or a date alone, which means the end of that day
            /// where the event takes place; null for never.
            #[schema(schema_with = schemas::moment)]
            #[serde(default, deserialize_with = "time_change")]
            delete_at: Change<String>,
            /// When its faces are deleted, after which nobody is found any more: as `delete_at`, and no later; null for
            /// together with the photos. Default for a new event: some days after it (`privacy.faces_days`).
            #[schema(schema_with = schemas::moment)]
            #[serde(default, deserialize_with = "time_change")]
            faces_delete_at: Change<String>,
            /// The photographer's name for guests; null removes it.
            #[schema(schema_with = schemas::photographer)]
            #[serde(default)]
            photographer: Change<String>,
            /// The photographer's `https:`, `http:`, `mailto:` or `tel:` URL; null removes it.
            #[schema(schema_with = schemas::photographer_link)]
            #[serde(default)]
            photographer_link: Change<String>,
            /// Whether the live wall is paused.
            wall_paused: Option<bool>,
        }

        impl Validate for $name {
            /// `parse` reports the issues.
            fn check(&self, _: &mut Issues) {}
        }
    };
}

event_body! {
    /// A new event.
    EventCreate {
        #[schema(schema_with = schemas::title)]
        name: String,
        #[schema(max_length = 5000)]
        description: Option<String>,
        #[schema(schema_with = schemas::moment)]
        #[serde(default, deserialize_with = "time_text")]
        date: Option<String>,
        /// The guests' password. Required; an explicit null means that the link alone admits guests.
        #[schema(format = Password, min_length = 4, max_length = 1000, required = true)]
        #[serde(deserialize_with = "nullable")]
        password: Option<String>,
    }
}

event_body! {
    /// Changes of an event. Absent fields keep their values.
    EventUpdate {
        #[schema(schema_with = schemas::new_title)]
        name: Option<String>,
        /// Null removes it.
        #[schema(max_length = 5000, value_type = Option<String>)]
        #[serde(default)]
        description: Change<String>,
        #[schema(schema_with = schemas::moment)]
        #[serde(default, deserialize_with = "time_change")]
        date: Change<String>,
        /// A new password signs out all guests; null removes the password.
        #[schema(format = Password, min_length = 4, max_length = 1000, value_type = Option<String>)]
        #[serde(default)]
        password: Change<String>,
    }
}

impl From<EventCreate> for EventUpdate {
    fn from(new: EventCreate) -> Self {
        Self {
            name: Some(new.name),
            description: Change::To(new.description),
            date: Change::To(new.date),
            password: Change::To(new.password),
            time_zone: new.time_zone,
            visibility: new.visibility,
            download: new.download,
            original_metadata: new.original_metadata,
            tap_search: new.tap_search,
            closed: new.closed,
            delete_at: new.delete_at,
            faces_delete_at: new.faces_delete_at,
            photographer: new.photographer,
            photographer_link: new.photographer_link,
            wall_paused: new.wall_paused,
        }
    }
}

/// The parsed values of a body.
pub(super) struct EventChanges {
    pub(super) name: Option<String>,
    pub(super) password: Change<EventPassword>,
    description: Change<String>,
    date: Change<Timestamp>,
    time_zone: Option<TimeZone>,
    visibility: Option<Visibility>,
    download: Option<DownloadSize>,
    original_metadata: Option<Metadata>,
    tap_search: Option<bool>,
    closed: Option<bool>,
    delete_at: Change<Timestamp>,
    pub(super) faces_delete_at: Change<Timestamp>,
    photographer: Change<String>,
    photographer_link: Change<String>,
    wall_paused: Option<bool>,
}

impl EventUpdate {
    /// Parses all values, or lists what is wrong with them. The event is in `zone` if they name no other.
    pub(super) fn parse(self, now: Timestamp, zone: &TimeZone) -> Result<EventChanges, ApiError> {
        let mut issues = Issues::in_body();
        let time_zone = self.time_zone.and_then(|name| time_zone(&name, &mut issues));
        let zone = time_zone.as_ref().unwrap_or(zone);
        let changes = EventChanges {
            name: self.name.and_then(|name| event_name(&name, &mut issues)),
            password: self.password.and_then(|password| {
                valid(EventPassword::parse(password), "password", "string_length", &mut issues)
            }),
            date: self.date.and_then(|text| moment(text, "date", &mut issues)),
            time_zone: time_zone.clone(),
            visibility: self.visibility.map(Into::into),
            download: self.download.map(Into::into),
            original_metadata: self.original_metadata.map(Into::into),
            tap_search: self.tap_search,
            closed: self.closed,
            delete_at: self.delete_at.and_then(|text| end(text, "delete_at", (now, zone), &mut issues)),
            faces_delete_at: self
                .faces_delete_at
                .and_then(|text| end(text, "faces_delete_at", (now, zone), &mut issues)),
            photographer: self.photographer.and_then(|name| Some(name.trim().to_owned())),
            photographer_link: self.photographer_link.and_then(|link| Some(link.trim().to_owned())),
            wall_paused: self.wall_paused,
            description: self.description,
        };
        if let Change::To(Some(text)) = &changes.description {
            issues.expect_chars(text, 0, 5000, "description");
        }
        let ends = changes.faces_delete_at.value().zip(changes.delete_at.value());
        let fits = ends.is_none_or(|(faces, photos)| faces <= photos);
        issues.expect(fits, "faces_delete_at", "value", "expected a time no later than `delete_at`");
        if let Change::To(Some(name)) = &self.photographer {
            issues.expect_chars(name, 1, 80, "photographer");
            let fits = !name.chars().any(char::is_control);
            issues.expect(fits, "photographer", "value", "has a control character");
        }
        if let Change::To(Some(link)) = &self.photographer_link {
            let message = "expected an https:, http:, mailto: or tel: URL of at most 300 characters";
            issues.expect(is_safe_link(link), "photographer_link", "value", message);
        }
        issues.finish().map(|()| changes)
    }
}

impl EventChanges {
    /// Applies all changes but that of the password, which is hashed first.
    pub(super) fn apply(&self, event: &mut Event, now: Timestamp) {
        if let Some(name) = &self.name {
            event.name.clone_from(name);
        }
        self.description.apply(&mut event.description);
        self.date.apply(&mut event.date);
        self.photographer.apply(&mut event.photographer);
        self.photographer_link.apply(&mut event.photographer_link);
        if let Some(zone) = &self.time_zone {
            event.move_to(zone.clone());
        }
        self.delete_at.apply(&mut event.delete_at);
        if event.faces_deleted_at.is_none() {
            self.faces_delete_at.apply(&mut event.faces_delete_at);
            event.end_faces_with_photos();
        }
        event.visibility = self.visibility.unwrap_or(event.visibility);
        event.download = self.download.unwrap_or(event.download);
        event.original_metadata = self.original_metadata.unwrap_or(event.original_metadata);
        event.tap_search = self.tap_search.unwrap_or(event.tap_search);
        event.wall_paused = self.wall_paused.unwrap_or(event.wall_paused);
        match self.closed {
            Some(true) => event.closed_at = event.closed_at.or(Some(now)),
            Some(false) => event.closed_at = None,
            None => {}
        }
    }
}

/// The value, or `None` and an issue.
pub(super) fn valid<T, E: Display>(
    parsed: Result<T, E>,
    field: &str,
    kind: &'static str,
    issues: &mut Issues,
) -> Option<T> {
    parsed.map_err(|error| issues.expect(false, field, kind, &error.to_string())).ok()
}

fn time_zone(name: &str, issues: &mut Issues) -> Option<TimeZone> {
    let zone = TimeZone::named(name).ok_or("expected a name of the IANA time zone database");
    valid(zone, "time_zone", "value", issues)
}

fn event_name(text: &str, issues: &mut Issues) -> Option<String> {
    // The API's schema is about the text as it is sent, with the white space around it.
    let name = if text.chars().any(char::is_control) {
        Err(EventNameError::ControlCharacter)
    } else if text.chars().count() > EventName::MAX_CHARS {
        Err(EventNameError::Length { min_chars: EventName::API_MIN_CHARS })
    } else {
        EventName::parse(text, EventName::API_MIN_CHARS)
    };
    let kind = match &name {
        Err(EventNameError::Length { .. }) => "string_length",
        _ => "value",
    };
    valid(name, "name", kind, issues).map(Into::into)
}

/// Whether a link may stand on the guests' page.
fn is_safe_link(link: &str) -> bool {
    let link = link.trim();
    let plain = link.chars().count() <= 300 && !link.chars().any(|c| c.is_control() || c.is_whitespace());
    let Ok(url) = url::Url::parse(link) else { return false };
    let has_target = url.host_str().is_some() || (url.cannot_be_a_base() && !url.path().is_empty());
    plain && LINK_SCHEMES.contains(&url.scheme()) && has_target
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_open_pages_or_contacts_and_never_scripts() {
        for link in
            ["https://foto.example/rina", "http://10.0.0.1:81/", "mailto:rina@foto.example", "tel:+62811"]
        {
            assert!(is_safe_link(link), "{link}");
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
            assert!(!is_safe_link(link), "{link}");
        }
    }
}
