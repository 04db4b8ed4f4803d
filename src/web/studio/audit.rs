//! The audit log, for admins: what accounts that use the studio did.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::{AuditEntry, EventId, UserId};
use crate::store::audit;
use crate::web::access::audit::record_gathered;
use crate::web::http::validate::{Issues, ValidQuery, Validate};
use crate::web::{ApiError, AppState};

/// Entries of an answer.
const PAGE: u32 = 100;

/// What an account did, or was refused.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditView {
    /// Newer entries have larger numbers.
    id: i64,
    /// When it was done first (RFC 3339, UTC).
    #[schema(format = DateTime)]
    first_at: String,
    /// When it was done last.
    #[schema(format = DateTime)]
    at: String,
    /// How often: equal entries within ten minutes are one.
    times: u32,
    /// The account; null: nobody that is known.
    #[schema(required = true)]
    user_id: Option<i64>,
    /// Its login or e-mail address; null: it was deleted, or has neither.
    #[schema(required = true)]
    login: Option<String>,
    /// `browser`, `app`, or `command`: on the server's computer.
    via: String,
    /// What was done: `event.create`, `photo.delete` and so on.
    action: String,
    #[schema(required = true)]
    event_id: Option<i64>,
    /// Null: there is none, or it was deleted.
    #[schema(required = true)]
    event_name: Option<String>,
    /// Number of the photo, source or person.
    #[schema(required = true)]
    object_id: Option<i64>,
    /// Why it was refused, as an error code; null: it was done.
    #[schema(required = true)]
    refusal: Option<String>,
    /// IPv4 address, or IPv6 network, that it came from.
    #[schema(required = true)]
    network: Option<String>,
}

impl From<AuditEntry> for AuditView {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { id, at: (first_at, at), times, user, login, via, action, event, .. } = entry;
        Self {
            id,
            first_at: first_at.to_string(),
            at: at.to_string(),
            times,
            user_id: user.map(UserId::as_i64),
            login,
            via,
            action,
            event_id: event.map(EventId::as_i64),
            event_name: entry.event_name,
            object_id: entry.object,
            refusal: entry.refusal,
            network: entry.network,
        }
    }
}

/// A page of the audit log.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditPage {
    /// The newest first.
    entries: Vec<AuditView>,
    /// `before` of the next page; null: this is the last one.
    #[schema(required = true)]
    next: Option<i64>,
    /// Days until entries are deleted.
    keep_days: u32,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Entries older than this one; default: the newest.
    before: Option<i64>,
}

impl Validate for AuditQuery {
    fn check(&self, _: &mut Issues) {}
}

/// Lists what accounts that use the studio did, the newest first, a hundred at once.
#[utoipa::path(get, path = "/studio/audit", tag = "studio", params(AuditQuery),
    responses((status = 200, body = AuditPage)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    ValidQuery(AuditQuery { before }): ValidQuery<AuditQuery>,
) -> Result<Json<AuditPage>, ApiError> {
    record_gathered(&state).await;
    let entries = state.read(move |db| audit::list(db, before, PAGE)).await?;
    let is_full = entries.len() == PAGE as usize;
    let next = entries.last().map(|entry| entry.id).filter(|_| is_full);
    let entries = entries.into_iter().map(AuditView::from).collect();
    Ok(Json(AuditPage { entries, next, keep_days: state.config().privacy.audit_days }))
}
