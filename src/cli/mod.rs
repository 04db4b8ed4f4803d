//! The command line: what is asked for, and what is answered. Data goes to standard output, everything else to
//! standard error.

mod account;
mod app;
mod bench;
mod demo;
mod doctor;
mod event;
mod import;
mod measure;
mod models;
mod output;
mod reindex;
mod search;
mod secrets;
mod serve;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::config::LogFormat;
use crate::search::SearchError;
use app::{App, EventNotFound};

/// Find the photos a person is in: import an event's photos, search them with a selfie, let guests do it themselves.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

const EXIT_CODES: &str = "Exit codes:\n  0  done\n  1  failed\n  2  wrong command line\n  3  no such event\n  \
                          4  the selfie cannot be searched with\n  5  no file could be imported";

/// Options of every command.
#[derive(Clone, Debug, clap::Args)]
struct Global {
    /// Folder that holds everything: database, photos, models
    #[arg(long, global = true, default_value = "fotota-data", env = "FOTOTA_DATA", value_name = "DIR")]
    data: PathBuf,
    /// Configuration file, see config.example.toml
    #[arg(long, global = true, env = "FOTOTA_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print JSON for programs
    #[arg(long, global = true)]
    json: bool,
    /// Accept the licence of a model pack that forbids commercial use
    #[arg(long, global = true)]
    accept_license: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the guests' pages, and index photos that wait
    Serve(serve::Options),
    /// Show what FotoTa does, on a sample event inside the executable
    Demo(demo::Options),
    /// Create, list, show and delete events
    #[command(subcommand)]
    Event(event::Command),
    /// Make admins
    #[command(subcommand)]
    Admin(account::AdminCommand),
    /// List accounts, make them, promote, demote and disable them
    #[command(subcommand)]
    User(account::UserCommand),
    /// Make the secrets anew that tokens are signed with
    #[command(subcommand)]
    Secrets(secrets::Command),
    /// Print the description of the HTTP API (OpenAPI 3.1)
    Openapi,
    /// Import photos and folders of photos into an event
    Import(import::Options),
    /// Find the photos of an event that a person is in
    Search(search::Options),
    /// Measure accuracy and speed on labelled photos
    #[command(subcommand)]
    Measure(measure::Command),
    /// Show how fast this computer is: photos, faces, searches
    Bench(bench::Options),
    /// List and verify the model packs
    #[command(subcommand)]
    Models(models::Command),
    /// Rebuild the vector index from the faces of record
    Reindex,
    /// Check the configuration, the models, the data folder and the port
    Doctor,
}

/// What the process tells its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ExitCode {
    Done = 0,
    Failed = 1,
    EventNotFound = 3,
    SelfieRefused = 4,
    NothingImported = 5,
}

/// Runs the command line of this process; returns its exit code.
#[must_use]
pub fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let json = cli.global.json;
    let code = run(cli).unwrap_or_else(|error| report(&error, json));
    std::process::ExitCode::from(code as u8)
}

fn start_log(format: LogFormat) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,fotota=info"));
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let log =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let app = App::new(cli.global)?;
    start_log(app.config.log.format);
    match cli.command {
        Command::Serve(options) => serve::run(&app, &options),
        Command::Demo(options) => demo::run(&app, &options),
        Command::Event(command) => event::run(&app, command),
        Command::Admin(command) => account::run_admin(&app, command),
        Command::User(command) => account::run(&app, command),
        Command::Secrets(command) => secrets::run(&app, &command),
        Command::Openapi => {
            output::line(crate::web::openapi_json());
            Ok(ExitCode::Done)
        }
        Command::Import(options) => import::run(&app, &options),
        Command::Search(options) => search::run(&app, &options),
        Command::Measure(command) => measure::run(&app, command),
        Command::Bench(options) => bench::run(&app, &options),
        Command::Models(command) => models::run(&app, &command),
        Command::Reindex => reindex::run(&app),
        Command::Doctor => Ok(doctor::run(&app)),
    }
}

/// Prints the error and its causes.
fn report(error: &anyhow::Error, json: bool) -> ExitCode {
    let (exit, code) = if let Some(SearchError::Selfie(refusal)) = error.downcast_ref() {
        (ExitCode::SelfieRefused, refusal.code())
    } else if error.is::<EventNotFound>() {
        (ExitCode::EventNotFound, "event.not_found")
    } else {
        (ExitCode::Failed, "failed")
    };
    let message = output::chain(error);
    if json {
        output::json(&serde_json::json!({ "error": { "code": code, "message": message } }));
    }
    output::note(&format!("error: {message}"));
    exit
}
