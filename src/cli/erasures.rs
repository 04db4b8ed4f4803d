//! `fotota erasures`: the record of what was erased, checked. `fotota clock`: whether what has expired is deleted.

use anyhow::bail;
use serde_json::json;

use super::invocation::Invocation;
use super::output::counted;
use super::{ExitCode, output};
use crate::domain::{Clock, ClockTrust, Erasure, ErasureKind, ErasureReason, RetentionClock, SystemClock};
use crate::store::erasing::Fault;
use crate::store::{Inspection, retention_clock};

#[derive(Debug, clap::Args)]
pub(super) struct ClockOptions {
    /// Say that the computer's clock is right: what has expired by it is deleted within ten minutes
    #[arg(long)]
    confirm: bool,
}

pub(super) fn run(cli: &Invocation) -> anyhow::Result<ExitCode> {
    let record = cli.open_store()?.record()?;
    let key = base16ct::lower::encode_string(&record.public_key);
    if cli.json {
        let entries: Vec<_> = record.entries.iter().map(view).collect();
        let fault = record.fault.map(Fault::words);
        output::json(&json!({ "entries": entries, "public_key": key, "fault": fault }));
    } else {
        for entry in &record.entries {
            output::line(&row(entry));
        }
        let found = match record.fault {
            Some(fault) => format!("NOT as it was signed: {}", fault.words()),
            None => format!("as it was signed, with the key {key}"),
        };
        let entries = counted(record.entries.len() as u64, "entry", "entries");
        output::note(&format!("{entries}, {found}"));
    }
    Ok(if record.fault.is_some() { ExitCode::Failed } else { ExitCode::Done })
}

fn view(entry: &Erasure) -> serde_json::Value {
    let hex = |bytes: &[u8]| base16ct::lower::encode_string(bytes);
    json!({
        "number": entry.number, "at": entry.at.to_string(), "at_ms": entry.at.unix_ms(),
        "kind": entry.kind.as_str(), "reason": entry.reason.as_str(), "event_name": entry.event_name,
        "owner_id": entry.owner_id.map(crate::domain::UserId::as_i64),
        "photos": entry.counts.photos, "faces": entry.counts.faces, "people": entry.counts.people,
        "selfies": entry.counts.selfies, "copies": entry.counts.copies,
        "seal": entry.seal.map(|seal| seal.to_string()), "signature": entry.signature.as_deref().map(hex),
    })
}

fn row(entry: &Erasure) -> String {
    let counts = entry.counts;
    let event = entry.event_name.as_deref().unwrap_or_default();
    let what = match entry.kind {
        ErasureKind::Event => format!("event `{event}`"),
        ErasureKind::Faces => format!("faces of event `{event}`"),
        ErasureKind::Account => "an account".to_owned(),
        ErasureKind::Selfie => counted(counts.selfies, "selfie", "selfies"),
        ErasureKind::Drive => "Drive searches".to_owned(),
        ErasureKind::Restore => {
            "nothing: a backup was restored, what was erased after it may be back".to_owned()
        }
    };
    let why = match entry.reason {
        ErasureReason::Date => "at its date",
        ErasureReason::Owner => "by its owner",
        ErasureReason::User => "by its user",
        ErasureReason::Admin => "from the command line",
        ErasureReason::Unused => "unused",
        ErasureReason::Age => "at its age",
        ErasureReason::Backup => "noticed",
    };
    let how_much = [
        (counts.photos, "photo", "photos"),
        (counts.faces, "face", "faces"),
        (counts.people, "person", "people"),
        (counts.copies, "copy", "copies"),
    ];
    let how_much: Vec<String> = how_much
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, several)| counted(count, one, several))
        .collect();
    let unsigned = if entry.signature.is_none() { "  (files are still being deleted)" } else { "" };
    format!("{}  {}  {what}, {why}  {}{unsigned}", entry.number, entry.at, how_much.join(", "))
}

pub(super) fn clock(cli: &Invocation, options: &ClockOptions) -> anyhow::Result<ExitCode> {
    let (store, shown) = (cli.open_store()?, SystemClock.now());
    if options.confirm {
        store.write(move |db| retention_clock::confirm(db, shown))?;
    }
    let clock = store.read(retention_clock::find)?.unwrap_or(RetentionClock::first(shown));
    let trust = clock.trust();
    if cli.json {
        let trusted = trust == ClockTrust::Trusted;
        let (shown, believed) = (shown.to_string(), clock.due(shown).to_string());
        output::json(&json!({ "trusted": trusted, "shown": shown, "believed": believed }));
    } else {
        output::line(&in_words(clock));
    }
    Ok(if trust == ClockTrust::Trusted { ExitCode::Done } else { ExitCode::Failed })
}

/// For `fotota doctor`: fails while what has expired is kept.
pub(super) fn check(cli: &Invocation) -> anyhow::Result<String> {
    let Inspection::Current(Some(clock)) = cli.inspect(retention_clock::find)? else {
        return Ok("the next start looks at it".to_owned());
    };
    if clock.trust() == ClockTrust::Trusted { Ok(in_words(clock)) } else { bail!(in_words(clock)) }
}

/// Whether the computer's clock is believed.
fn in_words(clock: RetentionClock) -> String {
    let (seen, trusted) = (clock.seen, clock.trusted);
    let jumped = format!("it showed {seen} when {trusted} was believed, so what expired since is kept");
    let hint = "hint: set the clock right; if it is right, `fotota clock --confirm` says so";
    match clock.trust() {
        ClockTrust::Trusted => "believed: what has expired is deleted".to_owned(),
        ClockTrust::After(left) => {
            let hours = left.as_secs().div_ceil(3600);
            format!("{jumped}, until the server has run for {}\n{hint}", counted(hours, "hour", "hours"))
        }
        ClockTrust::Unbelievable => format!("{jumped}\n{hint}"),
    }
}
