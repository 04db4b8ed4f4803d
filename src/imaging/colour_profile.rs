//! Colour profiles (ICC.1:2022): which of them belong to a picture.

/// Names of profiles that say what browsers and viewers assume of a picture without one. Others whose names begin like
/// these differ, such as those of linear light.
const SRGB: &[&str] = &["sRGB IEC61966-2.1", "sRGB built-in", "GIMP built-in sRGB", "sRGB"];

/// Where the table of tags starts, behind the header.
const TAGS_AT: usize = 128;

/// Grey and CMYK pictures are converted to RGB, so that their profiles no longer apply (7.2: data colour space).
pub(super) fn is_for_rgb(profile: &[u8]) -> bool {
    profile.get(16..20) == Some(b"RGB ")
}

/// Whether the profile says nothing that a picture without one does not, by the name it gives itself. It takes 3 KB, a
/// quarter of a thumbnail.
pub(super) fn is_srgb(profile: &[u8]) -> bool {
    description(profile).is_some_and(|name| SRGB.contains(&name.trim_end_matches('\0')))
}

/// The profile's name of itself.
fn description(profile: &[u8]) -> Option<String> {
    const ENTRY: usize = 12;
    let entries = profile.get(TAGS_AT + 4..)?.chunks_exact(ENTRY).take(number(profile, TAGS_AT)?);
    let entry = entries.into_iter().find(|entry| entry.starts_with(b"desc"))?;
    let tag = part(profile, number(entry, 4)?, number(entry, 8)?)?;
    match tag.get(..4)? {
        b"desc" => String::from_utf8(part(tag, 12, number(tag, 8)?)?.to_vec()).ok(),
        // In several languages; the first is the default (10.15).
        b"mluc" => {
            let letters = part(tag, number(tag, 24)?, number(tag, 20)?)?.chunks_exact(2);
            let letters: Vec<_> = letters.map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&letters).ok()
        }
        _ => None,
    }
}

fn part(bytes: &[u8], start: usize, length: usize) -> Option<&[u8]> {
    bytes.get(start..start.checked_add(length)?)
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(part(bytes, at, 4)?.try_into().ok()?)).ok()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn be(number: usize) -> [u8; 4] {
        u32::try_from(number).unwrap().to_be_bytes()
    }

    /// A profile with nothing but its name, as files of version 2 have it.
    pub(in crate::imaging) fn named(name: &str) -> Vec<u8> {
        let tag = [b"desc\0\0\0\0".as_slice(), &be(name.len() + 1), name.as_bytes(), &[0; 79]].concat();
        with_tag(&tag)
    }

    fn with_tag(tag: &[u8]) -> Vec<u8> {
        let mut profile = [[0; 16].as_slice(), b"RGB ", &[0; 108]].concat();
        profile.extend([&be(1), b"desc", &be(TAGS_AT + 16), &be(tag.len())].into_iter().flatten());
        [&profile, tag].concat()
    }

    /// The same as in version 4.
    fn named_in_utf16(name: &str) -> Vec<u8> {
        let name: Vec<_> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let head = [b"mluc\0\0\0\0".as_slice(), &be(1), &be(12), b"enUS", &be(name.len()), &be(28)].concat();
        with_tag(&[head, name].concat())
    }

    #[test]
    fn only_profiles_that_name_themselves_srgb_are_srgb() {
        for (name, expected) in [
            ("sRGB IEC61966-2.1", true),
            ("sRGB", true),
            ("Display P3", false),
            ("Adobe RGB (1998)", false),
            ("sRGB-elle-V2-g10.icc", false),
            ("e-sRGB", false),
            ("", false),
        ] {
            assert_eq!(is_srgb(&named(name)), expected, "{name}");
            assert_eq!(is_srgb(&named_in_utf16(name)), expected, "{name}");
            assert!(is_for_rgb(&named(name)));
        }
    }

    #[test]
    fn cut_profiles_have_no_name() {
        for whole in [named("sRGB"), named_in_utf16("sRGB")] {
            let needed = whole.len() - if whole.ends_with(b"B") { 0 } else { 78 };
            for length in 0..needed {
                assert!(!is_srgb(&whole[..length]), "{length} of {}", whole.len());
            }
        }
        let mut far = named("sRGB");
        far[TAGS_AT + 8..TAGS_AT + 16].fill(0xFF);
        assert!(!is_srgb(&far));
    }
}
