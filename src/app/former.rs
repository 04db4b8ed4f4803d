//! Former packs: those that photos are still indexed with, although the configuration names another one by now. Their
//! engines embed selfies until these photos are indexed again. One is opened when it is first needed, and closed when
//! its pack has no faces any more.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::config;
use crate::domain::{EventId, reason_chain};
use crate::face::{FaceEngine, FaceOptions, Pack, list_packs};
use crate::search::Rule;
use crate::store::packs::{self, FormerPack};
use crate::store::{PackId, Reader, StoreError, faces};

/// The former packs whose files are here.
pub struct FormerPacks(Vec<Former>);

struct Former {
    id: PackId,
    pack: Pack,
    models_folder: PathBuf,
    options: FaceOptions,
    engine: Mutex<Option<Arc<FaceEngine>>>,
}

impl FormerPacks {
    /// Finds those whose files are here and whose licences are accepted; logs what becomes of each one's photos.
    pub(super) fn find(db: &Reader, current: PackId, config: &config::Face) -> Result<Self, StoreError> {
        let former = packs::list_former(db, current)?;
        if former.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let known = list_packs(config.packs_file.as_deref()).unwrap_or_else(|error| {
            tracing::warn!(reason = reason_chain(&error), "model packs are not known");
            Vec::new()
        });
        let models_folder = config.models_folder.clone().unwrap_or_default();
        let find = |FormerPack { id, fingerprint, name, photos }| {
            let is_it =
                |pack: &&Pack| pack.read_fingerprint(&models_folder).is_ok_and(|found| found == fingerprint);
            let hint = match known.iter().find(is_it) {
                None => "they are found meanwhile where the pack's files are: see `fotota models list`",
                Some(pack) if !pack.commercial_use && !config.accept_license => {
                    "they are found meanwhile if you accept the pack's licence: give `--accept-license`"
                }
                Some(pack) => {
                    tracing::info!(
                        photos,
                        pack = name,
                        "photos of a former model pack are searched with it until `fotota serve` has indexed them again"
                    );
                    let (pack, models_folder) = (pack.clone(), models_folder.clone());
                    let (options, engine) = (config.options(), Mutex::default());
                    return Some(Former { id, pack, models_folder, options, engine });
                }
            };
            tracing::warn!(
                photos,
                pack = name,
                hint,
                "photos of a former model pack are not found until `fotota serve` has indexed them again"
            );
            None
        };
        Ok(Self(former.into_iter().filter_map(find).collect()))
    }

    /// The rule of each. `strictness` is the wanted threshold's share of the current pack's.
    pub(super) fn rules(&self, strictness: Option<f32>) -> Vec<(PackId, Rule)> {
        let rule = |Former { id, pack, .. }: &Former| {
            let own = pack.match_threshold;
            (*id, Rule::new(own, strictness.map(|share| share * own)))
        };
        self.0.iter().map(rule).collect()
    }

    /// Whether an event has faces of one.
    ///
    /// # Errors
    /// When the database fails.
    pub fn have_faces_in(&self, db: &Reader, event: EventId) -> Result<bool, StoreError> {
        Ok(!self.with_faces_in(db, event)?.is_empty())
    }

    fn with_faces_in(&self, db: &Reader, event: EventId) -> Result<Vec<&Former>, StoreError> {
        let mut found = Vec::new();
        for former in &self.0 {
            if faces::exist(db, event, former.id)? {
                found.push(former);
            }
        }
        Ok(found)
    }

    /// The engines of those that have faces in an event.
    pub(super) fn engines(
        &self,
        db: &Reader,
        event: EventId,
    ) -> Result<Vec<(PackId, Arc<FaceEngine>)>, StoreError> {
        let former = self.with_faces_in(db, event)?.into_iter();
        Ok(former.filter_map(|former| Some((former.id, former.engine()?))).collect())
    }

    /// Closes the engines of those that have no faces any more.
    ///
    /// # Errors
    /// When the database fails.
    pub fn close_unused(&self, db: &Reader) -> Result<(), StoreError> {
        for Former { id, engine, .. } in &self.0 {
            let mut engine = engine.lock().unwrap_or_else(PoisonError::into_inner);
            if engine.is_some() && !packs::has_faces(db, *id)? {
                *engine = None;
            }
        }
        Ok(())
    }
}

impl Former {
    /// `None` if its files have gone since the start.
    fn engine(&self) -> Option<Arc<FaceEngine>> {
        let mut engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        if engine.is_none() {
            match FaceEngine::load(self.pack.clone(), &self.models_folder, self.options) {
                Ok(opened) => *engine = Some(Arc::new(opened)),
                Err(error) => {
                    let (pack, reason) = (&self.pack.name, reason_chain(&error));
                    tracing::warn!(
                        pack,
                        reason,
                        "a former model pack cannot be opened: its photos are not found"
                    );
                }
            }
        }
        engine.clone()
    }
}
