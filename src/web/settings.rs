//! What the server needs in addition to the [`App`].

use std::sync::Arc;

use super::access::recall::Recall;
use super::access::searched_faces::SearchedFaces;
use super::guest::active_faces::ActiveFaces;
use super::pictures::hot::HotPictures;
use crate::app::App;
use crate::auth::oidc::Provider;
use crate::auth::{EntryKeys, NodeProofs, SecondFactors, SignedUrls, SourceKeys, Tokens, new_secret_text};
use crate::domain::{Digest, EventId, Timestamp};
use crate::drive;
use crate::nodes::{Forget, Nodes};
use crate::reach::Reach;
use crate::services::ServiceMonitor;
use crate::store::StoreError;
use crate::tls::Certificates;
use crate::venue::Rehearsals;

/// Enough not to be guessed, few enough for a small QR code.
const VENUE_KEY_CHARS: usize = 32;

/// What the server is built from. Cheap to clone.
#[derive(Clone)]
pub struct Settings {
    /// Configuration, store, engine and clock.
    pub app: App,
    /// Creates and verifies tokens.
    pub tokens: Arc<Tokens>,
    /// Signs the URLs of pictures.
    pub links: Arc<SignedUrls>,
    /// Creates and verifies entry keys.
    pub entry_keys: Arc<EntryKeys>,
    /// Creates and verifies passwords of cameras and upload links.
    pub source_keys: Arc<SourceKeys>,
    /// Seals the secrets of authenticator apps.
    pub second_factors: Arc<SecondFactors>,
    /// Sign-in with an OpenID provider; `None` if none is configured.
    pub provider: Option<Arc<Provider>>,
    /// Requests to Google Drive; `None` if no key is configured.
    pub drive: Option<drive::Client>,
    /// The certificate for encrypted connections; `None`: only HTTP.
    pub certificates: Option<Certificates>,
    /// The services of this process; none by default.
    pub services: ServiceMonitor,
    /// The address that guests' links carry.
    pub reach: Reach,
    /// SHA-256 of the one-time set-up link's token; `None` if there is an admin.
    pub setup_token_hash: Option<Digest>,
    /// In the link with which phones check the venue; another one after each start.
    pub venue_key: String,
    /// The servers on the same database; `None`: this one is alone.
    pub nodes: Option<Nodes>,
    /// Proves to them that this one has sent a request on.
    pub node_proofs: Arc<NodeProofs>,
    /// Rehearsals that the studio starts.
    pub rehearsals: Arc<Rehearsals>,
    pub(super) active_faces: Arc<ActiveFaces>,
    pub(super) searched_faces: Arc<SearchedFaces>,
    pub(super) hot: Arc<HotPictures>,
    pub(super) recall: Arc<Recall>,
}

impl Settings {
    /// With the secrets of the data folder, created at first use, and without a set-up link.
    ///
    /// # Errors
    /// When the secrets cannot be read or created.
    pub fn new(app: App, reach: Reach) -> Result<Self, StoreError> {
        let most_people = app.config.privacy.people_per_hour as usize;
        Ok(Self {
            tokens: Arc::new(Tokens::load(&app.store)?),
            links: Arc::new(SignedUrls::load(&app.store)?),
            entry_keys: Arc::new(EntryKeys::load(&app.store)?),
            source_keys: Arc::new(SourceKeys::load(&app.store)?),
            second_factors: Arc::new(SecondFactors::load(&app.store)?),
            provider: Provider::new(&app.config.google).map(Arc::new),
            drive: drive::Client::new(&app.config.drive),
            certificates: None,
            services: ServiceMonitor::default(),
            reach,
            setup_token_hash: None,
            venue_key: new_secret_text()[..VENUE_KEY_CHARS].to_owned(),
            nodes: None,
            node_proofs: Arc::new(NodeProofs::load(&app.store)?),
            rehearsals: Arc::new(Rehearsals::new(Vec::new())),
            active_faces: Arc::default(),
            hot: Arc::default(),
            recall: Arc::default(),
            searched_faces: Arc::new(SearchedFaces::new(most_people, app.engine.pack().match_threshold)),
            app,
        })
    }

    /// For a node: deletes the faces in memory of events that prefer other nodes.
    #[must_use]
    pub fn forget_foreign(&self) -> impl Forget {
        let Self { active_faces: active, searched_faces: searched, app, .. } = self.clone();
        move |is_own: &dyn Fn(EventId) -> bool| {
            for event in active.events() {
                if !is_own(event) {
                    active.delete_event(event);
                    tracing::debug!(event.id = %event, "an event prefers another node: its faces are forgotten here");
                }
            }
            let now = app.clock.now();
            for event in searched.events(now) {
                if !is_own(event) {
                    searched.delete_event(event, now);
                }
            }
        }
    }

    /// For the janitor: deletes the faces in memory of these events, and expired ones.
    pub fn clear_memory(&self) -> impl Fn(Timestamp, &[EventId]) + Send + Sync + 'static {
        let (active, searched) = (self.active_faces.clone(), self.searched_faces.clone());
        let (hot, recall) = (self.hot.clone(), self.recall.clone());
        move |now, deleted_events| {
            active.delete_expired(now);
            searched.delete_expired(now);
            hot.forget_unused();
            recall.forget();
            for event in deleted_events {
                active.delete_event(*event);
                searched.delete_event(*event, now);
            }
        }
    }
}
