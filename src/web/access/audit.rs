//! Writes the audit log: what accounts that use the studio did, and what was refused to them. What changed something is
//! recorded before its answer is sent. What comes by the thousand (uploads, guesses of passwords) is gathered for a
//! while: a write for each would make everything that is recalled (`recall`) unknown again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::{AuditAction, AuditVia, Audited, Timestamp, User};
use crate::limits::Client;
use crate::store::audit;
use crate::web::AppState;

/// How long entries are gathered.
const PAUSE: Duration = Duration::from_secs(10);
/// Different ones; from more networks than that, nobody needs to know each.
const MAX_GATHERED: usize = 1000;

/// How often something happened, and when last.
type Count = (u32, Timestamp);

/// Entries that are not recorded yet.
#[derive(Default)]
pub(crate) struct Gathered(Mutex<HashMap<Audited, Count>>);

/// What somebody did in a request, as far as it is known before the answer.
pub(crate) fn audited(action: AuditAction, user: Option<&User>, via: AuditVia, client: &Client) -> Audited {
    let (user, network) = (user.map(|user| user.id), Some(client.network.to_string()));
    Audited { user, via, action, event: None, object: None, refusal: None, network }
}

/// Records an entry at once, before its answer is sent. The answer comes even if that fails, because what it answers
/// has happened: the failure is logged.
pub(crate) async fn record(state: &AppState, entry: Audited) {
    write(state, vec![(entry, (1, state.now()))]).await;
}

/// Records an entry a little later, together with equal ones.
pub(crate) fn record_soon(state: &AppState, entry: Audited) {
    let (now, mut gathered) = (state.now(), lock(state));
    if gathered.is_empty() {
        let state = state.clone();
        tokio::spawn(async move {
            tokio::time::sleep(PAUSE).await;
            record_gathered(&state).await;
        });
    }
    let is_full = gathered.len() >= MAX_GATHERED && !gathered.contains_key(&entry);
    let entry = if is_full { Audited { network: None, user: None, ..entry } } else { entry };
    let (times, last) = gathered.entry(entry).or_insert((0, now));
    *times += 1;
    *last = now;
}

/// Records what was gathered.
pub(crate) async fn record_gathered(state: &AppState) {
    let gathered: Vec<_> = std::mem::take(&mut *lock(state)).into_iter().collect();
    if !gathered.is_empty() {
        write(state, gathered).await;
    }
}

async fn write(state: &AppState, entries: Vec<(Audited, Count)>) {
    let written = state.write(move |db| {
        entries.iter().try_for_each(|(entry, (times, last))| audit::record(db, entry, *times, *last))
    });
    if let Err(error) = written.await {
        tracing::error!(cause = error.cause(), "the audit log could not be written");
    }
}

fn lock(state: &AppState) -> MutexGuard<'_, HashMap<Audited, Count>> {
    state.0.gathered_audit.0.lock().unwrap_or_else(PoisonError::into_inner)
}
