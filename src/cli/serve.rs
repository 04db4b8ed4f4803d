//! `fotota serve`: the web server and its background services.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::net::TcpListener;

use super::invocation::Invocation;
use super::live_status::LiveStatus;
use super::memory::return_large_blocks;
use super::{ExitCode, output};
use crate::app::App;
use crate::auth::{new_secret_text, token_hash};
use crate::ftp;
use crate::services::Services;
use crate::store::{ServerMark, events, users};
use crate::tls::Certificates;
use crate::web::Listeners;
use crate::{share, web};

/// More QR codes would scroll out of view.
const MAX_QR_CODES: usize = 3;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Address and port to listen on, overrides the configuration; port 0 selects a free port
    #[arg(long, value_name = "ADDRESS:PORT")]
    bind: Option<SocketAddr>,
    /// Let cameras send photos by FTP, as `ftp.enabled` does
    #[arg(long)]
    ftp: bool,
}

pub(super) fn run(cli: &Invocation, options: &Options) -> anyhow::Result<ExitCode> {
    return_large_blocks();
    let mut cli = cli.clone();
    cli.config.ftp.enabled |= options.ftp;
    serve(&cli, &cli.open()?, options.bind.unwrap_or(cli.config.server.bind))?;
    Ok(ExitCode::Done)
}

/// Serves the store's events until interrupted; prints the URLs.
pub(super) fn serve(cli: &Invocation, app: &App, bind: SocketAddr) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let main = runtime.block_on(web::listen(bind)).with_context(|| {
        format!("cannot listen on {bind}\nhint: is FotoTa already running? `--bind` selects another address")
    })?;
    let bound = main.local_addr()?;
    let second = cli.config.https.bind.map(|address| {
        let listener = runtime.block_on(web::listen(address));
        listener
            .with_context(|| format!("cannot listen on {address}\nhint: set `https.bind` to another address"))
    });
    let listeners = Listeners { main, second: second.transpose()? };
    let second = listeners.second.as_ref().map(TcpListener::local_addr).transpose()?;
    let certificates = Certificates::open(app)?;
    let cameras = ftp::Listener::bind(&cli.config.ftp, bound, certificates.as_ref())?;
    let camera_port = cameras.as_ref().map(|listener| (listener.address, listener.can_encrypt()));
    let base_url = cli.config.server.public_url.clone().unwrap_or_else(|| share::base_url(bound));
    let mut settings = web::Settings::new(app.clone(), base_url.clone())?;
    let mut setup_link = None;
    if app.store.read(users::first_admin)?.is_none() {
        let token = new_secret_text();
        settings.setup_token_hash = Some(token_hash(&token));
        // Browsers do not send what follows the "#", so no log has it.
        setup_link = Some(format!("{base_url}/setup#{token}"));
    }
    let mark = ServerMark::set(&cli.data, &base_url)?;
    if mark.is_none() {
        let other = ServerMark::find_url(&cli.data).unwrap_or_default();
        output::note(&format!("warning: another server runs on this data folder already: {other}"));
    }
    let clear_memory = Arc::new(settings.clear_memory());
    let drive = settings.drive.clone();
    let services = Services::start(app, drive, cameras, certificates.as_ref(), clear_memory)?;
    settings.certificates = certificates;
    settings.services = services.monitor();
    announce(cli, app, (bound, second, &base_url), setup_link.as_deref(), camera_port)?;
    let status = LiveStatus::show(app, studio_link(&base_url));
    let served = runtime.block_on(web::serve(listeners, settings));
    drop(status);
    output::note("stopping: waiting for photos being indexed");
    drop(services);
    Ok(served?)
}

/// Prints where the server listens and the URLs that guests open, which differ with `server.public_url`.
fn announce(
    cli: &Invocation,
    app: &App,
    (bound, second, base_url): (SocketAddr, Option<SocketAddr>, &str),
    setup_link: Option<&str>,
    camera_port: Option<(SocketAddr, bool)>,
) -> anyhow::Result<()> {
    let events = app.store.read(events::list)?;
    let links: Vec<_> =
        events.iter().map(|event| (&event.name, share::event_link(base_url, &event.share_code))).collect();
    if cli.json {
        let links: Vec<_> =
            links.iter().map(|(name, link)| serde_json::json!({ "name": name, "link": link })).collect();
        let (listening, bound) = (base_url, bound.to_string());
        output::json(&serde_json::json!({ "listening": listening, "bound": bound, "setup": setup_link,
                "https": second.map(|address| address.to_string()),
                "ftp": camera_port.map(|(address, _)| address.to_string()),
                "studio": studio_link(base_url), "events": links }));
        return Ok(());
    }
    output::line(&format!("listening on {base_url}"));
    output::line(&format!("studio: {}", studio_link(base_url)));
    if cli.config.https.is_enabled() {
        let second = second.map_or_else(String::new, |address| format!(" and port {}", address.port()));
        output::line(&format!("HTTPS on port {}{second}", bound.port()));
    }
    if let Some((address, can_encrypt)) = camera_port {
        output::line(&format!("cameras: FTP on port {}", address.port()));
        if !can_encrypt {
            output::note(
                "warning: cameras send passwords and photos in plain text, which everybody in their Wi-Fi can read; \
                 give the cameras a Wi-Fi of their own, or set `ftp.certificate`",
            );
        }
    }
    if let Some(link) = setup_link {
        output::line(&format!("no admin yet: create the first one at {link}"));
    }
    if share::is_local_only(base_url) {
        output::note(
            "warning: only this computer can open these links; join the guests' Wi-Fi or create a hotspot",
        );
    }
    for warning in cli.config.server.proxy_warnings(cli.config.https.is_enabled()) {
        output::note(&format!("warning: {warning}"));
    }
    for (index, (name, link)) in links.iter().enumerate() {
        output::line(&format!("\n{name}\n{link}"));
        if let Some(qr) = (index < MAX_QR_CODES).then(|| share::terminal_qr(link)).flatten() {
            output::line(&qr);
        }
    }
    if links.is_empty() {
        output::note(
            "no events yet\nhint: `fotota event create NAME` creates one, even while the server runs",
        );
    }
    Ok(())
}

fn studio_link(base_url: &str) -> String {
    format!("{}/studio", base_url.trim_end_matches('/'))
}
