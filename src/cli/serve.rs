//! `fotota serve`: the guests' pages, and the indexing of photos that wait.

use std::net::SocketAddr;
use std::sync::mpsc::Receiver;

use anyhow::Context as _;

use super::app::App;
use super::{ExitCode, output};
use crate::auth::{new_secret_text, token_hash};
use crate::pipeline::{Context, Pipeline, Progress};
use crate::store::{events, users};
use crate::{share, web};

/// Links of so many events are shown as QR codes; more would scroll away.
const MAX_QR_CODES: usize = 3;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Address and port to listen on, in place of the configuration's; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    bind: Option<SocketAddr>,
}

pub(super) fn run(app: &App, options: &Options) -> anyhow::Result<ExitCode> {
    let context = app.open()?;
    let (pipeline, progress) = Pipeline::start(&context, app.config.intake.worker_count());
    let logger = std::thread::spawn(move || log_progress(&progress));
    serve(app, &context, options.bind.unwrap_or(app.config.server.bind))?;
    output::note("stopping, photos in work are finished first");
    drop(pipeline);
    logger.join().ok();
    Ok(ExitCode::Done)
}

/// Serves the store's events until interrupted; prints where.
pub(super) fn serve(app: &App, context: &Context, bind: SocketAddr) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = web::listen(bind).await.with_context(|| {
            format!(
                "cannot listen on {bind}\nhint: is FotoTa running already? `--bind` takes another address"
            )
        })?;
        let bound = listener.local_addr()?;
        let public_url = &app.config.server.public_url;
        let base_url = public_url.clone().unwrap_or_else(|| share::base_url(bound));
        let threshold = app.match_threshold(&context.engine);
        let mut settings =
            web::Settings::new(context.clone(), threshold, app.config.clone(), base_url.clone())?;
        let mut setup_link = None;
        if context.store.read(users::first_admin)?.is_none() {
            let token = new_secret_text();
            settings.setup_token_hash = Some(token_hash(&token));
            // Browsers send nothing that stands behind the "#": it gets into no log.
            setup_link = Some(format!("{base_url}/setup#{token}"));
        }
        announce(app, context, (bound, &base_url), setup_link.as_deref())?;
        web::serve(listener, settings).await;
        Ok(())
    })
}

/// Says where the server listens, and how guests reach it: with `server.public_url` these are two addresses.
fn announce(
    app: &App,
    context: &Context,
    (bound, base_url): (SocketAddr, &str),
    setup_link: Option<&str>,
) -> anyhow::Result<()> {
    let events = context.store.read(events::list)?;
    let links: Vec<_> =
        events.iter().map(|event| (&event.name, share::event_link(base_url, &event.share_code))).collect();
    if app.json {
        let links: Vec<_> =
            links.iter().map(|(name, link)| serde_json::json!({ "name": name, "link": link })).collect();
        let (listening, bound) = (base_url, bound.to_string());
        output::json(&serde_json::json!({ "listening": listening, "bound": bound, "setup": setup_link,
                "studio": studio_link(base_url), "events": links }));
        return Ok(());
    }
    output::line(&format!("listening on {base_url}"));
    output::line(&format!("studio: {}", studio_link(base_url)));
    if let Some(link) = setup_link {
        output::line(&format!("no admin yet: make the first one at {link}"));
    }
    if share::is_local_only(base_url) {
        output::note("warning: only this computer can open these links; join or make a Wi-Fi for guests");
    }
    for (index, (name, link)) in links.iter().enumerate() {
        output::line(&format!("\n{name}\n{link}"));
        if let Some(qr) = (index < MAX_QR_CODES).then(|| share::terminal_qr(link)).flatten() {
            output::line(&qr);
        }
    }
    if links.is_empty() {
        output::note("no events yet\nhint: `fotota event create NAME` makes one, also while this runs");
    }
    Ok(())
}

fn studio_link(base_url: &str) -> String {
    format!("{}/studio", base_url.trim_end_matches('/'))
}

/// Until the workers are gone.
fn log_progress(progress: &Receiver<Progress>) {
    for step in progress {
        match step {
            Progress::Indexed { photo_id, faces, .. } => {
                tracing::info!(photo.id = %photo_id, faces, "indexed a photo");
            }
            Progress::Retrying { photo_id, reason } => {
                tracing::warn!(photo.id = %photo_id, reason, "a photo could not be indexed and is tried again");
            }
            Progress::Failed { photo_id, reason } => {
                tracing::warn!(photo.id = %photo_id, reason, "a photo cannot be indexed");
            }
            Progress::Blocked(error) => {
                tracing::error!(%error, "no photo can be indexed for now");
            }
        }
    }
}
