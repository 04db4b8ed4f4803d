//! An event's statistics and consents.

use serde_json::json;

use crate::common::client::{EVENT_PASSWORD, assert_shape};
use crate::common::server::Server;

#[test]
fn the_owner_sees_statistics_and_consents_without_names() {
    let server = Server::start();
    let (mut admin, event, _) = server.party();
    let code = admin.get(&format!("/events/{event}")).expect(200)["share_code"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        let mut guest = server.client();
        let session = format!("/e/{code}/session");
        assert_eq!(guest.post(&session, &json!({ "password": EVENT_PASSWORD })).status, 204);
        assert_eq!(guest.post(&format!("/e/{code}/consent"), &json!({})).status, 204);
        assert_eq!(guest.delete(&session).status, 204);
    }
    let (statistics_path, consents_path) =
        (format!("/events/{event}/statistics"), format!("/events/{event}/consents"));
    let statistics = admin.get(&statistics_path).expect(200);
    let count = json!({ "photos": "int", "faces": "int", "guests": "int", "searches": "int", "hits": "int",
                        "downloads": "int" });
    assert_shape(
        &statistics,
        &json!({ "totals": count, "slot_seconds": "int",
                                       "consents": { "given": "int", "withdrawn": "int" } }),
    );
    assert_eq!((&statistics["totals"]["photos"], &statistics["totals"]["faces"]), (&json!(4), &json!(4)));
    assert_eq!(statistics["consents"], json!({ "given": 2, "withdrawn": 2 }));
    assert_eq!(statistics["slot_seconds"], 300);
    assert_eq!(statistics["wrong_searches"], json!(null), "too few people are in photos together");
    for kind in ["photos", "faces"] {
        // The photos may have arrived in two slots.
        let slots = statistics["series"][kind].as_array().unwrap();
        for slot in slots {
            let at = fotota::domain::Timestamp::parse(slot[0].as_str().unwrap()).unwrap();
            assert_eq!(at.unix_ms() % 300_000, 0);
        }
        assert_eq!(slots.iter().map(|slot| slot[1].as_i64().unwrap()).sum::<i64>(), 4);
    }
    assert_eq!(statistics["series"]["downloads"], json!([]));
    let answer = admin.get(&consents_path);
    assert_eq!(
        (answer.status, &answer.headers["content-type"]),
        (200, &"text/csv; charset=utf-8".parse().unwrap())
    );
    let attachment = answer.headers["content-disposition"].to_str().unwrap();
    assert_eq!(attachment, format!("attachment; filename=\"consents-{event}.csv\""));
    let text = answer.text();
    let rows: Vec<Vec<&str>> = text.split_terminator("\r\n").map(|row| row.split(',').collect()).collect();
    assert_eq!(rows[0], ["time", "action", "version", "session"]);
    let actions: Vec<&str> = rows[1..].iter().map(|row| row[1]).collect();
    assert_eq!(actions, ["given", "withdrawn", "given", "withdrawn"]);
    assert!(rows[1][3] == rows[2][3] && rows[3][3] == rows[4][3] && rows[1][3] != rows[3][3], "{text}");
    let mut user = server.user("rina");
    for path in [&statistics_path, &consents_path] {
        user.get(path).refused(403, "event.not_owner");
        server.client().get(path).refused(401, "auth.required");
    }
}
