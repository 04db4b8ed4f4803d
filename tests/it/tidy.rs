//! The invariants of `docs/ARCHITECTURE.md`, as tests over the sources.

use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let mut folders = vec![root().join(folder)];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                files.push(path);
            }
        }
    }
    files.sort();
    let name = |path: &PathBuf| path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
    files.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

/// Asserts that `word` occurs below `src/` only in files whose name begins with one of `places`.
fn only_in(word: &str, places: &[&str]) {
    for (name, text) in files("src", "rs") {
        let allowed = places.iter().any(|place| name.starts_with(place));
        assert!(allowed || !text.contains(word), "{name} names `{word}`");
    }
}

#[test]
fn each_module_keeps_to_its_own_libraries() {
    only_in("rusqlite", &["src/store/"]);
    only_in("postgres::", &["src/store/"]);
    only_in("fs4::", &["src/store/"]);
    // What reads codes draws some for its tests.
    only_in("qrcode::", &["src/share.rs", "src/imaging/time_code.rs"]);
    only_in("rqrr::", &["src/imaging/time_code.rs"]);
    only_in("notify::", &["src/watch/"]);
    only_in("netdev::", &["src/reach/"]);
    only_in("mdns_sd::", &["src/reach/"]);
    only_in("axum::", &["src/web/"]);
    only_in("candle_", &["src/face/"]);
    for codec in [
        "image::codecs",
        "ImageReader",
        "image::guess_format",
        "fast_image_resize",
        "jpeg_decoder",
        "png::",
        "jpeg_encoder",
    ] {
        only_in(codec, &["src/imaging/"]);
    }
    only_in("exif::", &["src/imaging/"]);
    only_in("ureq", &["src/outbound.rs", "src/store/blobs/bucket/"]);
    only_in("object_store", &["src/store/blobs/bucket/"]);
    only_in("hyper::client", &["src/web/http/forward.rs"]);
    only_in("instant_acme", &["src/tls/acme/"]);
    only_in("use ring", &["src/store/erasing/", "src/auth/second_factor/"]);
    only_in("zip::", &["src/event_file/", "src/web/"]);
    only_in("rcgen::", &["src/tls/"]);
    only_in("x509_cert", &["src/tls/pair.rs"]);
    only_in("prometheus_client", &["src/metrics/"]);
    only_in("jsonwebtoken", &["src/auth/"]);
    only_in("oauth2::", &["src/auth/"]);
    only_in("anyhow", &["src/cli/"]);
    // Kernels, the loop over all vectors, and SQLite's registration of extensions.
    only_in("unsafe {", &["src/cli/memory.rs", "src/face/cpu/", "src/search/memory/", "src/store/sql/"]);
    only_in("std::arch", &["src/face/cpu/"]);
    only_in("std::io::stdout()", &["src/cli/output.rs"]);
    only_in("SystemTime::now", &["src/domain/clock.rs"]);
    only_in("getrandom::", &["src/domain/random.rs"]);
    only_in("SystemClock", &["src/domain/", "src/cli/", "src/store/purging.rs"]);
    // What deletes these leaves an entry in the record, except in tests.
    for deletion in ["events::delete(", "users::delete(", "selfies::delete(", "searches::delete("] {
        only_in(deletion, &["src/store/", "src/search/tests.rs", "src/drive/tests/"]);
    }
}

#[test]
fn the_domain_knows_nobody() {
    for (name, text) in files("src/domain", "rs") {
        assert!(!text.contains("use crate::"), "{name}");
    }
}

#[test]
fn every_file_says_what_it_is_and_is_short() {
    for (name, text) in files("src", "rs").into_iter().chain(files("tests", "rs")) {
        assert!(text.starts_with("//!"), "{name} has no head");
        assert!(text.lines().count() <= 300, "{name} has {} lines", text.lines().count());
        assert!(text.lines().all(|line| line.chars().count() <= 120), "{name} has a long line");
    }
}

#[test]
fn nothing_is_left_unfinished() {
    // In two parts, so that this file does not find itself.
    let words = [["TO", "DO"], ["FIX", "ME"], ["XX", "X"], ["#[ig", "nore"], ["unimpl", "emented!"]]
        .map(|parts| parts.concat());
    for (name, text) in
        files("src", "rs").into_iter().chain(files("tests", "rs")).chain(files("assets", "js"))
    {
        for word in &words {
            assert!(!text.contains(word.as_str()), "{name} has {word}");
        }
    }
}

/// Words of an older, private dialect; `docs/GLOSSARY.md` has those in use.
#[test]
fn the_words_are_those_of_the_glossary() {
    // In two parts, so that this file does not find itself.
    let phrases = [
        ["who", "ever"],
        [" an", "ew"],
        ["how-", "many-th"],
        ["pressed ", "onto"],
        ["put up ", "with"],
        ["house", "hold"],
        ["good no ", "longer"],
        ["is let ", "in"],
        ["what became ", "of"],
        ["for ever", " "],
        ["besi", "des"],
    ]
    .map(|parts| parts.concat());
    let docs = files("docs", "md").into_iter().filter(|(name, _)| name != "docs/GLOSSARY.md");
    let texts = files("src", "rs")
        .into_iter()
        .chain(files("tests/it", "rs"))
        .chain(files("assets", "js"))
        .chain(docs);
    for (name, text) in texts.filter(|(name, _)| !name.starts_with("assets/vendor/")) {
        let text = text.to_lowercase();
        for phrase in &phrases {
            assert!(!text.contains(phrase.as_str()), "{name} says `{phrase}`");
        }
    }
}

#[test]
fn the_map_names_every_module() {
    let library = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let map = std::fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    let modules = library
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod "))
        .map(|name| name.trim_end_matches(';'));
    for module in modules {
        assert!(map.contains(&format!("`{module}`")), "docs/ARCHITECTURE.md does not name `{module}`");
        assert!(library.contains(&format!("[`{module}`]")), "the head of lib.rs does not name `{module}`");
    }
}

#[test]
fn pages_have_sentences_for_every_key_and_no_unsafe_ways() {
    let dictionary: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(root().join("assets/i18n/en.json")).unwrap()).unwrap();
    let keys: Vec<&String> = dictionary.as_object().unwrap().keys().collect();
    let pages = files("assets", "html").into_iter().chain(files("assets", "js"));
    let pages: String =
        pages.filter(|(name, _)| !name.starts_with("assets/vendor/")).map(|(_, text)| text).collect();
    // What the server says itself stands in its sources.
    let server: String = files("src", "rs").into_iter().map(|(_, text)| text).collect();
    for key in keys {
        // Plural forms and error codes are put together by the script.
        let used = key.trim_end_matches(".one").trim_end_matches(".other");
        assert!(
            key.starts_with("error.") || pages.contains(used) || server.contains(key.as_str()),
            "`{key}` is used nowhere"
        );
    }
    // Not the end of a longer name, as in `getContext('2d')`.
    let calls =
        pages.match_indices("text('").filter(|(at, _)| !pages[..*at].ends_with(char::is_alphanumeric));
    for (at, call) in calls {
        let key = pages[at + call.len()..].split('\'').next().unwrap();
        assert!(dictionary.get(key).is_some(), "`{key}` is in no dictionary");
    }
    for way in ["innerHTML", "insertAdjacentHTML", "document.write", "eval(", "http://", "https://"] {
        assert!(!pages.contains(way), "a page uses `{way}`");
    }
}

#[test]
fn dependencies_have_a_reason_each() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut lines = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    let mut reasoned = false;
    for line in lines.by_ref().take_while(|line| !line.starts_with("[profile")) {
        match line {
            "" => reasoned = false,
            comment if comment.starts_with('#') => reasoned = true,
            section if section.starts_with('[') => {}
            dependency => assert!(reasoned, "no comment above `{dependency}`"),
        }
    }
}
