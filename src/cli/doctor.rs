//! `fotota doctor`: is everything there that FotoTa needs?

use std::net::TcpListener;

use super::app::App;
use super::{ExitCode, output};
use crate::store::events;

/// One thing looked at: what, and what was found or why it fails.
type Check = (&'static str, anyhow::Result<String>);

pub(super) fn run(app: &App) -> ExitCode {
    // A configuration that cannot be read has ended the command before.
    let checks: [Check; 4] = [
        ("configuration", Ok("valid".to_owned())),
        ("models", models(app)),
        ("data folder", data_folder(app)),
        ("port", port(app)),
    ];
    let healthy = checks.iter().all(|(_, result)| result.is_ok());
    if app.json {
        let views: Vec<_> = checks
            .iter()
            .map(|(name, result)| {
                let text = result.as_ref().map_or_else(output::chain, Clone::clone);
                serde_json::json!({ "check": name, "ok": result.is_ok(), "detail": text })
            })
            .collect();
        output::json(&serde_json::json!({ "healthy": healthy, "checks": views }));
    } else {
        for (name, result) in &checks {
            match result {
                Ok(found) => output::line(&format!("ok    {name}: {found}")),
                Err(error) => output::line(&format!("FAIL  {name}: {}", output::chain(error))),
            }
        }
    }
    if healthy { ExitCode::Done } else { ExitCode::Failed }
}

fn models(app: &App) -> anyhow::Result<String> {
    let engine = app.load_engine()?;
    let pack = engine.pack();
    Ok(format!("pack `{}` runs ({})", pack.name, pack.licence))
}

fn data_folder(app: &App) -> anyhow::Result<String> {
    let store = app.open_store()?;
    let events = store.read(events::list)?;
    Ok(format!("`{}` holds {} events", app.data.display(), events.len()))
}

fn port(app: &App) -> anyhow::Result<String> {
    let bind = app.config.server.bind;
    TcpListener::bind(bind).map_err(|error| {
        anyhow::Error::new(error).context(format!(
            "cannot listen on {bind}\nhint: is FotoTa running already? `server.bind` sets another"
        ))
    })?;
    Ok(format!("{bind} is free; guests would reach {}", app.base_url()))
}
