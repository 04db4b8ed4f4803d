//! `fotota event`: create, list, show and delete events.

use clap::Subcommand;
use serde::Serialize;

use super::invocation::{Invocation, find_event};
use super::{ExitCode, event_file, internet, output};
use crate::domain::{Clock, ErasureReason, Event, EventName, EventPassword, SystemClock};
use crate::store::events::{self, EventCounts};
use crate::store::{erasing, users};
use crate::{passwords, share};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create an event; prints the guests' link and QR code
    Create {
        /// Name, need not be unique
        name: String,
        /// Password for guests
        #[arg(long, env = "FOTOTA_EVENT_PASSWORD", hide_env_values = true, value_name = "P")]
        password: Option<String>,
    },
    /// List all events, newest first
    List,
    /// Show an event, its link and its photo counts
    Show {
        /// Id, share code or exact name
        event: String,
    },
    /// Write an event with everything in it into one file, for `import-event` on another computer
    Export(event_file::Export),
    /// Print an address that another FotoTa can send one event to
    Receive,
    /// Send an event to another FotoTa, and its guests after it; again for what came since
    Send(event_file::Send),
    /// Send guests of an event to another FotoTa, or let them stay here
    Redirect(event_file::Redirect),
    /// Delete an event with its photos, faces and guest sessions
    Delete {
        /// Id, share code or exact name
        event: String,
    },
}

#[derive(Serialize)]
struct EventView {
    id: i64,
    name: String,
    share_code: String,
    link: String,
    password_protected: bool,
    created_at: String,
    photos: PhotoCounts,
    faces: u64,
}

#[derive(Serialize)]
struct PhotoCounts {
    indexed: u64,
    pending: u64,
    failed: u64,
}

impl EventView {
    fn new(event: &Event, counts: EventCounts, base_url: &str) -> Self {
        Self {
            id: event.id.as_i64(),
            name: event.name.clone(),
            share_code: event.share_code.to_string(),
            link: share::event_link(base_url, &event.share_code),
            password_protected: event.password_hash.is_some(),
            created_at: event.created_at.to_string(),
            photos: PhotoCounts { indexed: counts.indexed, pending: counts.pending, failed: counts.failed },
            faces: counts.faces,
        }
    }
}

pub(super) fn run(cli: &Invocation, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Export(options) => return event_file::export(cli, &options),
        Command::Receive => return event_file::receive(cli),
        Command::Send(options) => return event_file::send(cli, &options),
        Command::Redirect(options) => return event_file::redirect(cli, &options),
        Command::Create { name, password } => {
            let store = cli.open_store()?;
            let name = EventName::parse(&name, EventName::MIN_CHARS)?;
            let password = password.as_deref().map(EventPassword::parse).transpose()?;
            let name: String = name.into();
            if let Some(password) = &password {
                passwords::check_event(password, &name, internet::place(&cli.config))?;
            }
            let password_hash = password.as_ref().map(passwords::hash).transpose()?;
            let mut event = Event::new(name, password_hash, SystemClock.now());
            cli.config.privacy.end_faces(&mut event);
            let event = store.write(move |db| {
                let owner_id = users::first_admin(db)?.map(|admin| admin.id);
                let event = Event { owner_id, ..event.clone() };
                events::insert(db, &event)?;
                Ok(event)
            })?;
            show(cli, &event, EventCounts::default());
        }
        Command::List => {
            let store = cli.open_store()?;
            let events = store.read(events::list)?;
            let counted = events.into_iter().map(|event| {
                let counts = store.read(|connection| events::count(connection, event.id))?;
                Ok(EventView::new(&event, counts, &cli.base_url()))
            });
            let views = counted.collect::<anyhow::Result<Vec<_>>>()?;
            if cli.json {
                output::json(&views);
            } else if views.is_empty() {
                output::note("no events yet\nhint: `fotota event create NAME` creates one");
            } else {
                for view in &views {
                    output::line(&row(view));
                }
            }
        }
        Command::Show { event } => {
            let store = cli.open_store()?;
            let event = find_event(&store, &event)?;
            let counts = store.read(|connection| events::count(connection, event.id))?;
            show(cli, &event, counts);
        }
        Command::Delete { event } => {
            let store = cli.open_store()?;
            let event = find_event(&store, &event)?;
            let now = SystemClock.now();
            store.write(move |tx| erasing::event(tx, event.id, ErasureReason::Admin, now))?;
            store.purge_blobs()?;
            if cli.json {
                output::json(&serde_json::json!({ "deleted": event.id.as_i64() }));
            } else {
                output::note(&format!("deleted event `{}` with its photos and faces", event.name));
            }
        }
    }
    Ok(ExitCode::Done)
}

fn row(view: &EventView) -> String {
    format!(
        "{}  {}  {} photos, {} pending, {} failed, {} faces  {}{}",
        view.id,
        view.share_code,
        view.photos.indexed,
        view.photos.pending,
        view.photos.failed,
        view.faces,
        view.name,
        if view.password_protected { " (password)" } else { "" }
    )
}

/// Prints the event and its link; as text, also as a QR code.
fn show(cli: &Invocation, event: &Event, counts: EventCounts) {
    let view = EventView::new(event, counts, &cli.base_url());
    if cli.json {
        return output::json(&view);
    }
    output::line(&format!("event     {}", view.name));
    output::line(&format!("id        {}", view.id));
    output::line(&format!("password  {}", if view.password_protected { "set" } else { "none" }));
    output::line(&format!(
        "photos    {} searchable, {} pending, {} failed; {} faces",
        view.photos.indexed, view.photos.pending, view.photos.failed, view.faces
    ));
    output::line(&format!("link      {}", view.link));
    if let Some(qr) = share::terminal_qr(&view.link) {
        output::line(&qr);
    }
}
