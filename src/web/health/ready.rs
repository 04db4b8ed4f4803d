//! Whether the server runs, and whether it can do all of its work: for containers, supervisors and load balancers. A
//! server without its model does not answer at all.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tokio::sync::Mutex;

use crate::app::ServiceState;
use crate::domain::Timestamp;
use crate::store::StoreError;
use crate::web::error::blocking;
use crate::web::{ApiError, AppState, ErrorCode};

/// An answer counts for this long: everybody may ask, and each look takes the database for a moment.
const KEPT: Duration = Duration::from_secs(2);
/// A database that takes longer does not answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Why a server is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    /// The database does not answer, or cannot be written.
    Database,
    /// The disk has no room for another photo.
    DiskFull,
    /// A background service has died.
    ServiceDied,
}

/// The last look, for all who ask shortly after.
#[derive(Default)]
pub(crate) struct LastLook(Mutex<Option<(Timestamp, Vec<Reason>)>>);

#[derive(Serialize)]
pub(crate) struct Status {
    status: &'static str,
}

/// The process answers: nothing else is looked at.
pub(crate) async fn live() -> Json<Status> {
    Json(Status { status: "live" })
}

/// # Errors
/// With the reasons, when the server cannot do all of its work.
pub(crate) async fn show(State(state): State<AppState>) -> Result<Json<Status>, ApiError> {
    let reasons = reasons(&state).await;
    if reasons.is_empty() {
        Ok(Json(Status { status: "ready" }))
    } else {
        Err(ApiError::with_extra(ErrorCode::NotReady, "reasons", &reasons))
    }
}

/// Why the server is not ready; none if it is.
pub(crate) async fn reasons(state: &AppState) -> Vec<Reason> {
    let mut last = state.0.last_look.0.lock().await;
    let now = state.now();
    match &*last {
        Some((at, reasons)) if *at <= now && now.since(*at) < KEPT => reasons.clone(),
        _ => {
            let reasons = look(state).await;
            *last = Some((now, reasons.clone()));
            reasons
        }
    }
}

async fn look(state: &AppState) -> Vec<Reason> {
    let store = state.store();
    let looked = blocking(move || {
        let full = match store.disk_space() {
            Ok(space) => space.is_full(),
            Err(_) => true,
        };
        // What cannot be written is found by the transaction alone; it waits for those before it.
        Ok((full, is_full(store.write(|_| Ok(())))))
    });
    let (full, written) = match tokio::time::timeout(TIMEOUT, looked).await {
        Ok(Ok(looked)) => looked,
        Ok(Err(_)) | Err(_) => (false, Err(Reason::Database)),
    };
    let died = state.0.settings.services.status().iter().any(|found| found.state == ServiceState::Died);
    let mut reasons = Vec::from_iter(written.err());
    if full && !reasons.contains(&Reason::DiskFull) {
        reasons.push(Reason::DiskFull);
    }
    if died {
        reasons.push(Reason::ServiceDied);
    }
    reasons
}

fn is_full(written: Result<(), StoreError>) -> Result<(), Reason> {
    written.map_err(|error| match error {
        StoreError::DiskFull { .. } => Reason::DiskFull,
        _ => Reason::Database,
    })
}
