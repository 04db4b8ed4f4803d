//! `fotota event export`, `send`, `receive` and `redirect`, and `fotota import-event`: an event moves.

use std::fs::File;
use std::path::PathBuf;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::invocation::{Invocation, find_event};
use super::output::counted;
use super::{ExitCode, output};
use crate::auth::{new_secret_text, token_hash};
use crate::domain::{Clock, SystemClock};
use crate::event_file::{self, EventFileError, LeftOut, Watch};
use crate::share;
use crate::signal::StopSignal;
use crate::store::{moves, users};

#[derive(Debug, clap::Args)]
pub(super) struct Export {
    /// Id, share code or exact name
    event: String,
    /// The new file, a ZIP archive
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct Import {
    /// A file that `fotota event export` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct Send {
    /// Id, share code or exact name
    event: String,
    /// What `fotota event receive` printed there
    address: String,
    /// Leave guests here: a copy, not a move
    #[arg(long)]
    copy: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Redirect {
    /// Id, share code or exact name
    event: String,
    /// Address of the FotoTa that has the event now; without it guests stay here
    #[arg(value_name = "URL")]
    to: Option<String>,
}

pub(super) fn export(cli: &Invocation, options: &Export) -> anyhow::Result<ExitCode> {
    let store = cli.open_store()?;
    let event = find_event(&store, &options.event)?;
    let now = SystemClock.now();
    let written = with_bar(|watch| event_file::export(&store, event.id, &options.file, now, watch))?;
    let file = options.file.display().to_string();
    if cli.json {
        output::json(&json!({
            "event": event.id.as_i64(), "file": file, "photos": written.photos, "bytes": written.bytes,
            "left_out": written.left_out,
        }));
    } else {
        print(&written.left_out);
        let photos = counted(written.photos as u64, "photo", "photos");
        output::line(&format!(
            "wrote {photos} of `{}` to `{file}` ({} MB)",
            event.name,
            written.bytes / 1_000_000
        ));
    }
    Ok(exit_code(&written.left_out))
}

pub(super) fn import(cli: &Invocation, options: &Import) -> anyhow::Result<ExitCode> {
    let path = &options.file;
    let file = File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let store = cli.open_store()?;
    let owner = store.read(users::first_admin)?.map(|admin| admin.id);
    let now = SystemClock.now();
    let brought = with_bar(|watch| event_file::bring(&store, file, owner, now, watch))?;
    let event = find_event(&store, &brought.event.to_string())?;
    let link = share::event_link(&cli.base_url(), &event.share_code);
    if cli.json {
        output::json(&json!({
            "event": event.id.as_i64(), "name": event.name, "new": brought.new, "known": brought.known,
            "left_out": brought.left_out, "link": link,
        }));
    } else {
        print(&brought.left_out);
        output::line(&format!(
            "`{}`: {} new, {} here before\nlink      {link}",
            event.name,
            counted(brought.new as u64, "photo", "photos"),
            brought.known
        ));
    }
    Ok(exit_code(&brought.left_out))
}

pub(super) fn receive(cli: &Invocation) -> anyhow::Result<ExitCode> {
    let store = cli.open_store()?;
    let Some(admin) = store.read(users::first_admin)? else {
        anyhow::bail!(
            "there is no admin who could own the event\nhint: `fotota admin create NAME` makes one"
        );
    };
    let (token, now) = (new_secret_text(), SystemClock.now());
    let hash = token_hash(&token);
    let expires_at = store.write(move |db| moves::create_reception(db, hash, admin.id, now))?;
    let address = share::reception_link(&cli.base_url(), &token);
    if cli.json {
        output::json(&json!({ "address": address, "expires_at": expires_at.to_string() }));
    } else {
        output::line(&address);
        output::note(&format!(
            "on the other computer: `fotota event send EVENT ADDRESS`; good for one event, until {expires_at}"
        ));
    }
    Ok(ExitCode::Done)
}

pub(super) fn send(cli: &Invocation, options: &Send) -> anyhow::Result<ExitCode> {
    let store = cli.open_store()?;
    let event = find_event(&store, &options.event)?;
    let sent = with_bar(|watch| event_file::send(&store, event.id, &options.address, &SystemClock, watch))?;
    if !options.copy {
        let to = sent.base_url.clone();
        store.write(move |db| moves::set_moved_to(db, event.id, Some(&to)))?;
    }
    let link = share::event_link(&sent.base_url, &event.share_code);
    if cli.json {
        output::json(&json!({
            "event": event.id.as_i64(), "photos": sent.photos, "link": link, "left_out": sent.left_out,
            "moved": !options.copy,
        }));
    } else {
        print(&sent.left_out);
        output::line(&format!("sent {} of `{}`", counted(sent.photos as u64, "photo", "photos"), event.name));
        output::line(&format!("link      {link}"));
        if !options.copy {
            output::note(
                "guests who open the event here are sent there; run the same command again for later photos",
            );
        }
    }
    Ok(exit_code(&sent.left_out))
}

pub(super) fn redirect(cli: &Invocation, options: &Redirect) -> anyhow::Result<ExitCode> {
    let store = cli.open_store()?;
    let event = find_event(&store, &options.event)?;
    let to = options.to.as_deref().map(event_file::check_base_url).transpose()?;
    let address = to.clone();
    store.write(move |db| moves::set_moved_to(db, event.id, address.as_deref()))?;
    if cli.json {
        output::json(&json!({ "event": event.id.as_i64(), "moved_to": to }));
    } else {
        output::note(&match to {
            Some(to) => format!("guests of `{}` are sent to {to}", event.name),
            None => format!("guests of `{}` stay here", event.name),
        });
    }
    Ok(ExitCode::Done)
}

/// Works with a progress bar on a terminal.
fn with_bar<T>(work: impl FnOnce(&mut Watch) -> Result<T, EventFileError>) -> anyhow::Result<T> {
    let style = "{bar:30} {pos}/{len} photos  {per_sec}  {eta} left";
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(style)?);
    let mut progress = |done: usize, total: usize| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    };
    let done = work(&mut Watch { stop: &StopSignal::default(), progress: &mut progress });
    bar.finish_and_clear();
    Ok(done?)
}

fn print(left_out: &[LeftOut]) {
    for LeftOut { file_name, reason } in left_out {
        output::note(&format!("left out: {file_name}: {reason}"));
    }
}

fn exit_code(left_out: &[LeftOut]) -> ExitCode {
    if left_out.is_empty() { ExitCode::Done } else { ExitCode::Failed }
}
