//! `fotota audit`: what accounts that use the studio did.

use super::invocation::Invocation;
use super::{ExitCode, output};
use crate::domain::{AuditAction, AuditEntry, Audited, Clock, EventId, SystemClock, UserId};
use crate::store::{Store, StoreError, audit};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Most entries, the newest first
    #[arg(long, default_value_t = 100, value_name = "N")]
    limit: u32,
}

pub(super) fn run(cli: &Invocation, options: &Options) -> anyhow::Result<ExitCode> {
    let store = cli.open_store()?;
    let entries = store.read(|db| audit::list(db, None, options.limit))?;
    if cli.json {
        output::json(&entries.iter().map(as_json).collect::<Vec<_>>());
    } else if entries.is_empty() {
        output::note("nothing was recorded yet");
    } else {
        for entry in &entries {
            output::line(&row(entry));
        }
    }
    Ok(ExitCode::Done)
}

/// Records what a command did to an account, or with the secrets.
pub(super) fn record(store: &Store, action: AuditAction, user: Option<UserId>) -> Result<(), StoreError> {
    let now = SystemClock.now();
    store.write(move |tx| audit::record(tx, &Audited::by_command(action, user), 1, now))
}

fn as_json(entry: &AuditEntry) -> serde_json::Value {
    serde_json::json!({ "id": entry.id, "first_at": entry.at.0.to_string(), "at": entry.at.1.to_string(),
        "times": entry.times, "user_id": entry.user.map(UserId::as_i64), "login": entry.login, "via": entry.via,
        "action": entry.action, "event_id": entry.event.map(EventId::as_i64),
        "event_name": entry.event_name, "object_id": entry.object, "refusal": entry.refusal,
        "network": entry.network })
}

fn row(entry: &AuditEntry) -> String {
    let who = match (&entry.login, entry.user) {
        (Some(login), _) => login.clone(),
        (None, Some(user)) => format!("account {user}"),
        (None, None) => "-".to_owned(),
    };
    let times = if entry.times > 1 { format!(" ({} times)", entry.times) } else { String::new() };
    let event = match (&entry.event_name, entry.event) {
        (Some(name), _) => format!("  event `{name}`"),
        (None, Some(event)) => format!("  event {event}"),
        (None, None) => String::new(),
    };
    let object = entry.object.map_or_else(String::new, |object| format!("  number {object}"));
    let refusal = entry.refusal.as_ref().map_or_else(String::new, |refusal| format!("  refused: {refusal}"));
    let network = entry.network.as_deref().unwrap_or("this computer");
    let (at, action, via) = (entry.at.1, &entry.action, &entry.via);
    let from = if entry.via == "command" { String::new() } else { format!(", {network}") };
    format!("{at}  {who}  {action}{times}{event}{object}{refusal}  ({via}{from})")
}
