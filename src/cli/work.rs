//! `fotota work`: indexes photos and searches Drive folders, beside servers with the same rows, until it is stopped.

use std::time::Duration;

use anyhow::bail;

use super::invocation::Invocation;
use super::memory::return_large_blocks;
use super::{ExitCode, output, readiness, stop_request};
use crate::app::ServiceState;
use crate::drive;
use crate::services::{ServiceMonitor, Services};

/// How often to look whether the services live.
const LOOK: Duration = Duration::from_secs(5);

pub(super) fn run(cli: &Invocation) -> anyhow::Result<ExitCode> {
    return_large_blocks();
    let app = cli.open()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Before others hear that it runs.
    let stop = {
        let _within = runtime.enter();
        stop_request::listen()?
    };
    let services = Services::of_worker(&app, drive::Client::new(&app.config.drive));
    let workers = app.config.intake.worker_count();
    if cli.json {
        output::json(&serde_json::json!({ "workers": workers }));
    } else {
        output::line(&format!("indexing, {workers} photos at once"));
    }
    readiness::tell_system(readiness::READY);
    let monitor = services.monitor();
    let died = runtime.block_on(async {
        tokio::select! {
            () = stop => None,
            name = death(&monitor) => Some(name),
        }
    });
    readiness::tell_system(readiness::STOPPING);
    output::note("stopping: waiting for photos being indexed");
    drop(services);
    match died {
        // What started it starts another one.
        Some(name) => bail!("the service `{name}` stopped because of an internal error"),
        None => Ok(ExitCode::Done),
    }
}

/// Waits until a service has died; which one.
async fn death(monitor: &ServiceMonitor) -> &'static str {
    loop {
        let services = monitor.status();
        if let Some(died) = services.iter().find(|service| service.state == ServiceState::Died) {
            return died.name;
        }
        tokio::time::sleep(LOOK).await;
    }
}
