//! What every handler shares: the store, limits, and what is kept in memory.

use std::sync::{Arc, Mutex};

use super::Settings;
use super::error::{ApiError, blocking};
use super::guest::active_faces::Standing;
use super::guest::zip;
use super::http::work_limit::Queue;
use super::live::Live;
use super::pictures::delivery;
use super::studio::rates::Rates;
use super::upload::tus;
use crate::config::Config;
use crate::domain::{Digest, Timestamp};
use crate::limits::{GUESSES, Limiter, SEARCHES, SIGN_INS};
use crate::store::{Reader, Store, StoreError, Writer};

#[derive(Clone)]
pub(super) struct AppState(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) settings: Settings,
    /// Selfies worked on.
    pub(super) searches: Queue,
    /// Selfies on their way into memory, as many as fit into half a gigabyte.
    pub(super) bodies: Queue,
    /// Passwords compared: each takes a core and 19 MiB for tens of milliseconds. Guests and accounts do not wait for
    /// each other.
    pub(super) event_passwords: Queue,
    pub(super) account_passwords: Queue,
    /// Questions to the sign-in provider and to Drive, each of which holds a thread for many seconds.
    pub(super) questions: Queue,
    pub(super) drive_questions: Queue,
    /// Pictures marked with a logo: each takes a core and, whole, a hundred megabytes.
    pub(super) renders: Queue,
    pub(super) stamps: delivery::Stamps,
    /// Archives on their way to guests, each with less than half a megabyte in memory.
    pub(super) archives: Queue,
    pub(super) zip_tickets: zip::Tickets,
    pub(super) uploads: tus::Uploads,
    pub(super) guesses: Limiter,
    pub(super) sign_ins: Limiter,
    pub(super) searches_made: Limiter,
    /// Known faces that are searched with again.
    pub(super) lookups: Queue,
    /// Guests who are looking at their photos.
    pub(super) standing: Standing,
    /// Who hears of what changes.
    pub(super) live: Live,
    /// How fast events are indexed.
    pub(super) rates: Rates,
    /// Of the one-time set-up link, until it is used.
    pub(super) setup_token_hash: Mutex<Option<Digest>>,
}

impl AppState {
    pub(super) fn new(settings: Settings) -> Self {
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

    /// Runs `work` on a read-only connection, off the async threads.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let store = self.store();
        blocking(move || Ok(store.read(work)?)).await
    }

    /// Runs `work` in a transaction, off the async threads, and waits until it is committed.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let store = self.store();
        blocking(move || Ok(store.write(work)?)).await
    }

    pub(super) fn store(&self) -> Store {
        self.0.settings.context.store.clone()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.settings.context.clock.now()
    }

    pub(super) fn config(&self) -> &Config {
        &self.0.settings.config
    }

    /// Over HTTPS cookies stay off plain HTTP.
    pub(super) fn is_https(&self) -> bool {
        self.config().server.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }
}
