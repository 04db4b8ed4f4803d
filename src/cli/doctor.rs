//! `fotota doctor`: checks the setup. It only reads: nothing is created or migrated. `--venue` adds the checks of
//! [`crate::venue`], `--deep` reads all files; only `--repair` writes.

use std::net::TcpListener;
use std::time::Duration;

use anyhow::bail;

use super::address::{reason, warnings};
use super::invocation::Invocation;
use super::output::counted;
use super::{ExitCode, deep, erasures, internet, output, secrets, venue};
use crate::config::{Accounts, Google};
use crate::domain::{Clock, SystemClock, User};
use crate::ftp;
use crate::reach::Reach;
use crate::store::backup;
use crate::store::progress::Queue;
use crate::store::{Inspection, ServerMark, Store, events, progress, users};
use crate::tls;
use crate::venue::State;

/// The name of a check, and its finding or failure.
type Check = (&'static str, anyhow::Result<String>);

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Also check what decides at a venue whether guests' phones reach this computer all evening
    #[arg(long)]
    venue: bool,
    /// With --venue: how long to wait for a phone that opens the link of the check
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "venue")]
    seconds: u64,
    /// Also read every file of the data folder, and name those that are damaged
    #[arg(long)]
    deep: bool,
    /// With --deep: make previews and thumbnails again, and the search index
    #[arg(long, requires = "deep")]
    repair: bool,
}

pub(super) fn run(cli: &Invocation, options: &Options) -> ExitCode {
    // With an invalid configuration the command has failed before.
    let checks: [Check; 16] = [
        ("configuration", Ok("valid".to_owned())),
        ("models", models(cli)),
        ("data folder", data_folder(cli)),
        ("backups", backups(cli)),
        ("jobs", jobs(cli)),
        ("secrets", Ok(secrets::check(cli))),
        ("clock", erasures::check(cli)),
        ("refresh tokens", Ok(refresh_tokens(cli))),
        ("admin", admin(cli)),
        ("sign-in with a provider", provider(cli)),
        ("search of Google Drive", Ok(drive(cli))),
        ("port", port(cli)),
        ("internet", internet::check(&cli.config)),
        ("HTTPS", https(cli)),
        ("proxy", Ok(proxy(cli))),
        ("cameras", cameras(cli)),
    ];
    let (stored, deep) = match options.deep.then(|| deep::examine(cli, options.repair)).transpose() {
        Ok(report) => (report.as_ref().map(deep::Report::summary), report),
        Err(error) => (Some(Err(error)), None),
    };
    let checks: Vec<Check> = checks.into_iter().chain(stored.map(|found| ("stored files", found))).collect();
    let findings = if options.venue { venue::look(cli) } else { Vec::new() };
    let healthy = checks.iter().all(|(_, result)| result.is_ok())
        && findings.iter().all(|finding| finding.state != State::Fail);
    if cli.json {
        let views: Vec<_> = checks
            .iter()
            .map(|(name, result)| {
                let text = result.as_ref().map_or_else(output::chain, Clone::clone);
                serde_json::json!({ "check": name, "ok": result.is_ok(), "detail": text })
            })
            .collect();
        let venue = options.venue.then(|| venue::as_json(&findings));
        let deep = deep.as_ref().map(deep::Report::as_json);
        output::json(
            &serde_json::json!({ "healthy": healthy, "checks": views, "venue": venue, "deep": deep }),
        );
    } else {
        for (name, result) in &checks {
            match result {
                Ok(found) => output::line(&format!("ok    {name}: {found}")),
                Err(error) => output::line(&format!("FAIL  {name}: {}", output::chain(error))),
            }
        }
        if let Some(report) = &deep {
            report.print();
        }
        venue::print(&findings);
        if options.venue {
            venue::wait_for_phone(cli, Duration::from_secs(options.seconds));
        }
    }
    if healthy { ExitCode::Done } else { ExitCode::Failed }
}

fn models(cli: &Invocation) -> anyhow::Result<String> {
    let engine = cli.load_engine()?;
    let pack = engine.pack();
    Ok(format!("pack `{}` runs ({})", pack.name, pack.licence))
}

/// What the database says about events, the admin and jobs.
struct Contents {
    events: u64,
    admin: Option<User>,
    queue: Queue,
    last_failure: Option<String>,
}

fn inspect(cli: &Invocation) -> anyhow::Result<Inspection<Contents>> {
    Ok(cli.inspect(|db| {
        Ok(Contents {
            events: events::list(db)?.len() as u64,
            admin: users::first_admin(db)?,
            queue: progress::of_queue(db, SystemClock.now())?,
            last_failure: progress::last_failure(db)?,
        })
    })?)
}

fn data_folder(cli: &Invocation) -> anyhow::Result<String> {
    let folder = cli.data.display();
    let rows = match &cli.config.storage.url {
        Some(_) => "the database that `storage.url` names".to_owned(),
        None => format!("`{folder}`"),
    };
    let found = match inspect(cli)? {
        Inspection::Missing => format!("{rows} has no tables yet; the first start creates them"),
        Inspection::OldSchema { found, known } => {
            format!("{rows} has schema {found}; the next start migrates it to {known}")
        }
        Inspection::Current(Contents { events, .. }) => {
            format!("{rows} has {}", counted(events, "event", "events"))
        }
    };
    let exists = cli.data.exists();
    if exists && Store::disk_space_of(&cli.data)?.is_full() {
        bail!("the disk with `{folder}` is full\nhint: free some space; no photo is taken meanwhile");
    }
    let is_open = exists && !Store::is_private(&cli.data);
    let note = if is_open { "; other users can read it until the next start closes it" } else { "" };
    Ok(format!("{found}{note}"))
}

fn backups(cli: &Invocation) -> anyhow::Result<String> {
    let config = &cli.config.backup;
    let Some(folder) = &config.folder else {
        return Ok("no regular ones: `backup.folder` is not set".to_owned());
    };
    let shown = folder.display();
    let Some(manifest) = backup::look(folder)? else {
        return Ok(format!(
            "warning: `{shown}` has no backup\n  \
             hint: is the disk connected? `fotota backup {shown}` makes the first one"
        ));
    };
    let Some(taken_at) = manifest.taken_at() else {
        return Ok(format!(
            "warning: the first backup into `{shown}` did not end; a running server goes on with it"
        ));
    };
    let found =
        format!("`{shown}` was taken at {taken_at}, with {}", counted(manifest.photos, "photo", "photos"));
    let old = config.is_old(taken_at, SystemClock.now());
    let old = if old { "\n  warning: it is old; backups are taken while `fotota serve` runs" } else { "" };
    let bad = match manifest.problems {
        0 => String::new(),
        count => format!(
            "\n  warning: {} damaged or missing in the data folder; `fotota doctor --deep` names them",
            counted(count, "file was", "files were")
        ),
    };
    Ok(format!("{found}{old}{bad}"))
}

/// A running server's services are in its memory: this sees only what they left in the database.
fn jobs(cli: &Invocation) -> anyhow::Result<String> {
    let Inspection::Current(Contents { queue, last_failure, .. }) = inspect(cli)? else {
        return Ok("unknown until the database is created or migrated".to_owned());
    };
    let Queue { pending, pending_again, indexed, failed, .. } = queue;
    let mut text = format!("{} pending, {failed} failed", counted(pending, "photo", "photos"));
    if pending_again > 0 {
        let pack = &cli.config.face.pack;
        text = format!(
            "{text}; {pending_again} of {indexed} photos still to be indexed again with pack `{pack}`"
        );
    }
    if let Some(reason) = last_failure {
        text = format!("{text}; last failure: {reason}");
    }
    Ok(format!("{text} (a running server shows its services in the studio)"))
}

fn refresh_tokens(cli: &Invocation) -> String {
    let Accounts { keep_refresh_tokens, session_days, .. } = cli.config.accounts;
    if keep_refresh_tokens {
        format!(
            "KEPT for {session_days} days (`accounts.keep_refresh_tokens`): a stolen one is not noticed; only for \
             apps that do not store new ones"
        )
    } else {
        "replaced at each use; a second use ends the session".to_owned()
    }
}

fn admin(cli: &Invocation) -> anyhow::Result<String> {
    Ok(match inspect(cli)? {
        Inspection::Current(Contents { admin: Some(admin), .. }) => format!("{} is an admin", admin.name),
        Inspection::OldSchema { .. } => "unknown until the database is migrated".to_owned(),
        _ => "none yet: use `fotota admin create LOGIN`, or the link that `fotota serve` prints".to_owned(),
    })
}

/// Half a setup is a failure; none is a choice.
fn provider(cli: &Invocation) -> anyhow::Result<String> {
    let Google { issuer, client_id, client_secret, .. } = &cli.config.google;
    match (client_id, client_secret) {
        (None, None) => {
            Ok("not set up: needs `google.client_id` and its secret; local accounts work without it"
                .to_owned())
        }
        (None, Some(_)) => {
            bail!("`google.client_id` is missing\nhint: the provider issued it together with the secret")
        }
        (Some(_), None) => bail!(
            "the secret of `google.client_id` is missing\nhint: set FOTOTA_GOOGLE_CLIENT_SECRET, or \
             `google.client_secret_file`"
        ),
        (Some(_), Some(_)) => {
            Ok(format!("set up with {issuer}; register {}/auth/google/callback there", cli.base_url()))
        }
    }
}

fn drive(cli: &Invocation) -> String {
    match cli.config.drive.api_key {
        Some(_) => "set up".to_owned(),
        None => "not set up: needs FOTOTA_DRIVE_API_KEY, or `drive.api_key_file`".to_owned(),
    }
}

fn proxy(cli: &Invocation) -> String {
    let server = &cli.config.server;
    let warnings = server.proxy_warnings(cli.config.https.is_enabled());
    if !warnings.is_empty() {
        return format!("warning: {}", warnings.join("; "));
    }
    let url = server.public_url.as_deref().filter(|_| server.behind_proxy);
    url.map_or_else(|| "none".to_owned(), |url| format!("serves {url}; examples are in docs/OPERATING.md"))
}

fn https(cli: &Invocation) -> anyhow::Result<String> {
    let https = &cli.config.https;
    if let Some((certificate, key)) = https.certificate.as_ref().zip(https.key.as_ref()) {
        let expires = tls::expiry_of_files(certificate, key)?;
        if expires < SystemClock.now() {
            bail!("the certificate `{}` expired at {expires}", certificate.display());
        }
        return Ok(format!("the certificate is good until {expires}"));
    }
    if let Some(acme) = &https.acme {
        let how = if acme.uses_dns() { "DNS records" } else { "connections to port 443" };
        return Ok(format!("certificates for {} come by ACME, verified by {how}", acme.names.join(", ")));
    }
    Ok(if https.authority { "certificates of a generated authority" } else { "none: only HTTP" }.to_owned())
}

fn cameras(cli: &Invocation) -> anyhow::Result<String> {
    let Some(listener) = ftp::Listener::bind(&cli.config.ftp, cli.config.server.bind, None)? else {
        return Ok("may not sign in: `ftp.enabled` is false".to_owned());
    };
    let how = match (cli.config.ftp.require_tls, listener.can_encrypt() || cli.config.https.is_enabled()) {
        (true, _) => "they must encrypt",
        (false, true) => "they can encrypt",
        (false, false) => "they send passwords and photos in plain text",
    };
    Ok(format!("may sign in at port {}; {how}", listener.address.port()))
}

fn port(cli: &Invocation) -> anyhow::Result<String> {
    let bind = cli.config.server.bind;
    if let Some(url) = ServerMark::find_url(&cli.data) {
        return Ok(format!("a server runs on this data folder already: {url}"));
    }
    TcpListener::bind(bind).map_err(|error| {
        anyhow::Error::new(error).context(format!(
            "cannot listen on {bind}\nhint: is FotoTa running already? `server.bind` sets another address"
        ))
    })?;
    let current = Reach::new(&cli.config.server, bind).current();
    let said = format!("{bind} is free; the URL for guests is {} ({})", current.base_url, reason(&current));
    Ok(warnings(&current).iter().fold(said, |said, warning| format!("{said}\n  warning: {warning}")))
}
