//! Names in an archive: the photographer's, made safe for every system, each used once.

use std::collections::HashSet;

/// In bytes: file systems allow 255, and a number may be added.
const MAX_BYTES: usize = 200;
/// Longest extension that is kept when a name is cut.
const MAX_EXTENSION_BYTES: usize = 10;
/// Windows reserves these for devices, with any extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Names used in one archive, in lower case: most file systems ignore case.
#[derive(Default)]
pub(crate) struct Names(HashSet<String>);

impl Names {
    /// `name`, or one like it that is not used yet.
    pub(crate) fn unique(&mut self, name: &str) -> String {
        let name = safe(name);
        if self.0.insert(name.to_lowercase()) {
            return name;
        }
        let (stem, extension) = split(&name);
        let mut number = 2_u64;
        loop {
            let numbered = format!("{stem} ({number}){extension}");
            if self.0.insert(numbered.to_lowercase()) {
                return numbered;
            }
            number += 1;
        }
    }
}

/// The name without anything that a system takes for a folder, a device or a command.
pub(crate) fn safe(name: &str) -> String {
    let kept = name.chars().filter(|c| !c.is_control() && !is_direction_mark(*c));
    let kept: String = kept.map(|c| if "/\\:*?\"<>|".contains(c) { '_' } else { c }).collect();
    // Windows drops dots and spaces at the end; elsewhere a dot at the start hides a file.
    let kept = kept.trim().trim_end_matches(['.', ' ']).trim_start_matches('.').trim();
    let kept = shortened(kept);
    let stem = kept.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let is_port = ["com", "lpt"].iter().any(|port| {
        stem.strip_prefix(port)
            .is_some_and(|rest| rest.chars().count() == 1 && rest.chars().all(char::is_numeric))
    });
    match kept.as_str() {
        "" => "photo".to_owned(),
        _ if is_port || DEVICES.contains(&stem.as_str()) => format!("_{kept}"),
        _ => kept,
    }
}

/// Marks of the writing direction, which can make an extension look like another.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn shortened(name: &str) -> String {
    if name.len() <= MAX_BYTES {
        return name.to_owned();
    }
    let (stem, extension) = split(name);
    let extension = if extension.len() <= MAX_EXTENSION_BYTES { extension } else { "" };
    let mut end = (MAX_BYTES - extension.len()).min(stem.len());
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{extension}", stem[..end].trim_end())
}

/// Splits off the extension with its dot.
fn split(name: &str) -> (&str, &str) {
    name.rfind('.').filter(|at| *at > 0).map_or((name, ""), |at| name.split_at(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_everywhere() {
        for (given, expected) in [
            ("DSC_0101.jpg", "DSC_0101.jpg"),
            ("Pesta é 😀.jpg", "Pesta é 😀.jpg"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("C:\\a|b?.jpg", "C__a_b_.jpg"),
            ("a\n\u{0}b\u{202E}gpj.exe", "abgpj.exe"),
            ("...", "photo"),
            ("", "photo"),
            (" . ", "photo"),
            (".hidden.jpg", "hidden.jpg"),
            ("end. . ", "end"),
            ("Con.jpg", "_Con.jpg"),
            ("nul", "_nul"),
            ("com1.x.png", "_com1.x.png"),
            ("lpt9 .jpg", "_lpt9 .jpg"),
            ("common.jpg", "common.jpg"),
        ] {
            assert_eq!(safe(given), expected, "{given:?}");
        }
        let long = safe(&format!("{}.jpg", "é".repeat(300)));
        assert!(long.len() <= MAX_BYTES && long.ends_with("é.jpg"), "{long}");
        assert!(safe(&"x.".repeat(300)).len() <= MAX_BYTES);
    }

    #[test]
    fn no_name_is_used_twice() {
        let mut names = Names::default();
        let given: Vec<String> = ["a.jpg", "A.JPG", "a.jpg", "a (2).jpg", "a", "a", ".a"]
            .iter()
            .map(|name| names.unique(name))
            .collect();
        assert_eq!(given, ["a.jpg", "A (2).JPG", "a (3).jpg", "a (2) (2).jpg", "a", "a (2)", "a (3)"]);
    }
}
