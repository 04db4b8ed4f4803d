//! The web server: guests' pages, the API for apps, and pictures. The only module that names axum.
//!
//! `routes` is the one table of who may do what: each route has a rule, which is checked before its handler.
//! `tests/it/access.rs` compares the table with a matrix of callers.
//!
//! Imports point downwards: from `routes` and `openapi` to the folders with handlers (`api`, `guest`, `health`,
//! `studio`, `wall`, `upload`, `pictures`), to `rule`, to `access`, to `http` and the errors. `state` holds what the
//! folders keep in memory, and is the one exception.

mod access;
mod api;
mod error;
mod error_code;
mod guest;
mod health;
mod http;
mod nodes;
mod openapi;
mod pictures;
mod route;
mod routes;
mod rule;
mod secure;
mod settings;
mod state;
mod studio;
mod upload;
mod wall;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::{Extension, Router};
use tokio::net::TcpListener;

use access::audit;
use access::metrics_reader::OwnAddress;
use http::connection::{PROTOCOLS, Serving};
use http::connections;
use http::{assets, drain_body, probes, protect, request_log};
use pictures::downloads;
use state::AppState;
use tokio_rustls::TlsAcceptor;

use crate::metrics::Gauge;
use crate::tls::TlsError;

pub use error::{ApiError, Issue};
pub use error_code::ErrorCode;
pub use http::connections::Listeners;
pub use http::i18n::Locale;
pub use route::Route;
pub use routes::{openapi_json, table};
pub use rule::{Rule, audited_action};
pub use settings::Settings;

/// Open at once at the address of the metrics.
const METRICS_CONNECTIONS: usize = 16;

/// All routes.
pub fn router(settings: Settings) -> Router {
    routes_of(&AppState::new(settings))
}

fn routes_of(state: &AppState) -> Router {
    routes::router().layer(middleware::from_fn_with_state(state.clone(), around)).with_state(state.clone())
}

/// What happens around every handler, in one function: each layer of its own would cost several allocations.
async fn around(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(state.clone());
    let (config, metrics) = (state.0.settings.app.config.clone(), state.0.settings.app.metrics.clone());
    let here = state.clone();
    let admitted = |request: Request| async move {
        let config = &here.0.settings.app.config;
        let answered = nodes::refusal(&request)
            .or_else(|| protect::refuse_missing_host(&request))
            .or_else(|| probes::answer(config, &request))
            .or_else(|| secure::redirect(&here, &request))
            .or_else(|| secure::refuse_plain_write(&here, &request))
            .or_else(|| protect::refuse_foreign_write(config, &request));
        match answered {
            Some(answer) => answer,
            None => request_log::catch_panic(next.run(request)).await,
        }
    };
    let recorded = |request| async move { request_log::record(&metrics, request, admitted).await };
    let answered = |request| async move {
        // Another node does all of this itself.
        match nodes::forward(&state, request).await {
            Ok(answer) => answer,
            Err(request) => protect::add_headers(config, request, recorded).await,
        }
    };
    drain_body::drain(request, answered).await
}

/// Serves until `stop` is ready, then waits a while for running requests.
///
/// # Errors
/// When connections cannot be encrypted although there is a certificate.
pub async fn serve(
    mut listeners: Listeners,
    settings: Settings,
    stop: impl Future<Output = ()>,
) -> Result<(), TlsError> {
    let state = AppState::new(settings);
    tokio::task::spawn_blocking(assets::prepare);
    let config =
        state.0.settings.certificates.as_ref().map(|found| found.server_config(&PROTOCOLS)).transpose()?;
    let tls = config.map(|config| TlsAcceptor::from(Arc::new(config)));
    let server = &state.config().server;
    let (timeout, behind_proxy) = (server.slow_client(), server.behind_proxy);
    let open = state.0.settings.app.metrics.connections.clone();
    let proofs = state.0.settings.nodes.is_some().then(|| state.0.settings.node_proofs.clone());
    let serving = Serving { router: routes_of(&state), timeout, behind_proxy, proofs, tls, open };
    let stop = async {
        stop.await;
        // Streams would keep their connections open.
        state.0.channels.stop();
    };
    let metrics = listeners.metrics.take();
    tokio::select! {
        () = connections::serve(listeners, connections::capacity(), serving, stop) => {}
        () = serve_metrics(metrics, &state) => {}
    }
    downloads::record(&state).await;
    audit::record_gathered(&state).await;
    Ok(())
}

/// Serves the metrics at an address of their own, if there is one.
async fn serve_metrics(listener: Option<TcpListener>, state: &AppState) {
    let Some(main) = listener else { return std::future::pending().await };
    let router = routes::metrics_router()
        .layer(middleware::from_fn_with_state(state.clone(), around))
        .layer(Extension(OwnAddress))
        .with_state(state.clone());
    let timeout = state.config().server.slow_client();
    let serving =
        Serving { router, timeout, behind_proxy: false, proofs: None, tls: None, open: Gauge::default() };
    let listeners = Listeners { main, second: None, metrics: None };
    connections::serve(listeners, METRICS_CONNECTIONS, serving, std::future::pending()).await;
}

/// Binds the address; port 0 lets the system choose one.
///
/// # Errors
/// When it is in use, or not an address of this computer.
pub async fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await
}
