//! `fotota completions` and `fotota man`: what shells and `man` read, made from the command line itself.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;

use super::{Cli, ExitCode, output};

#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// The shell that reads them
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub(super) struct Pages {
    /// Folder for one page for each command [default: the page `fotota` alone, to standard output]
    folder: Option<PathBuf>,
}

pub(super) fn completions(options: &Completions) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "fotota", &mut script);
    output::line(String::from_utf8_lossy(&script).trim_end());
    ExitCode::Done
}

pub(super) fn pages(options: &Pages) -> anyhow::Result<ExitCode> {
    // The name in all pages, whatever this executable is called.
    let command = Cli::command().name("fotota");
    if let Some(folder) = &options.folder {
        write_pages(command, folder)?;
    } else {
        output::line(rendered(command)?.trim_end());
    }
    Ok(ExitCode::Done)
}

fn rendered(command: clap::Command) -> anyhow::Result<String> {
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    Ok(String::from_utf8(page)?)
}

fn write_pages(command: clap::Command, folder: &Path) -> anyhow::Result<()> {
    let context = || format!("cannot write to `{}`", folder.display());
    std::fs::create_dir_all(folder).with_context(context)?;
    clap_mangen::generate_to(command, folder).with_context(context)
}
