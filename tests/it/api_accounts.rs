//! Accounts through the API: sign-in, tokens, browser sessions, selfies, deletion.

use serde_json::json;

use crate::common::client::{Client, assert_shape, read};
use crate::common::contract::shape;
use crate::common::server::{PASSWORD, Server};

const GRACE: &str = "selfies/Grace_Hopper_1.jpg";

fn sign_in(server: &Server, login: &str) -> (Client, String) {
    let credentials = json!({ "login": login, "password": PASSWORD });
    let tokens = server.client().post("/auth/local", &credentials).expect(200);
    let client = server.client().with_token(tokens["access_token"].as_str().unwrap());
    (client, tokens["refresh_token"].as_str().unwrap().to_owned())
}

#[test]
fn the_set_up_link_creates_the_first_admin_once() {
    let server = Server::start();
    let account =
        |token: &str, password: &str| json!({ "token": token, "login": "studio", "password": password });
    let setup = server.setup.clone().unwrap();
    let mut client = server.client();
    client.post("/setup", &account("guess", PASSWORD)).refused(403, "setup.refused");
    client.post("/setup", &account(&setup, "short")).invalid("body", "password");
    let created = client.post("/setup", &account(&setup, PASSWORD)).expect(201);
    assert_shape(&created, &shape("Token"));
    assert_eq!(created["is_new_user"], true);
    let mut admin = server.client().with_token(created["access_token"].as_str().unwrap());
    assert_eq!(admin.get("/users/me").expect(200)["is_admin"], true);
    client.nobody().post("/setup", &account(&setup, PASSWORD)).refused(403, "setup.refused");
    // The next start prints no link.
    let env = server.kill();
    assert_eq!(Server::on(env, "").setup, None);
}

#[test]
fn local_accounts_sign_in_and_wrong_passwords_do_not() {
    let server = Server::start();
    let mut client = server.client();
    let account = |login: &str, password: &str| json!({ "login": login, "password": password });
    let created = client.post("/auth/register", &account("Rina@Example.com", PASSWORD)).expect(201);
    assert_shape(&created, &shape("Token"));
    client.post("/auth/register", &account("rina@example.com", PASSWORD)).refused(409, "account.taken");
    client.post("/auth/register", &account("x", PASSWORD)).invalid("body", "login");
    client.post("/auth/register", &account("adi", "1234567")).invalid("body", "password");
    client.post("/auth/local", &json!({ "login": "adi" })).invalid("body", "");
    let tokens = client.post("/auth/local", &account(" RINA@example.com", PASSWORD)).expect(200);
    assert_shape(&tokens, &shape("Token"));
    assert_eq!((&tokens["token_type"], &tokens["is_new_user"]), (&json!("bearer"), &json!(false)));
    for (login, password) in
        [("rina@example.com", "wrong password"), ("nobody@example.com", PASSWORD), ("", "x")]
    {
        let refused = client.post("/auth/local", &account(login, password));
        if login.is_empty() { refused.invalid("body", "login") } else { refused.refused(401, "auth.wrong") }
    }
    let user = client.with_token(tokens["access_token"].as_str().unwrap()).get("/users/me").expect(200);
    assert_shape(&user, &shape("UserPublic"));
    assert_eq!(user["email"], "rina@example.com");
    assert_eq!((&user["is_admin"], &user["selfie"]), (&json!(false), &json!(null)));
}

#[test]
fn closed_registration_refuses_new_accounts() {
    let server = Server::with("");
    let account = json!({ "login": "rina", "password": PASSWORD });
    server.client().post("/auth/register", &account).refused(403, "account.registration_closed");
}

#[test]
fn a_refresh_token_works_once_and_reuse_ends_the_session() {
    let server = Server::start();
    server.user("rina");
    let (mut user, first) = sign_in(&server, "rina");
    let mut phone = server.client();
    let refresh =
        |phone: &mut Client, token: &str| phone.post("/auth/refresh", &json!({ "refresh_token": token }));
    let tokens = refresh(&mut phone, &first).expect(200);
    assert_shape(&tokens, &shape("Token"));
    let mut next = phone.with_token(tokens["access_token"].as_str().unwrap());
    next.get("/users/me").expect(200);
    // The answer was lost: the same request again has the same answer.
    assert_eq!(refresh(&mut phone, &first).expect(200), tokens);
    let second = tokens["refresh_token"].as_str().unwrap();
    let third = refresh(&mut phone, second).expect(200);
    // Reuse of a stolen token revokes the whole session, including its current token.
    refresh(&mut phone, &first).refused(401, "auth.refresh_refused");
    refresh(&mut phone, third["refresh_token"].as_str().unwrap()).refused(401, "auth.refresh_refused");
    next.get("/users/me").refused(401, "auth.required");
    user.get("/users/me").refused(401, "auth.required");
    for wrong in ["", "x.y.z", user.token.as_deref().unwrap()] {
        refresh(&mut phone, wrong).refused(401, "auth.refresh_refused");
    }
    phone.post("/auth/refresh", &json!({})).invalid("body", "");
}

#[test]
fn refreshes_at_the_same_time_get_the_same_answer() {
    let server = Server::start();
    server.user("rina");
    let (_, first) = sign_in(&server, "rina");
    let answers: Vec<serde_json::Value> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..8)
            .map(|_| {
                let (mut phone, body) = (server.client(), json!({ "refresh_token": first }));
                scope.spawn(move || phone.post("/auth/refresh", &body).expect(200))
            })
            .collect();
        asked.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let next = json!({ "refresh_token": answers[0]["refresh_token"] });
    server.client().post("/auth/refresh", &next).expect(200);
}

#[test]
fn refresh_tokens_are_kept_where_the_server_is_set_to() {
    let server = Server::with("[accounts]\nregistration = \"open\"\nkeep_refresh_tokens = true\n");
    server.user("rina");
    let (mut user, first) = sign_in(&server, "rina");
    let body = json!({ "refresh_token": first });
    for _ in 0..3 {
        let tokens = server.client().post("/auth/refresh", &body).expect(200);
        assert_shape(&tokens, &shape("Token"));
        assert_eq!(tokens["refresh_token"], first.as_str());
        server.client().with_token(tokens["access_token"].as_str().unwrap()).get("/users/me").expect(200);
    }
    user.post("/auth/logout", &json!({})).expect(200);
    server.client().post("/auth/refresh", &body).refused(401, "auth.refresh_refused");
    let config = server.env.root().join("config.toml");
    let report = server.env.json(&["--config", config.to_str().unwrap(), "doctor"]);
    let check = |check: &&serde_json::Value| check["check"] == "refresh tokens";
    let detail = &report["checks"].as_array().unwrap().iter().find(check).unwrap()["detail"];
    assert!(detail.as_str().unwrap().contains("KEPT"), "{report}");
}

#[test]
fn signing_out_ends_only_this_session() {
    let server = Server::start();
    let mut elsewhere = server.user("rina");
    let (mut user, refresh) = sign_in(&server, "rina");
    assert_shape(
        &user.send("POST", "/auth/logout", "", Vec::new()).expect(200),
        &json!({ "message": "str" }),
    );
    user.get("/users/me").refused(401, "auth.required");
    let mut phone = server.client();
    phone.post("/auth/refresh", &json!({ "refresh_token": refresh })).refused(401, "auth.refresh_refused");
    user.send("POST", "/auth/logout", "", Vec::new()).refused(401, "auth.required");
    elsewhere.get("/users/me").expect(200);
}

#[test]
fn a_browser_signs_in_by_cookie_and_writes_need_the_csrf_token() {
    let server = Server::start();
    server.user("rina");
    let mut browser = server.client();
    let credentials = json!({ "login": "rina", "password": PASSWORD });
    let opened = browser.post("/auth/session", &credentials).expect(201);
    assert_shape(&opened, &json!({ "user": shape("UserPublic"), "csrf_token": "str" }));
    let shown = browser.get("/auth/session").expect(200);
    assert_eq!(shown["csrf_token"], opened["csrf_token"]);
    let write = |browser: &mut Client| browser.send("DELETE", "/users/me/selfie", "", Vec::new());
    write(&mut browser).refused(403, "request.csrf");
    browser.headers = vec![("x-csrf-token", "0".repeat(64))];
    write(&mut browser).refused(403, "request.csrf");
    let csrf = opened["csrf_token"].as_str().unwrap().to_owned();
    browser.headers = vec![("x-csrf-token", csrf.clone()), ("origin", "http://evil.example".to_owned())];
    write(&mut browser).refused(403, "request.foreign_origin");
    browser.headers = vec![("x-csrf-token", csrf)];
    write(&mut browser).expect(204);
    let kept = browser.cookies.clone();
    browser.send("POST", "/auth/logout", "", Vec::new()).expect(200);
    assert!(browser.cookies.is_empty());
    browser.cookies = kept;
    browser.get("/users/me").refused(401, "auth.required");
    browser.cookies = [("fotota_session".to_owned(), "x".to_owned())].into();
    browser.get("/users/me").refused(401, "auth.required");
}

#[test]
fn a_disabled_account_is_signed_out_at_once() {
    let server = Server::start();
    let mut user = server.user("rina");
    let (_, refresh) = sign_in(&server, "rina");
    assert_eq!(server.env.json(&["user", "disable", "rina"])["is_disabled"], true);
    user.get("/users/me").refused(401, "auth.required");
    let mut phone = server.client();
    phone.post("/auth/refresh", &json!({ "refresh_token": refresh })).refused(401, "auth.refresh_refused");
    let credentials = json!({ "login": "rina", "password": PASSWORD });
    phone.post("/auth/local", &credentials).refused(403, "account.disabled");
    server.env.json(&["user", "enable", "rina"]);
    phone.post("/auth/local", &credentials).expect(200);
}

#[test]
fn a_selfie_is_stored_without_metadata_replaced_and_deleted() {
    let server = Server::start();
    let mut user = server.user("grace");
    let selfies =
        || server.files().into_iter().filter(|file| file.starts_with("selfies/")).collect::<Vec<_>>();
    let stored = user.store_selfie(GRACE);
    assert_shape(&stored, &shape("UserPublic"));
    assert_eq!(stored["selfie_issue"], json!(null));
    let first = selfies();
    assert_eq!(first.len(), 1);
    let picture = server.client().get(stored["selfie"].as_str().unwrap());
    assert_eq!((picture.status, &picture.headers["content-type"]), (200, &"image/jpeg".parse().unwrap()));
    assert!(!picture.body.windows(4).any(|window| window == b"Exif"));
    // A new selfie replaces it on the disk too, and the old URL stops working.
    user.store_selfie("selfies/Eileen_Collins_1.jpg");
    let second = selfies();
    assert!(second.len() == 1 && second != first, "{second:?}");
    server.client().get(stored["selfie"].as_str().unwrap()).refused(403, "link.invalid");
    user.delete("/users/me/selfie").expect(204);
    assert!(selfies().is_empty());
    user.delete("/users/me/selfie").expect(204);
    assert_eq!(user.get("/users/me").expect(200)["selfie"], json!(null));
}

#[test]
fn only_pictures_are_accepted_as_selfies() {
    let server = Server::start();
    let mut user = server.user("grace");
    let path = "/users/me/selfie";
    let (truth, selfie) = (read("truth.json"), read(GRACE));
    // The content decides, not the name.
    user.upload(path, "selfie_file", &[("me.jpg", &truth)]).refused(400, "selfie.unreadable");
    user.upload(path, "selfie_file", &[("me.jpg", b"")]).refused(400, "selfie.unreadable");
    user.upload(path, "selfie_file", &[("me.jpg", &selfie[..5000])]).refused(400, "selfie.unreadable");
    user.upload(path, "picture", &[("me.jpg", &selfie)]).invalid("body", "selfie_file");
    user.send("POST", path, "image/jpeg", selfie.clone()).invalid("body", "selfie_file");
    server.client().upload(path, "selfie_file", &[("me.jpg", &selfie)]).refused(401, "auth.required");
    // A picture without a usable face is stored, with its issue, but not in place of one with a face.
    let dark = read("photos/DSC_0115.jpg");
    let stored = user.upload(path, "selfie_file", &[("me.jpg", &dark)]).expect(200);
    assert_eq!(stored["selfie_issue"], "selfie.too_dark");
    let stored = user.upload(path, "selfie_file", &[("me.txt", &selfie)]).expect(200);
    assert!(stored["selfie"].is_string() && stored["selfie_issue"].is_null());
    user.upload(path, "selfie_file", &[("me.jpg", &dark)]).refused(400, "selfie.too_dark");
    assert!(user.get("/users/me").expect(200)["selfie_issue"].is_null());
}

#[test]
fn an_account_is_deleted_with_all_its_data() {
    let server = Server::start();
    let (mut admin, mut user) = (server.admin(), server.user("grace"));
    let event = admin.create_event("Party");
    let photos = admin.upload_samples(event, &["DSC_0102.jpg"]);
    user.store_selfie(GRACE);
    user.enter(event);
    user.post("/fotota", &json!({ "image_ids": [photos[0]["id"]] })).expect(201);
    user.delete("/users/me").expect(204);
    user.get("/users/me").refused(401, "auth.required");
    let credentials = json!({ "login": "grace", "password": PASSWORD });
    server.client().post("/auth/local", &credentials).refused(401, "auth.wrong");
    assert!(!server.files().iter().any(|file| file.starts_with("selfies/")));
    admin.delete("/users/me").refused(409, "account.owns_events");
    admin.delete(&format!("/events/{event}")).expect(204);
    admin.delete("/users/me").expect(204);
    assert_eq!(server.env.json(&["user", "list"]), json!([]));
}
