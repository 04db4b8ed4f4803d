//! The guests' web server. The only module that names axum.
//!
//! Who may do what: anybody may open an event's page by its link and enter the event, with the password where one is
//! set. Everything else needs the session that entering gave, which opens that one event; a search needs the guest's
//! consent besides. Handlers get it by naming `GuestAccess` among their arguments.

mod access;
mod assets;
mod error;
mod guest;
mod i18n;
mod media;
mod page;
mod protect;
mod selfie;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::domain::{Clock, Timestamp};
use crate::pipeline::Context;
use crate::store::{Store, sessions};

pub use error::{ApiError, ErrorCode};
pub use i18n::Locale;

/// Largest selfie that is taken, in bytes; phones send less, even without shrinking it.
const MAX_SELFIE_BYTES: usize = 30 << 20;
/// Selfies worked on at once.
const MAX_SEARCHES: usize = 2;
/// Passwords checked at once: each takes a core and 19 MiB for tens of milliseconds.
const MAX_PASSWORD_CHECKS: usize = 2;
/// How often sessions that have expired are forgotten.
const SESSION_SWEEP: Duration = Duration::from_mins(10);

/// A phone that left the Wi-Fi in the middle of a download does not keep the server from stopping for longer.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// What a server is made of.
#[derive(Clone)]
pub struct Settings {
    /// Store, engine, limits and clock.
    pub context: Context,
    /// Cosine similarity of a match.
    pub match_threshold: f32,
    /// How long a guest's session lasts.
    pub guest_session: Duration,
    /// How guests reach the server, where that is not by its own address: `https://photos.example.com`. Over HTTPS
    /// their cookies stay off plain HTTP.
    pub public_url: Option<String>,
}

#[derive(Clone)]
struct AppState(Arc<Inner>);

struct Inner {
    settings: Settings,
    searches: Arc<Semaphore>,
    password_checks: Arc<Semaphore>,
}

impl AppState {
    fn store(&self) -> Store {
        self.0.settings.context.store.clone()
    }

    fn now(&self) -> Timestamp {
        self.0.settings.context.clock.now()
    }
}

/// All routes.
pub fn router(settings: Settings) -> Router {
    let state = AppState(Arc::new(Inner {
        settings,
        searches: Arc::new(Semaphore::new(MAX_SEARCHES)),
        password_checks: Arc::new(Semaphore::new(MAX_PASSWORD_CHECKS)),
    }));
    Router::new()
        .route("/health", get(health))
        .route("/a/{digest}/{file}", get(assets::show))
        .route("/e/{share_code}", get(page::show))
        .route("/e/{share_code}/session", post(guest::enter).delete(guest::leave))
        .route("/e/{share_code}/consent", post(guest::consent))
        .route("/e/{share_code}/search", post(selfie::search).layer(DefaultBodyLimit::max(MAX_SELFIE_BYTES)))
        .route("/e/{share_code}/photos/{photo_id}/thumbnail", get(media::thumbnail))
        .route("/e/{share_code}/photos/{photo_id}/preview", get(media::preview))
        .route("/e/{share_code}/photos/{photo_id}/original", get(media::original))
        .fallback(error::no_such_page)
        .layer(middleware::from_fn_with_state(state.clone(), protect::refuse_foreign_writes))
        .layer(middleware::from_fn(protect::add_headers))
        .with_state(state)
}

/// Serves until the process is asked to stop (interrupt or terminate), then lets running requests end, for a while.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, settings: Settings) -> std::io::Result<()> {
    let (store, clock) = (settings.context.store.clone(), settings.context.clock.clone());
    let sweep = tokio::spawn(forget_expired_sessions(store, clock));
    let (stop, stopping) = tokio::sync::watch::channel(());
    let mut stopped = stopping.clone();
    let graceful = async move {
        stopped.changed().await.ok();
    };
    let server = axum::serve(listener, router(settings)).with_graceful_shutdown(graceful).into_future();
    let deadline = async move {
        stop_requested().await;
        stop.send_replace(());
        tokio::time::sleep(STOP_PATIENCE).await;
    };
    let result = tokio::select! {
        result = server => result,
        () = deadline => Ok(()),
    };
    sweep.abort();
    result
}

/// Binds the address; port 0 lets the system choose one.
///
/// # Errors
/// When it is taken, or not this computer's.
pub async fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await
}

async fn health() -> Json<serde_json::Value> {
    Json(serde_json::json!({
        "status": "healthy",
        "project": "FotoTa",
        "version": env!("CARGO_PKG_VERSION"),
    }))
}

async fn forget_expired_sessions(store: Store, clock: Arc<dyn Clock>) {
    loop {
        let (store, now) = (store.clone(), clock.now());
        let swept =
            tokio::task::spawn_blocking(move || store.write(move |tx| sessions::delete_expired(tx, now)));
        if let Ok(Err(error)) = swept.await {
            tracing::warn!(%error, "expired sessions could not be forgotten, they are tried again");
        }
        tokio::time::sleep(SESSION_SWEEP).await;
    }
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
