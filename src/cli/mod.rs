//! The command line. Results go to standard output, everything else to standard error.

mod account;
mod address;
mod audit;
mod backup;
mod bench;
mod deep;
mod demo;
mod doctor;
mod erasures;
mod evening;
mod event;
mod event_file;
mod health;
mod import;
mod internet;
mod invocation;
mod live_status;
mod manual;
mod measure;
mod memory;
mod models;
mod output;
mod readiness;
mod rehearse;
mod reindex;
mod search;
mod secrets;
mod serve;
mod service;
mod stop_request;
mod venue;
mod watch;
mod work;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::config::LogFormat;
use crate::search::SearchError;
use invocation::{EventNotFound, Invocation};

/// Find a person's photos of an event with a selfie: import the photos, search them, let guests search them.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

const EXIT_CODES: &str = "Exit codes:\n  0  done\n  1  failed\n  2  wrong command line\n  3  no such event\n  \
                          4  unusable selfie\n  5  no file could be imported";

/// Options of every command.
#[derive(Clone, Debug, clap::Args)]
struct Global {
    /// Data folder: database, photos, models [default: fotota-data; of `demo` a temporary one]
    #[arg(long, global = true, env = "FOTOTA_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Configuration file; see config.example.toml
    #[arg(long, global = true, env = "FOTOTA_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    /// Log every request, also on a terminal
    #[arg(short, long, global = true)]
    verbose: bool,
    /// Accept the licence of a model pack: of one that forbids commercial use, and of every pack that is fetched
    #[arg(long, global = true)]
    accept_license: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the web server and index pending photos
    Serve(serve::Options),
    /// Index pending photos and search Drive folders beside a server, without being one
    Work,
    /// Try FotoTa with a built-in sample event
    Demo(demo::Options),
    /// Create, list, show and delete events
    #[command(subcommand)]
    Event(event::Command),
    /// Create admins
    #[command(subcommand)]
    Admin(account::AdminCommand),
    /// Create, list, promote, demote and disable accounts
    #[command(subcommand)]
    User(account::UserCommand),
    /// List what accounts that use the studio did
    Audit(audit::Options),
    /// Rotate the token-signing secrets
    #[command(subcommand)]
    Secrets(secrets::Command),
    /// Print the signed record of what was erased, when and why; the exit code says whether it is as it was signed
    Erasures,
    /// Say whether the computer's clock is believed, by which what has expired is deleted
    Clock(erasures::ClockOptions),
    /// Print the OpenAPI 3.1 description of the HTTP API
    Openapi,
    /// Take an event from a file that `event export` wrote; again for what came since
    ImportEvent(event_file::Import),
    /// Import photos and folders of photos into an event
    Import(import::Options),
    /// Take whatever is written into a folder into an event, until Ctrl-C
    Watch(watch::Options),
    /// Find an event's photos of a person
    Search(search::Options),
    /// Measure accuracy and speed on labelled photos
    #[command(subcommand)]
    Measure(measure::Command),
    /// Measure the speed of imports and searches on this computer
    Bench(bench::Options),
    /// Play an evening on this computer: how many guests and cameras it carries
    Rehearse(rehearse::Options),
    /// List, fetch, add and verify model packs
    #[command(subcommand)]
    Models(models::Command),
    /// Rebuild the search index
    Reindex,
    /// Copy the data folder into a backup, also while it is in use
    Backup(backup::Options),
    /// Read a backup, and name what is damaged or missing
    Verify(backup::Existing),
    /// Make a new data folder, `--data`, of a backup
    Restore(backup::Existing),
    /// Check the setup
    Doctor(doctor::Options),
    /// Ask the running server whether it answers; the exit code says it too
    Health,
    /// Start FotoTa with the computer: install, uninstall or print what its system needs for that
    #[command(subcommand)]
    Service(service::Command),
    /// Print the completions of this command line for a shell
    Completions(manual::Completions),
    /// Print the manual page, or write one for each command
    Man(manual::Pages),
}

/// The process's exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ExitCode {
    Done = 0,
    Failed = 1,
    EventNotFound = 3,
    SelfieRefused = 4,
    NothingImported = 5,
    FilesUnreadable = 6,
}

/// Runs the command line of this process; returns its exit code.
#[must_use]
pub fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let json = cli.global.json;
    let code = run(cli).unwrap_or_else(|error| report(&error, json));
    std::process::ExitCode::from(code as u8)
}

/// On a terminal, a line for each request would push the link and its QR code out of sight.
fn start_log(format: LogFormat, verbose: bool) {
    let on_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let levels = if on_terminal && !verbose {
        "warn,fotota=info,fotota::web::http::request_log=warn"
    } else {
        "warn,fotota=info"
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(levels));
    let log =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(on_terminal).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}

fn run(Cli { command, global }: Cli) -> anyhow::Result<ExitCode> {
    let verbose = global.verbose;
    let cli = Invocation::new(global)?;
    start_log(cli.config.log.format, verbose);
    match command {
        Command::Serve(options) => serve::run(&cli, &options),
        Command::Work => work::run(&cli),
        Command::Demo(options) => demo::run(&cli, &options),
        Command::Event(command) => event::run(&cli, command),
        Command::Admin(command) => account::run_admin(&cli, command),
        Command::User(command) => account::run(&cli, command),
        Command::Audit(options) => audit::run(&cli, &options),
        Command::Secrets(command) => secrets::run(&cli, &command),
        Command::Erasures => erasures::run(&cli),
        Command::Clock(options) => erasures::clock(&cli, &options),
        Command::Openapi => {
            output::line(crate::web::openapi_json());
            Ok(ExitCode::Done)
        }
        Command::ImportEvent(options) => event_file::import(&cli, &options),
        Command::Import(options) => import::run(&cli, &options),
        Command::Watch(options) => watch::run(&cli, &options),
        Command::Search(options) => search::run(&cli, &options),
        Command::Measure(command) => measure::run(&cli, command),
        Command::Bench(options) => bench::run(&cli, &options),
        Command::Rehearse(options) => rehearse::run(&cli, &options),
        Command::Models(command) => models::run(&cli, &command),
        Command::Reindex => reindex::run(&cli),
        Command::Backup(options) => backup::take(&cli, &options),
        Command::Verify(options) => backup::verify(&cli, &options),
        Command::Restore(options) => backup::restore(&cli, &options),
        Command::Doctor(options) => Ok(doctor::run(&cli, &options)),
        Command::Health => health::run(&cli),
        Command::Service(command) => service::run(&cli, &command),
        Command::Completions(options) => Ok(manual::completions(&options)),
        Command::Man(options) => manual::pages(&options),
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
