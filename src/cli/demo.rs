//! `fotota demo`: import, search and serve a sample event that the executable contains.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use rust_embed::RustEmbed;
use serde::Deserialize;

use super::import::{describe, import_with_bar};
use super::internet;
use super::invocation::Invocation;
use super::output::ms;
use super::search::find_sure;
use super::serve::serve;
use super::{ExitCode, output};
use crate::app::App;
use crate::domain::{Event, EventId, ShareCode, User, UserId};
use crate::passwords;
use crate::search::{Match, SearchTimes, embed_selfie};
use crate::store::{Durability, Inspection, Store, events, users};

#[derive(RustEmbed)]
#[folder = "assets/demo/"]
#[include = "photos/*.jpg"]
#[include = "selfies/*.jpg"]
#[include = "truth.json"]
struct Sample;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Stop after the search; exit code 0 means that it found exactly the right photos
    #[arg(long)]
    no_serve: bool,
    /// Address and port to listen on, overrides the configuration; port 0 selects a free port
    #[arg(long, value_name = "ADDRESS:PORT")]
    bind: Option<std::net::SocketAddr>,
}

#[derive(Deserialize)]
struct Truth {
    guests: BTreeMap<String, BTreeSet<String>>,
}

pub(super) fn run(cli: &Invocation, options: &Options) -> anyhow::Result<ExitCode> {
    // File dialogs do not show folders whose name starts with a dot.
    let temporary = tempfile::Builder::new().prefix("fotota-demo-").tempdir();
    let temporary = temporary.context("cannot create a temporary folder")?;
    let folder = if cli.names_data { cli.data.clone() } else { temporary.path().to_owned() };
    expect_new(&folder)?;
    let cli = cli.in_folder(&folder);
    let app = cli.open()?;
    let sample = folder.join("sample");
    unpack(&sample)?;
    let (photographer, password) = add_photographer(&app)?;
    let now = app.clock.now();
    let event = Event {
        owner_id: Some(photographer),
        date: Some(now),
        photographer: Some("NASA, U.S. Navy (public domain)".to_owned()),
        ..Event::new("Portraits of two pioneers".to_owned(), None, now)
    };
    let event_id = event.id;
    app.store.write(move |tx| events::insert(tx, &event))?;
    output::note("importing the sample event: portraits of Eileen Collins and Grace Hopper (public domain)");
    let summary = import_with_bar(&cli, &app, event_id, &[sample.join("photos")], false)?;
    if !cli.json {
        output::line(&describe(&summary));
    }
    let truth = read("truth.json")?;
    let truth: Truth = serde_json::from_slice(&truth).context("the sample event is damaged")?;
    let mut all_right = summary.rejected.is_empty();
    let mut views = Vec::new();
    for (guest, expected) in &truth.guests {
        let start = Instant::now();
        let matches = search(&app, event_id, guest)?;
        let elapsed = start.elapsed();
        let found: BTreeSet<String> = matches.iter().map(|found| found.photo.file_name.clone()).collect();
        all_right &= found == *expected;
        if cli.json {
            let matches: Vec<super::search::MatchView> = matches.into_iter().map(Into::into).collect();
            views.push(serde_json::json!({
                "guest": guest, "expected": expected, "matches": matches, "milliseconds": ms(elapsed),
            }));
        } else {
            print(guest, expected, &matches, ms(elapsed));
        }
    }
    if cli.json {
        let studio = serde_json::json!({ "login": LOGIN, "password": password });
        output::json(&serde_json::json!({ "all_right": all_right, "searches": views, "studio": studio }));
    } else {
        output::line(if all_right { "all photos found, none wrong" } else { "UNEXPECTED RESULT" });
    }
    if !options.no_serve {
        output::note(&format!(
            "\nguests: scan the code with a phone on the same network, or open the link\n\
             selfies: in the folder `{}`, to try it without a photo of yourself\n\
             studio: open the address below and sign in as `{LOGIN}` with the password `{password}`\n\
             press Ctrl-C to stop",
            sample.join("selfies").display()
        ));
        serve(&cli, &app, options.bind.unwrap_or_else(|| internet::demo_address(&cli.config)))?;
    }
    Ok(if all_right { ExitCode::Done } else { ExitCode::Failed })
}

/// The login of the sample event's owner.
const LOGIN: &str = "demo";

/// Creates an admin for the studio; returns its id and password.
fn add_photographer(app: &App) -> anyhow::Result<(UserId, String)> {
    let password = ShareCode::random().to_string();
    let hash = passwords::hash_account(&password)?;
    let login = LOGIN.parse().context("the demo's login is invalid")?;
    let user = User { is_admin: true, ..User::vouched_for(login, None, app.clock.now()) };
    let id = user.id;
    app.store.write(move |tx| users::insert(tx, &user, Some(&hash)))?;
    Ok((id, password))
}

/// The sample's selfies, as JPEG files with one face each.
pub(super) fn sample_selfies() -> impl Iterator<Item = std::borrow::Cow<'static, [u8]>> {
    let names = Sample::iter().filter(|name| name.starts_with("selfies/"));
    names.filter_map(|name| Sample::get(&name)).map(|file| file.data)
}

fn read(name: &str) -> anyhow::Result<std::borrow::Cow<'static, [u8]>> {
    Ok(Sample::get(name).with_context(|| format!("the executable does not contain `{name}`"))?.data)
}

/// Fails where a database is: the demo's account and event do not belong among others.
fn expect_new(folder: &Path) -> anyhow::Result<()> {
    if !matches!(Store::inspect(folder, Durability::Normal, |_| Ok(()))?, Inspection::Missing) {
        anyhow::bail!(
            "the data folder `{0}` is in use\nhint: choose a new folder for the demo; `fotota serve --data {0}` \
             serves what is in this one",
            folder.display()
        );
    }
    Ok(())
}

/// Writes the sample's photos, like a copied memory card, and its selfies.
fn unpack(folder: &Path) -> anyhow::Result<()> {
    for part in ["photos", "selfies"] {
        std::fs::create_dir_all(folder.join(part))?;
    }
    for name in Sample::iter().filter(|name| name.ends_with(".jpg")) {
        let path = folder.join(&*name);
        let mut file = std::fs::File::create(&path)?;
        std::io::Write::write_all(&mut file, &read(&name)?)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(())
}

fn search(app: &App, event_id: EventId, guest: &str) -> anyhow::Result<Vec<Match>> {
    let (selfie, mut times) = (read(&format!("selfies/{guest}_1.jpg"))?, SearchTimes::default());
    let embedding = embed_selfie(&app.engine, &selfie, app.limits, app.working_long_side, &mut times)?;
    Ok(find_sure(app, event_id, embedding.into())?)
}

fn print(guest: &str, expected: &BTreeSet<String>, matches: &[Match], milliseconds: f64) {
    let name = guest.replace('_', " ");
    let right = matches.iter().filter(|found| expected.contains(&found.photo.file_name)).count();
    let (count, wrong) = (expected.len(), matches.len() - right);
    output::line(&format!("\n{name}: {right} of {count} photos, {wrong} wrong, {milliseconds} ms"));
    for found in matches {
        let mark = if expected.contains(&found.photo.file_name) { "" } else { "  WRONG" };
        output::line(&format!("  {:.3}  {}{mark}", found.similarity, found.photo.file_name));
    }
    for missed in expected.iter().filter(|name| matches.iter().all(|found| found.photo.file_name != **name)) {
        output::line(&format!("  -----  {missed}  MISSED"));
    }
}
