//! The guests' page of an event: a static shell, filled in the browser's language, with what its script needs to begin.

use axum::extract::State;
use axum::http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};

use super::access::{GuestAccess, LinkedEvent};
use super::error::{ApiError, ErrorCode, blocking};
use super::{AppState, Locale, assets};
use crate::store::events;

/// Version of the text that guests agree to; changes with the meaning of `consent.*` in the dictionaries.
pub(super) const CONSENT_VERSION: &str = "2026-11";

const SHELL: &str = include_str!("../../assets/guest.html");
const MISSING: &str = include_str!("../../assets/missing.html");

pub(super) async fn show(
    State(state): State<AppState>,
    headers: HeaderMap,
    event: Result<LinkedEvent, ApiError>,
    guest: Result<GuestAccess, ApiError>,
) -> Result<Response, ApiError> {
    let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let locale = Locale::preferred(wanted);
    let event = match event {
        Ok(LinkedEvent(event)) => event,
        Err(error) if error.code() == ErrorCode::EventNotFound => {
            let page = fill(MISSING, locale, &[]);
            return Ok((StatusCode::NOT_FOUND, Html(page)).into_response());
        }
        Err(error) => return Err(error),
    };
    let store = state.store();
    let event_id = event.id;
    let counts = blocking(move || Ok(store.read(|connection| events::count(connection, event_id))?)).await?;
    let boot = serde_json::json!({
        "base": format!("/e/{}", event.share_code),
        "photos": counts.indexed,
        "password_protected": event.password_hash.is_some(),
        "entered": guest.is_ok(),
        "consented": guest.is_ok_and(|guest| guest.consented),
        "lang": locale.tag(),
        "text": locale.dictionary(),
    });
    // Inside a script element only "<" could end it.
    let boot = boot.to_string().replace('<', "\\u003c");
    let mut response =
        Html(fill(SHELL, locale, &[("name", &escape(&event.name)), ("boot", &boot)])).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Puts sentences in place of `{{t:KEY}}` and values in place of `{{KEY}}`; what is put in is not looked at again.
fn fill(shell: &str, locale: Locale, values: &[(&str, &str)]) -> String {
    let mut page = String::with_capacity(shell.len() + 4096);
    let mut rest = shell;
    while let Some((before, after)) = rest.split_once("{{") {
        page.push_str(before);
        let (key, after) = after.split_once("}}").unwrap_or((after, ""));
        match key.strip_prefix("t:") {
            Some(key) => page.push_str(&escape(locale.text(key).unwrap_or(key))),
            None if key == "lang" => page.push_str(locale.tag()),
            None if key == "assets" => page.push_str(&assets::BASE),
            None => page.extend(values.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)),
        }
        rest = after;
    }
    page.push_str(rest);
    page
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_of_the_shells_is_known() {
        for shell in [SHELL, MISSING] {
            for slot in shell.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(key, _)| key)
            {
                let known = match slot.strip_prefix("t:") {
                    Some(key) => Locale::English.text(key).is_some(),
                    None => ["lang", "assets", "name", "boot"].contains(&slot),
                };
                assert!(known, "{slot}");
            }
        }
    }

    #[test]
    fn hostile_names_stay_text() {
        let name = escape("<script>{{boot}}'\"&");
        let page = fill("<h1>{{name}}</h1>{{boot}}", Locale::English, &[("name", &name), ("boot", "{}")]);
        assert_eq!(page, "<h1>&lt;script&gt;{{boot}}&#39;&quot;&amp;</h1>{}");
    }
}
