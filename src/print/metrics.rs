//! Encodes text for the standard PDF fonts (`WinAnsiEncoding`, ISO 32000-1 annex D), and measures it (Adobe's metrics
//! of the standard fonts, in thousandths of the font size).

/// A standard font, which every PDF viewer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Font {
    Regular,
    Bold,
    /// Monospaced, for text to be typed letter by letter.
    Mono,
}

/// Replaces characters that the fonts lack.
const REPLACEMENT: u8 = b'?';
/// `…`
pub(super) const ELLIPSIS: u8 = 0x85;

/// The characters 0x80 to 0x9F; spaces mark unused codes.
const WINDOWS: [char; 32] = [
    '€', ' ', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', ' ', 'Ž', ' ', //
    ' ', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', ' ', 'ž', 'Ÿ',
];

/// The encoded text, and whether a character had to be replaced.
pub(super) fn encode(text: &str) -> (Vec<u8>, bool) {
    let bytes: Vec<Option<u8>> = text.chars().map(byte).collect();
    let unprintable = bytes.contains(&None);
    (bytes.into_iter().map(|byte| byte.unwrap_or(REPLACEMENT)).collect(), unprintable)
}

fn byte(c: char) -> Option<u8> {
    if c.is_control() {
        return None;
    }
    let direct = u8::try_from(u32::from(c)).ok().filter(|byte| *byte < 0x80 || *byte >= 0xA0);
    direct.or_else(|| {
        let index = WINDOWS.iter().position(|known| *known == c && c != ' ')?;
        u8::try_from(0x80 + index).ok()
    })
}

/// Width of encoded text at font size 1.
pub(super) fn width(text: &[u8], font: Font) -> f32 {
    let widths = match font {
        Font::Regular => &REGULAR,
        Font::Bold => &BOLD,
        Font::Mono => return text.len() as f32 * 0.6,
    };
    let of = |byte: &u8| usize::from(*byte).checked_sub(0x20).map_or(0, |index| widths[index]);
    text.iter().map(|byte| f32::from(of(byte)) / 1000.0).sum()
}

/// Helvetica, from the space on.
#[rustfmt::skip]
const REGULAR: [u16; 224] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, 350,
    556, 350, 222, 556, 333, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350,
    350, 222, 222, 333, 333, 350, 556, 1000, 333, 1000, 500, 333, 944, 350, 500, 667,
    278, 333, 556, 556, 556, 556, 260, 556, 333, 737, 370, 556, 584, 333, 737, 333,
    400, 584, 333, 333, 333, 556, 537, 278, 333, 333, 365, 556, 834, 834, 834, 611,
    667, 667, 667, 667, 667, 667, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278,
    722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611,
    556, 556, 556, 556, 556, 556, 889, 500, 556, 556, 556, 556, 278, 278, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 584, 611, 556, 556, 556, 556, 500, 556, 500,
];

/// Helvetica Bold, from the space on.
#[rustfmt::skip]
const BOLD: [u16; 224] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
    975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
    333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611,
    611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584, 350,
    556, 350, 278, 556, 500, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350,
    350, 278, 278, 500, 500, 350, 556, 1000, 333, 1000, 556, 333, 944, 350, 500, 667,
    278, 333, 556, 556, 556, 556, 280, 556, 333, 737, 370, 556, 584, 333, 737, 333,
    400, 584, 333, 333, 333, 611, 556, 278, 333, 333, 365, 556, 834, 834, 834, 611,
    722, 722, 722, 722, 722, 722, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278,
    722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611,
    556, 556, 556, 556, 556, 556, 889, 556, 556, 556, 556, 556, 278, 278, 278, 278,
    611, 611, 611, 611, 611, 611, 611, 584, 611, 611, 611, 611, 611, 556, 611, 556,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_outside_the_encoding_are_replaced() {
        assert_eq!(encode("Rina & Adi – “é”…"), (b"Rina & Adi \x96 \x93\xE9\x94\x85".to_vec(), false));
        assert_eq!(encode("祝 🎉"), (b"? ?".to_vec(), true));
        // These bytes are in the encoding, but mean other characters there.
        assert_eq!(encode("\u{80}\u{9D}\n"), (b"???".to_vec(), true));
        assert_eq!(encode("\u{A0}ÿ€"), (b"\xA0\xFF\x80".to_vec(), false));
    }

    #[test]
    fn widths_match_the_fonts() {
        let close = |text: &str, font, expected: f32| {
            let found = width(&encode(text).0, font);
            assert!((found - expected).abs() < 1e-4, "{text}: {found}");
        };
        close("Hello", Font::Regular, 2.278);
        close("Hello", Font::Bold, 2.445);
        close("Hello", Font::Mono, 3.0);
        close("Ünï—", Font::Regular, 2.556);
        close("", Font::Bold, 0.0);
    }
}
