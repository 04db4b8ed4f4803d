//! `fotota service`: what a system needs to start FotoTa with the computer, and to restart it. A file each for systemd,
//! launchd and Windows says what is written and called. All of them are made on every system: so all can be tested.

mod launchd;
mod plan;
mod systemd;
mod windows;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Subcommand, ValueEnum};

use super::invocation::Invocation;
use super::{ExitCode, output};
use crate::config::Config;
use plan::Plan;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Install and start the service: for the computer as root on Linux, else for the user who calls this
    Install,
    /// Stop and remove the service; the data folder stays
    Uninstall,
    /// Print what `install` would write
    Print {
        /// Which manager of services [default: the one that `install` uses here]
        manager: Option<Manager>,
        /// The executable [default: this one]
        #[arg(long, value_name = "FILE")]
        program: Option<PathBuf>,
    },
}

/// Who starts FotoTa.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Manager {
    /// A unit of the computer, with a user of its own
    Systemd,
    /// A unit of the user who calls this
    SystemdUser,
    /// A launch agent of macOS
    Launchd,
    /// A task of Windows that runs while its user is signed in
    Windows,
}

impl Manager {
    fn of_this_system() -> anyhow::Result<Self> {
        match std::env::consts::OS {
            "linux" if is_root() => Ok(Self::Systemd),
            "linux" => Ok(Self::SystemdUser),
            "macos" => Ok(Self::Launchd),
            "windows" => Ok(Self::Windows),
            other => bail!("`fotota service` does not know how {other} starts services"),
        }
    }

    fn plan(self, call: &Call) -> Plan {
        match self {
            Self::Systemd => systemd::of_computer(call),
            Self::SystemdUser => systemd::of_user(call),
            Self::Launchd => launchd::plan(call),
            Self::Windows => windows::plan(call),
        }
    }
}

/// Processes of root belong to it. Elsewhere nobody asks.
fn is_root() -> bool {
    #[cfg(target_os = "linux")]
    let is_root =
        std::fs::metadata("/proc/self").is_ok_and(|found| std::os::unix::fs::MetadataExt::uid(&found) == 0);
    #[cfg(not(target_os = "linux"))]
    let is_root = false;
    is_root
}

/// What the service will be called with.
struct Call {
    program: PathBuf,
    /// As named by `--data`.
    data: Option<PathBuf>,
    config_file: Option<PathBuf>,
    config: Config,
    /// Of the user who calls this.
    home: PathBuf,
}

impl Call {
    fn new(cli: &Invocation, program: Option<&Path>) -> anyhow::Result<Self> {
        let this = std::env::current_exe().context("cannot find out where this executable is")?;
        // A service starts in another folder.
        let absolute = |path: &Path| std::path::absolute(path).context("the current folder is gone");
        Ok(Self {
            program: program.map_or(Ok(this), absolute)?,
            data: cli.names_data.then(|| absolute(&cli.data)).transpose()?,
            config_file: cli.config_file.as_deref().map(absolute).transpose()?,
            config: cli.config.clone(),
            home: std::env::home_dir().context("it is not known where the home folder of this user is")?,
        })
    }

    /// The arguments, with `usual` as the data folder if none was named.
    fn arguments(&self, usual: &Path) -> Vec<String> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let mut arguments = vec!["--data".to_owned(), text(self.data.as_deref().unwrap_or(usual))];
        if let Some(file) = &self.config_file {
            arguments.extend(["--config".to_owned(), text(file)]);
        }
        arguments.push("serve".to_owned());
        arguments
    }

    fn program(&self) -> String {
        self.program.to_string_lossy().into_owned()
    }
}

pub(super) fn run(cli: &Invocation, command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Install => {
            let manager = Manager::of_this_system()?;
            let call = Call::new(cli, None)?;
            if manager == Manager::Systemd {
                systemd::check(&call)?;
            }
            let plan = manager.plan(&call);
            plan.install()?;
            report(cli, &plan, "installed", &plan.hint);
        }
        Command::Uninstall => {
            let plan = Manager::of_this_system()?.plan(&Call::new(cli, None)?);
            plan.uninstall()?;
            report(cli, &plan, "removed", "the data folder stays where it is");
        }
        Command::Print { manager, program } => {
            let manager = manager.map_or_else(Manager::of_this_system, Ok)?;
            let plan = manager.plan(&Call::new(cli, program.as_deref())?);
            if cli.json {
                output::json(&plan.as_json());
            } else {
                output::line(plan.text.trim_end());
            }
        }
    }
    Ok(ExitCode::Done)
}

fn report(cli: &Invocation, plan: &Plan, what: &str, hint: &str) {
    let file = plan.file.display().to_string();
    if cli.json {
        output::json(&serde_json::json!({ "service": what, "file": file }));
    } else {
        output::line(&format!("{what}: {file}"));
        output::note(&format!("hint: {hint}"));
    }
}
