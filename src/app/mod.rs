//! The composition root: what commands and the server are built from, and what a background service is.
//!
//! Invariant: creating an [`App`] starts no background task. Only `services` does.

mod service;

use std::sync::Arc;

use crate::config::Config;
use crate::domain::Clock;
use crate::face::FaceEngine;
use crate::imaging::DecodeLimits;
use crate::search::{Rule, Searcher};
use crate::store::{PackId, Store, StoreError, packs};

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
        let dimensions = pack.recogniser.dimensions;
        let rule = Rule::new(pack.match_threshold, config.face.match_threshold);
        let search = Arc::new(Searcher::new(rule, config.face.memory_bytes()));
        let pack_id = store.write(move |db| packs::ensure(db, fingerprint, &name, dimensions))?;
        let faces = store.read(|db| packs::count_faces_of_others(db, pack_id))?;
        if faces > 0 {
            tracing::warn!(
                faces,
                "faces from another model pack are not searched: import their photos into a new event"
            );
        }
        Ok(Self {
            store,
            engine,
            pack_id,
            limits: config.intake.decode_limits(),
            working_long_side: config.intake.working_long_side,
            clock,
            search,
            config: Arc::new(config),
        })
    }
}
