//! An event's statistics, and its consents as a table for spreadsheets.

use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{TallyKind, Timestamp};
use crate::store::consents::{self, Consent};
use crate::store::statistics::{self, Arrivals};
use crate::store::tallies;
use crate::web::pictures::downloads;
use crate::web::rule::OpenEvent;
use crate::web::{ApiError, AppState};

/// Counts of what happened in an event, and an estimate. They identify nobody.
#[derive(Serialize, ToSchema)]
pub(crate) struct Statistics {
    totals: Totals,
    /// Length of a time slot.
    slot_seconds: i64,
    series: Series,
    consents: Consents,
    /// An estimate from the event's photos: fewer than this share of the searches by guests who are in photos show
    /// somebody else's photo as sure. `null` while too few people are in photos together.
    wrong_searches: Option<f64>,
}

/// Counts since the event was created.
#[derive(Default, Serialize, ToSchema)]
struct Totals {
    photos: u64,
    faces: u64,
    /// How often guests entered.
    guests: u64,
    /// Searches with a selfie.
    searches: u64,
    /// Searches that found photos.
    hits: u64,
    downloads: u64,
}

/// Counts by time slot, oldest first, without empty slots. Each entry: the start of the slot (RFC 3339, UTC) and the
/// count. Photos and their faces count when the photo arrived.
#[derive(Default, Serialize, ToSchema)]
struct Series {
    photos: Vec<(String, u64)>,
    faces: Vec<(String, u64)>,
    guests: Vec<(String, u64)>,
    searches: Vec<(String, u64)>,
    hits: Vec<(String, u64)>,
    downloads: Vec<(String, u64)>,
}

/// Consents to face search.
#[derive(Serialize, ToSchema)]
struct Consents {
    given: u64,
    withdrawn: u64,
}

/// Counts what happened in an event, in slots of five minutes.
#[utoipa::path(get, path = "/events/{event_id}/statistics", tag = "studio", params(("event_id" = i64, Path)),
    responses((status = 200, body = Statistics)))]
pub(crate) async fn show(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
) -> Result<Json<Statistics>, ApiError> {
    downloads::record(&state).await;
    let app = state.0.settings.app.clone();
    let found = state.read(move |db| {
        let arrivals = statistics::list_arrivals(db, event.id)?;
        let wrong_searches = app.search.share_of_wrong_searches(event.id);
        Ok((arrivals, tallies::list(db, event.id)?, consents::count(db, event.id)?, wrong_searches))
    });
    let (arrivals, counted, (given, withdrawn), wrong_searches) = found.await?;
    let consents = Consents { given, withdrawn };
    let (totals, series) = summarise(&arrivals, &counted);
    Ok(Json(Statistics { totals, slot_seconds: tallies::SLOT_MS / 1000, series, consents, wrong_searches }))
}

fn summarise(arrivals: &[Arrivals], counted: &[(TallyKind, Timestamp, u64)]) -> (Totals, Series) {
    let (mut totals, mut series) = (Totals::default(), Series::default());
    let add = |total: &mut u64, slots: &mut Vec<(String, u64)>, at: Timestamp, count: u64| {
        *total += count;
        if count > 0 {
            slots.push((at.to_string(), count));
        }
    };
    for Arrivals { slot, photos, faces } in arrivals {
        add(&mut totals.photos, &mut series.photos, *slot, *photos);
        add(&mut totals.faces, &mut series.faces, *slot, *faces);
    }
    for (kind, slot, count) in counted {
        let (total, slots) = match kind {
            TallyKind::Guest => (&mut totals.guests, &mut series.guests),
            TallyKind::Search => (&mut totals.searches, &mut series.searches),
            TallyKind::Hit => (&mut totals.hits, &mut series.hits),
            TallyKind::Download => (&mut totals.downloads, &mut series.downloads),
        };
        add(total, slots, *slot, *count);
    }
    (totals, series)
}

/// Exports consents to face search as CSV: time, `given` or `withdrawn`, version of the text, session number. The table
/// has no names.
#[utoipa::path(get, path = "/events/{event_id}/consents", tag = "studio", params(("event_id" = i64, Path)),
    responses((status = 200, content_type = "text/csv", body = String)))]
pub(crate) async fn export_consents(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
) -> Result<impl IntoResponse, ApiError> {
    let consents = state.read(move |db| consents::list(db, event.id)).await?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"consents-{}.csv\"", event.id)),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, table(&consents)))
}

/// CSV (RFC 4180).
fn table(consents: &[Consent]) -> String {
    let mut text = String::from("time,action,version,session\r\n");
    for Consent { subject, action, version, at } in consents {
        let cells = [&at.to_string(), action, version, subject].map(|cell| csv_cell(cell));
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

/// Spreadsheets run cells that begin like a formula: a quote keeps them text.
fn csv_cell(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_escaped_and_never_formulas() {
        for (given, cell) in [
            ("given", "given"),
            ("=HYPERLINK(\"x\",1)", "\"'=HYPERLINK(\"\"x\"\",1)\""),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(1)", "'@SUM(1)"),
            ("a\r\n=1", "\"a\r\n=1\""),
            ("\t=1", "'\t=1"),
        ] {
            assert_eq!(csv_cell(given), cell, "{given:?}");
        }
    }
}
