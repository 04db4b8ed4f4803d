//! Codes and their sentences.

use super::*;
use crate::web::Locale;

#[test]
fn every_code_is_listed_once_and_has_a_sentence_in_every_locale() {
    let mut codes: Vec<_> = ErrorCode::all().iter().map(|code| code.as_str()).collect();
    let count = codes.len();
    for locale in Locale::ALL {
        for code in &codes {
            assert!(locale.text(&format!("error.{code}")).is_some(), "{locale:?} lacks {code}");
        }
    }
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), count);
}
