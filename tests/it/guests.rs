//! What a guest's browser may do: a whole visit to an event, and everything that is rejected.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use fotota::store::events;

use crate::common::guest::{Guest, SESSION, WORLD, base, picture};
use crate::common::sample;

const SELFIE: &str = "selfies/Grace_Hopper_1.jpg";

#[tokio::test]
async fn a_guest_enters_consents_and_finds_her_photos() {
    let mut guest = Guest::new();
    let page = guest.get(&base(&WORLD.locked)).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("Locked") && page.text().contains("/guest/guest.js\""));
    let answer = guest.search(&WORLD.locked, SELFIE).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let matches = answer.matches();
    let mut names: Vec<&str> = matches.iter().map(|found| found["file_name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["DSC_0102.jpg", "DSC_0103.jpg"]);
    for kind in ["thumbnail", "medium", "preview", "download"] {
        let file = guest.get(&picture(&WORLD.locked, &matches[0], kind)).await;
        assert_eq!(file.status, StatusCode::OK);
        assert_eq!(file.headers["content-type"], "image/jpeg");
        assert!(file.headers["cache-control"].to_str().unwrap().contains("private"));
        assert!(file.body.starts_with(b"\xFF\xD8\xFF"));
    }
    let name = matches[0]["file_name"].as_str().unwrap();
    let original = guest.get(&picture(&WORLD.locked, &matches[0], "download")).await;
    assert_eq!(original.body, std::fs::read(sample("photos").join(name)).unwrap());
    assert!(original.headers["content-disposition"].to_str().unwrap().contains(name));
}

#[tokio::test]
async fn derived_pictures_carry_no_metadata() {
    let mut guest = Guest::new();
    let answer = guest.search(&WORLD.open, SELFIE).await;
    for kind in ["thumbnail", "medium", "preview"] {
        let file = guest.get(&picture(&WORLD.open, &answer.matches()[0], kind)).await;
        assert!(!file.body.windows(4).any(|window| window == b"Exif"));
    }
}

#[tokio::test]
async fn photos_are_only_for_guests_of_their_event() {
    let mut guest = Guest::new();
    let answer = guest.search(&WORLD.locked, SELFIE).await;
    let paths: Vec<String> = ["thumbnail", "medium", "preview", "download"]
        .iter()
        .map(|kind| picture(&WORLD.locked, &answer.matches()[0], kind))
        .collect();
    let mut stranger = Guest::new();
    let mut neighbour = Guest::new();
    neighbour.enter(&WORLD.open, "").await;
    for path in &paths {
        let refused = stranger.get(path).await;
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::UNAUTHORIZED, "session.required"));
        // Through the neighbour's own event, and with the neighbour's cookie at the other event.
        let crossed = path.replace(WORLD.locked.share_code.as_str(), WORLD.open.share_code.as_str());
        assert_eq!(neighbour.get(&crossed).await.status, StatusCode::NOT_FOUND);
        let cookie = neighbour.cookies.values().next().unwrap().clone();
        let request = Request::builder().uri(path).header("host", "fotota.test").header("cookie", cookie);
        let request = request.body(Body::empty()).unwrap();
        assert_eq!(neighbour.send(request).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn every_route_but_the_page_and_the_entry_needs_a_session() {
    let mut stranger = Guest::new();
    for (method, path) in
        [("POST", "consent"), ("POST", "search"), ("DELETE", "session"), ("GET", "photos/1/preview")]
    {
        let path = format!("{}/{path}", base(&WORLD.open));
        let request = stranger.request(method, &path).body(Body::empty()).unwrap();
        let refused = stranger.send(request).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (StatusCode::UNAUTHORIZED, "session.required"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_wrong_password_opens_nothing() {
    let mut guest = Guest::new();
    for password in ["", "Rahasia", "rahasia x"] {
        let refused = guest.enter(&WORLD.locked, password).await;
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::UNAUTHORIZED, "password.wrong"));
    }
    assert!(guest.cookies.is_empty());
    // Phones like to add a space.
    assert_eq!(guest.enter(&WORLD.locked, " rahasia ").await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn no_search_without_consent_or_after_its_withdrawal() {
    let mut guest = Guest::new();
    guest.enter(&WORLD.open, "").await;
    let search = format!("{}/search", base(&WORLD.open));
    let selfie = std::fs::read(sample(SELFIE)).unwrap();
    let refused = guest.post(&search, selfie.clone()).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "consent.required"));
    assert_eq!(guest.search(&WORLD.open, SELFIE).await.status, StatusCode::OK);
    let cookies = guest.cookies.clone();
    let path = format!("{}/session", base(&WORLD.open));
    let request = guest.request("DELETE", &path).body(Body::empty()).unwrap();
    assert_eq!(guest.send(request).await.status, StatusCode::NO_CONTENT);
    // Even with the old cookie.
    guest.cookies = cookies;
    assert_eq!(guest.post(&search, selfie).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn sessions_end_after_a_day() {
    let mut guest = Guest::new();
    guest.enter(&WORLD.open, "").await;
    let consent = format!("{}/consent", base(&WORLD.open));
    guest.clock.advance(SESSION.saturating_sub(Duration::from_secs(1)));
    assert_eq!(guest.post(&consent, "").await.status, StatusCode::NO_CONTENT);
    guest.clock.advance(Duration::from_secs(1));
    assert_eq!(guest.post(&consent, "").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_search_leaves_nothing_behind() {
    let count_files = || {
        let mut folders = vec![WORLD.folder.path().to_owned()];
        let mut count = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_dir() { folders.push(entry) } else { count += 1 }
            }
        }
        count
    };
    let faces = || WORLD.app.store.read(|connection| events::count(connection, WORLD.open.id)).unwrap();
    let before = (count_files(), faces());
    assert_eq!(Guest::new().search(&WORLD.open, SELFIE).await.status, StatusCode::OK);
    assert_eq!((count_files(), faces()), before);
}

#[tokio::test]
async fn unusable_selfies_are_rejected_by_code() {
    let mut guest = Guest::new();
    for (picture, code) in [
        ("photos/DSC_0115.jpg", "selfie.too_dark"),
        ("photos/DSC_0108.jpg", "selfie.several_faces"),
        ("truth.json", "selfie.unreadable"),
    ] {
        let refused = guest.search(&WORLD.open, picture).await;
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::BAD_REQUEST, code));
        assert!(refused.json()["request_id"].as_str().unwrap().len() == 16);
    }
}

#[tokio::test]
async fn a_selfie_of_hostile_dimensions_is_rejected() {
    let mut guest = Guest::new();
    assert_eq!(guest.search(&WORLD.open, SELFIE).await.status, StatusCode::OK);
    let path = format!("{}/search", base(&WORLD.open));
    for (width, height, code) in
        [(30_000, 2, "selfie.no_face"), (1, 1, "selfie.no_face"), (9_000, 8_000, "selfie.too_large")]
    {
        let mut png = std::io::Cursor::new(Vec::new());
        let flat = image::GrayImage::from_pixel(width, height, image::Luma([200]));
        flat.write_to(&mut png, image::ImageFormat::Png).unwrap();
        let refused = guest.post(&path, png.into_inner()).await;
        assert_eq!(refused.code(), code, "{width}x{height}");
    }
}

#[tokio::test]
async fn another_sites_page_cannot_write() {
    let mut guest = Guest::new();
    let path = format!("{}/session", base(&WORLD.open));
    let request = guest
        .request("POST", &path)
        .header("origin", "http://evil.example")
        .header("content-type", "application/json")
        .body(Body::from("{}"))
        .unwrap();
    let refused = guest.send(request).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "request.foreign_origin"));
}

#[tokio::test]
async fn pages_are_escaped_translated_and_protected() {
    let mut guest = Guest::new();
    let path = base(&WORLD.open);
    let request = guest.request("GET", &path).header("accept-language", "id-ID").body(Body::empty()).unwrap();
    let page = guest.send(request).await;
    assert!(page.text().contains("lang=\"id\"") && page.text().contains("lewat selfie?"));
    assert!(page.text().contains("&lt;b&gt;Open &amp; free&lt;/b&gt;") && !page.text().contains("<b>Open"));
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"));
    for attribute in ["src=\"", "href=\""] {
        for link in page.text().split(attribute).skip(1) {
            assert!(link.starts_with("/a/") || link.starts_with(&base(&WORLD.open)), "{link:.40}");
        }
    }
    let script = page.text().split("src=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let asset = guest.get(&script).await;
    assert_eq!(asset.status, StatusCode::OK);
    assert!(asset.headers["cache-control"].to_str().unwrap().contains("immutable"));
    let missing = guest.get("/e/0000000000000000").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert!(missing.text().contains("<html"));
    assert_eq!(guest.get("/a/0/../../Cargo.toml").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn health_answers_every_caller() {
    let health = Guest::new().get("/health").await;
    assert_eq!(health.json()["status"], "healthy");
}

#[tokio::test]
async fn the_page_can_be_installed_as_an_app() {
    let mut guest = Guest::new();
    let page = base(&WORLD.open);
    let link = format!("<link rel=\"manifest\" href=\"{page}/app.webmanifest\">");
    assert!(guest.get(&page).await.text().contains(&link));
    let answer = guest.get(&format!("{page}/app.webmanifest")).await;
    assert_eq!(answer.headers["content-type"], "application/manifest+json");
    let manifest = answer.json();
    assert_eq!((&manifest["start_url"], &manifest["display"]), (&page.into(), &"standalone".into()));
    assert_eq!(manifest["name"], "<b>Open & free</b>");
    for (icon, side) in manifest["icons"].as_array().unwrap().iter().zip([192, 512, 512]) {
        let picture = guest.get(icon["src"].as_str().unwrap()).await;
        assert_eq!(icon["sizes"], format!("{side}x{side}"));
        let pixels = image::load_from_memory(&picture.body).unwrap();
        assert_eq!((pixels.width(), pixels.height()), (side, side));
    }
    let missing = guest.get("/e/0000000000000000/app.webmanifest").await;
    assert_eq!((missing.status, missing.code()), (StatusCode::NOT_FOUND, "event.not_found".to_owned()));
}
