//! Draws text, lines and codes on one page. Coordinates are in points from the upper left corner.

use pdf_writer::{Content, Name, Str};

use super::metrics::{ELLIPSIS, Font, encode, width};

/// A4.
pub(super) const PAGE: (f32, f32) = (595.28, 841.89);
/// Line height, as a multiple of the font size.
const LEADING: f32 = 1.22;
/// Step by which text is shrunk until it fits, in points.
const SHRINK: f32 = 0.5;

/// Which part of a line is at `x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Centre,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) font: Font,
    /// Largest font size.
    pub(super) size: f32,
    /// Smallest font size; text that still does not fit is cut.
    pub(super) min_size: f32,
    /// 0 is black.
    pub(super) gray: f32,
    /// Largest number of lines.
    pub(super) lines: usize,
}

impl Style {
    pub(super) const fn new(font: Font, size: f32, min_size: f32) -> Self {
        Self { font, size, min_size, gray: 0.0, lines: 1 }
    }

    pub(super) const fn gray(self, gray: f32) -> Self {
        Self { gray, ..self }
    }

    pub(super) const fn lines(self, lines: usize) -> Self {
        Self { lines, ..self }
    }
}

/// Text broken into lines and sized to fit its space.
#[derive(Debug)]
pub(super) struct Block {
    style: Style,
    lines: Vec<Vec<u8>>,
    /// Whether the font lacks a character.
    unprintable: bool,
}

impl Block {
    /// Breaks a text into lines of at most `room` points, as large as the style allows.
    pub(super) fn new(text: &str, style: Style, room: f32) -> Self {
        let (bytes, unprintable) = encode(text);
        let mut size = style.size;
        loop {
            let is_smallest = size <= style.min_size;
            let lines = wrap(&bytes, style.font, room / size);
            let fits = lines.len() <= style.lines
                && lines.iter().all(|line| width(line, style.font) * size <= room + 0.01);
            if fits || is_smallest {
                let lines = if fits { lines } else { cut(lines, style, room / size) };
                return Self { style: Style { size, ..style }, lines, unprintable };
            }
            size = (size - SHRINK).max(style.min_size);
        }
    }

    pub(super) fn height(&self) -> f32 {
        self.lines.len() as f32 * self.style.size * LEADING
    }

    pub(super) fn width(&self) -> f32 {
        let widths = self.lines.iter().map(|line| width(line, self.style.font) * self.style.size);
        widths.fold(0.0, f32::max)
    }
}

/// Breaks at spaces; `room` is for font size 1. Words that are too long are not broken.
fn wrap(text: &[u8], font: Font, room: f32) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for word in text.split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
        let longer = lines.last().map(|line| [line.as_slice(), b" ", word].concat());
        match (lines.last_mut(), longer) {
            (Some(line), Some(longer)) if width(&longer, font) <= room => *line = longer,
            _ => lines.push(word.to_vec()),
        }
    }
    lines
}

/// Cuts what does not fit, and adds an ellipsis.
fn cut(mut lines: Vec<Vec<u8>>, style: Style, room: f32) -> Vec<Vec<u8>> {
    let more = lines.len() > style.lines;
    lines.truncate(style.lines);
    let last = lines.len().saturating_sub(1);
    for (index, line) in lines.iter_mut().enumerate() {
        let overflows = (more && index == last) || width(line, style.font) > room;
        if overflows {
            line.push(ELLIPSIS);
        }
        while overflows && line.len() > 1 && width(line, style.font) > room {
            line.remove(line.len() - 2);
        }
    }
    lines
}

/// One page.
pub(super) struct Canvas {
    content: Content,
    /// Whether a font lacks a character.
    unprintable: bool,
}

impl Canvas {
    pub(super) fn new() -> Self {
        Self { content: Content::new(), unprintable: false }
    }

    /// The page's content, and whether a font lacks a character.
    pub(super) fn finish(self) -> (Vec<u8>, bool) {
        (self.content.finish().into_vec(), self.unprintable)
    }

    /// Draws a block below `y`; returns its lower edge.
    pub(super) fn text(&mut self, block: &Block, x: f32, y: f32, align: Align) -> f32 {
        let Style { font, size, gray, .. } = block.style;
        self.unprintable |= block.unprintable;
        let name = match font {
            Font::Regular => Name(b"F1"),
            Font::Bold => Name(b"F2"),
            Font::Mono => Name(b"F3"),
        };
        let mut top = y;
        for line in &block.lines {
            let left = match align {
                Align::Left => x,
                Align::Centre => x - width(line, font) * size / 2.0,
            };
            // Centred in the line for a cap height of 0.72.
            let baseline = PAGE.1 - top - size * (LEADING + 0.72) / 2.0;
            self.content.begin_text().set_fill_gray(gray).set_font(name, size);
            self.content.next_line(left, baseline).show(Str(line)).end_text();
            top += size * LEADING;
        }
        top
    }

    /// Draws the code that was registered as `name`, with its upper left corner at (`x`, `y`).
    pub(super) fn code(&mut self, name: &[u8], x: f32, y: f32, side: f32) {
        self.content.save_state().transform([side, 0.0, 0.0, side, x, PAGE.1 - y - side]);
        self.content.x_object(Name(name)).restore_state();
    }

    /// Draws a straight line; dashed for cutting.
    pub(super) fn line(&mut self, from: (f32, f32), to: (f32, f32), dashed: bool) {
        self.content.save_state().set_stroke_gray(0.7).set_line_width(0.5);
        if dashed {
            self.content.set_dash_pattern([3.0, 3.0], 0.0);
        }
        self.content.move_to(from.0, PAGE.1 - from.1).line_to(to.0, PAGE.1 - to.1).stroke().restore_state();
    }

    /// Draws a black disc.
    pub(super) fn disc(&mut self, (x, y): (f32, f32), radius: f32) {
        // Four Bézier curves approximate a circle.
        let (y, control) = (PAGE.1 - y, radius * 0.5523);
        let content = self.content.set_fill_gray(0.0);
        content.move_to(x + radius, y);
        content.cubic_to(x + radius, y + control, x + control, y + radius, x, y + radius);
        content.cubic_to(x - control, y + radius, x - radius, y + control, x - radius, y);
        content.cubic_to(x - radius, y - control, x - control, y - radius, x, y - radius);
        content.cubic_to(x + control, y - radius, x + radius, y - control, x + radius, y);
        content.close_path().fill_nonzero();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_shrunk_before_it_is_cut() {
        let style = Style::new(Font::Bold, 30.0, 10.0).lines(2);
        let lines = |text: &str| Block::new(text, style, 200.0).lines;
        assert_eq!(lines("Rina & Adi"), [b"Rina & Adi"]);
        assert_eq!(
            lines("The wedding of Rina and Adi"),
            [b"The wedding of".to_vec(), b"Rina and Adi".to_vec()]
        );
        let long = lines(&"word ".repeat(40));
        assert!(long.len() == 2 && long[1].ends_with(&[ELLIPSIS]) && !long[0].ends_with(&[ELLIPSIS]));
        assert!(lines("").is_empty());
    }

    proptest! {
        #[test]
        fn text_never_exceeds_its_space(text in "[ -~é…]{0,200}", room in 30.0_f32..400.0, lines in 1_usize..4) {
            let block = Block::new(&text, Style::new(Font::Regular, 24.0, 6.0).lines(lines), room);
            prop_assert!(block.width() <= room + 0.01);
            prop_assert!(block.lines.len() <= lines);
        }
    }
}
