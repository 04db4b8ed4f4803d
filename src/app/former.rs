//! Former packs: those that photos are still indexed with, although the configuration names another one by now. Their
//! engines embed selfies until these photos are indexed again. One is opened when it is first needed, and closed when
//! its pack has no faces any more.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::config;
use crate::domain::{Detection, Digest, Embedding, EventId, reason_chain};
use crate::face::{FaceEngine, FaceOptions, Pack, list_packs};
use crate::imaging::RgbImage;
use crate::search::Rule;
use crate::store::packs::{self, FormerPack};
use crate::store::{PackId, Reader, Store, StoreError, faces};

/// The former packs whose files are here.
pub struct FormerPacks(Vec<Former>);

struct Former {
    id: PackId,
    fingerprint: Digest,
    pack: Pack,
    models_folder: PathBuf,
    options: FaceOptions,
    engine: Mutex<Engine>,
}

#[derive(Default)]
enum Engine {
    #[default]
    Closed,
    Open(Arc<FaceEngine>),
    /// Not tried again by this process.
    Failed,
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
                    return Some(Former { id, fingerprint, pack, models_folder, options, engine });
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

    /// Whether an event has faces of one whose engine works.
    ///
    /// # Errors
    /// When the database fails.
    pub fn have_faces_in(&self, db: &Reader, event: EventId) -> Result<bool, StoreError> {
        Ok(!self.with_faces_in(db, event)?.is_empty())
    }

    fn with_faces_in(&self, db: &Reader, event: EventId) -> Result<Vec<&Former>, StoreError> {
        let mut found = Vec::new();
        for former in &self.0 {
            if !matches!(*former.lock(), Engine::Failed) && faces::exist(db, event, former.id)? {
                found.push(former);
            }
        }
        Ok(found)
    }

    /// A face, as those see it that have faces in an event.
    pub(super) fn recognise(
        &self,
        store: &Store,
        event: EventId,
        picture: &RgbImage,
        face: &Detection,
    ) -> Result<Vec<(PackId, Embedding)>, StoreError> {
        let former = store.read(|db| self.with_faces_in(db, event))?.into_iter();
        Ok(former.filter_map(|former| Some((former.id, former.recognise(picture, face)?))).collect())
    }

    /// Closes the engines of those that have no faces any more.
    ///
    /// # Errors
    /// When the database fails.
    pub fn close_unused(&self, db: &Reader) -> Result<(), StoreError> {
        for former in &self.0 {
            let mut engine = former.lock();
            if matches!(*engine, Engine::Open(_)) && !packs::has_faces(db, former.id)? {
                *engine = Engine::Closed;
            }
        }
        Ok(())
    }
}

impl Former {
    fn lock(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` if the engine fails, or the face's landmarks are degenerate.
    fn recognise(&self, picture: &RgbImage, face: &Detection) -> Option<Embedding> {
        match self.engine()?.recognise(picture, face) {
            Ok(seen) => Some(seen?.embedding),
            Err(error) => {
                *self.lock() = self.fail(&reason_chain(&error));
                None
            }
        }
    }

    fn engine(&self) -> Option<Arc<FaceEngine>> {
        let mut engine = self.lock();
        if matches!(*engine, Engine::Closed) {
            *engine = match FaceEngine::load(self.pack.clone(), &self.models_folder, self.options) {
                Ok(opened) if opened.fingerprint() == self.fingerprint => Engine::Open(Arc::new(opened)),
                Ok(_) => self.fail("its files have changed since the start"),
                Err(error) => self.fail(&reason_chain(&error)),
            };
        }
        if let Engine::Open(engine) = &*engine { Some(engine.clone()) } else { None }
    }

    fn fail(&self, reason: &str) -> Engine {
        let pack = &self.pack.name;
        tracing::warn!(
            pack,
            reason,
            "a former model pack cannot be used: its photos are not found until they are indexed again"
        );
        Engine::Failed
    }
}
