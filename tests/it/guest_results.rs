//! What a guest does after a search: active face, marks, browsing, news; and what the owner permits.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use fotota::domain::Visibility;
use fotota::store::photo_changes::Change;
use fotota::store::photo_tallies::TakenBy;
use fotota::store::{browse, consents, events, photo_changes, tallies};

use crate::common::guest::{Answer, Guest, WORLD, base, picture};

const SELFIE: &str = "selfies/Grace_Hopper_1.jpg";

async fn ask(guest: &mut Guest, method: &str, path: &str) -> Answer {
    let request = guest.request(method, path).body(Body::empty()).unwrap();
    guest.send(request).await
}

#[tokio::test]
async fn the_face_is_active_until_the_guest_deletes_it() {
    let mut guest = Guest::new();
    let matches = format!("{}/matches", base(&WORLD.open));
    guest.enter(&WORLD.open, "").await;
    assert_eq!(guest.get(&matches).await.code(), "search.over");
    let found = guest.search(&WORLD.open, SELFIE).await;
    assert_eq!(guest.get(&matches).await.json(), found.json());
    let face = &found.matches()[0]["face"];
    for side in ["x", "y", "w", "h"] {
        let part = face[side].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&part), "{face}");
    }
    // Another guest of the event has not searched.
    let mut other = Guest::new();
    other.enter(&WORLD.open, "").await;
    assert_eq!(other.get(&matches).await.code(), "search.over");
    for way in ["search", "consent"] {
        guest.search(&WORLD.open, SELFIE).await;
        let path = format!("{}/{way}", base(&WORLD.open));
        assert_eq!(ask(&mut guest, "DELETE", &path).await.status, StatusCode::NO_CONTENT);
        assert_eq!(guest.get(&matches).await.code(), "search.over", "after {way}");
    }
    // No request for an hour.
    guest.search(&WORLD.open, SELFIE).await;
    guest.clock.advance(Duration::from_hours(1));
    assert_eq!(guest.get(&matches).await.code(), "search.over");
}

#[tokio::test]
async fn consents_are_recorded_without_names() {
    let event = WORLD.event(|_| ());
    let mut guest = Guest::new();
    assert_eq!(guest.search(&event, SELFIE).await.status, StatusCode::OK);
    let consent = format!("{}/consent", base(&event));
    ask(&mut guest, "DELETE", &consent).await;
    // One consent is withdrawn once.
    ask(&mut guest, "DELETE", &consent).await;
    guest.post(&consent, "").await;
    ask(&mut guest, "DELETE", &format!("{}/session", base(&event))).await;
    let all = WORLD.app.store.read(|c| consents::list(c, event.id)).unwrap();
    let actions: Vec<&str> = all.iter().map(|consent| consent.action.as_str()).collect();
    assert_eq!(actions, ["given", "withdrawn", "given", "withdrawn"]);
    assert!(
        all.iter().all(|c| c.subject == all[0].subject && c.version == "2027-04" && c.subject.len() == 16)
    );
    let counted = WORLD.app.store.read(|c| tallies::list(c, event.id)).unwrap();
    let counted: Vec<_> = counted.iter().map(|(kind, _, count)| (kind.as_str(), *count)).collect();
    assert_eq!(counted, [("guest", 1), ("hit", 1), ("search", 1)]);
}

#[tokio::test]
async fn marked_photos_are_listed_or_left_out() {
    let mut guest = Guest::new();
    let found = guest.search(&WORLD.open, SELFIE).await.matches();
    let (first, second) = (&found[0], &found[1]);
    let mark = |photo: &serde_json::Value, kind: &str| picture(&WORLD.open, photo, &format!("marks/{kind}"));
    assert_eq!(ask(&mut guest, "PUT", &mark(first, "bookmark")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ask(&mut guest, "PUT", &mark(second, "not_me")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ask(&mut guest, "PUT", &mark(second, "liked")).await.status, StatusCode::NOT_FOUND);
    let results = guest.get(&format!("{}/matches", base(&WORLD.open))).await;
    assert_eq!(results.matches().len(), found.len() - 1);
    assert_eq!(
        (results.matches()[0]["bookmarked"].as_bool(), results.json()["removed"].as_i64()),
        (Some(true), Some(1))
    );
    let kept = guest.get(&format!("{}/bookmarks", base(&WORLD.open))).await.json();
    assert_eq!((&kept["items"][0]["id"], kept["items"].as_array().unwrap().len()), (&first["id"], 1));
    let removed = guest.get(&format!("{}/removed", base(&WORLD.open))).await.json();
    assert_eq!((&removed["items"][0]["id"], &removed["items"][0]["kind"]), (&second["id"], &"not_me".into()));
    ask(&mut guest, "DELETE", &mark(second, "not_me")).await;
    let results = guest.get(&format!("{}/matches", base(&WORLD.open))).await;
    assert_eq!(results.matches().len(), found.len());
    // Of another event, or of none.
    for id in [1, first["id"].as_i64().unwrap()] {
        let path = format!("{}/photos/{id}/marks/bookmark", base(&WORLD.locked));
        guest.enter(&WORLD.locked, "rahasia").await;
        assert_eq!(ask(&mut guest, "PUT", &path).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn all_photos_are_listed_by_time_if_the_owner_permits() {
    let mut guest = Guest::new();
    guest.enter(&WORLD.open, "").await;
    let photos = format!("{}/photos", base(&WORLD.open));
    let all = guest.get(&format!("{photos}?limit=200&order=asc")).await.json();
    let total = all["total"].as_u64().unwrap();
    let items = all["items"].as_array().unwrap();
    assert_eq!((items.len() as u64, total), (total, 4));
    let part = guest.get(&format!("{photos}?limit=3&offset=1&order=asc&as_of={}", all["as_of"])).await.json();
    assert_eq!(part["items"].as_array().unwrap()[..], items[1..4]);
    let hours = guest.get(&format!("{photos}/times?order=asc")).await.json();
    let counts: u64 =
        hours["hours"].as_array().unwrap().iter().map(|hour| hour["count"].as_u64().unwrap()).sum();
    assert_eq!(counts, total);
    for wrong in ["limit=0", "limit=201", "offset=-1", "order=best"] {
        assert_eq!(
            guest.get(&format!("{photos}?{wrong}")).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn guests_who_see_only_their_own_photos_open_no_other() {
    let event = WORLD.event(|event| event.visibility = Visibility::Matches);
    let mut guest = Guest::new();
    let found = guest.search(&event, SELFIE).await.matches();
    assert!(!found.is_empty());
    let (mine, all) = (found[0]["id"].as_i64().unwrap(), {
        let by = TakenBy::default();
        let listing = browse::ByTime { event_id: event.id, descending: false, as_of: u64::MAX, by };
        WORLD.app.store.read(|c| browse::list(c, listing, 0, 100)).unwrap().photos
    });
    for path in ["photos", "photos/times"] {
        let refused = guest.get(&format!("{}/{path}", base(&event))).await;
        assert_eq!(refused.code(), "event.matches_only");
    }
    for photo in &all {
        let is_mine = found.iter().any(|found| found["id"] == photo.id.as_i64());
        for kind in ["thumbnail", "medium", "preview"] {
            let answer = guest.get(&format!("{}/photos/{}/{kind}", base(&event), photo.id)).await;
            assert_eq!(answer.status == StatusCode::OK, is_mine, "{}", photo.file_name);
        }
        let mark = format!("{}/photos/{}/marks/bookmark", base(&event), photo.id);
        assert_eq!(ask(&mut guest, "PUT", &mark).await.status == StatusCode::NO_CONTENT, is_mine);
    }
    // "Not me" can be undone.
    let not_me = format!("{}/photos/{mine}/marks/not_me", base(&event));
    ask(&mut guest, "PUT", &not_me).await;
    assert_eq!(guest.get(&format!("{}/matches", base(&event))).await.json()["removed"], 1);
    let removed = guest.get(&format!("{}/removed", base(&event))).await.json();
    assert_eq!(removed["items"][0]["id"], mine);
    assert_eq!(ask(&mut guest, "DELETE", &not_me).await.status, StatusCode::NO_CONTENT);
    guest.get(&format!("{}/matches", base(&event))).await;
    // A favourite stays visible when the face is deleted, to this guest only.
    ask(&mut guest, "DELETE", &format!("{}/search", base(&event))).await;
    let path = format!("{}/photos/{mine}/preview", base(&event));
    assert_eq!(guest.get(&path).await.status, StatusCode::OK);
    let mut other = Guest::new();
    other.enter(&event, "").await;
    assert_eq!(other.get(&path).await.code(), "photo.not_found");
}

#[tokio::test]
async fn a_closed_event_admits_no_guest() {
    let event = WORLD.event(|_| ());
    let mut guest = Guest::new();
    let found = guest.search(&event, SELFIE).await.matches();
    let mut closed = event.clone();
    closed.closed_at = Some(closed.created_at);
    WORLD.app.store.write(move |tx| events::update(tx, &closed)).unwrap();
    assert_eq!(guest.get(&picture(&event, &found[0], "thumbnail")).await.code(), "event.closed");
    assert_eq!(Guest::new().enter(&event, "").await.code(), "event.closed");
    assert!(guest.get(&base(&event)).await.text().contains("\"closed\":true"));
}

#[tokio::test]
async fn hidden_photos_disappear_and_news_report_it() {
    let event = WORLD.event(|_| ());
    let mut guest = Guest::new();
    let found = guest.search(&event, SELFIE).await;
    let since = found.json()["sequence"].as_str().unwrap().to_owned();
    let news = format!("{}/news?since={since}", base(&event));
    let nothing = guest.get(&news).await.json();
    assert_eq!(
        (&nothing["refresh"], &nothing["searching"], &nothing["sure"]),
        (&false.into(), &true.into(), &serde_json::json!([]))
    );
    let photo = &found.matches()[0];
    let hidden: fotota::domain::PhotoId = photo["id"].to_string().parse().unwrap();
    let (id, hide) = (event.id, Change::Hide(true));
    WORLD.app.store.write(move |tx| photo_changes::apply(tx, id, &[hidden], hide)).unwrap();
    let update = guest.get(&news).await.json();
    assert_eq!((&update["refresh"], update["photos"].as_u64()), (&true.into(), Some(3)));
    for kind in ["thumbnail", "medium", "preview"] {
        assert_eq!(guest.get(&picture(&event, photo, kind)).await.code(), "photo.not_found");
    }
    let left = guest.get(&format!("{}/matches", base(&event))).await.matches();
    assert_eq!(left.len(), found.matches().len() - 1);
    let listed = guest.get(&format!("{}/photos?limit=200", base(&event))).await.json();
    assert!(listed["items"].as_array().unwrap().iter().all(|item| item["id"] != photo["id"]));
    assert_eq!(
        guest.get(&format!("{}/news?since=yesterday", base(&event))).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    // From the start, all photos are new.
    let all = guest.get(&format!("{}/news?since=0-0", base(&event))).await.matches();
    assert_eq!(all.len(), left.len());
}
