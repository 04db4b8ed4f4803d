//! What handlers share: settings, limits, and what is kept in memory.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::Settings;
use super::access::audit::Gathered;
use super::access::recall::Recall;
use super::access::searched_faces::SearchedFaces;
use super::access::stored_face::SELFIE_LIMITS;
use super::error::{ApiError, blocking};
use super::guest::active_faces::ActiveFaces;
use super::guest::live::EventChannels;
use super::guest::venue_check::PhoneReports;
use super::guest::zip;
use super::health::ready::LastLook;
use super::http::connections;
use super::http::pool::Pool;
use super::http::work_limit::WorkLimit;
use super::nodes::Forwarding;
use super::pictures::downloads::Downloads;
use super::pictures::hot::HotPictures;
use super::pictures::watermark::Stamps;
use super::studio::people::groups::GroupsOfEvents;
use super::studio::rates::Rates;
use super::upload::tus;
use crate::config::Config;
use crate::domain::{Digest, EventId, Timestamp};
use crate::imaging::is_heavy;
use crate::limits::{GUESSES, Limiter, SEARCHES, SIGN_INS};
use crate::passwords::Place;
use crate::reach::Reach;
use crate::store::{Reader, Store, StoreError, Writer};

#[derive(Clone)]
pub(super) struct AppState(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub(super) settings: Settings,
    /// Searches with a new selfie.
    pub(super) searches: WorkLimit,
    /// The same with pictures that take long to decode.
    heavy_searches: WorkLimit,
    /// Searches with a face that is known already.
    pub(super) lookups: WorkLimit,
    /// Lists of an event's people, which group its faces.
    pub(super) people_lists: WorkLimit,
    /// Selfies in memory, while they arrive and until their search is over.
    pub(super) selfies: Pool,
    /// Open streams of news, each with its connection.
    pub(super) streams: Pool,
    /// Comparing a password takes a core and 19 MiB for tens of milliseconds. Guests and accounts do not wait for each
    /// other.
    pub(super) event_passwords: WorkLimit,
    pub(super) account_passwords: WorkLimit,
    /// Requests to the OpenID provider and to Drive, each of which may hold a thread for many seconds.
    pub(super) provider_requests: WorkLimit,
    pub(super) drive_requests: WorkLimit,
    /// Making a medium picture takes a core for a moment; drawing a watermark on an original also a hundred megabytes.
    pub(super) renders: WorkLimit,
    pub(super) stamps: Stamps,
    /// Archives being sent, each with less than half a megabyte in memory. A browser that lost its connection retries
    /// before the server notices.
    pub(super) archives: Pool,
    pub(super) zip_tickets: zip::Tickets,
    pub(super) uploads: tus::Uploads,
    pub(super) password_limiter: Limiter,
    pub(super) second_factor_limiter: Limiter,
    pub(super) sign_in_limiter: Limiter,
    pub(super) search_limiter: Limiter,
    pub(super) active_faces: Arc<ActiveFaces>,
    pub(super) searched_faces: Arc<SearchedFaces>,
    pub(super) channels: EventChannels,
    pub(super) recall: Arc<Recall>,
    pub(super) hot: Arc<HotPictures>,
    pub(super) downloads: Downloads,
    pub(super) gathered_audit: Gathered,
    pub(super) forwarding: Forwarding,
    /// The people of events whose owners look at them.
    pub(super) groups: GroupsOfEvents,
    /// How fast events are indexed.
    pub(super) rates: Rates,
    pub(super) phone_reports: PhoneReports,
    /// Whether the server was ready lately.
    pub(super) last_look: LastLook,
    pub(super) started_at: Timestamp,
    /// Of the one-time set-up link's token, until it is used.
    pub(super) setup_token_hash: Mutex<Option<Digest>>,
}

impl AppState {
    pub(super) fn new(settings: Settings) -> Self {
        Self(Arc::new(Shared {
            setup_token_hash: Mutex::new(settings.setup_token_hash),
            active_faces: settings.active_faces.clone(),
            searched_faces: settings.searched_faces.clone(),
            hot: settings.hot.clone(),
            recall: settings.recall.clone(),
            downloads: Downloads::default(),
            gathered_audit: Gathered::default(),
            forwarding: Forwarding::default(),
            started_at: settings.app.clock.now(),
            settings,
            searches: WorkLimit::new(2, 1000),
            heavy_searches: WorkLimit::new(1, 100),
            lookups: WorkLimit::new(2, 500),
            people_lists: WorkLimit::new(1, 50),
            selfies: Pool::new(128 << 20, 4),
            streams: Pool::new(connections::capacity() / 2, 8),
            event_passwords: WorkLimit::new(2, 500),
            account_passwords: WorkLimit::new(1, 100),
            provider_requests: WorkLimit::new(8, 50),
            drive_requests: WorkLimit::new(4, 50),
            renders: WorkLimit::new(2, 1000),
            stamps: Stamps::default(),
            archives: Pool::new(256, 3),
            zip_tickets: zip::Tickets::default(),
            uploads: tus::Uploads::default(),
            password_limiter: Limiter::new(GUESSES),
            second_factor_limiter: Limiter::new(GUESSES),
            sign_in_limiter: Limiter::new(SIGN_INS),
            search_limiter: Limiter::new(SEARCHES),
            channels: EventChannels::default(),
            groups: GroupsOfEvents::default(),
            rates: Rates::default(),
            phone_reports: PhoneReports::default(),
            last_look: LastLook::default(),
        }))
    }

    /// For searches with this selfie: pictures that take long to decode delay only each other.
    pub(super) fn searches_with(&self, selfie: &[u8]) -> &WorkLimit {
        if is_heavy(selfie, SELFIE_LIMITS) { &self.0.heavy_searches } else { &self.0.searches }
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

    /// Whether what is remembered about an event is here, and not on another node.
    pub(super) fn is_own(&self, event: EventId) -> bool {
        self.0.settings.nodes.as_ref().is_none_or(|nodes| nodes.is_own(event))
    }

    /// Deletes the faces in memory of an event whose guests must enter again, or no longer can.
    pub(super) fn delete_faces_in(&self, event: EventId) {
        self.0.active_faces.delete_event(event);
        self.0.searched_faces.delete_event(event, self.now());
    }

    /// Counts bytes of a photo that arrived.
    pub(super) fn count_upload(&self, bytes: &[u8]) {
        self.0.settings.app.metrics.upload_bytes.inc_by(bytes.len() as u64);
    }

    pub(super) fn store(&self) -> Store {
        self.0.settings.app.store.clone()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.settings.app.clock.now()
    }

    pub(super) fn uptime(&self) -> Duration {
        self.now().since(self.0.started_at)
    }

    /// Where passwords are used.
    pub(super) fn place(&self) -> Place {
        if self.reach().internet().because.is_some() { Place::Internet } else { Place::Local }
    }

    /// The address that guests' links carry.
    pub(super) fn reach(&self) -> &Reach {
        &self.0.settings.reach
    }

    pub(super) fn config(&self) -> &Config {
        &self.0.settings.app.config
    }
}
