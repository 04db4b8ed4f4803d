//! Times in bodies about events: when they take place, and when they and their faces end.

use super::event_bodies::valid;
use crate::domain::{TimeZone, Timestamp};
use crate::web::http::validate::Issues;

/// A time, or a date, which means its midnight in UTC.
pub(super) fn moment(text: &str, field: &str, issues: &mut Issues) -> Option<Timestamp> {
    let moment = Timestamp::parse(text).ok_or("expected a time (RFC 3339) or a date");
    valid(moment, field, "datetime", issues)
}

/// The end of something, in the future; of a date alone, the end of that day in the event's zone.
pub(super) fn end(
    text: &str,
    field: &str,
    (now, zone): (Timestamp, &TimeZone),
    issues: &mut Issues,
) -> Option<Timestamp> {
    let mut at = moment(text, field, issues)?;
    if is_day(text) {
        at = zone.end_of_day(at);
    }
    issues.expect(at > now, field, "value", "expected a time in the future");
    Some(at)
}

/// Whether a time is a date alone.
fn is_day(text: &str) -> bool {
    let text = text.trim();
    text.parse::<f64>().is_err() && !text.contains(['T', 't', ' '])
}
