//! Sign-in with a real OpenID provider.

use std::sync::LazyLock;
use std::time::Duration;

use fotota::auth::oidc::{Fault, Identity, OidcError, Provider, Refusal, WebSignIn};
use fotota::config::Google;
use fotota::domain::{Clock, SystemClock, Timestamp, reason_chain};
use serde_json::json;

use crate::common::oidc::{APP, Keys, OTHER_APP, SECOND, TestProvider, UNVERIFIED, VERIFIED, parameter};

/// Where browsers come back to, and where the mobile app's codes do.
const BACK: &str = "http://127.0.0.1/auth/google/back";
const APP_BACK: &str = "http://127.0.0.1/app";

fn start(options: &serde_json::Value) -> Option<TestProvider> {
    let mut all = json!({ "web_redirects": [BACK, APP_BACK] });
    all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
    TestProvider::start(&all)
}

/// For tests that change nothing about it.
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

/// A browser at the provider and back.
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

fn assert_refused(outcome: Result<Identity, OidcError>, expected: Refusal) {
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
fn browsers_sign_in_whatever_the_provider_signs_with() {
    for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
        let Some(server) = start(&json!({ "algorithm": algorithm })) else { return };
        let identity = sign_in(&server, &provider(&server), VERIFIED, now()).unwrap();
        assert_verified(&identity, &server.issuer);
    }
}

#[test]
fn an_email_address_may_be_in_the_profile_only() {
    let Some(server) = start(&json!({ "email_in_id_token": false })) else { return };
    let ours = provider(&server);
    assert_verified(&sign_in(&server, &ours, VERIFIED, now()).unwrap(), &server.issuer);
    assert_refused(sign_in(&server, &ours, UNVERIFIED, now()), Refusal::EmailUnverified);
}

#[test]
fn a_code_is_good_once_for_its_verifier_and_its_address() {
    let Some(server) = shared() else { return };
    let ours = provider(server);
    let (begun, code) = visit(server, &ours, VERIFIED);
    let finish =
        |code: &str, back: &str, verifier: &str| ours.finish_web(code, back, verifier, &begun.nonce, now());
    finish(&code, BACK, &begun.verifier).unwrap();
    assert_refused(finish(&code, BACK, &begun.verifier), Refusal::Code);
    for (account, back) in [(VERIFIED, BACK), (SECOND, APP_BACK)] {
        let (other, code) = visit(server, &ours, account);
        assert_ne!((&other.state, &other.nonce), (&begun.state, &begun.nonce));
        // A verifier of another sign-in, or an address of another way.
        let verifier = if back == BACK { &begun.verifier } else { &other.verifier };
        assert_refused(finish(&code, back, verifier), Refusal::Code);
    }
    for garbage in ["", "x", "a code with spaces & signs", "\u{e9}\n", &"x".repeat(10_000)] {
        assert_refused(finish(garbage, BACK, &begun.verifier), Refusal::Code);
    }
}

#[test]
fn a_token_is_good_for_its_sign_in_and_its_time() {
    let Some(server) = shared() else { return };
    let ours = provider(server);
    let (begun, code) = visit(server, &ours, VERIFIED);
    let outcome = ours.finish_web(&code, BACK, &begun.verifier, "another nonce", now());
    assert_refused(outcome, Refusal::Nonce);
    // ID tokens of this provider are good for an hour; what was fetched a day ago is fetched again.
    let late = now().plus(Duration::from_mins(62));
    assert_refused(sign_in(server, &ours, VERIFIED, late), Refusal::Expired);
    let early = Timestamp::from_unix_ms(now().unix_ms() - 600_000);
    assert_refused(sign_in(server, &ours, VERIFIED, early), Refusal::NotYetValid);
    sign_in(server, &ours, VERIFIED, now().plus(Duration::from_mins(59))).unwrap();
}

#[test]
fn a_mobile_app_brings_a_code_for_the_server() {
    let Some(server) = shared() else { return };
    let ours = provider(server);
    let code = server.server_code(APP_BACK, VERIFIED);
    assert_verified(&ours.by_server_code(&code, now()).unwrap(), &server.issuer);
    assert_refused(ours.by_server_code(&code, now()), Refusal::Code);
    let elsewhere = server.server_code(BACK, VERIFIED);
    assert_refused(ours.by_server_code(&elsewhere, now()), Refusal::Code);
    for app in [APP, OTHER_APP] {
        assert_refused(ours.by_server_code(&server.app_code(app, VERIFIED), now()), Refusal::Code);
    }
    let without_address = Provider::new(&server.settings("")).unwrap();
    let code = server.server_code(APP_BACK, VERIFIED);
    assert_refused(without_address.by_server_code(&code, now()), Refusal::Code);
}

#[test]
fn an_access_token_counts_only_if_it_was_made_for_us() {
    // With introspection, and in Google's way.
    for introspection in [true, false] {
        let Some(server) = start(&json!({ "introspection": introspection })) else { return };
        let ours = provider(&server);
        let bring = |app, account| {
            let tokens = server.app_tokens(app, account);
            ours.by_access_token(tokens["access_token"].as_str().unwrap(), now())
        };
        assert_verified(&bring(APP, VERIFIED).unwrap(), &server.issuer);
        assert_refused(bring(OTHER_APP, VERIFIED), Refusal::Audience);
        assert_refused(bring(APP, UNVERIFIED), Refusal::EmailUnverified);
        for garbage in ["", "x", "a b", "a&access_token=b", "x\r\nx: y", &"x".repeat(10_000)] {
            assert_refused(ours.by_access_token(garbage, now()), Refusal::AccessToken);
        }
        let id_token = server.app_tokens(APP, VERIFIED)["id_token"].as_str().unwrap().to_owned();
        assert_refused(ours.by_access_token(&id_token, now()), Refusal::AccessToken);
        let good = server.app_tokens(APP, VERIFIED);
        let late = now().plus(Duration::from_hours(2));
        assert_refused(ours.by_access_token(good["access_token"].as_str().unwrap(), late), Refusal::Expired);
    }
}

#[test]
fn nobody_signs_in_without_a_verified_email_address() {
    let Some(server) = shared() else { return };
    let ours = provider(server);
    assert_refused(sign_in(server, &ours, UNVERIFIED, now()), Refusal::EmailUnverified);
    let code = server.server_code(APP_BACK, UNVERIFIED);
    assert_refused(ours.by_server_code(&code, now()), Refusal::EmailUnverified);
    let begun = ours.begin_web(BACK, now()).unwrap();
    let back = server.authorize(&begun.url, "nobody@example.com");
    assert_eq!(parameter(&back, "error"), "access_denied");
}

#[test]
fn a_token_that_was_made_for_another_app_is_refused() {
    let Some(server) = start(&json!({})) else { return };
    let ours = provider(&server);
    for (app, for_code) in [(OTHER_APP, Err(Refusal::Audience)), (APP, Ok(()))] {
        let tokens = server.app_tokens(app, VERIFIED);
        let id_token = tokens["id_token"].as_str().unwrap();
        let (begun, code) = visit(&server, &ours, VERIFIED);
        server.hand_out(id_token);
        let outcome = ours.finish_web(&code, BACK, &begun.verifier, &begun.nonce, now());
        assert_refused(outcome, Refusal::Audience);
        let code = server.server_code(APP_BACK, VERIFIED);
        server.hand_out(id_token);
        match (ours.by_server_code(&code, now()), for_code) {
            (Ok(identity), Ok(())) => assert_verified(&identity, &server.issuer),
            (outcome, expected) => assert_refused(outcome, expected.unwrap_err()),
        }
    }
}

#[test]
fn keys_are_believed_as_published_and_fetched_again_when_they_change() {
    let Some(server) = start(&json!({})) else { return };
    server.set_keys(&Keys::Forged);
    assert_refused(sign_in(&server, &provider(&server), VERIFIED, now()), Refusal::Signature);
    server.set_keys(&Keys::Other);
    let ours = provider(&server);
    let begin = now();
    assert_refused(sign_in(&server, &ours, VERIFIED, begin), Refusal::UnknownKey);
    server.set_keys(&Keys::Own);
    let soon = begin.plus(Duration::from_secs(20));
    assert_refused(sign_in(&server, &ours, VERIFIED, soon), Refusal::UnknownKey);
    let later = begin.plus(Duration::from_secs(40));
    sign_in(&server, &ours, VERIFIED, later).unwrap();
    // Known keys are not asked for again within the hour.
    server.set_keys(&Keys::Forged);
    sign_in(&server, &ours, VERIFIED, later.plus(Duration::from_mins(50))).unwrap();
}

#[test]
fn wrong_settings_and_absent_providers_are_no_refusals() {
    let Some(server) = shared() else { return };
    let error = |settings: &Google| Provider::new(settings).unwrap().begin_web(BACK, now()).err().unwrap();
    let mut settings = server.settings(APP_BACK);
    settings.issuer = settings.issuer.replace("127.0.0.1", "localhost");
    assert!(matches!(error(&settings), OidcError::Misconfigured(Fault::Issuer { .. })));
    settings.issuer = format!("{}/elsewhere", server.issuer);
    assert!(matches!(error(&settings), OidcError::Misconfigured(Fault::Status { status: 404, .. })));
    // Nobody listens on port 1.
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
