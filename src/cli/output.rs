//! Output to the terminal. A closed pipe (`| head`) is not an error.

use std::io::Write;

use serde::Serialize;

use crate::domain::FaceBox;

/// One line of data, on standard output.
pub(super) fn line(text: &str) {
    writeln!(std::io::stdout(), "{}", printable(text)).ok();
}

/// Replaces control characters: file names may contain terminal escapes.
fn printable(text: &str) -> String {
    text.replace(|c: char| c.is_control() && c != '\n', "\u{FFFD}")
}

/// One JSON value on a line of its own, on standard output.
pub(super) fn json(value: &impl Serialize) {
    let text = serde_json::to_string(value).expect("plain values always have a JSON form");
    line(&text);
}

/// A message on standard error.
pub(super) fn note(text: &str) {
    writeln!(std::io::stderr(), "{}", printable(text)).ok();
}

/// `1 event`, `2 events`.
pub(super) fn counted(count: u64, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// The error and its causes, one per line; a cause that is part of the message above it is left out.
pub(super) fn chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}\n  because: {cause}");
        }
    }
    text
}

/// A box in whole pixels.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct PixelBox {
    x: i64,
    y: i64,
    w: i64,
    h: i64,
}

impl From<FaceBox> for PixelBox {
    fn from(face: FaceBox) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "pixels of a picture that was decoded")]
        let whole = |v: f32| v.round() as i64;
        Self { x: whole(face.x), y: whole(face.y), w: whole(face.w), h: whole(face.h) }
    }
}

/// Milliseconds with one decimal.
pub(super) fn ms(time: std::time::Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

/// Milliseconds with three decimals.
pub(super) fn micro_ms(time: std::time::Duration) -> f64 {
    (time.as_secs_f64() * 1_000_000.0).round() / 1000.0
}
