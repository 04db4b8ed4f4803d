//! What a request leaves in the audit log: everything that a route for studio users changes, and what was refused
//! there.

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Response;

use super::Rule;
use crate::domain::{AuditAction, AuditVia, Audited};
use crate::web::access::audit::{audited, record, record_soon};
use crate::web::access::caller::uses_studio;
use crate::web::access::caller::{Origin, SignedIn};
use crate::web::http::validate::path_param;
use crate::web::{ApiError, AppState};

/// The API is under this path too.
const MOUNT: &str = "/api/v1";

/// What a request with this method to this route does; `None`: nothing that the audit log has.
#[must_use]
pub fn audited_action(method: &str, path: &str) -> Option<AuditAction> {
    use AuditAction as A;
    let event = path.strip_prefix("/events/{event_id}");
    Some(match (method, event.unwrap_or(path)) {
        ("POST", "/events") => A::EventCreate,
        ("PUT", "") => A::EventChange,
        ("DELETE", "") => A::EventDelete,
        ("POST", "/images" | "/uploads" | "/uploads/{upload_id}") | ("PATCH", "/uploads/{upload_id}") => {
            A::PhotoUpload
        }
        ("DELETE", "/uploads/{upload_id}") => A::UploadDelete,
        ("PUT", "/watermark") => A::WatermarkSet,
        ("DELETE", "/watermark") => A::WatermarkDelete,
        ("POST", "/images/change") => A::PhotoChange,
        ("DELETE", "/images/{image_id}") => A::PhotoDelete,
        ("PUT", "/images/{image_id}/versions") => A::VersionChoose,
        ("PUT", "/people") => A::PeopleTurn,
        ("POST", "/people") => A::PersonCreate,
        ("PUT", "/people/{person_id}") => A::PersonRename,
        ("DELETE", "/people/{person_id}") => A::PersonDelete,
        ("POST", "/people/{person_id}/faces") => A::PersonCorrect,
        ("POST", "/people/{person_id}/merge") => A::PersonMerge,
        ("POST", "/people/{person_id}/portrait") => A::PersonPortrait,
        ("POST", "/sources") => A::SourceCreate,
        ("PUT", "/sources/{source_id}") => A::SourceChange,
        ("DELETE", "/sources/{source_id}") => A::SourceDelete,
        ("PUT", "/cameras") | ("POST", "/cameras/same-moment" | "/images/{image_id}/time-code") => {
            A::ClockSet
        }
        ("POST", "/invitations") => A::InvitationCreate,
        ("PUT", "/studio/clock") => A::ComputerClockConfirm,
        ("PUT", "/studio/address") => A::AddressChoose,
        ("POST", "/studio/rehearsal") => A::RehearsalStart,
        ("DELETE", "/studio/rehearsal") => A::RehearsalStop,
        ("POST", "/auth/logout") => A::SignOut,
        ("DELETE", "/users/me") => A::AccountDelete,
        ("PUT", "/users/me/second-factor") => A::SecondFactorOn,
        ("DELETE", "/users/me/second-factor") => A::SecondFactorOff,
        ("POST", "/users/me/second-factor/recovery-codes") => A::RecoveryCodes,
        _ => return None,
    })
}

/// What a request would do, and who made it; `None`: nothing that the audit log has, or nobody that is known.
pub(super) async fn trail(rule: Rule, parts: &mut Parts, state: &AppState) -> Option<Audited> {
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return None;
    }
    let SignedIn { user, cookie, .. } = parts.extensions.get::<SignedIn>()?.clone();
    let route = parts.extensions.get::<MatchedPath>()?.clone();
    let path = route.as_str().strip_prefix(MOUNT).unwrap_or(route.as_str());
    let action = audited_action(parts.method.as_str(), path)?;
    // Other accounts' own affairs are nobody else's.
    if rule == Rule::User && !uses_studio(state, &user).await.unwrap_or(true) {
        return None;
    }
    let Ok(Origin(client)) = Origin::from_request_parts(parts, state).await;
    let via = if cookie.is_some() { AuditVia::Browser } else { AuditVia::App };
    let event = path_param(parts, "event_id").await.and_then(|id| id.parse().ok());
    let mut object = None;
    for name in ["image_id", "source_id", "person_id"] {
        object = object.or(path_param(parts, name).await.and_then(|id| id.parse().ok()));
    }
    Some(Audited { event, object, ..audited(action, Some(&user), via, &client) })
}

/// With what was answered.
pub(super) fn answered(trail: Audited, response: &Response) -> Audited {
    let error = response.extensions().get::<ApiError>();
    let failed = || (!response.status().is_success()).then_some("internal");
    let refusal = error.map(|error| error.code().as_str()).or_else(failed);
    // An event that was just created has no number in the path.
    let created = response.extensions().get::<Created>().map(|created| created.0);
    Audited { refusal, event: trail.event.or(created), ..trail }
}

/// Records what was done.
pub(super) async fn leave(state: &AppState, entry: Audited) {
    if entry.refusal.is_some() || entry.action == AuditAction::PhotoUpload {
        record_soon(state, entry);
    } else {
        record(state, entry).await;
    }
}

/// The event that a request created: an extension of the response.
#[derive(Clone)]
pub(in crate::web) struct Created(pub(in crate::web) crate::domain::EventId);
