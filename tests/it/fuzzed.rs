//! Regression tests for what `tests/fuzz` found.

use axum::http::StatusCode;
use serde_json::json;

use crate::common::guest::{Guest, WORLD, base};

#[tokio::test]
async fn a_json_list_is_refused_where_an_object_is_expected() {
    let mut guest = Guest::new();
    let lists = [("/auth/local", json!(["studio", "12345678"])), ("/auth/refresh", json!(["token"]))];
    for (path, list) in lists {
        let answer = guest.post(path, format!(" \n{list}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", answer.text());
        assert_eq!(answer.json()["detail"][0]["msg"], "expected an object");
    }
    let entry = format!("{}/session", base(&WORLD.locked));
    assert_eq!(guest.post(&entry, "[\"rahasia\"]").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_missing_provider_is_a_client_error() {
    let answer = Guest::new().post("/auth/google", "{\"google_access_token\": \"x\"}").await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, "auth.provider_missing"));
}

#[tokio::test]
async fn lengths_are_counted_in_characters() {
    let body = json!({ "google_access_token": "é".repeat(4096) }).to_string();
    assert_eq!(Guest::new().post("/auth/google", body).await.status, StatusCode::BAD_REQUEST);
    let body = json!({ "google_access_token": "é".repeat(4097) }).to_string();
    assert_eq!(Guest::new().post("/auth/google", body).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn share_codes_lead_only_to_the_app_or_the_web() {
    let mut guest = Guest::new();
    let link = format!("/r/{}", WORLD.open.share_code);
    for (query, status) in
        [("", 307), ("?target=app", 307), ("?target=web", 307), ("?target=", 422), ("?target=x", 422)]
    {
        assert_eq!(guest.get(&format!("{link}{query}")).await.status, status, "{query}");
    }
}
