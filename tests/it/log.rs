//! The log of a full run: failures can be found by request id, and there are no secrets or personal data.

use serde_json::{Value, json};

use crate::common::client::{EVENT_PASSWORD, read};
use crate::common::server::{PASSWORD, Server};

#[test]
fn the_log_contains_no_secrets_or_personal_data() {
    let server = Server::with("[accounts]\nregistration = \"open\"\n[log]\nformat = \"json\"\n");
    let mut secrets: Vec<String> =
        [PASSWORD, EVENT_PASSWORD, "guessed wrong", "grace.hopper", "studio@example.com"]
            .map(str::to_owned)
            .to_vec();
    secrets.extend(server.setup.clone());
    let (mut admin, mut user) = (server.admin(), server.user("grace.hopper"));
    let event = admin.create_event("Secret Party of Rina");
    secrets.push("Secret Party".to_owned());
    let photos = admin.upload_samples(event, &["DSC_0102.jpg", "DSC_0103.jpg"]);
    admin.upload(&format!("/events/{event}/images"), "files", &[("private name.mov", b"no picture")]);
    secrets.extend(["DSC_01", "private name", "me.jpg"].map(str::to_owned));
    let stored = user.store_selfie("selfies/Grace_Hopper_1.jpg");
    for url in [&stored["selfie"], &photos[0]["url"]] {
        let url = url.as_str().unwrap();
        assert_eq!(server.client().get(url).status, 200);
        secrets.push(url.split("sig=").nth(1).unwrap().to_owned());
    }
    user.post(&format!("/events/{event}/access"), &json!({ "password": "guessed wrong" }));
    let event_token = user.enter(event);
    user.get(&format!("/events/{event}/find-my-face")).expect(200);
    user.get("/events/search?q=secret%20party").expect(200);
    let credentials = json!({ "login": "grace.hopper", "password": PASSWORD });
    let tokens = user.nobody().post("/auth/local", &credentials).expect(200);
    let rotated =
        user.post("/auth/refresh", &json!({ "refresh_token": tokens["refresh_token"] })).expect(200);
    let last = user.post("/auth/refresh", &json!({ "refresh_token": rotated["refresh_token"] })).expect(200);
    user.post("/auth/refresh", &json!({ "refresh_token": tokens["refresh_token"] }))
        .refused(401, "auth.refresh_refused");
    for tokens in [&tokens, &rotated, &last] {
        secrets
            .extend(["access_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap().to_owned()));
    }
    secrets.extend([event_token, admin.token.clone().unwrap(), user.token.clone().unwrap()]);
    // A guest and a browser.
    let shown = admin.get(&format!("/events/{event}")).expect(200);
    let code = shown["share_code"].as_str().unwrap();
    secrets.push(code.to_owned());
    let mut guest = server.client();
    guest.get(&format!("/e/{code}"));
    guest.post(&format!("/e/{code}/session"), &json!({ "password": EVENT_PASSWORD })).expect(204);
    guest.post(&format!("/e/{code}/consent"), &json!(null)).expect(204);
    let selfie = read("selfies/Grace_Hopper_1.jpg");
    guest.send("POST", &format!("/e/{code}/search"), "image/jpeg", selfie).expect(200);
    guest.post("/auth/session", &credentials).expect(201);
    secrets.extend(guest.cookies.values().cloned());
    assert_eq!(guest.cookies.len(), 3);
    // A failure can be found by its request id.
    let refused = server.client().get("/users/me").json();
    admin.delete(&format!("/events/{event}")).expect(204);
    let log = server.log();
    let request_id = refused["request_id"].as_str().unwrap();
    assert!(request_id.len() == 16 && log.contains(request_id));
    for secret in &secrets {
        assert!(secret.len() > 4 && !log.contains(secret.as_str()), "the log contains `{secret}`");
    }
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() > 20);
    let search =
        lines.iter().find(|line| line["fields"]["route"] == "/events/{event_id}/find-my-face").unwrap();
    for field in ["request.id", "method", "status", "duration_ms"] {
        assert!(!search["fields"][field].is_null(), "{search}");
    }
}
