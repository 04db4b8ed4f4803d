//! `fotota models fetch`: downloads a pack's files after its terms were shown and accepted.

use std::io::{IsTerminal as _, stderr, stdin};

use indicatif::{ProgressBar, ProgressStyle};

use super::super::invocation::Invocation;
use super::super::{ExitCode, output};
use crate::face::{Download, Pack, find_pack};
use crate::packs;

pub(super) fn run(cli: &Invocation, name: &str) -> anyhow::Result<ExitCode> {
    // Below, the terms of every pack must be accepted, not only of those that forbid commercial use.
    let pack = find_pack(cli.packs()?, name, true)?;
    let folder = cli.models_folder();
    let missing = packs::missing(&pack, &folder)?;
    if missing.is_empty() {
        output::note(&format!("the files of pack `{name}` are here already"));
    } else {
        show_terms(&pack);
        for Download { name, url, bytes, .. } in &missing {
            output::note(&format!("{name}, {}, from {url}", indicatif::DecimalBytes(*bytes)));
        }
        if !cli.accept_license && !ask()? {
            anyhow::bail!(
                "the terms of pack `{name}` were not accepted, nothing was downloaded\n\
                 hint: answer y, or give `--accept-license` if you have read them and accept them"
            );
        }
    }
    for download in missing {
        let style =
            "{msg}  {bar:30} {decimal_bytes}/{decimal_total_bytes}  {decimal_bytes_per_sec}  {eta} left";
        let bar = ProgressBar::new(download.bytes).with_style(ProgressStyle::with_template(style)?);
        bar.set_message(download.name.to_owned());
        let fetched = packs::fetch(&folder.join(&pack.name), &download, &mut |received| {
            bar.set_position(received);
        });
        bar.finish_and_clear();
        fetched?;
    }
    super::verify(cli, &pack)
}

fn show_terms(pack: &Pack) {
    output::note(&format!("{}: {}\nlicence: {}\n", pack.name, pack.summary, pack.licence));
    if !pack.terms.is_empty() {
        output::note(&format!("{}\n", pack.terms.trim()));
    }
    if !pack.commercial_use {
        output::note("Commercial use is NOT allowed.\n");
    }
}

/// Asks on a terminal. Without one nobody can accept.
fn ask() -> std::io::Result<bool> {
    if !stdin().is_terminal() || !stderr().is_terminal() {
        return Ok(false);
    }
    output::note("Do you accept these terms? [y/N]");
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
