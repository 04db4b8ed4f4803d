//! What a guest reads before and after the consent.

use axum::body::Body;
use axum::http::StatusCode;

use crate::common::guest::{Answer, Guest, WORLD, base};

const GRACE: &str = "selfies/Grace_Hopper_1.jpg";

async fn ask(guest: &mut Guest, method: &str, path: &str) -> Answer {
    let request = guest.request(method, path).body(Body::empty()).unwrap();
    guest.send(request).await
}

/// A guest who has searched, with the event's path.
async fn searching() -> (Guest, String) {
    let mut guest = Guest::new();
    assert_eq!(guest.search(&WORLD.open, GRACE).await.status, StatusCode::OK);
    (guest, base(&WORLD.open))
}

#[tokio::test]
async fn only_the_guest_sees_the_results_of_a_search() {
    let (mut guest, page) = searching().await;
    let mut other = Guest::new();
    other.enter(&WORLD.open, "").await;
    assert_eq!(other.post(&format!("{page}/consent"), "").await.status, StatusCode::NO_CONTENT);
    assert_eq!(guest.get(&format!("{page}/matches")).await.status, StatusCode::OK);
    let refused = other.get(&format!("{page}/matches")).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::CONFLICT, "search.over"));
}

#[tokio::test]
async fn withdrawing_the_consent_deletes_the_face_codes_at_once() {
    let (mut guest, page) = searching().await;
    assert_eq!(ask(&mut guest, "DELETE", &format!("{page}/consent")).await.status, StatusCode::NO_CONTENT);
    assert!(guest.get(&page).await.text().contains("\"searching\":false"));
    // They do not come back with another consent.
    assert_eq!(guest.post(&format!("{page}/consent"), "").await.status, StatusCode::NO_CONTENT);
    assert_eq!(guest.get(&format!("{page}/matches")).await.code(), "search.over");
}

#[tokio::test]
async fn favourites_stay_when_the_face_codes_are_deleted_and_go_with_the_session() {
    let (mut guest, page) = searching().await;
    let photo = guest.get(&format!("{page}/matches")).await.matches()[0]["id"].clone();
    let mark = format!("{page}/photos/{photo}/marks/bookmark");
    assert_eq!(ask(&mut guest, "PUT", &mark).await.status, StatusCode::NO_CONTENT);
    let kept = async |guest: &mut Guest| {
        guest.get(&format!("{page}/bookmarks")).await.text().contains(&photo.to_string())
    };
    assert_eq!(ask(&mut guest, "DELETE", &format!("{page}/search")).await.status, StatusCode::NO_CONTENT);
    assert!(guest.get(&page).await.text().contains("\"searching\":false"));
    assert!(kept(&mut guest).await);
    assert_eq!(ask(&mut guest, "DELETE", &format!("{page}/session")).await.status, StatusCode::NO_CONTENT);
    guest.enter(&WORLD.open, "").await;
    assert!(!kept(&mut guest).await);
}
