//! The web server: guests' pages, the API for apps, and the addresses of pictures. The only module that names axum.
//!
//! Who may do what stands in one table, `routes`: a rule for each route, asked before its handler. Whoever adds a route
//! says there who may call it; `tests/it/access.rs` compares the table with a matrix of callers.

mod access;
mod api;
mod assets;
mod caller;
mod connections;
mod device;
mod docs;
mod error;
mod error_code;
mod event_password;
mod guest;
mod i18n;
mod media;
mod openapi;
mod page;
mod protect;
mod requests;
mod routes;
mod rule;
mod selfie;
mod settings;
mod setup;
mod shapes;
mod sweep;
mod validate;
mod views;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router, middleware};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::config::Config;
use crate::domain::Timestamp;
use crate::limits::{GUESSES, Limiter, SEARCHES};
use crate::store::Store;

pub use error::{ApiError, Issue};
pub use error_code::ErrorCode;
pub use i18n::Locale;
pub use openapi::json as openapi_json;
pub use routes::{Route, table};
pub use rule::Rule;
pub use settings::{DriveSearches, Settings};

/// Selfies worked on at once.
const MAX_SEARCHES: usize = 2;
/// Passwords checked at once: each takes a core and 19 MiB for tens of milliseconds.
const MAX_PASSWORD_CHECKS: usize = 2;
/// Between two pieces of a request's body: whoever stops sending is cut off.
const BODY_PAUSE: Duration = Duration::from_secs(30);

#[derive(Clone)]
struct AppState(Arc<Inner>);

struct Inner {
    settings: Settings,
    searches: Arc<Semaphore>,
    password_checks: Arc<Semaphore>,
    guesses: Limiter,
    searches_made: Limiter,
}

impl AppState {
    fn store(&self) -> Store {
        self.0.settings.context.store.clone()
    }

    fn now(&self) -> Timestamp {
        self.0.settings.context.clock.now()
    }

    fn config(&self) -> &Config {
        &self.0.settings.config
    }

    /// Over HTTPS cookies stay off plain HTTP.
    fn is_https(&self) -> bool {
        self.config().server.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }
}

/// All routes.
pub fn router(settings: Settings) -> Router {
    let state = AppState(Arc::new(Inner {
        settings,
        searches: Arc::new(Semaphore::new(MAX_SEARCHES)),
        password_checks: Arc::new(Semaphore::new(MAX_PASSWORD_CHECKS)),
        guesses: Limiter::new(GUESSES),
        searches_made: Limiter::new(SEARCHES),
    }));
    requests::catch_panics(routes::router())
        .layer(RequestBodyTimeoutLayer::new(BODY_PAUSE))
        .layer(middleware::from_fn_with_state(state.clone(), protect::refuse_foreign_writes))
        .layer(middleware::from_fn(protect::add_headers))
        .layer(middleware::from_fn(requests::record))
        .layer(Extension(state.clone()))
        .with_state(state)
}

/// Serves until the process is asked to stop (interrupt or terminate), then lets running requests end, for a while.
pub async fn serve(listener: TcpListener, settings: Settings) {
    let sweep = tokio::spawn(sweep::forget_what_is_over(settings.clone()));
    connections::serve(listener, router(settings), stop_requested()).await;
    sweep.abort();
}

/// Binds the address; port 0 lets the system choose one.
///
/// # Errors
/// When it is taken, or not this computer's.
pub async fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await
}

async fn stop_requested() {
    let interrupt = async {
        tokio::signal::ctrl_c().await.ok();
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
