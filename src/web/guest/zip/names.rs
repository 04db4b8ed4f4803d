//! Photographers' names for photos become names that every system can unpack, each once in an archive.

use std::collections::HashSet;

/// In bytes: file systems take 255, and a number may be added.
const MAX_BYTES: usize = 200;
/// Longest ending that is kept where a name is too long.
const MAX_ENDING_BYTES: usize = 10;
/// Windows keeps these for devices, whatever their ending.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Names given in one archive, in lower case: most systems do not tell cases apart.
#[derive(Default)]
pub(in crate::web) struct Names(HashSet<String>);

impl Names {
    /// A name like this that was not given yet.
    pub(in crate::web) fn unique(&mut self, name: &str) -> String {
        let name = safe(name);
        if self.0.insert(name.to_lowercase()) {
            return name;
        }
        let (stem, ending) = split(&name);
        let mut number = 2_u64;
        loop {
            let numbered = format!("{stem} ({number}){ending}");
            if self.0.insert(numbered.to_lowercase()) {
                return numbered;
            }
            number += 1;
        }
    }
}

/// The name without what a system could take for a folder, a device or a command.
pub(in crate::web) fn safe(name: &str) -> String {
    let kept = name.chars().filter(|c| !c.is_control() && !turns_the_line(*c));
    let kept: String = kept.map(|c| if "/\\:*?\"<>|".contains(c) { '_' } else { c }).collect();
    // Windows drops dots and spaces at the end; what begins with a dot is hidden elsewhere.
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

/// Marks of the writing's direction, which let an ending look like another.
fn turns_the_line(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn shortened(name: &str) -> String {
    if name.len() <= MAX_BYTES {
        return name.to_owned();
    }
    let (stem, ending) = split(name);
    let ending = if ending.len() <= MAX_ENDING_BYTES { ending } else { "" };
    let mut end = (MAX_BYTES - ending.len()).min(stem.len());
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{ending}", stem[..end].trim_end())
}

/// Ending with its dot, where there is one.
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
    fn no_name_is_given_twice() {
        let mut names = Names::default();
        let given: Vec<String> = ["a.jpg", "A.JPG", "a.jpg", "a (2).jpg", "a", "a", ".a"]
            .iter()
            .map(|name| names.unique(name))
            .collect();
        assert_eq!(given, ["a.jpg", "A (2).JPG", "a (3).jpg", "a (2) (2).jpg", "a", "a (2)", "a (3)"]);
    }
}
