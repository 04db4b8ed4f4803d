//! Guests' browsers, asking the router in process.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use fotota::app::App;
use fotota::auth::Tokens;
use fotota::config::Config;
use fotota::domain::{Event, EventPassword, FixedClock, Metadata, Timestamp};
use fotota::face::{DEFAULT_PACK, FaceEngine, FaceOptions, find_pack, list_packs};
use fotota::import::{ImportOptions, import};
use fotota::reach::Reach;
use fotota::store::{Durability, Store, events};
use fotota::{passwords, web};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

use super::{FEW, sample};

const NOW: Timestamp = Timestamp::from_unix_ms(1_800_000_000_000);
pub const SESSION: Duration = Duration::from_hours(24);

/// One store with an open event, one with a password, and photos in both.
pub struct World {
    pub folder: TempDir,
    pub app: App,
    pub open: Event,
    pub locked: Event,
    spare: Mutex<Vec<Event>>,
}

impl World {
    /// An event of one test's own, changed. They are made at the start: other tests count the files.
    pub fn event(&self, change: impl FnOnce(&mut Event)) -> Event {
        let mut event = self.spare.lock().unwrap().pop().unwrap();
        change(&mut event);
        let row = event.clone();
        assert!(self.app.store.write(move |tx| events::update(tx, &row)).unwrap());
        event
    }
}

pub static WORLD: LazyLock<World> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Durability::Normal).unwrap();
    let pack = find_pack(list_packs(None).unwrap(), DEFAULT_PACK, false).unwrap();
    let options = FaceOptions { detector_long_side: 1024, score_threshold: None };
    let engine = Arc::new(FaceEngine::load(pack, folder.path(), options).unwrap());
    let app = App::new(Config::default(), store, engine, Arc::new(FixedClock::new(NOW))).unwrap();
    // The secrets are made at first use: now, so that tests which count files find them there.
    Tokens::load(&app.store).unwrap();
    let add = |name: &str, password_hash: Option<String>| {
        // Guests get files as they are, which tests can compare.
        let original_metadata = Metadata::All;
        let event = Event { original_metadata, ..Event::new(name.to_owned(), password_hash, NOW) };
        let row = event.clone();
        app.store.write(move |tx| events::insert(tx, &row)).unwrap();
        let photos: Vec<PathBuf> = FEW.iter().map(|name| sample("photos").join(name)).collect();
        let options =
            ImportOptions { event_id: event.id, workers: 2, max_file_bytes: 100_000_000, all: false };
        assert_eq!(import(&app, options, &photos, &mut |_| ()).unwrap().imported, 4);
        event
    };
    let open = add("<b>Open & free</b>", None);
    let locked = add("Locked", Some(passwords::hash(&EventPassword::parse("rahasia").unwrap()).unwrap()));
    let spare = Mutex::new((0..9).map(|_| add("Spare", None)).collect());
    World { folder, app, open, locked, spare }
});

/// A browser with a clock of its own.
pub struct Guest {
    router: Router,
    pub clock: Arc<FixedClock>,
    /// By path and name.
    pub cookies: HashMap<(String, String), String>,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// What a search found, surest first.
    pub fn matches(&self) -> Vec<Value> {
        let results = self.json();
        ["sure", "maybe"].iter().flat_map(|part| results[part].as_array().unwrap().clone()).collect()
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap().to_owned()
    }
}

impl Guest {
    pub fn new() -> Self {
        let clock = Arc::new(FixedClock::new(NOW));
        let app = App { clock: clock.clone(), ..WORLD.app.clone() };
        let settings = web::Settings::new(app, Reach::fixed("http://fotota.test")).unwrap();
        Self::of(web::router(settings), clock)
    }

    /// Of a server of the test's own.
    pub fn of(router: Router, clock: Arc<FixedClock>) -> Self {
        Self { router, clock, cookies: HashMap::new() }
    }

    pub async fn send(&mut self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("HttpOnly") || cookie.contains("Max-Age=0"), "{cookie}");
            let scope = cookie.split("Path=").nth(1).unwrap().split(';').next().unwrap();
            let (name, _) = cookie.split_once('=').unwrap();
            let key = (scope.to_owned(), name.to_owned());
            self.cookies.insert(key, cookie.split(';').next().unwrap().to_owned());
        }
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let mut request = Request::builder().method(method).uri(path).header("host", "fotota.test");
        let mine = self.cookies.iter().filter(|((scope, _), _)| path.starts_with(scope.as_str()));
        let mine: Vec<&str> = mine.map(|(_, cookie)| cookie.as_str()).collect();
        if !mine.is_empty() {
            request = request.header("cookie", mine.join("; "));
        }
        request
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(self.request("GET", path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&mut self, path: &str, body: impl Into<Body>) -> Answer {
        let request = self.request("POST", path).header("content-type", "application/json");
        self.send(request.body(body.into()).unwrap()).await
    }

    pub async fn enter(&mut self, event: &Event, password: &str) -> Answer {
        let body = serde_json::json!({ "password": password }).to_string();
        self.post(&format!("{}/session", base(event)), body).await
    }

    /// Entered, agreed, and searched with a selfie of that guest of the sample event.
    pub async fn search(&mut self, event: &Event, selfie: &str) -> Answer {
        assert_eq!(self.enter(event, "rahasia").await.status, StatusCode::NO_CONTENT);
        assert_eq!(self.post(&format!("{}/consent", base(event)), "").await.status, StatusCode::NO_CONTENT);
        self.post(&format!("{}/search", base(event)), std::fs::read(sample(selfie)).unwrap()).await
    }
}

/// The address of a found photo.
pub fn picture(event: &Event, found: &Value, kind: &str) -> String {
    format!("{}/photos/{}/{kind}", base(event), found["id"])
}

pub fn base(event: &Event) -> String {
    format!("/e/{}", event.share_code)
}
