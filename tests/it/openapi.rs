//! The API's description as it is checked in: a change affects every client, so it must be visible in review.

use std::path::Path;

/// `fotota openapi > tests/it/openapi.json` regenerates it.
#[test]
fn the_description_is_the_one_checked_in() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/openapi.json");
    let kept: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let current: serde_json::Value = serde_json::from_str(fotota::web::openapi_json()).unwrap();
    for section in ["paths", "components"] {
        let (kept, current) = (kept[section].as_object().unwrap(), current[section].as_object().unwrap());
        for (name, value) in current {
            assert_eq!(kept.get(name), Some(value), "{section} {name}");
        }
        assert_eq!(kept.len(), current.len(), "{section}");
    }
    assert_eq!(kept, current);
}
