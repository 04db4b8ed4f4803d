//! Tells whether anybody, in whatever process, has changed the database: a connection of its own listens to what each
//! commit announces. It also receives the announcements of other servers on the database.
//!
//! Own commits count at once, those of others when the announcement has come, usually within some milliseconds. While
//! the connection is lost, nobody knows: then every answer counts as a change.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use postgres::Client;
use postgres::fallible_iterator::FallibleIterator;

use super::location::Location;
use super::locks::Locks;
use crate::store::StoreResult;
use crate::store::sql::Version;

/// How soon the thread sees that nobody needs it any more, and how long it waits before it connects again.
const ROUND: Duration = Duration::from_millis(500);

/// Channel of announcements: what servers on the database tell each other and no table keeps.
pub(super) const CHANNEL: &str = "fotota_nodes";

pub(in crate::store) struct ChangeWatch {
    heard: Arc<Heard>,
    commits: Arc<AtomicU64>,
}

struct Heard {
    foreign: AtomicU64,
    is_connected: AtomicBool,
    /// On another connection, which is lost with this one as a rule.
    locks: Locks,
    /// Receives announcements of other servers, if anything listens.
    announced: Mutex<Option<Sender<String>>>,
}

impl Heard {
    fn tell(&self, text: &str) {
        if let Some(listener) = &*self.announced.lock().unwrap_or_else(PoisonError::into_inner) {
            listener.send(text.to_owned()).ok();
        }
    }
}

impl ChangeWatch {
    pub(super) fn start(
        location: &Location,
        node: String,
        commits: Arc<AtomicU64>,
        locks: Locks,
    ) -> StoreResult<Self> {
        let client = listen(location)?;
        let heard = Arc::new(Heard {
            foreign: 0.into(),
            is_connected: true.into(),
            locks,
            announced: Mutex::default(),
        });
        let (watched, location) = (Arc::downgrade(&heard), location.clone());
        std::thread::spawn(move || watch(client, &location, &node, &watched));
        Ok(Self { heard, commits })
    }

    pub(in crate::store) fn version(&self) -> Version {
        let Heard { foreign, is_connected, .. } = &*self.heard;
        let heard = if is_connected.load(Ordering::Acquire) {
            foreign.load(Ordering::Acquire)
        } else {
            foreign.fetch_add(1, Ordering::AcqRel) + 1
        };
        Version { own: self.commits.load(Ordering::Acquire), foreign: heard }
    }

    /// Announcements from now on. An earlier receiver gets no more of them.
    pub(super) fn announcements(&self) -> Receiver<String> {
        let (sender, receiver) = mpsc::channel();
        *self.heard.announced.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        receiver
    }
}

fn listen(location: &Location) -> StoreResult<Client> {
    let mut client = location.connect()?;
    client
        .batch_execute(&format!("listen fotota; listen {CHANNEL}"))
        .map_err(|error| super::failure::failure(location.name(), &error))?;
    Ok(client)
}

/// Until nobody asks for versions any more.
fn watch(mut client: Client, location: &Location, node: &str, watched: &Weak<Heard>) {
    loop {
        let lost = hear(&mut client, node, watched);
        let Some(heard) = watched.upgrade() else { return };
        if !lost {
            continue;
        }
        heard.is_connected.store(false, Ordering::Release);
        match heard.locks.keep().and_then(|()| listen(location)) {
            Ok(again) => {
                client = again;
                // What was committed meanwhile.
                heard.foreign.fetch_add(1, Ordering::AcqRel);
                heard.is_connected.store(true, Ordering::Release);
            }
            Err(error) => {
                tracing::warn!(error = %error, "changes by other programs are not heard of");
                drop(heard);
                std::thread::park_timeout(ROUND);
            }
        }
    }
}

/// Listens for a round; returns whether the connection is lost.
fn hear(client: &mut Client, node: &str, watched: &Weak<Heard>) -> bool {
    let lost = {
        let mut notifications = client.notifications();
        let mut round = notifications.timeout_iter(ROUND);
        loop {
            match round.next() {
                Ok(Some(notice)) => {
                    let Some(heard) = watched.upgrade() else { return false };
                    match (notice.channel(), notice.payload()) {
                        (CHANNEL, text) => heard.tell(text),
                        (_, by) if by == node => {}
                        _ => drop(heard.foreign.fetch_add(1, Ordering::AcqRel)),
                    }
                }
                Ok(None) => break false,
                Err(_) => break true,
            }
        }
    };
    lost || client.is_closed()
}
