//! Pages: a static HTML shell with slots, filled in the browser's language, and the data its script starts with.

use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::{Html, IntoResponse, Response};

use super::assets;
use super::i18n::Locale;

/// A page with these parts of the dictionary, and `more` data for its script.
pub(crate) fn localised(shell: &str, locale: Locale, parts: &[&str], more: serde_json::Value) -> Response {
    named(shell, locale, "", parts, more)
}

/// The same, with a name for the shell's slot `{{name}}`; `{{base}}` is the path that the data name so.
pub(crate) fn named(
    shell: &str,
    locale: Locale,
    name: &str,
    parts: &[&str],
    more: serde_json::Value,
) -> Response {
    let mut boot =
        serde_json::json!({ "lang": locale.tag(), "text": locale.texts(parts), "assets": *assets::BASE });
    if let (Some(boot), serde_json::Value::Object(more)) = (boot.as_object_mut(), more) {
        boot.extend(more);
    }
    let base = escape(boot["base"].as_str().unwrap_or_default());
    let (name, boot) = (escape(name), embedded(&boot));
    (
        [(CACHE_CONTROL, HeaderValue::from_static("no-store"))],
        Html(fill(shell, locale, &[("name", &name), ("base", &base), ("boot", &boot)])),
    )
        .into_response()
}

/// JSON for a script element, which only "<" could end.
fn embedded(value: &serde_json::Value) -> String {
    value.to_string().replace('<', "\\u003c")
}

/// Replaces `{{t:KEY}}` by texts and `{{KEY}}` by values, in one pass: slots within values stay text.
pub(crate) fn fill(shell: &str, locale: Locale, values: &[(&str, &str)]) -> String {
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
        let shells = [
            include_str!("../../../assets/guest/guest.html"),
            include_str!("../../../assets/home/missing.html"),
            include_str!("../../../assets/app/app.html"),
            include_str!("../../../assets/account/account.html"),
            include_str!("../../../assets/certificate/certificate.html"),
            include_str!("../../../assets/home/home.html"),
            include_str!("../../../assets/setup/setup.html"),
            include_str!("../../../assets/studio/studio.html"),
            include_str!("../../../assets/print/print.html"),
            include_str!("../../../assets/wall/wall.html"),
        ];
        for shell in shells {
            for slot in shell.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(key, _)| key)
            {
                let known = match slot.strip_prefix("t:") {
                    Some(key) => Locale::English.text(key).is_some(),
                    None => ["lang", "assets", "name", "base", "boot"].contains(&slot),
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
