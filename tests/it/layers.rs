//! The direction of imports: a module uses only those below it, so that no circle forms.

use std::path::Path;

/// Sources below `folder`, without tests: the path within it, and the text.
fn sources(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let (mut folders, mut found) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
            if path.is_dir() && !name.ends_with("tests") {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") && !name.contains("test") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((name, text.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned()));
            }
        }
    }
    found
}

/// The names that follow `prefix` in a source, also in groups: `crate::{a, b::c}`.
fn named(text: &str, prefix: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let mut names = Vec::new();
    for (at, _) in text.match_indices(prefix) {
        let rest = &text[at + prefix.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            names.push(word(rest));
            continue;
        };
        let (mut depth, mut start) = (1, true);
        for (at, c) in group.char_indices().take_while(|(_, c)| *c != ';') {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => start = true,
                c if start && c.is_alphabetic() => {
                    names.push(word(&group[at..]));
                    start = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    names
}

/// Asserts that the modules of `folder` import each other only downwards; the lowest is first in `order`.
fn assert_layers(folder: &str, prefix: &str, order: &[&str], exceptions: &[&str]) {
    let rank = |name: &str| order.iter().position(|layer| *layer == name);
    let mut compared = 0;
    for (file, text) in sources(folder) {
        let module = file.split('/').next().unwrap().trim_end_matches(".rs");
        let Some(own) = rank(module).filter(|_| !exceptions.contains(&module)) else { continue };
        for name in named(&text, prefix) {
            let Some(used) = rank(&name) else { continue };
            compared += 1;
            assert!(used <= own, "{folder}/{file} is in `{module}` and uses `{name}`, which is above it");
        }
    }
    assert!(compared > 10, "{folder} has hardly any imports: has it moved?");
}

#[test]
fn modules_use_only_those_listed_before_them() {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let library = std::fs::read_to_string(library).unwrap();
    let order: Vec<&str> = library
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod "))
        .map(|name| name.trim_end_matches(';'))
        .collect();
    assert_layers("src", "crate::", &order, &[]);
}

#[test]
fn folders_of_the_store_have_one_direction() {
    let order = ["blobs", "sql", "tables", "indexing", "erasing", "moves", "recovery", "backup"];
    assert_layers("src/store", "crate::store::", &order, &[]);
}

/// `state` holds something of each folder, and every folder above `http` uses it.
#[test]
fn folders_of_the_web_have_one_direction() {
    let order = [
        "error_code",
        "error",
        "http",
        "access",
        "rule",
        "route",
        "pictures",
        "guest",
        "api",
        "upload",
        "health",
        "studio",
        "wall",
        "openapi",
        "routes",
    ];
    assert_layers("src/web", "crate::web::", &order, &["state", "settings"]);
}

#[test]
fn imports_are_found_in_all_their_forms() {
    let text = "use crate::a::{b, c};\nuse crate::{d::{e, f}, g};\ncrate::h::i();";
    assert_eq!(named(text, "crate::"), ["a", "d", "g", "h"]);
}
