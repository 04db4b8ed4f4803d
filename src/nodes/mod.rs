//! Nodes: servers on one database, of which every event prefers one. What is remembered about an event's guests and
//! never written down is there, whichever node they ask.
//!
//! `live` knows which nodes run, `prefer` which of them an event prefers (both pure). Nodes announce themselves to each
//! other by the database, without a table. Requests are sent on by `web`.

mod live;
mod prefer;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::app::{App, Service, ServiceHandle};
use crate::domain::{EventId, random_bytes, reason_chain};
use crate::store::Store;

use live::{Announcement, Live};

/// How often a node announces itself.
const ROUND: Duration = Duration::from_secs(2);
/// How soon what others announce is noticed.
const TICK: Duration = Duration::from_millis(250);
/// A node that starts hears all others in this time.
const FIRST_ROUND: Duration = Duration::from_millis(2500);
/// How long a stop waits for a database that does not answer.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// Deletes what is remembered about events that are not for this node, as the function says.
pub trait Forget: Fn(&dyn Fn(EventId) -> bool) + Clone + Send + 'static {}

impl<F: Fn(&dyn Fn(EventId) -> bool) + Clone + Send + 'static> Forget for F {}

/// The nodes that this one knows. Cheap to clone.
#[derive(Clone)]
pub struct Nodes(Arc<Shared>);

struct Shared {
    address: Arc<str>,
    /// Tells it from another one that is configured with the same address.
    process: Arc<str>,
    store: Store,
    live: Mutex<Live>,
}

impl Nodes {
    /// `None` if this server is alone.
    #[must_use]
    pub fn of(app: &App) -> Option<Self> {
        let address: Arc<str> = app.config.nodes.host_and_port()?.into();
        let process: Arc<str> = format!("{:016x}", u64::from_ne_bytes(random_bytes())).into();
        let live = Mutex::new(Live::new(address.clone(), process.clone()));
        Some(Self(Arc::new(Shared { address, process, store: app.store.clone(), live })))
    }

    /// Announces this node until it stops, and forgets what is remembered about events of others. Returns when all
    /// nodes that run were heard.
    #[must_use]
    pub fn join(&self, app: &App, forget: impl Forget) -> Service {
        let nodes = self.clone();
        let service =
            Service::start("nodes", app.clock.clone(), 1, move |service| nodes.run(service, &forget));
        let begun = Instant::now();
        while let Some(left) = FIRST_ROUND.checked_sub(begun.elapsed()) {
            std::thread::park_timeout(left);
        }
        service.with_stop_timeout(STOP_TIMEOUT)
    }

    fn run(&self, service: &ServiceHandle, forget: &impl Forget) {
        let Shared { address, process, store, .. } = &*self.0;
        let (heard, mut announced) = (store.announcements(), None::<Instant>);
        loop {
            for text in heard.try_iter() {
                if self.live().hear(&text, Instant::now()) {
                    tracing::warn!(%address, "another server has this address in `nodes.address`");
                    service.record_error(format!(
                        "another server has the address {address} too: `nodes.address`"
                    ));
                }
            }
            if announced.is_none_or(|at| at.elapsed() >= ROUND) {
                announced = Some(Instant::now());
                match store.announce(&Announcement::Here(address, process).to_string()) {
                    Ok(()) => service.complete_one(),
                    Err(error) => service.record_error(reason_chain(&error)),
                }
            }
            // Not only when nodes come and go: a search that began before may have remembered a face since.
            forget(&|event| self.is_own(event));
            if service.signal.pause(TICK) {
                break;
            }
        }
        // Without it the others notice a little later.
        store.announce(&Announcement::Gone(address).to_string()).ok();
    }

    /// The address of the other node that an event prefers; `None` if it prefers this one.
    #[must_use]
    pub fn preferred(&self, event: EventId) -> Option<Arc<str>> {
        self.live().preferred(event, Instant::now())
    }

    /// Whether an event prefers this node.
    #[must_use]
    pub fn is_own(&self, event: EventId) -> bool {
        self.preferred(event).is_none()
    }

    /// A node could not be reached: for a while, others are preferred.
    pub fn lose(&self, address: &str) {
        self.live().lose(address, Instant::now());
    }

    /// Resolves when a node that was asked has fallen silent.
    pub async fn fallen_silent(&self, address: &str) {
        while !self.live().is_silent(address, Instant::now()) {
            tokio::time::sleep(TICK).await;
        }
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.0.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
