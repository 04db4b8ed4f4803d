//! Another model pack: photos that are there already are found as before and indexed again, whatever happens meanwhile.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use fotota::app::App;
use fotota::config::Config;
use fotota::domain::{Event, EventId, SystemClock};
use fotota::face::{DEFAULT_PACK, FaceEngine, FaceOptions, Pack, find_pack, list_packs};
use fotota::import::{ImportOptions, import};
use fotota::pipeline;
use fotota::search::{FaceCodes, Match, Query, SearchTimes, SelfieFaces};
use fotota::store::{Durability, Store, events, photos, progress};
use tempfile::TempDir;

use crate::common::client::Client;
use crate::common::server::Server;
use crate::common::{FEW, TestEnv, sample};

const OPTIONS: FaceOptions = FaceOptions { detector_long_side: 1024, score_threshold: None };

fn default_pack() -> Pack {
    find_pack(list_packs(None).unwrap(), DEFAULT_PACK, false).unwrap()
}

static DEFAULT: LazyLock<Arc<FaceEngine>> =
    LazyLock::new(|| Arc::new(FaceEngine::load(default_pack(), "".as_ref(), OPTIONS).unwrap()));

/// The same networks, but other embeddings.
static OTHER: LazyLock<Arc<FaceEngine>> = LazyLock::new(|| {
    let mut pack = default_pack();
    "other".clone_into(&mut pack.name);
    pack.recogniser.contrast = None;
    Arc::new(FaceEngine::load(pack, "".as_ref(), OPTIONS).unwrap())
});

struct World {
    folder: TempDir,
    event: EventId,
}

impl World {
    /// An event of four photos that an engine has indexed.
    fn indexed_with(engine: &Arc<FaceEngine>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let event = Event::new("Party".to_owned(), None, fotota::domain::Timestamp::from_unix_ms(1));
        let world = Self { folder, event: event.id };
        let app = world.start(engine);
        app.store.write(move |db| events::insert(db, &event)).unwrap();
        world.import(&app, &FEW);
        world
    }

    /// As a new process does.
    fn start(&self, engine: &Arc<FaceEngine>) -> App {
        let store = Store::open(self.folder.path(), Durability::Normal).unwrap();
        App::new(Config::default(), store, engine.clone(), Arc::new(SystemClock)).unwrap()
    }

    /// Ends when these photos are searchable.
    fn import(&self, app: &App, names: &[&str]) {
        let paths: Vec<PathBuf> = names.iter().map(|name| sample("photos").join(name)).collect();
        let options =
            ImportOptions { event_id: self.event, workers: 1, max_file_bytes: 100_000_000, all: false };
        assert_eq!(import(app, options, &paths, &mut |_| ()).unwrap().imported, names.len());
    }

    fn codes(&self, app: &App, name: &str) -> FaceCodes {
        let (bytes, mut times) =
            (std::fs::read(sample("selfies").join(name)).unwrap(), SearchTimes::default());
        let selfie = SelfieFaces::find(&app.engine, &bytes, app.limits, 2048, &mut times).unwrap();
        app.embed(&selfie, selfie.main().unwrap(), self.event).unwrap()
    }

    /// The photos of Eileen Collins, each once.
    fn search(&self, app: &App) -> BTreeSet<String> {
        let codes = self.codes(app, "Eileen_Collins_1.jpg");
        let query =
            Query { event_id: self.event, selfies: &[codes], denied: &HashSet::new(), with_hidden: false };
        let found = app.store.read(|db| app.search.find_photos(db, query)).unwrap().sure();
        let names: BTreeSet<String> =
            found.iter().map(|found: &Match| found.photo.file_name.clone()).collect();
        assert_eq!(names.len(), found.len(), "{found:?}");
        names
    }

    fn count(&self, sql: &str) -> i64 {
        count_in(self.folder.path(), sql)
    }

    /// Waits until nothing is left to index again.
    fn index_the_rest(&self, app: &App) {
        let indexing = pipeline::start(app, 2, |_| ());
        while self.count("select count(*) from job") > 0 {
            std::thread::park_timeout(Duration::from_millis(20));
        }
        drop(indexing);
    }
}

fn count_in(data: &Path, sql: &str) -> i64 {
    let connection = rusqlite::Connection::open(data.join("fotota.db")).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn left(app: &App) -> u64 {
    app.store.read(|db| progress::of_queue(db, app.clock.now())).unwrap().pending_again
}

fn names<const N: usize>(numbers: [u32; N]) -> BTreeSet<String> {
    numbers.map(|number| format!("DSC_0{number}.jpg")).into()
}

#[test]
fn photos_of_both_packs_are_found_until_only_the_new_one_has_faces() {
    let world = World::indexed_with(&DEFAULT);
    let app = world.start(&OTHER);
    assert_eq!(world.codes(&app, "Eileen_Collins_1.jpg").former.len(), 1);
    assert_eq!(world.search(&app), names([101, 103]));
    // New photos do not wait for the old ones.
    world.import(&app, &["DSC_0105.jpg"]);
    assert!(left(&app) > 0);
    assert_eq!(world.search(&app), names([101, 103, 105]));
    drop(app);
    let app = world.start(&OTHER);
    world.index_the_rest(&app);
    assert_eq!(world.count("select count(*) from face where pack_id = 1"), 0);
    assert_eq!(
        world.count("select count(*) from face_vec_2_rowids"),
        world.count("select count(*) from face")
    );
    assert_eq!(world.count("select photos_indexed from event"), 5);
    assert_eq!(world.search(&app), names([101, 103, 105]));
    // The former pack is not asked any more.
    assert_eq!(world.codes(&app, "Eileen_Collins_1.jpg").former.len(), 0);
}

#[test]
fn without_the_files_of_the_former_pack_photos_are_found_once_they_are_indexed_again() {
    let world = World::indexed_with(&OTHER);
    let app = world.start(&DEFAULT);
    assert_eq!(world.search(&app), names([]));
    world.index_the_rest(&app);
    assert_eq!(world.search(&app), names([101, 103]));
}

#[test]
fn a_photo_that_the_new_pack_cannot_index_is_found_with_the_former_one() {
    let world = World::indexed_with(&DEFAULT);
    let photo = world.count("select id from photo where file_name = 'DSC_0101.jpg'");
    let path = world.folder.path().join(format!("originals/{:02x}/{photo}.jpg", photo & 255));
    std::fs::File::options().write(true).open(path).unwrap().set_len(60_000).unwrap();
    let app = world.start(&OTHER);
    world.index_the_rest(&app);
    assert_eq!(world.count("select count(*) from face where pack_id = 1"), 1);
    assert_eq!(world.search(&app), names([101, 103]));
    // Not even after a restart is it tried again, and its preview is still there.
    drop(app);
    let app = world.start(&OTHER);
    drop(pipeline::start(&app, 1, |_| ()));
    assert_eq!((world.count("select count(*) from job"), left(&app)), (0, 1));
    let id = fotota::domain::PhotoId::from_i64(photo).unwrap();
    let photo = app.store.read(|db| photos::find(db, id)).unwrap().unwrap();
    assert!(photo.visible && world.search(&app) == names([101, 103]));
}

/// A configuration with the pack `other`.
fn config(env: &TestEnv) -> String {
    let known = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/packs.toml");
    let known = std::fs::read_to_string(known).unwrap();
    let default = known.split("[[pack]]").take(2).collect::<Vec<_>>().join("[[pack]]");
    let other = default.replace("name = \"default\"", "name = \"other\"");
    let other: Vec<&str> = other.lines().filter(|line| !line.contains("contrast")).collect();
    env.put("packs.toml", other.join("\n").as_bytes());
    let file = env.card().join("packs.toml");
    format!("[face]\npack = \"other\"\npacks_file = '{}'\n[intake]\nworkers = 1\n", file.display())
}

#[test]
fn a_server_that_is_killed_while_it_indexes_again_goes_on() {
    let server = Server::start();
    let (mut admin, event, _) = server.party();
    // Newer: its photos come first, so that those of the party are left when the first kill comes.
    let newer = admin.create_event("Newer");
    admin.upload_samples(newer, &FEW);
    let mut user = server.user("eileen");
    user.store_selfie("selfies/Eileen_Collins_1.jpg");
    user.enter(event);
    let mut env = server.kill();
    for kill in 0..3 {
        let config = config(&env);
        let server = Server::on(env, &config);
        let base = server.base.clone();
        let found = at(&user, &base).get(&format!("/events/{event}/find-my-face")).expect(200);
        assert_eq!(found.as_array().unwrap().len(), 2, "{found}");
        env = server.kill();
        let left = count_in(&env.data(), "select count(*) from photo where pack_id = 1");
        assert!(kill > 0 || left > 0, "the first kill came too late");
    }
    let config = config(&env);
    let server = Server::on(env, &config);
    let mut admin = at(&admin, &server.base);
    while admin.get("/studio/status").expect(200)["pending_again"] != 0 {
        std::thread::park_timeout(Duration::from_millis(100));
    }
    assert_eq!(server.count("select count(*) from face where pack_id = 1"), 0);
    assert_eq!(server.count("select count(*) from photo where state = 'indexed' and pack_id = 2"), 8);
    assert_eq!(server.count("select count(*) from job"), 0);
    assert_eq!(server.count("select count(*) from selfie where pack_id = 2"), 1);
    let found = at(&user, &server.base).get(&format!("/events/{event}/find-my-face")).expect(200);
    assert_eq!(found.as_array().unwrap().len(), 2, "{found}");
}

/// The same user, asking a server at another address.
fn at(client: &Client, base: &str) -> Client {
    let mut client = client.clone();
    base.clone_into(&mut client.base);
    client
}
