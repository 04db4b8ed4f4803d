//! The composition root: what commands and the server are built from, and what a background service is.
//!
//! Invariant: creating an [`App`] starts no background task. Only `services` does.

mod duty;
mod former;
mod service;

use std::sync::Arc;

use crate::config::Config;
use crate::domain::{Clock, Detection, EventId};
use crate::face::FaceEngine;
use crate::imaging::DecodeLimits;
use crate::metrics::Metrics;
use crate::search::{FaceCodes, Rule, SearchError, Searcher, SelfieFaces};
use crate::store::{PackId, Store, StoreError, packs};

pub use duty::Duty;
pub use former::FormerPacks;
pub use service::{Service, ServiceError, ServiceHandle, ServiceState, ServiceStatus};

/// Configuration, store, engine and clock. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The configuration of this process.
    pub config: Arc<Config>,
    /// Photos, faces, events, users.
    pub store: Store,
    /// Finds and recognises faces.
    pub engine: Arc<FaceEngine>,
    /// The engine's pack in the store.
    pub pack_id: PackId,
    /// Limits for decoding pictures.
    pub limits: DecodeLimits,
    /// Least long side of a working picture, in pixels.
    pub working_long_side: u32,
    /// The current time.
    pub clock: Arc<dyn Clock>,
    /// Finds the faces of a person.
    pub search: Arc<Searcher>,
    /// Packs that photos are still indexed with.
    pub former: Arc<FormerPacks>,
    /// What this process counts.
    pub metrics: Arc<Metrics>,
}

impl App {
    /// Registers the engine's pack in the store.
    ///
    /// # Errors
    /// When the database fails.
    pub fn new(
        config: Config,
        store: Store,
        engine: Arc<FaceEngine>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let pack = engine.pack();
        let (fingerprint, name) = (engine.fingerprint(), pack.name.clone());
        let (dimensions, threshold) = (pack.recogniser.dimensions, pack.match_threshold);
        let pack_id = store.write(move |db| packs::ensure(db, fingerprint, &name, dimensions))?;
        let former = store.read(|db| FormerPacks::find(db, pack_id, &config.face))?;
        let wanted = config.face.match_threshold;
        let rules = former.rules(wanted.map(|wanted| wanted / threshold));
        let current = (pack_id, Rule::new(threshold, wanted));
        let metrics = Arc::new(Metrics::new());
        let search = Searcher::new(current, rules, config.face.memory_bytes());
        let search = search.timed_by(metrics.search_seconds.clone());
        Ok(Self {
            store,
            engine,
            pack_id,
            limits: config.intake.decode_limits(),
            working_long_side: config.intake.working_long_side,
            clock,
            search: Arc::new(search),
            former: Arc::new(former),
            metrics,
            config: Arc::new(config),
        })
    }

    /// A face of a selfie, as the current pack and the former packs with faces in the event see it.
    ///
    /// # Errors
    /// When the face is not good enough to search with, the current pack's network fails, or the database does.
    pub fn embed(
        &self,
        selfie: &SelfieFaces,
        face: &Detection,
        event: EventId,
    ) -> Result<FaceCodes, SearchError> {
        let current = selfie.embed(&self.engine, face)?;
        let former = self.former.recognise(&self.store, event, &selfie.picture.pixels, face)?;
        Ok(FaceCodes { current, former })
    }
}
