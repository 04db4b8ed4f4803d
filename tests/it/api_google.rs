//! Sign-in through the API with a code or token of an app, at a real OpenID provider.

use std::time::Duration;

use serde_json::{Value, json};

use crate::common::client::{Answer, assert_shape};
use crate::common::contract::shape;
use crate::common::oidc::{
    APP, APP_BACK, Keys, LATER, OTHER_APP, SECOND, TestProvider, UNVERIFIED, VERIFIED, WEB_SECRET,
};
use crate::common::server::{PASSWORD, Server};

const REFUSED: &str = "auth.provider_refused";

fn by_code(provider: &TestProvider, account: &str) -> Value {
    json!({ "server_auth_code": provider.server_code(APP_BACK, account) })
}

fn by_token(provider: &TestProvider, app: (&str, &str), account: &str) -> Value {
    json!({ "google_access_token": provider.app_tokens(app, account)["access_token"] })
}

fn bring(server: &Server, proof: &Value) -> Answer {
    server.client().post("/auth/google", proof)
}

/// Signs in. Returns the user, and whether the account is new.
fn sign_in(server: &Server, proof: &Value) -> (Value, bool) {
    let tokens = bring(server, proof).expect(200);
    let user = server.client().with_token(tokens["access_token"].as_str().unwrap()).get("/users/me");
    (user.expect(200), tokens["is_new_user"].as_bool().unwrap())
}

fn sign_in_locally(server: &Server, login: &str) -> Value {
    let tokens = server.client().post("/auth/local", &json!({ "login": login, "password": PASSWORD }));
    let token = tokens.expect(200)["access_token"].as_str().unwrap().to_owned();
    server.client().with_token(&token).get("/users/me").expect(200)
}

/// The log contains no credentials and no personal data.
#[track_caller]
fn assert_silent(server: &Server, proofs: &[&Value]) {
    let texts = proofs.iter().flat_map(|proof| proof.as_object().unwrap().values());
    let texts = texts.map(|text| text.as_str().unwrap()).filter(|text| text.len() > 10);
    let mut secrets = vec![VERIFIED, SECOND, UNVERIFIED, "Vera", WEB_SECRET];
    secrets.extend(texts);
    server.assert_not_logged(&secrets);
}

#[test]
fn a_code_works_once_and_creates_one_account() {
    let Some(provider) = TestProvider::shared() else { return };
    let server = Server::with(&provider.config());
    let code = by_code(provider, VERIFIED);
    let tokens = bring(&server, &code).expect(200);
    assert_shape(&tokens, &shape("Token"));
    assert_eq!((&tokens["token_type"], &tokens["is_new_user"]), (&json!("bearer"), &json!(true)));
    let mut user = server.client().with_token(tokens["access_token"].as_str().unwrap());
    let first = user.get("/users/me").expect(200);
    assert_shape(&first, &shape("UserPublic"));
    assert_eq!((&first["email"], &first["name"]), (&json!(VERIFIED), &json!("Vera Fied")));
    assert_eq!((&first["is_admin"], &first["selfie"]), (&json!(false), &json!(null)));
    let refreshed = json!({ "refresh_token": tokens["refresh_token"] });
    assert_eq!(server.client().post("/auth/refresh", &refreshed).expect(200)["is_new_user"], false);
    bring(&server, &code).refused(400, REFUSED);
    let next = by_code(provider, VERIFIED);
    assert_eq!(sign_in(&server, &next), (first.clone(), false));
    let other = sign_in(&server, &by_code(provider, SECOND));
    assert!(other.1 && other.0["id"] != first["id"], "{other:?}");
    assert_eq!(other.0["picture"], json!(null));
    assert_silent(&server, &[&code, &next, &refreshed]);
}

#[test]
fn access_tokens_are_accepted_only_from_our_apps() {
    // With introspection, and with Google's `tokeninfo`.
    for introspection in [true, false] {
        let Some(provider) = TestProvider::for_servers(&json!({ "introspection": introspection })) else {
            return;
        };
        let server = Server::with(&provider.config());
        let others = by_token(&provider, OTHER_APP, VERIFIED);
        bring(&server, &others).refused(400, REFUSED);
        let token = by_token(&provider, APP, VERIFIED);
        let (user, is_new) = sign_in(&server, &token);
        assert!(is_new);
        assert_eq!((&user["email"], &user["name"]), (&json!(VERIFIED), &json!("Vera Fied")));
        // A token may be reused, and leads to the same account as a code.
        assert_eq!(sign_in(&server, &token), (user.clone(), false));
        assert_eq!(sign_in(&server, &by_code(&provider, VERIFIED)), (user, false));
        let id_token = json!({ "google_access_token": provider.app_tokens(APP, VERIFIED)["id_token"] });
        bring(&server, &id_token).refused(400, REFUSED);
        assert_silent(&server, &[&others, &token, &id_token]);
    }
}

#[test]
fn malformed_credentials_are_rejected() {
    let Some(provider) = TestProvider::shared() else { return };
    let server = Server::with(&provider.config());
    for nothing in [json!({}), json!({ "server_auth_code": "" }), json!({ "google_access_token": null })] {
        bring(&server, &nothing).refused(400, REFUSED);
    }
    for field in ["server_auth_code", "google_access_token"] {
        for garbage in ["x", "a b", "x\r\ny: z", "a&access_token=b", "\u{e9}", &"x".repeat(4096)] {
            bring(&server, &json!({ field: garbage })).refused(400, REFUSED);
        }
        bring(&server, &json!({ field: "x".repeat(4097) })).invalid("body", field);
        bring(&server, &json!({ field: 7 })).invalid("body", field);
    }
    // Unknown fields are ignored, as in the old service.
    bring(&server, &json!({ "code": "x" })).refused(400, REFUSED);
    // A valid token does not make up for an invalid code.
    let mut both = by_token(provider, APP, VERIFIED);
    both["server_auth_code"] = "x".into();
    bring(&server, &both).refused(400, REFUSED);
    let elsewhere = json!({ "server_auth_code": provider.app_code(APP, VERIFIED) });
    bring(&server, &elsewhere).refused(400, REFUSED);
    let unverified = [by_code(provider, UNVERIFIED), by_token(provider, APP, UNVERIFIED)];
    for proof in &unverified {
        bring(&server, proof).refused(400, "auth.email_unverified");
    }
    assert_eq!(server.env.json(&["user", "list"]), json!([]));
    assert_silent(&server, &[&both, &elsewhere, &unverified[0], &unverified[1]]);
}

#[test]
fn invalid_id_tokens_are_rejected() {
    let Some(provider) = TestProvider::for_servers(&json!({})) else { return };
    let server = Server::with(&provider.config());
    provider.set_keys(&Keys::Forged);
    bring(&server, &by_code(&provider, VERIFIED)).refused(400, REFUSED);
    drop(server);
    provider.set_keys(&Keys::Own);
    let server = Server::with(&provider.config());
    let of_another_app = provider.app_tokens(OTHER_APP, VERIFIED)["id_token"].as_str().unwrap().to_owned();
    let (head, signature) = of_another_app.rsplit_once('.').unwrap();
    for token in [&of_another_app, head, &format!("{head}."), &format!("{head}.x{signature}"), "x"] {
        let code = by_code(&provider, VERIFIED);
        provider.hand_out(token);
        bring(&server, &code).refused(400, REFUSED);
    }
    assert_eq!(server.env.json(&["user", "list"]), json!([]));
    assert!(sign_in(&server, &by_code(&provider, VERIFIED)).1);
    assert_silent(&server, &[&json!({ "token": of_another_app })]);
}

#[test]
fn expired_tokens_are_rejected() {
    let seconds = json!({ "seconds": { "IdToken": -3600, "AccessToken": 1 } });
    let Some(provider) = TestProvider::for_servers(&seconds) else { return };
    let server = Server::with(&provider.config());
    bring(&server, &by_code(&provider, VERIFIED)).refused(400, REFUSED);
    let token = by_token(&provider, APP, VERIFIED);
    for _ in 0..600 {
        let answer = bring(&server, &token);
        if answer.status != 200 {
            return answer.refused(400, REFUSED);
        }
        // There is no notification of the expiry: poll.
        std::thread::park_timeout(Duration::from_millis(100));
    }
    panic!("the token does not expire");
}

#[test]
fn a_missing_or_unreachable_provider_is_reported() {
    let proof = json!({ "server_auth_code": "some code" });
    let server = Server::start();
    bring(&server, &proof).refused(400, "auth.provider_missing");
    server.client().get("/auth/google/start").refused(400, "auth.provider_missing");
    let nowhere =
        "[google]\nissuer = \"http://127.0.0.1:1\"\nclient_id = \"x\"\nclient_secret = \"a secret\"\n";
    let server = Server::with(nowhere);
    for proof in [&proof, &json!({ "google_access_token": "some-token" })] {
        bring(&server, proof).refused(503, "auth.provider_unreachable");
    }
    server.client().get("/auth/google/start").refused(503, "auth.provider_unreachable");
    server.assert_not_logged(&["some code", "some-token", "a secret"]);
    // A provider that disappears while it is used.
    let Some(provider) = TestProvider::for_servers(&json!({})) else { return };
    let server = Server::with(&provider.config());
    sign_in(&server, &by_code(&provider, VERIFIED));
    let code = by_code(&provider, VERIFIED);
    drop(provider);
    bring(&server, &code).refused(503, "auth.provider_unreachable");
    assert_silent(&server, &[&code]);
}

#[test]
fn an_account_created_by_an_admin_belongs_to_its_email_address() {
    let Some(provider) = TestProvider::shared() else { return };
    let server = Server::with(&provider.config());
    let made = server.env.json(&["user", "create", VERIFIED, "--password", PASSWORD]);
    let (user, is_new) = sign_in(&server, &by_code(provider, VERIFIED));
    assert_eq!((&user["id"], is_new), (&made["id"], false));
    assert_eq!(user["name"], "Vera Fied");
    assert_eq!(sign_in_locally(&server, VERIFIED)["id"], made["id"]);
    assert_eq!(sign_in(&server, &by_token(provider, APP, VERIFIED)), (user, false));
    assert_eq!(server.env.json(&["user", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn claiming_an_email_address_gives_no_access_to_its_account() {
    let Some(provider) = TestProvider::shared() else { return };
    let server = Server::with(&provider.config());
    // One local account claims an address before its owner signs in, the other one after.
    let mut waiting = server.user(VERIFIED);
    let (first, is_new) = sign_in(&server, &by_code(provider, VERIFIED));
    assert!(is_new);
    let (second, _) = sign_in(&server, &by_code(provider, SECOND));
    let mut following = server.user(SECOND);
    for (local, real, login) in [(&mut waiting, first, VERIFIED), (&mut following, second, SECOND)] {
        let claimed = local.get("/users/me").expect(200);
        assert_ne!(claimed["id"], real["id"]);
        assert_eq!(sign_in_locally(&server, login), claimed);
        assert_eq!(sign_in(&server, &by_code(provider, login)), (real, false));
    }
    assert_eq!(server.env.json(&["user", "list"]).as_array().unwrap().len(), 4);
}

#[test]
fn a_reassigned_address_gives_no_access_to_the_first_account() {
    let Some(provider) = TestProvider::shared() else { return };
    let server = Server::with(&provider.config());
    let (first, _) = sign_in(&server, &by_code(provider, VERIFIED));
    let (later, is_new) = sign_in(&server, &by_code(provider, LATER));
    assert!(is_new && later["id"] != first["id"], "{later}");
    assert_eq!((&later["name"], &later["email"]), (&json!("Vera Later"), &json!("")));
    assert_eq!(sign_in(&server, &by_token(provider, APP, LATER)), (later, false));
    assert_eq!(sign_in(&server, &by_code(provider, VERIFIED)), (first, false));
}

#[test]
fn disabled_accounts_cannot_sign_in() {
    let Some(provider) = TestProvider::shared() else { return };
    let server = Server::with(&provider.config());
    let (user, _) = sign_in(&server, &by_code(provider, VERIFIED));
    assert_eq!(server.env.json(&["user", "disable", VERIFIED])["is_disabled"], true);
    bring(&server, &by_code(provider, VERIFIED)).refused(403, "account.disabled");
    bring(&server, &by_token(provider, APP, VERIFIED)).refused(403, "account.disabled");
    server.env.json(&["user", "enable", VERIFIED]);
    assert_eq!(sign_in(&server, &by_code(provider, VERIFIED)), (user, false));
}
