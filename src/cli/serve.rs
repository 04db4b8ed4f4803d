//! `fotota serve`: the web server and its background services.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::net::TcpListener;

use super::address::{
    as_json_value, event_links, links_as_json, print_links, print_news, print_warnings, reason, studio_link,
};
use super::invocation::Invocation;
use super::live_status::LiveStatus;
use super::memory::return_large_blocks;
use super::{ExitCode, internet, output, readiness, stop_request};
use crate::app::{App, Service};
use crate::auth::{new_secret_text, token_hash};
use crate::config::is_host;
use crate::nodes::Nodes;
use crate::reach::{self, Current, News, Reach};
use crate::services::Services;
use crate::store::{ServerMark, chosen_network, users};
use crate::tls::Certificates;
use crate::venue::Rehearsals;
use crate::web::Listeners;
use crate::{ftp, web};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Address and port to listen on, overrides the configuration; port 0 selects a free port
    #[arg(long, value_name = "ADDRESS:PORT")]
    bind: Option<SocketAddr>,
    /// Address or name of this computer that links and QR codes carry, overrides the configuration
    #[arg(long, value_name = "IP|NAME", value_parser = host)]
    address: Option<String>,
    /// Let cameras send photos by FTP, as `ftp.enabled` does
    #[arg(long)]
    ftp: bool,
}

pub(super) fn run(cli: &Invocation, options: &Options) -> anyhow::Result<ExitCode> {
    return_large_blocks();
    let mut cli = cli.clone();
    cli.config.ftp.enabled |= options.ftp;
    cli.config.server.address = options.address.clone().or(cli.config.server.address);
    serve(&cli, &cli.open()?, options.bind.unwrap_or(cli.config.server.bind))?;
    Ok(ExitCode::Done)
}

fn host(text: &str) -> Result<String, &'static str> {
    if is_host(text) {
        Ok(text.to_owned())
    } else {
        Err("expected an address or a name, without http:// and port")
    }
}

/// Serves the store's events until interrupted; prints the URLs.
pub(super) fn serve(cli: &Invocation, app: &App, bind: SocketAddr) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let main = runtime.block_on(web::listen(bind)).with_context(|| {
        format!("cannot listen on {bind}\nhint: is FotoTa already running? `--bind` selects another address")
    })?;
    let bound = main.local_addr()?;
    internet::expect_encryption(&cli.config, bound)?;
    let more = |address: Option<SocketAddr>, key| {
        let listener = address.map(|address| {
            let listener = runtime.block_on(web::listen(address));
            listener
                .with_context(|| format!("cannot listen on {address}\nhint: set `{key}` to another address"))
        });
        listener.transpose()
    };
    let second = more(cli.config.https.bind, "https.bind")?;
    let metrics = more(cli.config.metrics.bind, "metrics.bind")?;
    let listeners = Listeners { main, second, metrics };
    let second = listeners.second.as_ref().map(TcpListener::local_addr).transpose()?;
    let metrics = listeners.metrics.as_ref().map(TcpListener::local_addr).transpose()?;
    let certificates = Certificates::open(app)?;
    let cameras = ftp::Listener::bind(&cli.config.ftp, bound, certificates.as_ref())?;
    let camera_port = cameras.as_ref().map(|listener| (listener.address, listener.can_encrypt()));
    let reach = Reach::new(&app.config.server, bound);
    reach.set_chosen(app.store.read(chosen_network::find)?);
    let current = reach.current();
    let base_url = &current.base_url;
    let mut settings = web::Settings::new(app.clone(), reach.clone())?;
    let mut setup_link = None;
    if app.store.read(users::first_admin)?.is_none() {
        let token = new_secret_text();
        settings.setup_token_hash = Some(token_hash(&token));
        // Browsers do not send what follows the "#", so no log has it.
        setup_link = Some(format!("{base_url}/setup#{token}"));
    }
    let mark = ServerMark::set(&cli.data, base_url, bound)?.map(Arc::new);
    if mark.is_none() {
        let other = ServerMark::find_url(&cli.data).unwrap_or_default();
        output::note(&format!("warning: another server runs on this data folder already: {other}"));
    } else {
        app.store.offer_phone_check(&settings.venue_key)?;
    }
    let clear_memory = Arc::new(settings.clear_memory());
    let drive = settings.drive.clone();
    let mut services = Services::start(app, drive, cameras, certificates.as_ref(), clear_memory)?;
    settings.certificates = certificates;
    settings.nodes = Nodes::of(app);
    let joined = settings.nodes.as_ref().map(|nodes| nodes.join(app, settings.forget_foreign()));
    let node = joined.as_ref().map(|service| service.handle().clone());
    if let Some(service) = joined {
        services.add(service);
    }
    let rehearsals = Arc::new(Rehearsals::new(cli.arguments()));
    settings.rehearsals = rehearsals.clone();
    // Before others hear that it runs.
    let asked = {
        let _within = runtime.enter();
        stop_request::listen()?
    };
    let stop = async move {
        asked.await;
        // Other nodes send nothing more here.
        if let Some(service) = node {
            service.signal.stop();
        }
    };
    announce(cli, app, (bound, second, metrics, &current), setup_link.as_deref(), camera_port)?;
    // Later, so that the first line is about what the server listens on.
    services.add(follow_address(cli, app, &reach, mark));
    settings.services = services.monitor();
    let status = LiveStatus::show(app, reach);
    // Connections wait from here on, until they are served in a moment.
    readiness::tell_system(readiness::READY);
    let served = runtime.block_on(web::serve(listeners, settings, stop));
    drop(status);
    rehearsals.stop();
    readiness::tell_system(readiness::STOPPING);
    output::note("stopping: waiting for photos being indexed");
    drop(services);
    Ok(served?)
}

/// Prints the address again whenever it changes, and tells other processes.
fn follow_address(cli: &Invocation, app: &App, reach: &Reach, mark: Option<Arc<ServerMark>>) -> Service {
    let (printed, as_json) = (app.clone(), cli.json);
    reach::start(app, reach.clone(), move |news| {
        if let (News::Address(current), Some(mark)) = (&news, &mark)
            && let Err(error) = mark.change(&current.base_url)
        {
            tracing::warn!(%error, "other processes still know the former address");
        }
        print_news(&printed, &news, as_json);
    })
}

/// Prints where the server listens and the URLs that guests open, which differ with `server.public_url`.
fn announce(
    cli: &Invocation,
    app: &App,
    (bound, second, metrics, current): (SocketAddr, Option<SocketAddr>, Option<SocketAddr>, &Current),
    setup_link: Option<&str>,
    camera_port: Option<(SocketAddr, bool)>,
) -> anyhow::Result<()> {
    let base_url = &current.base_url;
    let links = event_links(app, base_url)?;
    if cli.json {
        output::json(
            &serde_json::json!({ "listening": base_url, "bound": bound.to_string(), "setup": setup_link,
                "https": second.map(|address| address.to_string()),
                "metrics": metrics.map(|address| address.to_string()),
                "ftp": camera_port.map(|(address, _)| address.to_string()), "address": as_json_value(current),
                "studio": studio_link(base_url), "events": links_as_json(&links) }),
        );
        return Ok(());
    }
    output::line(&format!("listening on {base_url} ({})", reason(current)));
    output::line(&format!("studio: {}", studio_link(base_url)));
    if cli.config.https.is_enabled() {
        let second = second.map_or_else(String::new, |address| format!(" and port {}", address.port()));
        output::line(&format!("HTTPS on port {}{second}", bound.port()));
    }
    if let Some(address) = metrics {
        output::line(&format!("metrics: http://{address}/metrics"));
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
    print_warnings(current);
    for warning in cli.config.server.proxy_warnings(cli.config.https.is_enabled()) {
        output::note(&format!("warning: {warning}"));
    }
    print_links(&links);
    if links.is_empty() {
        output::note(
            "no events yet\nhint: `fotota event create NAME` creates one, even while the server runs",
        );
    }
    Ok(())
}
