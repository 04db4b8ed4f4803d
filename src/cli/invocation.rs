//! How the program was called: configuration, data folder and output format; and what commands open with them.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use super::Global;
use crate::app::App;
use crate::config::{Config, Intake};
use crate::domain::{Embedding, Event, ShareCode, SystemClock};
use crate::face::{FaceEngine, Pack, find_pack, list_packs};
use crate::imaging::{Decoded, decode_reduced};
use crate::reach::Reach;
use crate::search::{SearchTimes, SelfieFaces};
use crate::store::{Inspection, Reader, ServerMark, Store, StoreResult, events};

/// No event has this id, share code or name.
#[derive(Debug, thiserror::Error)]
#[error("there is no event `{0}`\nhint: `fotota event list` shows all events")]
pub(super) struct EventNotFound(String);

/// The global options and the configuration.
#[derive(Clone)]
pub(super) struct Invocation {
    pub(super) config: Config,
    /// The file that it is from.
    pub(super) config_file: Option<PathBuf>,
    pub(super) data: PathBuf,
    /// The data folder was named, and is not the usual one by default.
    pub(super) names_data: bool,
    pub(super) json: bool,
    /// `--accept-license` was given now, not once and for all in the configuration.
    pub(super) accept_license: bool,
}

impl Invocation {
    pub(super) fn new(global: Global) -> anyhow::Result<Self> {
        let mut config = Config::load(global.config.as_deref())?;
        config.face.accept_license |= global.accept_license;
        let Global { data, config: config_file, json, accept_license, .. } = global;
        let (names_data, data) = (data.is_some(), data.unwrap_or_else(|| "fotota-data".into()));
        Ok(Self { config, config_file, data, names_data, json, accept_license })
    }

    /// The same with another data folder, which has its rows itself, and for which nobody else works.
    pub(super) fn in_folder(&self, data: &Path) -> Self {
        let mut other = Self { data: data.to_owned(), ..self.clone() };
        other.config.storage = self.config.storage.in_folder();
        other.config.intake.work = true;
        other.config.nodes.address = None;
        other
    }

    /// What another process of this executable is called with, before its command, to have the same configuration and
    /// data folder.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let mut arguments = vec!["--data".into(), self.data.clone().into()];
        if let Some(file) = &self.config_file {
            arguments.extend(["--config".into(), file.clone().into()]);
        }
        if self.accept_license {
            arguments.push("--accept-license".into());
        }
        arguments
    }

    pub(super) fn open_store(&self) -> anyhow::Result<Store> {
        let opened = Store::open(&self.data, self.config.storage.places());
        opened.with_context(|| format!("cannot open the data folder `{}`", self.data.display()))
    }

    /// Runs `work` on the rows of a data folder that is not opened: nothing is created, migrated or deleted.
    pub(super) fn inspect<T>(
        &self,
        work: impl FnOnce(&Reader) -> StoreResult<T>,
    ) -> StoreResult<Inspection<T>> {
        Store::inspect(&self.data, self.config.storage.places(), work)
    }

    pub(super) fn packs(&self) -> anyhow::Result<Vec<Pack>> {
        Ok(list_packs(self.config.face.packs_file.as_deref())?)
    }

    pub(super) fn pack(&self) -> anyhow::Result<Pack> {
        Ok(find_pack(self.packs()?, &self.config.face.pack, self.config.face.accept_license)?)
    }

    pub(super) fn models_folder(&self) -> PathBuf {
        self.config.face.models_folder.clone().unwrap_or_else(|| self.data.join("models"))
    }

    pub(super) fn load_engine(&self) -> anyhow::Result<Arc<FaceEngine>> {
        let engine = FaceEngine::load(self.pack()?, &self.models_folder(), self.config.face.options());
        Ok(Arc::new(engine.context("cannot load the face models")?))
    }

    pub(super) fn open(&self) -> anyhow::Result<App> {
        let (store, engine) = (self.open_store()?, self.load_engine()?);
        let mut config = self.config.clone();
        config.face.models_folder = Some(self.models_folder());
        Ok(App::new(config, store, engine, Arc::new(SystemClock))?)
    }

    /// The URL that guests open: as configured, or else of the server that runs now.
    pub(super) fn base_url(&self) -> String {
        let server = &self.config.server;
        let running = server.public_url.is_none().then(|| ServerMark::find_url(&self.data)).flatten();
        running.unwrap_or_else(|| Reach::new(server, server.bind).base_url())
    }

    /// Finds the faces of a selfie outside the data folder.
    pub(super) fn find_selfie_faces(
        &self,
        engine: &FaceEngine,
        path: &Path,
        times: &mut SearchTimes,
    ) -> anyhow::Result<SelfieFaces> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let Intake { working_long_side, .. } = self.config.intake;
        let limits = self.config.intake.decode_limits();
        let found = SelfieFaces::find(engine, &bytes, limits, working_long_side, times);
        found.with_context(|| format!("cannot use `{}`", path.display()))
    }

    /// The embedding of that selfie's main face.
    pub(super) fn embed_selfie(
        &self,
        engine: &FaceEngine,
        path: &Path,
        times: &mut SearchTimes,
    ) -> anyhow::Result<Embedding> {
        let found = self.find_selfie_faces(engine, path, times)?;
        Ok(found.embed_main(engine, times)?)
    }

    /// Reads and decodes a picture from outside the data folder.
    pub(super) fn read_picture(&self, path: &Path) -> anyhow::Result<Decoded> {
        let file = File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let Intake { working_long_side, .. } = self.config.intake;
        let decoded = decode_reduced(file, self.config.intake.decode_limits(), working_long_side);
        decoded.with_context(|| format!("cannot use `{}`", path.display()))
    }
}

/// The event with this id, share code or exact name.
pub(super) fn find_event(store: &Store, wanted: &str) -> anyhow::Result<Event> {
    let by_key = store.read(|db| {
        if let Ok(id) = wanted.parse()
            && let Some(event) = events::find(db, id)?
        {
            return Ok(Some(event));
        }
        let code: Option<ShareCode> = wanted.parse().ok();
        code.map_or(Ok(None), |code| events::find_by_share_code(db, &code))
    })?;
    if let Some(event) = by_key {
        return Ok(event);
    }
    let mut named = store.read(|db| events::list_by_name(db, wanted))?;
    match named.len() {
        0 => Err(EventNotFound(wanted.to_owned()).into()),
        1 => Ok(named.remove(0)),
        count => {
            let ids: Vec<String> = named.iter().map(|event| event.id.to_string()).collect();
            anyhow::bail!("{count} events are called `{wanted}`\nhint: use an id: {}", ids.join(", "))
        }
    }
}
