//! The API's description as it was agreed on: a change of it is a change for every client, so it is seen in review.

use std::path::Path;

/// `fotota openapi > tests/it/openapi.json` makes it anew.
#[test]
fn the_description_is_the_one_checked_in() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/openapi.json");
    let kept: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let made: serde_json::Value = serde_json::from_str(&fotota::web::openapi_json()).unwrap();
    for section in ["paths", "components"] {
        let (kept, made) = (kept[section].as_object().unwrap(), made[section].as_object().unwrap());
        for (name, value) in made {
            assert_eq!(kept.get(name), Some(value), "{section} {name}");
        }
        assert_eq!(kept.len(), made.len(), "{section}");
    }
    assert_eq!(kept, made);
}
