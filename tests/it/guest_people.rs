//! Whom a guest searches for: with one selfie or several, and with a selfie of several people.

use axum::http::StatusCode;
use fotota::domain::Event;
use serde_json::Value;

use crate::common::guest::{Answer, Guest, WORLD, base};
use crate::common::sample;

const GRACE: &str = "selfies/Grace_Hopper_1.jpg";
/// Grace and Eileen, equally large.
const BOTH: &str = "photos/DSC_0108.jpg";

async fn search(guest: &mut Guest, picture: &str, query: &str) -> Answer {
    let path = format!("{}/search?{query}", base(&WORLD.open));
    guest.post(&path, std::fs::read(sample(picture)).unwrap()).await
}

fn names(answer: &Answer) -> Vec<String> {
    let matches = answer.matches();
    let mut names: Vec<String> =
        matches.iter().map(|found| found["file_name"].as_str().unwrap().into()).collect();
    names.sort();
    names
}

/// The centre of a face, as the query takes it.
fn point(face: &Value) -> String {
    let side = |name: &str| face[name].as_f64().unwrap();
    format!("{},{}", side("x") + side("w") / 2.0, side("y") + side("h") / 2.0)
}

async fn consented(event: &Event) -> Guest {
    let mut guest = Guest::new();
    assert_eq!(guest.search(event, GRACE).await.status, StatusCode::OK);
    guest
}

#[tokio::test]
async fn selfies_add_up_to_five_and_start_over() {
    let mut guest = consented(&WORLD.open).await;
    for selfies in [2, 3, 4, 5, 5] {
        let found = search(&mut guest, GRACE, "add=true").await.json();
        assert_eq!(
            (&found["selfies"], &found["people"], &found["mode"]),
            (&selfies.into(), &1.into(), &Value::Null)
        );
    }
    // A refused selfie changes nothing.
    assert_eq!(search(&mut guest, "photos/DSC_0104.jpg", "add=true").await.code(), "selfie.no_face");
    let matches = guest.get(&format!("{}/matches", base(&WORLD.open))).await;
    assert_eq!(
        (&matches.json()["selfies"], names(&matches)),
        (&5.into(), names(&search(&mut guest, GRACE, "").await))
    );
    let alone = search(&mut guest, GRACE, "add=false").await;
    assert_eq!(alone.json()["selfies"], 1);
    for found in alone.matches() {
        assert!(["selfie", "person"].contains(&found["reason"].as_str().unwrap()), "{found}");
    }
}

#[tokio::test]
async fn several_faces_are_a_question_with_an_answer_for_each() {
    let mut guest = consented(&WORLD.open).await;
    let asked = search(&mut guest, BOTH, "").await;
    assert_eq!((asked.status, asked.code().as_str()), (StatusCode::BAD_REQUEST, "selfie.several_faces"));
    let faces = asked.json()["faces"].as_array().unwrap().clone();
    assert_eq!(faces.len(), 2);
    let both = format!("{};{}", point(&faces[0]), point(&faces[1]));
    let mut each = Vec::new();
    for face in &faces {
        let found = search(&mut guest, BOTH, &format!("faces={}", point(face))).await;
        assert_eq!((&found.json()["people"], &found.json()["mode"]), (&1.into(), &Value::Null));
        each.push(names(&found));
    }
    each.sort();
    assert_eq!(each, [["DSC_0101.jpg", "DSC_0103.jpg"], ["DSC_0102.jpg", "DSC_0103.jpg"]]);
    let three = ["DSC_0101.jpg", "DSC_0102.jpg", "DSC_0103.jpg"];
    for (mode, photos) in [("all", &three[2..]), ("any", &three[..])] {
        let found = search(&mut guest, BOTH, &format!("faces={both}&mode={mode}")).await;
        assert_eq!((&found.json()["people"], &found.json()["mode"]), (&2.into(), &mode.into()));
        assert_eq!(names(&found), photos, "{mode}");
        // Later requests and news tell the same.
        let path = format!("{}/matches", base(&WORLD.open));
        assert_eq!(guest.get(&path).await.json(), found.json());
        assert_eq!(names(&guest.get(&format!("{}/news?since=0-0", base(&WORLD.open))).await), photos);
    }
    // Nobody knows whom of them a further selfie shows.
    assert_eq!(search(&mut guest, GRACE, "add=true").await.code(), "request.invalid");
    // A chosen face adds to the selfies of one person.
    search(&mut guest, GRACE, "").await;
    let added = search(&mut guest, BOTH, &format!("add=true&faces={}", point(&faces[0]))).await;
    assert_eq!((&added.json()["selfies"], &added.json()["people"]), (&2.into(), &1.into()));
}

#[tokio::test]
async fn bad_choices_are_refused() {
    let mut guest = consented(&WORLD.open).await;
    let faces = search(&mut guest, BOTH, "").await.json()["faces"].clone();
    let (one, two) = (point(&faces[0]), point(&faces[1]));
    let many = ["0.1,0.1"; 7].join(";");
    for (wrong, place) in [
        ("faces=".to_owned(), "faces"),
        ("faces=0.5".to_owned(), "faces"),
        ("faces=0.5,NaN".to_owned(), "faces"),
        ("faces=0.5,1.01".to_owned(), "faces"),
        ("faces=-0.1,0.5".to_owned(), "faces"),
        ("faces=0.01,0.01".to_owned(), "faces"),
        (format!("faces={one};"), "faces"),
        (format!("faces={one};{one}&mode=all"), "faces"),
        (format!("faces={many}&mode=any"), "faces"),
        (format!("faces={one};{two}"), "mode"),
        (format!("faces={one};{two}&mode=some"), "mode"),
        (format!("faces={one}&mode=any"), "mode"),
        ("mode=all".to_owned(), "mode"),
        (format!("faces={one};{two}&mode=any&add=true"), "add"),
        ("add=maybe".to_owned(), "add"),
    ] {
        let refused = search(&mut guest, BOTH, &wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert_eq!(refused.json()["detail"][0]["loc"], serde_json::json!(["query", place]), "{wrong}");
    }
    // None of them took the place of the search before.
    assert_eq!(guest.get(&format!("{}/matches", base(&WORLD.open))).await.json()["people"], 1);
}
