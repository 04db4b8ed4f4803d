//! The layouts of the sheets.

use super::canvas::{Align, Block, Canvas, PAGE, Style};
use super::metrics::Font;
use super::{LINK_CODE, Sheet, WIFI_CODE, Wifi, Words};

/// Space between text and the edge of the paper.
const MARGIN: f32 = 56.0;
const SECOND_GRAY: f32 = 0.35;

/// Picks one sentence of a language.
type Pick = fn(&Words) -> &'static str;

/// The three steps, in order.
const STEPS: [Pick; 3] = [|words| words.scan, |words| words.selfie, |words| words.photos];

/// A sentence in each language: the first language in style `first`, the other in `second`.
fn translations(sheet: &Sheet, pick: Pick, first: Style, second: Style, room: f32) -> Vec<Block> {
    let style = |index| if index == 0 { first } else { second };
    let words = sheet.words.iter().enumerate();
    words.map(|(index, words)| Block::new(pick(words), style(index), room)).collect()
}

fn height(blocks: &[Block]) -> f32 {
    blocks.iter().map(Block::height).sum()
}

fn draw_all(canvas: &mut Canvas, blocks: &[Block], x: f32, y: f32, align: Align) -> f32 {
    blocks.iter().fold(y, |y, block| canvas.text(block, x, y, align))
}

/// The numbered steps.
struct Steps {
    rows: Vec<Vec<Block>>,
    scale: f32,
}

impl Steps {
    /// At most as wide as `room`.
    fn new(sheet: &Sheet, scale: f32, lines: usize, room: f32) -> Self {
        let first = Style::new(Font::Bold, 16.0 * scale, 5.5).lines(lines);
        let second = Style::new(Font::Regular, 12.0 * scale, 5.5).gray(SECOND_GRAY).lines(lines);
        let room = room - Self::indent(scale);
        Self {
            rows: STEPS.iter().map(|pick| translations(sheet, *pick, first, second, room)).collect(),
            scale,
        }
    }

    fn radius(&self) -> f32 {
        13.0 * self.scale
    }

    fn gap(&self) -> f32 {
        12.0 * self.scale
    }

    fn indent(scale: f32) -> f32 {
        38.0 * scale
    }

    fn width(&self) -> f32 {
        Self::indent(self.scale) + self.rows.iter().flatten().map(Block::width).fold(0.0, f32::max)
    }

    fn row_height(&self, row: &[Block]) -> f32 {
        height(row).max(2.0 * self.radius())
    }

    fn height(&self) -> f32 {
        let rows: f32 = self.rows.iter().map(|row| self.row_height(row)).sum();
        rows + self.gap() * (self.rows.len() as f32 - 1.0)
    }

    /// Returns the lower edge.
    fn draw(&self, canvas: &mut Canvas, x: f32, y: f32) -> f32 {
        let number = Style::new(Font::Bold, 15.0 * self.scale, 5.0).gray(1.0);
        let mut top = y;
        for (index, row) in self.rows.iter().enumerate() {
            let middle = top + self.row_height(row) / 2.0;
            canvas.disc((x + self.radius(), middle), self.radius());
            let number = Block::new(&(index + 1).to_string(), number, 2.0 * self.radius());
            canvas.text(&number, x + self.radius(), middle - number.height() / 2.0, Align::Centre);
            let left = x + Self::indent(self.scale);
            draw_all(canvas, row, left, middle - height(row) / 2.0, Align::Left);
            top += self.row_height(row) + self.gap();
        }
        y + self.height()
    }
}

/// Draws the event's name; returns its lower edge.
fn title(canvas: &mut Canvas, sheet: &Sheet, y: f32) -> f32 {
    let style = Style::new(Font::Bold, 40.0, 15.0).lines(3);
    let block = Block::new(sheet.title, style, PAGE.0 - 2.0 * MARGIN);
    canvas.text(&block, PAGE.0 / 2.0, y, Align::Centre)
}

fn address(canvas: &mut Canvas, sheet: &Sheet, x: f32, y: f32, room: f32, align: Align) -> f32 {
    let style = Style::new(Font::Mono, 11.0, 4.0).gray(SECOND_GRAY);
    canvas.text(&Block::new(sheet.address, style, room), x, y, align)
}

/// Draws the consent notice at the foot of the page.
fn notice(canvas: &mut Canvas, sheet: &Sheet) {
    let room = PAGE.0 - 2.0 * MARGIN - 40.0;
    let style = Style::new(Font::Regular, 9.0, 6.0).gray(SECOND_GRAY).lines(4);
    let text = translations(sheet, |words| words.consent, style, style, room);
    let gap = 5.0;
    let tall = height(&text) + gap * (text.len() as f32 - 1.0);
    let mut y = PAGE.1 - 42.0 - tall;
    canvas.line((MARGIN, y - 12.0), (PAGE.0 - MARGIN, y - 12.0), false);
    for block in &text {
        y = canvas.text(block, PAGE.0 / 2.0, y, Align::Centre) + gap;
    }
}

/// One large code with three steps.
pub(super) fn poster(canvas: &mut Canvas, sheet: &Sheet) {
    // A second language leaves less room for the code.
    let (side, scale) = if sheet.words.len() > 1 { (290.0, 1.1) } else { (330.0, 1.2) };
    let (middle, room) = (PAGE.0 / 2.0, PAGE.0 - 2.0 * MARGIN);
    let y = title(canvas, sheet, 58.0) + 30.0;
    canvas.code(LINK_CODE, middle - side / 2.0, y, side);
    let y = address(canvas, sheet, middle, y + side + 16.0, room, Align::Centre);
    let steps = Steps::new(sheet, scale, 2, room);
    steps.draw(canvas, middle - steps.width() / 2.0, y + 24.0);
    notice(canvas, sheet);
}

/// Eight cards, with dashed lines for cutting.
pub(super) fn cards(canvas: &mut Canvas, sheet: &Sheet) {
    let (wide, tall) = (PAGE.0 / 2.0, PAGE.1 / 4.0);
    for row in 0..4_u8 {
        for column in 0..2_u8 {
            card(canvas, sheet, (f32::from(column) * wide, f32::from(row) * tall), (wide, tall));
        }
        let y = f32::from(row) * tall;
        if row > 0 {
            canvas.line((0.0, y), (PAGE.0, y), true);
        }
    }
    canvas.line((wide, 0.0), (wide, PAGE.1), true);
}

fn card(canvas: &mut Canvas, sheet: &Sheet, (left, top): (f32, f32), (wide, tall): (f32, f32)) {
    const INSET: f32 = 22.0;
    /// Light border around the code.
    const QUIET_ZONE: f32 = 11.0;
    let (room, middle) = (wide - 2.0 * INSET, left + wide / 2.0);
    let name = Block::new(sheet.title, Style::new(Font::Bold, 17.0, 8.0).lines(2), room);
    let after = canvas.text(&name, middle, top + INSET, Align::Centre);
    let small = Style::new(Font::Regular, 6.5, 5.0).gray(SECOND_GRAY).lines(2);
    let foot = translations(sheet, |words| words.consent_short, small, small, room);
    let link = Block::new(sheet.address, Style::new(Font::Mono, 7.0, 4.0).gray(SECOND_GRAY), room);
    let below = top + tall - INSET - height(&foot) - link.height();
    let side = (below - after - 2.0 * QUIET_ZONE).min(108.0);
    let centre = f32::midpoint(after, below);
    canvas.code(LINK_CODE, left + INSET, centre - side / 2.0, side);
    let x = left + INSET + side + 16.0;
    let (scale, lines) = if sheet.words.len() > 1 { (0.58, 1) } else { (0.66, 2) };
    let steps = Steps::new(sheet, scale, lines, left + wide - INSET - x);
    steps.draw(canvas, x, centre - steps.height() / 2.0);
    let end = canvas.text(&link, middle, below, Align::Centre);
    draw_all(canvas, &foot, middle, end, Align::Centre);
}

/// Two codes: first to join the Wi-Fi, then to open the photos.
pub(super) fn wifi(canvas: &mut Canvas, sheet: &Sheet, wifi: &Wifi) {
    const SIDE: f32 = 190.0;
    let (x, y) = (MARGIN + SIDE + 30.0, title(canvas, sheet, 52.0) + 30.0);
    let room = PAGE.0 - MARGIN - x;
    canvas.code(WIFI_CODE, MARGIN, y, SIDE);
    let mut below = heading(canvas, sheet, ("1", |words| words.wifi), x, y, room) + 14.0;
    let value = Style::new(Font::Mono, 16.0, 7.0).lines(2);
    let parts: [(Pick, Option<&str>); 2] =
        [(|words| words.network, Some(&wifi.name)), (|words| words.password, wifi.password.as_deref())];
    for (pick, text) in parts {
        let Some(text) = text else { continue };
        let names: Vec<&str> = sheet.words.iter().map(pick).collect();
        let label = Style::new(Font::Regular, 11.0, 7.0).gray(SECOND_GRAY);
        below = canvas.text(&Block::new(&names.join(" / "), label, room), x, below, Align::Left) + 1.0;
        below = canvas.text(&Block::new(text, value, room), x, below, Align::Left) + 10.0;
    }
    let y = y + SIDE.max(below - y) + 26.0;
    canvas.line((MARGIN, y), (PAGE.0 - MARGIN, y), false);
    let y = y + 26.0;
    canvas.code(LINK_CODE, MARGIN, y, SIDE);
    let below = heading(canvas, sheet, ("2", |words| words.gallery), x, y, room) + 14.0;
    let end = Steps::new(sheet, 0.72, 2, room).draw(canvas, x, below);
    address(canvas, sheet, MARGIN, (y + SIDE).max(end) + 12.0, PAGE.0 - 2.0 * MARGIN, Align::Left);
    notice(canvas, sheet);
}

fn heading(
    canvas: &mut Canvas,
    sheet: &Sheet,
    (number, pick): (&str, Pick),
    x: f32,
    y: f32,
    room: f32,
) -> f32 {
    let first = Style::new(Font::Bold, 22.0, 10.0);
    let second = Style::new(Font::Regular, 15.0, 8.0).gray(SECOND_GRAY);
    let mut y = y;
    for (index, words) in sheet.words.iter().enumerate() {
        let (text, style) = if index == 0 {
            (format!("{number}. {}", pick(words)), first)
        } else {
            (pick(words).to_owned(), second)
        };
        y = canvas.text(&Block::new(&text, style, room), x, y, Align::Left);
    }
    y
}
