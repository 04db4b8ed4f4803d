//! The languages of the pages and their texts: `assets/i18n/LANGUAGE.json`, flat keys.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locale {
    /// English.
    English,
    /// Bahasa Indonesia.
    Indonesian,
}

type Dictionary = BTreeMap<String, String>;

static ENGLISH: LazyLock<Dictionary> = LazyLock::new(|| parse(include_str!("../../../assets/i18n/en.json")));
static INDONESIAN: LazyLock<Dictionary> =
    LazyLock::new(|| parse(include_str!("../../../assets/i18n/id.json")));

fn parse(text: &str) -> Dictionary {
    serde_json::from_str(text).expect("the dictionaries are checked by a test")
}

impl Locale {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Indonesian];

    /// BCP 47 tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Indonesian => "id",
        }
    }

    /// Every text by its key.
    #[must_use]
    pub fn dictionary(self) -> &'static BTreeMap<String, String> {
        match self {
            Self::English => &ENGLISH,
            Self::Indonesian => &INDONESIAN,
        }
    }

    /// The texts that one page needs: keys that begin with one of `parts`, and all errors.
    #[must_use]
    pub fn texts(self, parts: &[&str]) -> BTreeMap<&'static str, &'static str> {
        let dictionary = self.dictionary().iter().map(|(key, text)| (key.as_str(), text.as_str()));
        let part = |key: &str| key.split('.').next().unwrap_or_default().to_owned();
        dictionary.filter(|(key, _)| part(key) == "error" || parts.contains(&part(key).as_str())).collect()
    }

    /// The text under a key.
    #[must_use]
    pub fn text(self, key: &str) -> Option<&'static str> {
        self.dictionary().get(key).map(String::as_str)
    }

    /// The supported language that a browser prefers (`Accept-Language`, RFC 9110), or English.
    #[must_use]
    pub fn preferred(accept_language: &str) -> Self {
        let mut wanted: Vec<(f32, Self)> = accept_language
            .split(',')
            .filter_map(|range| {
                let (tag, weight) = range.split_once(";q=").unwrap_or((range, "1"));
                let primary = tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
                // Old Java clients send "in" for Indonesian.
                let primary = if primary == "in" { "id" } else { primary.as_str() };
                let locale = Self::ALL.into_iter().find(|locale| locale.tag() == primary)?;
                Some((weight.trim().parse().unwrap_or(0.0), locale))
            })
            .collect();
        // The sort is stable: of equal weights the first wins.
        wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
        wanted.first().map_or(Self::English, |(_, locale)| *locale)
    }
}

/// The language of a request's answer.
pub(crate) fn locale(headers: &HeaderMap) -> Locale {
    let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Locale::preferred(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_keys() {
        let keys = |locale: Locale| locale.dictionary().keys().collect::<Vec<_>>();
        assert_eq!(keys(Locale::English), keys(Locale::Indonesian));
    }

    #[test]
    fn the_browser_decides() {
        for (header, expected) in [
            ("id-ID,id;q=0.9,en;q=0.8", Locale::Indonesian),
            ("en-GB,en;q=0.9,id;q=0.8", Locale::English),
            ("de,id;q=0.5", Locale::Indonesian),
            ("in", Locale::Indonesian),
            ("de", Locale::English),
            ("", Locale::English),
        ] {
            assert_eq!(Locale::preferred(header), expected, "{header}");
        }
    }
}
