//! The web server: guests' pages, the API for apps, and the addresses of pictures. The only module that names axum.
//!
//! Who may do what stands in one table, `routes`: a rule for each route, asked before its handler. Whoever adds a route
//! says there who may call it; `tests/it/access.rs` compares the table with a matrix of callers.

mod access;
mod api;
mod error;
mod error_code;
mod guest;
mod home;
mod http;
mod live;
mod openapi;
mod pictures;
mod route;
mod routes;
mod rule;
mod settings;
mod studio;
mod sweep;
mod upload;
mod wall;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::{Extension, Router, middleware};
use tokio::net::TcpListener;

use crate::config::Config;
use crate::domain::{Digest, Timestamp};
use crate::limits::{GUESSES, Limiter, SEARCHES, SIGN_INS};
use crate::store::Store;

use guest::active_faces::Standing;
use guest::zip;
use http::connections::{self, Patience};
use http::work_limit::Queue;
use http::{assets, drain_body, protect, request_log};
use live::Live;
use pictures::delivery;
use studio::rates::Rates;
use upload::tus;

pub use error::{ApiError, Issue};
pub use error_code::ErrorCode;
pub use http::i18n::Locale;
pub use openapi::json as openapi_json;
pub use route::Route;
pub use routes::table;
pub use rule::Rule;
pub use settings::{DriveSearches, Settings};

#[derive(Clone)]
struct AppState(Arc<Inner>);

struct Inner {
    settings: Settings,
    /// Selfies worked on.
    searches: Queue,
    /// Selfies on their way into memory, as many as fit into half a gigabyte.
    bodies: Queue,
    /// Passwords compared: each takes a core and 19 MiB for tens of milliseconds. Guests and accounts do not wait for
    /// each other.
    event_passwords: Queue,
    account_passwords: Queue,
    /// Questions to the sign-in provider and to Drive, each of which holds a thread for many seconds.
    questions: Queue,
    drive_questions: Queue,
    /// Pictures marked with a logo: each takes a core and, whole, a hundred megabytes.
    renders: Queue,
    stamps: delivery::Stamps,
    /// Archives on their way to guests, each with less than half a megabyte in memory.
    archives: Queue,
    zip_tickets: zip::Tickets,
    uploads: tus::Uploads,
    guesses: Limiter,
    sign_ins: Limiter,
    searches_made: Limiter,
    /// Known faces that are searched with again.
    lookups: Queue,
    /// Guests who are looking at their photos.
    standing: Standing,
    /// Who hears of what changes.
    live: Live,
    /// How fast events are indexed.
    rates: Rates,
    /// Of the one-time set-up link, until it is used.
    setup_token_hash: Mutex<Option<Digest>>,
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
    routes_of(&AppState::new(settings))
}

impl AppState {
    fn new(settings: Settings) -> Self {
        Self(Arc::new(Inner {
            setup_token_hash: Mutex::new(settings.setup_token_hash),
            settings,
            searches: Queue::new(2, 300),
            bodies: Queue::new(32, 300),
            event_passwords: Queue::new(2, 500),
            account_passwords: Queue::new(1, 100),
            questions: Queue::new(8, 50),
            drive_questions: Queue::new(4, 50),
            guesses: Limiter::new(GUESSES),
            sign_ins: Limiter::new(SIGN_INS),
            searches_made: Limiter::new(SEARCHES),
            renders: Queue::new(2, 300),
            stamps: delivery::Stamps::default(),
            archives: Queue::new(256, 300),
            zip_tickets: zip::Tickets::default(),
            uploads: tus::Uploads::default(),
            lookups: Queue::new(2, 500),
            standing: Standing::default(),
            live: Live::default(),
            rates: Rates::default(),
        }))
    }
}

fn routes_of(state: &AppState) -> Router {
    request_log::catch_panics(routes::router())
        .layer(middleware::from_fn_with_state(state.clone(), protect::refuse_foreign_writes))
        .layer(middleware::from_fn(request_log::record))
        .layer(middleware::from_fn(protect::add_headers))
        .layer(middleware::from_fn(drain_body::take_in))
        .layer(Extension(state.clone()))
        .with_state(state.clone())
}

/// Serves until the process is asked to stop (interrupt or terminate), then lets running requests end, for a while.
pub async fn serve(listener: TcpListener, settings: Settings) {
    let state = AppState::new(settings);
    let sweep = tokio::spawn(sweep::forget_what_is_over(state.clone()));
    tokio::task::spawn_blocking(assets::prepare);
    let server = &state.config().server;
    let patience = Patience { pause: server.slow_client(), behind_proxy: server.behind_proxy };
    let stop = async {
        stop_requested().await;
        // Streams would keep their connections open.
        state.0.live.stop();
    };
    connections::serve(listener, routes_of(&state), patience, stop).await;
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
