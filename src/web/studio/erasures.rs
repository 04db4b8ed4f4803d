//! The record of what was erased, as far as it is the caller's: about their events; for admins, accounts, selfies and
//! Drive searches too, which have no name in it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{ClockTrust, Erasure, RetentionClock, Timestamp};
use crate::store::retention_clock;
use crate::web::access::caller::SignedIn;
use crate::web::error::blocking;
use crate::web::http::validate::{Issues, Valid, Validate};
use crate::web::{ApiError, AppState};

/// What an entry is about.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ErasureKind {
    /// An event with everything in it.
    Event,
    /// The faces of an event and the names of its people.
    Faces,
    /// An account with everything that hung on it.
    Account,
    /// Stored selfies with their face codes.
    Selfie,
    /// Drive searches with their copies, and faces of Drive folders.
    Drive,
    /// Nothing: a backup was restored, so entries after it are missing, and what they say was erased may be back.
    Restore,
}

/// Why it was erased.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ErasureReason {
    /// The date that the owner had set was reached.
    Date,
    /// The owner decided so.
    Owner,
    /// The user decided so.
    User,
    /// Somebody at the command line decided so.
    Admin,
    /// Nobody had used it for long.
    Unused,
    /// It was as old as it may become.
    Age,
    /// A backup was restored.
    Backup,
}

/// An entry of the record.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErasureView {
    number: u64,
    #[schema(format = DateTime)]
    at: String,
    kind: ErasureKind,
    reason: ErasureReason,
    /// As the event was called; null if the entry is not about one.
    #[schema(required = true)]
    event_name: Option<String>,
    photos: u64,
    faces: u64,
    people: u64,
    selfies: u64,
    copies: u64,
    /// SHA-256 of the entry and of the seal before it, in hexadecimal; null while files are being deleted.
    #[schema(required = true)]
    seal: Option<String>,
    /// Signature of the seal (Ed25519), in hexadecimal.
    #[schema(required = true)]
    signature: Option<String>,
}

/// What was erased, when and why.
#[derive(Serialize, ToSchema)]
pub(crate) struct Erasures {
    /// Oldest first.
    items: Vec<ErasureView>,
    /// With which the signatures can be checked (Ed25519), in hexadecimal.
    public_key: String,
    /// What is wrong with the whole record, in English; null if nothing is.
    #[schema(required = true)]
    fault: Option<String>,
}

/// Whether what has expired is deleted.
#[derive(Serialize, ToSchema)]
pub(crate) struct RetentionState {
    /// Whether the computer's clock is believed.
    trusted: bool,
    /// What it shows.
    #[schema(format = DateTime)]
    shown: String,
    /// Until when everything that has expired was deleted.
    #[schema(format = DateTime)]
    believed: String,
    /// For so many seconds the server must run on until the clock is believed; null if it is, or if somebody must say
    /// so.
    #[schema(required = true)]
    seconds_left: Option<u64>,
}

/// What somebody says of the clock.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ClockWord {
    /// What the computer's clock shows, as `GET /studio/clock` says; within an hour.
    #[schema(format = DateTime)]
    right: String,
}

impl Validate for ClockWord {
    fn check(&self, issues: &mut Issues) {
        issues.expect(
            Timestamp::parse(&self.right).is_some(),
            "right",
            "datetime",
            "expected a time (RFC 3339)",
        );
    }
}

impl From<&Erasure> for ErasureView {
    fn from(entry: &Erasure) -> Self {
        use crate::domain::{ErasureKind as Kind, ErasureReason as Reason};
        Self {
            number: entry.number,
            at: entry.at.to_string(),
            kind: match entry.kind {
                Kind::Event => ErasureKind::Event,
                Kind::Faces => ErasureKind::Faces,
                Kind::Account => ErasureKind::Account,
                Kind::Selfie => ErasureKind::Selfie,
                Kind::Drive => ErasureKind::Drive,
                Kind::Restore => ErasureKind::Restore,
            },
            reason: match entry.reason {
                Reason::Date => ErasureReason::Date,
                Reason::Owner => ErasureReason::Owner,
                Reason::User => ErasureReason::User,
                Reason::Admin => ErasureReason::Admin,
                Reason::Unused => ErasureReason::Unused,
                Reason::Age => ErasureReason::Age,
                Reason::Backup => ErasureReason::Backup,
            },
            event_name: entry.event_name.clone(),
            photos: entry.counts.photos,
            faces: entry.counts.faces,
            people: entry.counts.people,
            selfies: entry.counts.selfies,
            copies: entry.counts.copies,
            seal: entry.seal.map(|seal| seal.to_string()),
            signature: entry.signature.as_deref().map(base16ct::lower::encode_string),
        }
    }
}

/// Lists what was erased: the caller's events and their faces; for admins also accounts, selfies, Drive searches,
/// events without an owner, and restored backups.
#[utoipa::path(get, path = "/studio/erasures", tag = "studio", responses((status = 200, body = Erasures)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
) -> Result<Json<Erasures>, ApiError> {
    let store = state.store();
    let record = blocking(move || Ok(store.record()?)).await?;
    let is_theirs = |entry: &&Erasure| match entry.owner_id {
        Some(owner) => owner == user.id,
        None => user.is_admin,
    };
    Ok(Json(Erasures {
        items: record.entries.iter().filter(is_theirs).map(ErasureView::from).collect(),
        public_key: base16ct::lower::encode_string(&record.public_key),
        fault: record.fault.map(crate::store::erasing::Fault::words),
    }))
}

/// Says whether what has expired is deleted: not by a clock that has jumped.
#[utoipa::path(get, path = "/studio/clock", tag = "studio", responses((status = 200, body = RetentionState)))]
pub(crate) async fn show_clock(State(state): State<AppState>) -> Result<Json<RetentionState>, ApiError> {
    let shown = state.now();
    let clock = state.read(retention_clock::find).await?.unwrap_or(RetentionClock::first(shown));
    Ok(Json(RetentionState {
        trusted: clock.trust() == ClockTrust::Trusted,
        shown: shown.to_string(),
        believed: clock.due(shown).to_string(),
        seconds_left: match clock.trust() {
            ClockTrust::After(left) => Some(left.as_secs()),
            ClockTrust::Trusted | ClockTrust::Unbelievable => None,
        },
    }))
}

/// Says that the computer's clock is right: what has expired by it is deleted within ten minutes.
#[utoipa::path(put, path = "/studio/clock", tag = "studio", request_body = ClockWord,
    responses((status = 204)))]
pub(crate) async fn confirm_clock(
    State(state): State<AppState>,
    Valid(word): Valid<ClockWord>,
) -> Result<StatusCode, ApiError> {
    let shown = state.now();
    let mut issues = Issues::in_body();
    // What somebody has seen and confirmed must not be another time by now.
    let is_shown = Timestamp::parse(&word.right).is_some_and(|right| {
        right.since(shown).max(shown.since(right)) <= std::time::Duration::from_hours(1)
    });
    issues.expect(is_shown, "right", "value", "the computer's clock shows another time");
    issues.finish()?;
    state.write(move |db| retention_clock::confirm(db, shown)).await?;
    Ok(StatusCode::NO_CONTENT)
}
