//! `fotota demo`: the main job on a sample event that the executable carries.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use rust_embed::RustEmbed;
use serde::Deserialize;

use super::app::App;
use super::import::{describe, import_with_bar};
use super::output::ms;
use super::serve::serve;
use super::{ExitCode, output};
use crate::domain::{Event, EventId, ShareCode, User, UserId};
use crate::imaging::decode;
use crate::passwords;
use crate::pipeline::Context;
use crate::search::{Match, Query, SearchTimes, embed_selfie, find_photos};
use crate::store::{events, users};

#[derive(RustEmbed)]
#[folder = "assets/demo/"]
#[include = "photos/*.jpg"]
#[include = "selfies/*.jpg"]
#[include = "truth.json"]
struct Sample;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Stop after the search; the exit code is 0 only if the right photos, and no wrong one, were found
    #[arg(long)]
    no_serve: bool,
    /// Address and port to listen on, in place of the configuration's; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    bind: Option<std::net::SocketAddr>,
}

#[derive(Deserialize)]
struct Truth {
    guests: BTreeMap<String, BTreeSet<String>>,
}

pub(super) fn run(app: &App, options: &Options) -> anyhow::Result<ExitCode> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let camera = folder.path().join("camera");
    unpack_photos(&camera)?;
    let app = app.in_folder(&folder.path().join("data"));
    let context = app.open()?;
    let (photographer, password) = add_photographer(&context)?;
    let now = context.clock.now();
    let event = Event {
        owner_id: Some(photographer),
        date: Some(now),
        photographer: Some("NASA, U.S. Navy (public domain)".to_owned()),
        ..Event::new("Portraits of two pioneers".to_owned(), None, now)
    };
    let event_id = event.id;
    context.store.write(move |tx| events::insert(tx, &event))?;
    output::note("importing the sample event: portraits of Eileen Collins and Grace Hopper (public domain)");
    let summary = import_with_bar(&app, &context, event_id, &[camera])?;
    if !app.json {
        output::line(&describe(&summary));
    }
    let truth = read("truth.json")?;
    let truth: Truth = serde_json::from_slice(&truth).context("the sample event is damaged")?;
    let mut all_right = summary.rejected.is_empty();
    let mut views = Vec::new();
    for (guest, expected) in &truth.guests {
        let start = Instant::now();
        let matches = search(&app, &context, event_id, guest)?;
        let elapsed = start.elapsed();
        let found: BTreeSet<String> = matches.iter().map(|found| found.file_name.clone()).collect();
        all_right &= found == *expected;
        if app.json {
            let matches: Vec<super::search::MatchView> = matches.into_iter().map(Into::into).collect();
            views.push(serde_json::json!({
                "guest": guest, "expected": expected, "matches": matches, "milliseconds": ms(elapsed),
            }));
        } else {
            print(guest, expected, &matches, ms(elapsed));
        }
    }
    if app.json {
        let studio = serde_json::json!({ "login": LOGIN, "password": password });
        output::json(&serde_json::json!({ "all_right": all_right, "searches": views, "studio": studio }));
    } else {
        output::line(if all_right { "right photos, no wrong one" } else { "NOT what it should be" });
    }
    if !options.no_serve {
        output::note(&format!(
            "\nguests: scan the code with a phone in the same network, or open the link\n\
             studio: open its address below, and sign in as `{LOGIN}` with the password `{password}`\n\
             Ctrl-C ends the demo"
        ));
        serve(&app, &context, options.bind.unwrap_or(app.config.server.bind))?;
    }
    Ok(if all_right { ExitCode::Done } else { ExitCode::Failed })
}

/// What the sample event's photographer signs in with.
const LOGIN: &str = "demo";

/// An account for the studio, for as long as the demo runs; returns its password too.
fn add_photographer(context: &Context) -> anyhow::Result<(UserId, String)> {
    let password = ShareCode::random().to_string();
    let hash = passwords::hash_account(&password)?;
    let login = LOGIN.parse().context("the demo's login is no login")?;
    let user = User { is_admin: true, ..User::vouched_for(login, None, context.clock.now()) };
    let id = user.id;
    context.store.write(move |tx| users::insert(tx, &user, Some(&hash)))?;
    Ok((id, password))
}

/// The sample's selfies, as JPEG files with one face each.
pub(super) fn sample_selfies() -> impl Iterator<Item = std::borrow::Cow<'static, [u8]>> {
    let names = Sample::iter().filter(|name| name.starts_with("selfies/"));
    names.filter_map(|name| Sample::get(&name)).map(|file| file.data)
}

fn read(name: &str) -> anyhow::Result<std::borrow::Cow<'static, [u8]>> {
    Ok(Sample::get(name).with_context(|| format!("the executable lacks its `{name}`"))?.data)
}

/// Writes the sample's photos as if a camera's card had been copied there.
fn unpack_photos(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    for name in Sample::iter().filter(|name| name.starts_with("photos/")) {
        let path = folder.join(name.trim_start_matches("photos/"));
        let mut file = std::fs::File::create(&path)?;
        std::io::Write::write_all(&mut file, &read(&name)?)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(())
}

fn search(app: &App, context: &Context, event_id: EventId, guest: &str) -> anyhow::Result<Vec<Match>> {
    let selfie = decode(&read(&format!("selfies/{guest}_1.jpg"))?, context.limits)?;
    let embedding = embed_selfie(&context.engine, &selfie, &mut SearchTimes::default())?;
    let threshold = app.match_threshold(&context.engine);
    let query = Query { event_id, pack_id: context.pack_id, embedding: &embedding, threshold };
    Ok(find_photos(&context.store, query)?)
}

fn print(guest: &str, expected: &BTreeSet<String>, matches: &[Match], milliseconds: f64) {
    let name = guest.replace('_', " ");
    let right = matches.iter().filter(|found| expected.contains(&found.file_name)).count();
    let (count, wrong) = (expected.len(), matches.len() - right);
    output::line(&format!("\n{name}: {right} of {count} photos, {wrong} wrong, {milliseconds} ms"));
    for found in matches {
        let mark = if expected.contains(&found.file_name) { "" } else { "  WRONG" };
        output::line(&format!("  {:.3}  {}{mark}", found.similarity, found.file_name));
    }
    for missed in expected.iter().filter(|name| matches.iter().all(|found| found.file_name != **name)) {
        output::line(&format!("  -----  {missed}  MISSED"));
    }
}
