//! Sign-in with a real OpenID provider.

use std::sync::LazyLock;
use std::time::Duration;

use fotota::auth::oidc::{Fault, Identity, OidcError, Provider, Refusal, WebSignIn};
use fotota::config::Google;
use fotota::domain::{Clock, SystemClock, Timestamp, reason_chain};
use serde_json::json;

use crate::common::oidc::{APP, Keys, OTHER_APP, SECOND, TestProvider, UNVERIFIED, VERIFIED, parameter};

/// Redirect URIs of browsers and of the mobile app.
const BACK: &str = "http://127.0.0.1/auth/google/back";
const APP_BACK: &str = "http://127.0.0.1/app";

fn start(options: &serde_json::Value) -> Option<TestProvider> {
    let mut all = json!({ "web_redirects": [BACK, APP_BACK] });
    all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
    TestProvider::start(&all)
}

/// For tests that do not change its state.
fn shared() -> Option<&'static TestProvider> {
    static SHARED: LazyLock<Option<TestProvider>> = LazyLock::new(|| start(&json!({})));
    SHARED.as_ref()
}

fn now() -> Timestamp {
    SystemClock.now()
}

fn provider(server: &TestProvider) -> Provider {
    Provider::new(&server.settings(APP_BACK)).unwrap()
}

/// Sends a browser to the provider and back. Returns the sign-in and the code.
fn visit(server: &TestProvider, ours: &Provider, account: &str) -> (WebSignIn, String) {
    let begun = ours.begin_web(BACK, now()).unwrap();
    let back = server.authorize(&begun.url, account);
    assert!(back.as_str().starts_with(BACK), "{back}");
    assert_eq!(parameter(&back, "state"), begun.state);
    (begun, parameter(&back, "code"))
}

fn sign_in(
    server: &TestProvider,
    ours: &Provider,
    account: &str,
    now: Timestamp,
) -> Result<Identity, OidcError> {
    let (begun, code) = visit(server, ours, account);
    ours.finish_web(&code, BACK, &begun.verifier, &begun.nonce, now)
}

fn assert_rejected(outcome: Result<Identity, OidcError>, expected: Refusal) {
    match outcome {
        Err(OidcError::Refused(refusal)) if refusal == expected => {}
        Err(error) => panic!("not {expected:?} but {}", reason_chain(&error)),
        Ok(_) => panic!("not {expected:?} but signed in"),
    }
}

fn assert_verified(identity: &Identity, issuer: &str) {
    assert_eq!(identity.email, VERIFIED);
    assert_eq!(identity.subject, "account-1");
    assert_eq!(identity.name, "Vera Fied");
    assert_eq!(identity.picture.as_deref(), Some("https://pictures.example/vera.jpg"));
    assert_eq!(identity.issuer, issuer);
}

#[test]
fn browsers_sign_in_with_every_supported_algorithm() {
    for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
        let Some(server) = start(&json!({ "algorithm": algorithm })) else { return };
        let identity = sign_in(&server, &provider(&server), VERIFIED, now()).unwrap();
        assert_verified(&identity, &server.issuer);
    }
}

#[test]
fn an_email_address_may_be_only_in_the_profile() {
    let Some(server) = start(&json!({ "email_in_id_token": false })) else { return };
    let ours = provider(&server);
    assert_verified(&sign_in(&server, &ours, VERIFIED, now()).unwrap(), &server.issuer);
    assert_rejected(sign_in(&server, &ours, UNVERIFIED, now()), Refusal::EmailUnverified);
}

#[test]
fn a_code_works_once_and_only_with_its_verifier_and_redirect_uri() {
    let Some(server) = shared() else { return };
    let ours = provider(server);
    let (begun, code) = visit(server, &ours, VERIFIED);
    let finish =
        |code: &str, back: &str, verifier: &str| ours.finish_web(code, back, verifier, &begun.nonce, now());
    finish(&code, BACK, &begun.verifier).unwrap();
    assert_rejected(finish(&code, BACK, &begun.verifier), Refusal::Code);
    for (account, back) in [(VERIFIED, BACK), (SECOND, APP_BACK)] {
        let (other, code) = visit(server, &ours, account);
        assert_ne!((&other.state, &other.nonce), (&begun.state, &begun.nonce));
        // The verifier of another sign-in, or the redirect URI of the app.
        let verifier = if back == BACK { &begun.verifier } else { &other.verifier };
        assert_rejected(finish(&code, back, verifier), Refusal::Code);
    }
    for garbage in ["", "x", "a code with spaces & signs", "\u{e9}\n", &"x".repeat(10_000)] {
        assert_rejected(finish(garbage, BACK, &begun.verifier), Refusal::Code);
    }
}

#[test]
fn a_token_works_only_for_its_sign_in_and_until_it_expires() {
    let Some(server) = shared() else { return };
    let ours = provider(server);
    let (begun, code) = visit(server, &ours, VERIFIED);
    let outcome = ours.finish_web(&code, BACK, &begun.verifier, "another nonce", now());
    assert_rejected(outcome, Refusal::Nonce);
    // ID tokens of this provider expire after an hour.
    let late = now().plus(Duration::from_mins(62));
    assert_rejected(sign_in(server, &ours, VERIFIED, late), Refusal::Expired);
    let early = Timestamp::from_unix_ms(now().unix_ms() - 600_000);
    assert_rejected(sign_in(server, &ours, VERIFIED, early), Refusal::NotYetValid);
    sign_in(server, &ours, VERIFIED, now().plus(Duration::from_mins(59))).unwrap();
}

#[test]
fn a_mobile_app_sends_a_code_for_the_server() {
    let Some(server) = shared() else { return };
    let ours = provider(server);
    let code = server.server_code(APP_BACK, VERIFIED);
    assert_verified(&ours.by_server_code(&code, now()).unwrap(), &server.issuer);
    assert_rejected(ours.by_server_code(&code, now()), Refusal::Code);
    let elsewhere = server.server_code(BACK, VERIFIED);
    assert_rejected(ours.by_server_code(&elsewhere, now()), Refusal::Code);
    for app in [APP, OTHER_APP] {
        assert_rejected(ours.by_server_code(&server.app_code(app, VERIFIED), now()), Refusal::Code);
    }
    let without_address = Provider::new(&server.settings("")).unwrap();
    let code = server.server_code(APP_BACK, VERIFIED);
    assert_rejected(without_address.by_server_code(&code, now()), Refusal::Code);
}

#[test]
fn access_tokens_are_accepted_only_from_our_apps() {
    // With introspection, and with Google's `tokeninfo`.
    for introspection in [true, false] {
        let Some(server) = start(&json!({ "introspection": introspection })) else { return };
        let ours = provider(&server);
        let bring = |app, account| {
            let tokens = server.app_tokens(app, account);
            ours.by_access_token(tokens["access_token"].as_str().unwrap(), now())
        };
        assert_verified(&bring(APP, VERIFIED).unwrap(), &server.issuer);
        assert_rejected(bring(OTHER_APP, VERIFIED), Refusal::Audience);
        assert_rejected(bring(APP, UNVERIFIED), Refusal::EmailUnverified);
        for garbage in ["", "x", "a b", "a&access_token=b", "x\r\nx: y", &"x".repeat(10_000)] {
            assert_rejected(ours.by_access_token(garbage, now()), Refusal::AccessToken);
        }
        let id_token = server.app_tokens(APP, VERIFIED)["id_token"].as_str().unwrap().to_owned();
        assert_rejected(ours.by_access_token(&id_token, now()), Refusal::AccessToken);
        let good = server.app_tokens(APP, VERIFIED);
        let late = now().plus(Duration::from_hours(2));
        assert_rejected(ours.by_access_token(good["access_token"].as_str().unwrap(), late), Refusal::Expired);
    }
}

#[test]
fn sign_in_needs_a_verified_email_address() {
    let Some(server) = shared() else { return };
    let ours = provider(server);
    assert_rejected(sign_in(server, &ours, UNVERIFIED, now()), Refusal::EmailUnverified);
    let code = server.server_code(APP_BACK, UNVERIFIED);
    assert_rejected(ours.by_server_code(&code, now()), Refusal::EmailUnverified);
    let begun = ours.begin_web(BACK, now()).unwrap();
    let back = server.authorize(&begun.url, "nobody@example.com");
    assert_eq!(parameter(&back, "error"), "access_denied");
}

#[test]
fn tokens_issued_to_another_app_are_rejected() {
    let Some(server) = start(&json!({})) else { return };
    let ours = provider(&server);
    for (app, for_code) in [(OTHER_APP, Err(Refusal::Audience)), (APP, Ok(()))] {
        let tokens = server.app_tokens(app, VERIFIED);
        let id_token = tokens["id_token"].as_str().unwrap();
        let (begun, code) = visit(&server, &ours, VERIFIED);
        server.hand_out(id_token);
        let outcome = ours.finish_web(&code, BACK, &begun.verifier, &begun.nonce, now());
        assert_rejected(outcome, Refusal::Audience);
        let code = server.server_code(APP_BACK, VERIFIED);
        server.hand_out(id_token);
        match (ours.by_server_code(&code, now()), for_code) {
            (Ok(identity), Ok(())) => assert_verified(&identity, &server.issuer),
            (outcome, expected) => assert_rejected(outcome, expected.unwrap_err()),
        }
    }
}

#[test]
fn keys_are_fetched_again_after_a_rotation() {
    let Some(server) = start(&json!({})) else { return };
    server.set_keys(&Keys::Forged);
    assert_rejected(sign_in(&server, &provider(&server), VERIFIED, now()), Refusal::Signature);
    server.set_keys(&Keys::Other);
    let ours = provider(&server);
    let begin = now();
    assert_rejected(sign_in(&server, &ours, VERIFIED, begin), Refusal::UnknownKey);
    server.set_keys(&Keys::Own);
    let soon = begin.plus(Duration::from_secs(20));
    assert_rejected(sign_in(&server, &ours, VERIFIED, soon), Refusal::UnknownKey);
    let later = begin.plus(Duration::from_secs(40));
    sign_in(&server, &ours, VERIFIED, later).unwrap();
    // Known keys are cached for an hour.
    server.set_keys(&Keys::Forged);
    sign_in(&server, &ours, VERIFIED, later.plus(Duration::from_mins(50))).unwrap();
}

#[test]
fn configuration_errors_and_outages_are_not_refusals() {
    let Some(server) = shared() else { return };
    let error = |settings: &Google| Provider::new(settings).unwrap().begin_web(BACK, now()).err().unwrap();
    let mut settings = server.settings(APP_BACK);
    settings.issuer = settings.issuer.replace("127.0.0.1", "localhost");
    assert!(matches!(error(&settings), OidcError::Misconfigured(Fault::Issuer { .. })));
    settings.issuer = format!("{}/elsewhere", server.issuer);
    assert!(matches!(error(&settings), OidcError::Misconfigured(Fault::Status { status: 404, .. })));
    // Nothing listens on port 1.
    settings.issuer = "http://127.0.0.1:1".to_owned();
    assert!(matches!(error(&settings), OidcError::Unreachable(_)));

    let mut section = server.section(APP_BACK);
    section["client_secret"] = "another secret".into();
    let stranger = Provider::new(&serde_json::from_value(section).unwrap()).unwrap();
    let error = sign_in(server, &stranger, VERIFIED, now()).unwrap_err();
    assert!(matches!(error, OidcError::Misconfigured(Fault::Client(_))), "{}", reason_chain(&error));
    let shown = format!("{error:?} {}", reason_chain(&error));
    assert!(!shown.contains("another secret") && !shown.contains(VERIFIED), "{shown}");

    settings.client_id = None;
    assert!(Provider::new(&settings).is_none());
}
