//! Searches of a folder on a fake Drive server, with real faces.

mod server;
mod stops;
mod troubles;
mod whole;

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde_json::json;

use super::retry::RetryPolicy;
use super::{Client, DriveError, FolderLink, worker};
use crate::app::App;
use crate::config::{Config, Drive};
use crate::domain::{DriveSearch, DriveSearchId, DriveStatus, Embedding, FixedClock, UserId};
use crate::face::{DEFAULT_PACK, FaceEngine, FaceOptions, find_pack, list_packs};
use crate::imaging::{self, DecodeLimits};
use crate::search::{SearchTimes, embed_selfie};
use crate::signal::StopSignal;
use crate::store::drive::searches::NewSearch;
use crate::store::drive::{matches, searches};
use crate::store::testing::{NOW, TestStore};
use server::{KEY, Server};

const ROOT: &str = "root-folder-0123456789";
const LIMITS: DecodeLimits = DecodeLimits { max_pixels: 50_000_000 };

static ENGINE: LazyLock<Arc<FaceEngine>> = LazyLock::new(|| {
    let pack = find_pack(list_packs(None).unwrap(), DEFAULT_PACK, false).unwrap();
    let options = FaceOptions { detector_long_side: 640, score_threshold: None };
    Arc::new(FaceEngine::load(pack, Path::new("."), options).unwrap())
});

/// The people with a selfie in the sample event.
static EILEEN: LazyLock<Embedding> = LazyLock::new(|| selfie("Eileen_Collins_1.jpg"));
static GRACE: LazyLock<Embedding> = LazyLock::new(|| selfie("Grace_Hopper_1.jpg"));

fn sample(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo").join(path)
}

fn selfie(name: &str) -> Embedding {
    let bytes = std::fs::read(sample("selfies").join(name)).unwrap();
    embed_selfie(&ENGINE, &bytes, LIMITS, 2048, &mut SearchTimes::default()).unwrap()
}

/// A photo of the sample event, reduced for speed.
fn photo(number: u32) -> Arc<Vec<u8>> {
    let bytes = std::fs::read(sample(&format!("photos/DSC_0{number}.jpg"))).unwrap();
    let pixels = imaging::decode(std::io::Cursor::new(&bytes), LIMITS).unwrap().pixels;
    let width = 800;
    let reduced = imaging::resize(&pixels, width, pixels.height() * width / pixels.width());
    Arc::new(imaging::encode_jpeg(reduced, 90).unwrap())
}

/// A picture without faces, which is fast to process.
fn nobody() -> Arc<Vec<u8>> {
    Arc::new(imaging::encode_jpeg(imaging::RgbImage::new(64, 48), 80).unwrap())
}

const FIRST_PAUSE: Duration = Duration::from_millis(1);

struct World {
    store: TestStore,
    server: Server,
    app: App,
    clock: Arc<FixedClock>,
}

impl World {
    fn new() -> Self {
        Self::on(TestStore::new(), Server::start())
    }

    fn on(store: TestStore, server: Server) -> Self {
        let clock = Arc::new(FixedClock::new(NOW));
        let app = App::new(Config::default(), store.clone(), ENGINE.clone(), clock.clone()).unwrap();
        if !server.state().folders.contains_key(ROOT) {
            server.add_folder(ROOT, "Party", None);
        }
        Self { store, server, app, clock }
    }

    /// Simulates a restart of the program.
    fn restart(self) -> Self {
        let Self { store, server, app, .. } = self;
        drop(app);
        Self::on(store.reopen(), server)
    }

    fn config(&self) -> Drive {
        let base_url = self.server.url("/drive/v3/");
        let json = json!({
            "api_key": KEY, "base_url": base_url, "picture_hosts": [self.server.url("")], "max_file_mb": 1,
        });
        serde_json::from_value(json).unwrap()
    }

    fn client(&self) -> Client {
        Client::new(&self.config()).unwrap()
    }

    fn search_for(&self, user_id: UserId, embedding: &Embedding) -> DriveSearchId {
        let link = FolderLink::parse(ROOT).unwrap();
        let folder = self.client().folder(&link).unwrap();
        let search = NewSearch {
            user_id,
            folder_id: folder.id,
            resource_key: folder.resource_key,
            folder_name: folder.name,
            url: ROOT.to_owned(),
            pack_id: self.app.pack_id,
            embedding: embedding.clone(),
        };
        let now = self.app.clock.now();
        self.store.write(move |tx| searches::create(tx, &search, now)).unwrap().id
    }

    /// Runs all searches that are due.
    fn work(&self) {
        self.work_until_stopped(&StopSignal::default());
    }

    fn work_until_stopped(&self, signal: &StopSignal) {
        let client = self.client();
        while !signal.is_stopping()
            && worker::step(&self.app, signal, &client, FIRST_PAUSE, self.app.clock.now()).unwrap()
        {}
    }

    fn search(&self, id: DriveSearchId) -> DriveSearch {
        self.store.read(|connection| searches::find(connection, id)).unwrap().unwrap()
    }

    /// The Drive ids of the matches, sorted.
    fn found(&self, id: DriveSearchId) -> Vec<String> {
        let found = self.store.read(|connection| matches::list_file_ids(connection, id)).unwrap();
        let mut found: Vec<String> = found.into_iter().collect();
        found.sort();
        found
    }

    /// The number of copies on disk.
    fn count_copies(&self) -> usize {
        let shards = std::fs::read_dir(self.store.folder().join("drive")).unwrap();
        let shards = shards.map(|shard| shard.unwrap().path()).filter(|path| !path.ends_with("downloads"));
        shards.map(|shard| std::fs::read_dir(shard).unwrap().count()).sum()
    }

    fn count_downloads_kept(&self) -> usize {
        std::fs::read_dir(self.store.folder().join("drive/downloads")).map_or(0, Iterator::count)
    }

    /// Eight pictures without faces, two of Eileen Collins, one of Grace Hopper.
    fn with_few_pictures(self) -> Self {
        for number in 0..8 {
            self.server.add_picture(Some(ROOT), &format!("nobody-0000{number}"), &nobody(), json!({}));
        }
        self.server.add_picture(Some(ROOT), "eileen-00001", &photo(101), json!({}));
        self.server.add_picture(Some(ROOT), "eileen-00005", &photo(105), json!({}));
        self.server.add_picture(Some(ROOT), "grace-000001", &photo(102), json!({}));
        self
    }
}
