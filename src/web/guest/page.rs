//! The guests' page of an event: a static shell, filled in the browser's language, with what its script needs to begin.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum_extra::extract::CookieJar;

use crate::config::Registration;
use crate::store::browse;
use crate::web::access::caller::{csrf_token, identify};
use crate::web::access::device;
use crate::web::access::guest_session::{LinkedEvent, guest_session};
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::guest::active_faces;
use crate::web::http::assets;
use crate::web::{AppState, Locale};

/// Version of the text that guests agree to; changes with the meaning of `consent.*` in the dictionaries.
pub(in crate::web) const CONSENT_VERSION: &str = "2026-12";

/// Of the dictionary, what the guests' page needs.
#[rustfmt::skip]
const PARTS: &[&str] = &[
    "browse", "busy", "choose", "closed", "consent", "lightbox", "live", "page", "password", "photo", "privacy",
    "results", "saved", "selfie", "tabs",
];

const SHELL: &str = include_str!("../../../assets/guest/guest.html");
const MISSING: &str = include_str!("../../../assets/home/missing.html");

/// A shell with these parts of the dictionary, and `more` of what its script needs to begin.
pub(in crate::web) fn localised(
    shell: &str,
    locale: Locale,
    parts: &[&str],
    more: serde_json::Value,
) -> Response {
    let mut boot =
        serde_json::json!({ "lang": locale.tag(), "text": locale.texts(parts), "assets": *assets::BASE });
    if let (Some(boot), serde_json::Value::Object(more)) = (boot.as_object_mut(), more) {
        boot.extend(more);
    }
    let mut response = Html(fill(shell, locale, &[("boot", &embedded(&boot))])).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

pub(in crate::web) async fn show(
    State(state): State<AppState>,
    request: Request,
) -> Result<Response, ApiError> {
    let (mut parts, _) = request.into_parts();
    let headers = parts.headers.clone();
    let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let locale = Locale::preferred(wanted);
    let event = LinkedEvent::from_request_parts(&mut parts, &state).await;
    let guest = guest_session(&mut parts, &state).await;
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
    let progress = blocking(move || Ok(store.read(|c| browse::progress(c, event_id))?)).await?;
    // A page that is only opened changes nothing: the cookie alone says who is signed in.
    let signed_in = identify(&parts, &state).await?.signed_in;
    let boot = serde_json::json!({
        "base": format!("/e/{}", event.share_code),
        "assets": *assets::BASE,
        "event": {
            "name": event.name,
            "description": event.description,
            "date": event.date.map(|date| date.to_string()),
            "photographer": event.photographer,
            "photographer_link": event.photographer_link,
            "photos": progress.visible,
            "closed": event.closed_at.is_some(),
            "delete_at": event.delete_at.map(|at| at.to_string()),
            "visibility": event.visibility.as_str(),
            "download": event.download.as_str(),
        },
        "password_protected": event.password_hash.is_some(),
        "entered": guest.is_ok(),
        "consented": guest.as_ref().is_ok_and(|guest| guest.consented),
        "consent_version": CONSENT_VERSION,
        "searching": guest.is_ok_and(|guest| state.0.standing.knows(guest.token_hash, state.now())),
        "selfie_hours": active_faces::LONGEST.as_secs() / 3600,
        "grace_minutes": active_faces::GRACE.as_secs() / 60,
        // Whether guests can have an account: sign in with a provider, or make one.
        "accounts": state.0.settings.provider.is_some()
            || state.config().accounts.registration == Registration::Open,
        "user": signed_in.as_ref().map(|signed_in| {
            serde_json::json!({ "id": signed_in.user.id.as_i64(), "name": signed_in.user.name })
        }),
        "csrf": signed_in.as_ref().and_then(|signed_in| signed_in.cookie.as_deref()).map(csrf_token),
        "lang": locale.tag(),
        "text": locale.texts(PARTS),
    });
    let (name, boot) = (escape(&event.name), embedded(&boot));
    let mut response = Html(fill(SHELL, locale, &[("name", &name), ("boot", &boot)])).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Tells this browser from others behind the same address, when tries are counted.
    let jar = CookieJar::new();
    Ok(match device::cookie(&headers, &state) {
        Some(cookie) => (jar.add(cookie), response).into_response(),
        None => response,
    })
}

/// JSON inside a script element, which only "<" could end.
fn embedded(value: &serde_json::Value) -> String {
    value.to_string().replace('<', "\\u003c")
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
        let others = [
            include_str!("../../../assets/account/account.html"),
            include_str!("../../../assets/home/home.html"),
            include_str!("../../../assets/setup/setup.html"),
            include_str!("../../../assets/studio/studio.html"),
            include_str!("../../../assets/print/print.html"),
            include_str!("../../../assets/wall/wall.html"),
        ];
        for shell in [SHELL, MISSING].into_iter().chain(others) {
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
