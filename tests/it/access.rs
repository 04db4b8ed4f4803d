//! Every route with every kind of caller, compared with the checked-in matrix, so that nothing changes access by
//! accident and a new route is noticed.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use fotota::app::App;
use fotota::auth::{EventGrant, RefreshId, Tokens, new_secret_text, token_hash};
use fotota::domain::{
    Clock, Destination, Embedding, Event, EventId, FixedClock, PhotoId, SessionId, Timestamp, User, UserId,
};
use fotota::intake::{Accepted, accept};
use fotota::store::drive::searches;
use fotota::store::user_sessions::Kind;
use fotota::store::{Durability, Store, events, sessions, user_sessions, users, visits};
use fotota::web::{self, Route};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::common::guest::WORLD;

const NOW: Timestamp = Timestamp::from_unix_ms(1_800_000_000_000);
const HOUR: Duration = Duration::from_hours(1);

/// Columns of the matrix.
const CALLERS: [&str; 14] = [
    "nobody",
    "guest",
    "other-guest",
    "user",
    "visitor",
    "late-visitor",
    "token",
    "old-token",
    "other-token",
    "owner",
    "admin",
    "demoted",
    "disabled",
    "signed-out",
];

/// One event with a photo, another event, and all kinds of callers.
struct Scene {
    _folder: TempDir,
    store: Store,
    router: Router,
    tokens: Arc<Tokens>,
    event: Event,
    other: Event,
    photo: PhotoId,
    owner: UserId,
    visitor: UserId,
    search: i64,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Durability::Normal).unwrap();
        let app = App { store: store.clone(), clock: Arc::new(FixedClock::new(NOW)), ..WORLD.app.clone() };
        let pack_id = store
            .write(|tx| fotota::store::packs::ensure(tx, fotota::domain::Digest([1; 32]), "test", 4))
            .unwrap();
        let (owner, visitor) = (add_user(&store, true), add_user(&store, false));
        let add_event = |owner_id| {
            let mut event = Event::new("Party".into(), Some("not a hash".into()), NOW);
            event.owner_id = Some(owner_id);
            event.password_version = 3;
            let row = event.clone();
            store.write(move |tx| events::insert(tx, &row)).unwrap();
            event
        };
        let (event, other) = (add_event(owner), add_event(add_user(&store, true)));
        let bytes: &[u8] = b"\xFF\xD8\xFF\xE0 begins like a JPEG, and that is all there is";
        let Ok(Accepted::New(photo)) =
            accept(&store, Destination::of_owner(event.id), "a.jpg", bytes, 1000, NOW)
        else {
            panic!()
        };
        let search = searches::NewSearch {
            user_id: visitor,
            folder_id: "folder-of-visitor".into(),
            resource_key: None,
            folder_name: "Folder".into(),
            url: "https://drive.google.com/drive/folders/folder-of-visitor".into(),
            pack_id,
            embedding: Embedding::normalised(vec![1.0, 0.0, 0.0, 0.0]).unwrap(),
        };
        let search = store.write(move |tx| searches::create(tx, &search, NOW)).unwrap().id.as_i64();
        let settings = web::Settings::new(app, fotota::reach::Reach::fixed("http://fotota.test")).unwrap();
        let tokens = settings.tokens.clone();
        let router = web::router(settings);
        Self { _folder: folder, store, router, tokens, event, other, photo, owner, visitor, search }
    }

    fn enter(&self, user: UserId, at: Timestamp) {
        let event = self.event.clone();
        assert!(self.store.write(move |tx| visits::enter(tx, user, &event, at)).unwrap());
    }

    fn signed_in(&self, user: UserId) -> String {
        let session = SessionId::random();
        let hash = RefreshId::random().hash();
        let times = (NOW, NOW.plus(HOUR));
        self.store.write(move |tx| user_sessions::insert(tx, session, user, Kind::App, hash, times)).unwrap();
        format!("Bearer {}", self.tokens.access(user, session, NOW, HOUR))
    }

    fn event_token(&self, event: EventId, password_version: u32) -> String {
        format!(
            "Bearer {}",
            self.tokens.event(EventGrant { user: self.visitor, event, password_version }, NOW)
        )
    }

    /// The header that identifies a kind of caller.
    fn credentials(&self, caller: &str) -> Option<(&'static str, String)> {
        let user = |is_admin| add_user(&self.store, is_admin);
        let token = match caller {
            "nobody" => return None,
            "guest" => return Some(("cookie", self.guest(&self.event))),
            "other-guest" => return Some(("cookie", self.guest(&self.other))),
            "user" => self.signed_in(user(false)),
            "visitor" => {
                self.enter(self.visitor, NOW);
                self.signed_in(self.visitor)
            }
            "late-visitor" => {
                let user = user(false);
                self.enter(user, NOW.minus(HOUR * 2));
                self.signed_in(user)
            }
            "token" => self.event_token(self.event.id, 3),
            "old-token" => self.event_token(self.event.id, 2),
            "other-token" => self.event_token(self.other.id, 3),
            "owner" => self.signed_in(self.owner),
            "admin" => self.signed_in(user(true)),
            "demoted" => {
                let owner = self.owner;
                self.store.write(move |tx| users::set_admin(tx, owner, false)).unwrap();
                self.signed_in(owner)
            }
            "disabled" => {
                let owner = self.owner;
                let token = self.signed_in(owner);
                self.store.write(move |tx| users::set_disabled(tx, owner, Some(NOW))).unwrap();
                token
            }
            "signed-out" => {
                let token = self.signed_in(self.owner);
                let session = self.tokens.read_access(token.trim_start_matches("Bearer "), NOW).unwrap();
                self.store.write(move |tx| user_sessions::delete(tx, session)).unwrap();
                token
            }
            other => panic!("{other}"),
        };
        Some(("authorization", token))
    }

    fn guest(&self, event: &Event) -> String {
        let (token, event) = (new_secret_text(), event.clone());
        let hash = token_hash(&token);
        assert!(self.store.write(move |tx| sessions::insert(tx, hash, &event, NOW.plus(HOUR))).unwrap());
        format!("fotota_guest={token}")
    }

    fn path(&self, route: &Route) -> String {
        let (photo, event) = (self.photo.to_string(), self.event.id.to_string());
        route
            .path
            .replace("{event_id}", &event)
            .replace("{image_id}", &photo)
            .replace("{photo_id}", &photo)
            .replace("{search_id}", &self.search.to_string())
            .replace("{share_code}", self.event.share_code.as_str())
            .replace("{upload_id}", "1")
            .replace("{ticket}", "none")
            .replace("{kind}", "preview?exp=9999999999&sig=00")
            .replace("{selfie_id}", "1?exp=9999999999&sig=00")
            .replace("/media/faces/{face_id}", "/media/faces/1?exp=9999999999&sig=00")
            .replace("{face_id}", "1")
            .replace("{place}", "0")
            .replace("{person_id}", "1")
            .replace("{match_id}", "1?exp=9999999999&sig=00")
    }

    /// `let` for access, or the status `401` or `403`.
    async fn ask(&self, route: &Route, caller: &str, mount: &str) -> String {
        let mut request = Request::builder()
            .method(route.method)
            .uri(format!("{mount}{}", self.path(route)))
            .header("host", "x");
        if let Some((name, value)) = self.credentials(caller) {
            request = request.header(name, value);
        }
        let response = self.router.clone().oneshot(request.body(Body::from("{}")).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        if response.headers().get("content-type").is_some_and(|kind| kind == "text/event-stream") {
            // A stream has no end.
            return "let".to_owned();
        }
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let code = serde_json::from_slice::<serde_json::Value>(&body).ok();
        let code = code.and_then(|body| body["code"].as_str().map(str::to_owned)).unwrap_or_default();
        // Handlers answer with these to wrong values, for every caller.
        let by_handler = [
            "account.registration_closed",
            "setup.refused",
            "password.wrong",
            "consent.required",
            "tap.forbidden",
        ]
        .contains(&code.as_str());
        match status {
            401 | 403 if !by_handler => status.to_string(),
            _ => "let".to_owned(),
        }
    }
}

fn add_user(store: &Store, is_admin: bool) -> UserId {
    let user = User { is_admin, ..User::new("User".into(), NOW) };
    let id = user.id;
    assert!(store.write(move |tx| users::insert(tx, &user, None)).unwrap());
    id
}

#[tokio::test]
async fn every_route_admits_the_callers_in_the_matrix() {
    let mut matrix = format!("{:<6} {:<53}", "", "");
    for caller in CALLERS {
        write!(matrix, " {caller:<12}").unwrap();
    }
    // Reading routes share a scene for each caller; the others have one of their own.
    let scenes: Vec<Scene> = CALLERS.iter().map(|_| Scene::new()).collect();
    for route in web::table() {
        write!(matrix, "\n{:<6} {:<53}", route.method, route.path).unwrap();
        for (caller, scene) in CALLERS.into_iter().zip(&scenes) {
            let answer = if route.method == "GET" {
                scene.ask(&route, caller, "").await
            } else {
                Scene::new().ask(&route, caller, "").await
            };
            if route.method == "GET" && route.is_api {
                assert_eq!(scene.ask(&route, caller, "/api/v1").await, answer, "{route:?} as {caller}");
            }
            write!(matrix, " {answer:<12}").unwrap();
        }
    }
    let matrix: String = matrix.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/access-matrix.txt");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == matrix,
        "tests/it/access-matrix.txt differs; review carefully before updating it:\n{matrix}"
    );
    // The scene has a clock of its own: nothing above depends on today.
    assert_ne!(fotota::domain::SystemClock.now(), NOW);
}
