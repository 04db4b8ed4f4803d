//! Guests who tap a face in a photo: what they find, what becomes of their own search, and who may not.

use axum::body::Body;
use axum::http::StatusCode;
use fotota::domain::{Event, PhotoId, Visibility};
use fotota::store::browse::ByTime;
use fotota::store::photo_changes::{self, Change};
use fotota::store::photo_tallies::TakenBy;
use fotota::store::{browse, events, tallies};
use serde_json::{Value, json};

use crate::common::FEW;
use crate::common::guest::{Answer, Guest, WORLD, base};

const GRACE: &str = "selfies/Grace_Hopper_1.jpg";
/// In photos: Eileen alone, Grace alone, both with Eileen on the left, nobody.
const EILEEN: &str = FEW[0];
const GRACES: &str = FEW[1];
const BOTH: &str = FEW[2];
const NOBODY: &str = FEW[3];

fn id(event: &Event, name: &str) -> PhotoId {
    let listing = ByTime { event_id: event.id, descending: false, as_of: u64::MAX, by: TakenBy::default() };
    let all = WORLD.app.store.read(|db| browse::list(db, listing, 0, 100)).unwrap().photos;
    all.iter().find(|photo| photo.file_name == name).unwrap().id
}

fn change(event: &Event, change: impl FnOnce(&mut Event)) {
    let mut event = event.clone();
    change(&mut event);
    assert!(WORLD.app.store.write(move |tx| events::update(tx, &event)).unwrap());
}

fn hide(event: &Event, photo: PhotoId, hidden: bool) {
    let id = event.id;
    let change = Change::Hide(hidden);
    WORLD.app.store.write(move |tx| photo_changes::apply(tx, id, &[photo], change)).unwrap();
}

async fn ask(guest: &mut Guest, method: &str, path: &str) -> Answer {
    let request = guest.request(method, path).body(Body::empty()).unwrap();
    guest.send(request).await
}

async fn faces(guest: &mut Guest, event: &Event, photo: PhotoId) -> Answer {
    guest.get(&format!("{}/photos/{photo}/faces", base(event))).await
}

async fn tap(guest: &mut Guest, event: &Event, photo: PhotoId, place: &str) -> Answer {
    guest.post(&format!("{}/photos/{photo}/faces/{place}/search", base(event)), "").await
}

async fn matches(guest: &mut Guest, event: &Event) -> Answer {
    guest.get(&format!("{}/matches", base(event))).await
}

/// A guest who has entered and agreed.
async fn agreed(event: &Event) -> Guest {
    let mut guest = Guest::new();
    guest.enter(event, "").await;
    guest.post(&format!("{}/consent", base(event)), "").await;
    guest
}

fn names(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.matches().iter().map(|found| found["file_name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_tapped_face_finds_its_person_and_leaves_the_guests_own_search() {
    let event = WORLD.event(|event| event.tap_search = true);
    let mut guest = Guest::new();
    let own = guest.search(&event, GRACE).await;
    let (both, eileen) = (id(&event, BOTH), id(&event, EILEEN));
    let listed = faces(&mut guest, &event, both).await.json();
    let boxes = listed["faces"].as_array().unwrap();
    assert_eq!((listed.as_object().unwrap().len(), boxes.len()), (1, 2));
    for face in boxes {
        // Nothing but where it is.
        assert_eq!(face.as_object().unwrap().keys().collect::<Vec<_>>(), ["h", "w", "x", "y"]);
        assert!(face.as_object().unwrap().values().all(|side| (0.0..=1.0).contains(&side.as_f64().unwrap())));
    }
    assert!(boxes[0]["x"].as_f64() < boxes[1]["x"].as_f64());
    assert_eq!(faces(&mut guest, &event, id(&event, NOBODY)).await.json(), json!({ "faces": [] }));

    let counts = || WORLD.app.store.read(|db| tallies::list(db, event.id)).unwrap().len();
    let before = counts();
    let found = tap(&mut guest, &event, both, "0").await;
    // The photo with the face comes first, and shows that face.
    assert_eq!(names(&found), [BOTH, EILEEN]);
    assert_eq!(found.matches()[0]["face"], boxes[0]);
    let (about, one) = (found.json(), json!(1));
    assert_eq!((&about["tapped"], &about["selfies"], &about["people"]), (&json!(true), &one, &one));
    assert_eq!(matches(&mut guest, &event).await.json(), about);
    let news = guest.get(&format!("{}/news?since=0-0", base(&event))).await;
    assert_eq!((names(&news).len(), &news.json()["searching"]), (2, &json!(true)));
    // The statistics count searches with a selfie.
    assert_eq!(counts(), before);

    // The other face is another person, and the first selfie is still there.
    assert_eq!(names(&tap(&mut guest, &event, both, "1").await), [BOTH, GRACES]);
    assert_eq!(
        ask(&mut guest, "DELETE", &format!("{}/tap", base(&event))).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(matches(&mut guest, &event).await.json(), own.json());
    // A selfie adds to the guest's own.
    tap(&mut guest, &event, eileen, "0").await;
    let selfie = std::fs::read(crate::common::sample(GRACE)).unwrap();
    let added = guest.post(&format!("{}/search?add=true", base(&event)), selfie).await;
    assert_eq!((&added.json()["selfies"], &added.json()["tapped"]), (&json!(2), &json!(false)));
    assert_eq!(added.matches().len(), own.matches().len());

    // A guest without a selfie has nothing to return to.
    let mut other = agreed(&event).await;
    assert_eq!(tap(&mut other, &event, eileen, "0").await.json()["selfies"], 0);
    ask(&mut other, "DELETE", &format!("{}/tap", base(&event))).await;
    assert_eq!(matches(&mut other, &event).await.code(), "search.over");
}

#[tokio::test]
async fn marks_are_about_the_guests_own_person() {
    let event = WORLD.event(|event| event.tap_search = true);
    let mut guest = Guest::new();
    guest.search(&event, GRACE).await;
    let both = id(&event, BOTH);
    let mark = |kind: &str| format!("{}/photos/{both}/marks/{kind}", base(&event));
    assert_eq!(ask(&mut guest, "PUT", &mark("not_me")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(names(&matches(&mut guest, &event).await), [GRACES]);
    let found = tap(&mut guest, &event, both, "0").await;
    assert_eq!(
        (names(&found), &found.json()["removed"]),
        (vec![BOTH.to_owned(), EILEEN.to_owned()], &json!(0))
    );
    let news = guest.get(&format!("{}/news?since=0-0", base(&event))).await;
    assert_eq!(names(&news).len(), 2);
    let eileen = format!("{}/photos/{}/marks", base(&event), id(&event, EILEEN));
    for kind in ["not_me", "hidden"] {
        let refused = ask(&mut guest, "PUT", &format!("{eileen}/{kind}")).await;
        assert_eq!(refused.code(), "request.invalid", "{kind}");
    }
    assert_eq!(ask(&mut guest, "PUT", &format!("{eileen}/bookmark")).await.status, StatusCode::NO_CONTENT);
    ask(&mut guest, "DELETE", &format!("{}/tap", base(&event))).await;
    let own = matches(&mut guest, &event).await;
    assert_eq!((names(&own), &own.json()["removed"]), (vec![GRACES.to_owned()], &json!(1)));
}

#[tokio::test]
async fn faces_are_for_guests_who_may() {
    let event = WORLD.event(|_| ());
    let both = id(&event, BOTH);
    let refused = async |guest: &mut Guest, event: &Event, photo: PhotoId, code: &str| {
        assert_eq!(faces(guest, event, photo).await.code(), code);
        assert_eq!(tap(guest, event, photo, "0").await.code(), code);
    };
    // Off unless the owner turns it on.
    let mut guest = agreed(&event).await;
    refused(&mut guest, &event, both, "tap.forbidden").await;
    change(&event, |event| event.tap_search = true);
    // The guest has read nothing about it, and may go on with selfies alone.
    refused(&mut guest, &event, both, "consent.required").await;
    guest.post(&format!("{}/consent", base(&event)), "").await;
    assert_eq!(faces(&mut guest, &event, both).await.status, StatusCode::OK);
    // Without a session, and without consent.
    refused(&mut Guest::new(), &event, both, "session.required").await;
    let mut shy = Guest::new();
    shy.enter(&event, "").await;
    refused(&mut shy, &event, both, "consent.required").await;
    // A photo of another event, none, and faces that the photo does not have.
    refused(&mut guest, &event, id(&WORLD.open, BOTH), "photo.not_found").await;
    refused(&mut guest, &event, PhotoId::random(), "photo.not_found").await;
    for place in ["2", "-1", "x", "99999999999999999999"] {
        assert_eq!(tap(&mut guest, &event, both, place).await.code(), "face.not_found", "{place}");
    }
    assert_eq!(matches(&mut guest, &event).await.code(), "search.over");
    // A hidden photo, which is also not among the others.
    let eileen = id(&event, EILEEN);
    hide(&event, eileen, true);
    refused(&mut guest, &event, eileen, "photo.not_found").await;
    assert_eq!(names(&tap(&mut guest, &event, both, "0").await), [BOTH]);
    // A search ends when the photo of its face is hidden: with a selfie, the guest's own is back.
    hide(&event, both, true);
    assert_eq!(matches(&mut guest, &event).await.code(), "face.not_found");
    assert_eq!(matches(&mut guest, &event).await.code(), "search.over");
    hide(&event, both, false);
    let own = names(&guest.search(&event, GRACE).await);
    tap(&mut guest, &event, both, "0").await;
    hide(&event, both, true);
    assert_eq!(matches(&mut guest, &event).await.json()["tapped"], false);
    hide(&event, both, false);
    assert_eq!(names(&matches(&mut guest, &event).await), own);
    // And when the owner turns it off.
    tap(&mut guest, &event, both, "0").await;
    change(&event, |_| ());
    let back = matches(&mut guest, &event).await;
    assert_eq!((names(&back), &back.json()["tapped"]), (own, &Value::Bool(false)));
}

#[tokio::test]
async fn taps_are_limited_like_selfies() {
    let event = WORLD.event(|event| event.tap_search = true);
    let (mut guest, both) = (agreed(&event).await, id(&event, BOTH));
    let mut answers = Vec::new();
    for _ in 0..30 {
        answers.push(tap(&mut guest, &event, both, "0").await.status);
    }
    assert_eq!((answers[0], answers[29]), (StatusCode::OK, StatusCode::TOO_MANY_REQUESTS));
}

#[tokio::test]
async fn where_guests_see_only_their_own_photos_a_tap_opens_those_of_the_person() {
    let event = WORLD.event(|event| (event.tap_search, event.visibility) = (true, Visibility::Matches));
    let (both, eileen) = (id(&event, BOTH), id(&event, EILEEN));
    let picture = |photo: PhotoId| format!("{}/photos/{photo}/preview", base(&event));
    let mut stranger = agreed(&event).await;
    assert_eq!(faces(&mut stranger, &event, both).await.code(), "photo.not_found");
    let mut guest = Guest::new();
    guest.search(&event, GRACE).await;
    assert_eq!(faces(&mut guest, &event, eileen).await.code(), "photo.not_found");
    assert_eq!(tap(&mut guest, &event, eileen, "0").await.code(), "photo.not_found");
    assert_eq!(names(&tap(&mut guest, &event, both, "0").await), [BOTH, EILEEN]);
    // Those, and still the guest's own.
    for photo in [eileen, both, id(&event, GRACES)] {
        assert_eq!(guest.get(&picture(photo)).await.status, StatusCode::OK);
    }
    assert_eq!(guest.get(&picture(id(&event, NOBODY))).await.code(), "photo.not_found");
    ask(&mut guest, "DELETE", &format!("{}/tap", base(&event))).await;
    assert_eq!(guest.get(&picture(eileen)).await.code(), "photo.not_found");
}
