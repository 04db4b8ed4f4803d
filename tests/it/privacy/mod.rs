//! What people read about their data: each sentence on the pages and each row of `docs/SECURITY.md` has tests that
//! fail when it stops being true. A new sentence or row needs one before it can stand there.

mod ends;
mod guests;
mod promises;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fotota::app::App;
use fotota::config::Config;
use fotota::domain::{Event, EventId, FixedClock, PhotoId, TimeZone, Timestamp};
use fotota::import::{ImportOptions, import};
use fotota::reach::Reach;
use fotota::services::Janitor;
use fotota::store::{Durability, Store, events};
use fotota::web::{self, Settings};
use tempfile::TempDir;

use crate::common::guest::{Guest, WORLD};
use crate::common::sample;

const DAY: Duration = Duration::from_hours(24);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A server without threads, whose clock and janitor move when a test says so.
struct Quiet {
    folder: TempDir,
    app: App,
    clock: Arc<FixedClock>,
    janitor: Janitor,
    settings: Settings,
}

impl Quiet {
    fn new(now: Timestamp) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Durability::Normal).unwrap();
        let clock = Arc::new(FixedClock::new(now));
        let app = App::new(Config::default(), store, WORLD.app.engine.clone(), clock.clone()).unwrap();
        let settings = Settings::new(app.clone(), Reach::fixed("http://fotota.test")).unwrap();
        let mut janitor = Janitor::new(&app, Arc::new(settings.clear_memory()));
        janitor.clean_up().unwrap();
        Self { folder, app, clock, janitor, settings }
    }

    /// As if the program had ended and begun again.
    fn restart(&mut self) {
        self.janitor = Janitor::new(&self.app, Arc::new(self.settings.clear_memory()));
        self.janitor.clean_up().unwrap();
    }

    /// Time passes, and the janitor looks every six hours.
    fn pass(&mut self, time: Duration) {
        let step = Duration::from_hours(6);
        let mut left = time;
        while !left.is_zero() {
            self.clock.advance(left.min(step));
            left = left.saturating_sub(step);
            self.janitor.clean_up().unwrap();
        }
    }

    fn event(&self, change: impl FnOnce(&mut Event)) -> Event {
        let mut event = Event::new("Party".to_owned(), None, fotota::domain::Clock::now(&*self.clock));
        event.time_zone = TimeZone::named("Asia/Jakarta").unwrap();
        change(&mut event);
        let row = event.clone();
        self.app.store.write(move |db| events::insert(db, &row)).unwrap();
        event
    }

    fn import(&self, event: EventId, names: &[&str]) {
        let photos: Vec<PathBuf> = names.iter().map(|name| sample("photos").join(name)).collect();
        let options = ImportOptions { event_id: event, workers: 2, max_file_bytes: 100_000_000, all: false };
        let summary = import(&self.app, options, &photos, &mut |_| ()).unwrap();
        assert_eq!(summary.imported as usize, names.len());
    }

    fn faces(&self, event: EventId) -> u64 {
        self.app.store.read(|db| events::count(db, event)).unwrap().faces
    }

    fn has(&self, event: EventId) -> bool {
        self.app.store.read(|db| events::find(db, event)).unwrap().is_some()
    }

    fn photos(&self, event: EventId) -> Vec<PhotoId> {
        let photos = self.app.store.read(|db| events::list_previews(db, event, 100)).unwrap();
        photos.into_iter().map(|photo| photo.id).collect()
    }

    fn guest(&self) -> Guest {
        Guest::of(web::router(self.settings.clone()), self.clock.clone())
    }

    /// Files of pictures, as paths within the data folder.
    fn pictures(&self) -> BTreeSet<PathBuf> {
        let mut folders: Vec<PathBuf> = ["originals", "derived", "incoming", "selfies", "drive", "uploads"]
            .map(|name| self.folder.path().join(name))
            .into();
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files.into_iter().collect()
    }
}
