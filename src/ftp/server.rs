//! The service: accepts connections, and gives each a session. All run on one thread; what takes long runs on others.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::Listener;
use super::control::{Control, Reply};
use super::login::GUESSES;
use super::places::Places;
use super::session::Session;
use super::tls::Tls;
use super::turns::Turns;
use crate::app::{App, Service, ServiceHandle};
use crate::auth::SourceKeys;
use crate::domain::{SourceId, SourceTrouble, Trouble};
use crate::limits::{Limiter, SIGN_INS};
use crate::store::{StoreError, sources};

/// Threads that use the disk or the database for sessions.
const DISK_THREADS: usize = 16;
/// For sessions to write what they have received.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
/// After an error such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// What all sessions share.
pub(super) struct Shared {
    pub(super) app: App,
    pub(super) keys: Arc<SourceKeys>,
    /// Limits guesses of one password.
    pub(super) guesses: Limiter,
    /// Limits guesses of any password.
    pub(super) sign_ins: Limiter,
    pub(super) places: Places,
    pub(super) turns: Turns,
    /// `None`: encryption is not configured.
    pub(super) tls: Option<Tls>,
    pub(super) service: ServiceHandle,
}

impl Shared {
    /// Records what went wrong with a camera, for its owner. Called off the async threads.
    pub(super) fn record_trouble(&self, id: SourceId, kind: Option<SourceTrouble>, detail: Option<String>) {
        let Some(kind) = kind else { return };
        let trouble = Trouble { kind, detail, at: self.app.clock.now() };
        if let Err(error) = self.app.store.write(move |db| sources::record_trouble(db, id, &trouble)) {
            tracing::warn!(source.id = %id, %error, "the trouble of a camera could not be recorded");
        }
    }
}

/// Lets cameras sign in and send photos, until the service is dropped.
///
/// # Errors
/// When the secret of passwords cannot be read.
pub fn start(app: &App, listener: Listener) -> Result<Service, StoreError> {
    let keys = Arc::new(SourceKeys::load(&app.store)?);
    let (app, listener) = (app.clone(), Arc::new(listener));
    let clock = app.clock.clone();
    Ok(Service::start("cameras", clock, 1, move |service| {
        if let Err(error) = run(&app, &keys, &listener, service) {
            tracing::error!(%error, "cameras cannot sign in");
            service.record_error(format!("cameras cannot sign in: {error}"));
        }
    }))
}

fn run(
    app: &App,
    keys: &Arc<SourceKeys>,
    listener: &Listener,
    service: &ServiceHandle,
) -> std::io::Result<()> {
    let shared = Arc::new(Shared {
        app: app.clone(),
        keys: keys.clone(),
        guesses: Limiter::new(GUESSES),
        sign_ins: Limiter::new(SIGN_INS),
        places: Places::default(),
        turns: Turns::default(),
        tls: listener.tls.clone(),
        service: service.clone(),
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(DISK_THREADS)
        .build()?;
    let socket = listener.socket.try_clone()?;
    runtime.block_on(async {
        let socket = tokio::net::TcpListener::from_std(socket)?;
        accept_until_stopped(&shared, &socket).await;
        Ok(())
    })
}

async fn accept_until_stopped(shared: &Arc<Shared>, socket: &tokio::net::TcpListener) {
    let signal = shared.service.signal.clone();
    let stopped = tokio::task::spawn_blocking(move || while !signal.pause(Duration::from_hours(1)) {});
    let mut stopped = std::pin::pin!(stopped);
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            Some(_) = sessions.join_next() => {}
            accepted = socket.accept() => match accepted {
                Ok((stream, _)) => {
                    sessions.spawn(open(shared.clone(), stream));
                }
                Err(error) => {
                    tracing::warn!(%error, "a camera's connection was not accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    shared.places.stop_all();
    let ended = async { while sessions.join_next().await.is_some() {} };
    tokio::time::timeout(STOP_TIMEOUT, ended).await.ok();
}

async fn open(shared: Arc<Shared>, stream: TcpStream) {
    let (Ok(peer), Ok(local)) = (stream.peer_addr(), stream.local_addr()) else { return };
    stream.set_nodelay(true).ok();
    let mut control = Control::new(Box::new(stream));
    match shared.places.take() {
        Some(place) => {
            let ends = (peer.ip().to_canonical(), local.ip().to_canonical());
            Session::new(shared, control, place, ends).run().await;
        }
        None => {
            control.reply(&Reply::new(421, "too many connections, try again later")).await.ok();
        }
    }
}
