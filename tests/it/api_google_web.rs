//! Sign-in of browsers with a real OpenID provider.

use serde_json::json;
use url::Url;

use crate::common::client::Client;
use crate::common::oidc::{
    PUBLIC_URL, SECOND, TestProvider, UNVERIFIED, VERIFIED, WEB, WEB_SECRET, parameter,
};
use crate::common::server::Server;

const COOKIE: &str = "fotota_sign_in";
const SESSION: &str = "fotota_session";
const REFUSED: &str = "auth.provider_refused";
const MISMATCH: &str = "auth.state_mismatch";

fn start() -> Option<(&'static TestProvider, Server)> {
    let provider = TestProvider::shared()?;
    Some((provider, Server::with(&provider.config())))
}

/// Starts a sign-in. Returns the URL of the provider's page.
fn begin(browser: &mut Client, query: &str) -> Url {
    let answer = browser.get(&format!("/auth/google/start{query}"));
    assert_eq!(answer.status, 303, "{}", answer.text());
    Url::parse(answer.headers["location"].to_str().unwrap()).unwrap()
}

/// Signs in at the provider. Returns path and query of the redirect back.
fn visit(provider: &TestProvider, page: &Url, account: &str) -> String {
    path(&provider.authorize(page.as_str(), account))
}

fn path(back: &Url) -> String {
    back.as_str().strip_prefix(PUBLIC_URL).unwrap().to_owned()
}

fn code(back: &str) -> String {
    parameter(&Url::parse(PUBLIC_URL).unwrap().join(back).unwrap(), "code")
}

#[test]
fn a_browser_signs_in_at_the_provider() {
    let Some((provider, server)) = start() else { return };
    let mut browser = server.client();
    let answer = browser.get("/auth/google/start?next=/me/photos_1-2");
    assert_eq!(answer.status, 303);
    // The test client asserts `HttpOnly` and `SameSite`.
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    for attribute in ["Path=/auth/google", "Max-Age=600"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let page = Url::parse(answer.headers["location"].to_str().unwrap()).unwrap();
    assert!(page.as_str().starts_with(&provider.issuer), "{page}");
    for (name, value) in [
        ("client_id", WEB),
        ("response_type", "code"),
        ("scope", "openid email profile"),
        ("redirect_uri", "http://fotota.test/auth/google/callback"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(parameter(&page, name), value);
    }
    let again = begin(&mut server.client(), "");
    for (name, length) in [("state", 64), ("nonce", 64), ("code_challenge", 43)] {
        assert_eq!(parameter(&page, name).len(), length, "{name}");
        assert_ne!(parameter(&page, name), parameter(&again, name));
    }
    let begun = browser.cookies[COOKIE].clone();
    let back = visit(provider, &page, VERIFIED);
    let answer = browser.get(&back);
    assert_eq!((answer.status, &answer.headers["location"]), (303, &"/me/photos_1-2".parse().unwrap()));
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), [SESSION]);
    let session = browser.get("/auth/session").expect(200);
    assert_eq!(
        (&session["user"]["email"], &session["user"]["name"]),
        (&json!(VERIFIED), &json!("Vera Fied"))
    );
    browser.delete("/users/me/selfie").refused(403, "request.csrf");
    browser.headers = vec![("x-csrf-token", session["csrf_token"].as_str().unwrap().to_owned())];
    browser.delete("/users/me/selfie").expect(204);
    // A replay by an eavesdropper.
    let mut thief = server.client();
    thief.cookies = [(COOKIE.to_owned(), begun)].into();
    thief.get(&back).refused(400, REFUSED);
    assert!(!thief.cookies.contains_key(SESSION));
    // The next sign-in leads to the same account, and to the default page.
    let mut other = server.client();
    let back = visit(provider, &begin(&mut other, ""), VERIFIED);
    assert_eq!(other.get(&back).headers["location"], "/");
    assert_eq!(other.get("/auth/session").expect(200)["user"], session["user"]);
    let (state, nonce) = (parameter(&page, "state"), parameter(&page, "nonce"));
    let of_session = browser.cookies[SESSION].clone();
    server.assert_not_logged(&[&code(&back), &state, &nonce, &of_session, VERIFIED, "Vera", WEB_SECRET]);
}

#[test]
fn only_the_browser_that_started_a_sign_in_can_finish_it() {
    let Some((provider, server)) = start() else { return };
    let mut browser = server.client();
    let page = begin(&mut browser, "?next=/me");
    let back = visit(provider, &page, VERIFIED);
    let begun = browser.cookies[COOKIE].clone();
    let state = parameter(&page, "state");
    let mut stranger = server.client();
    stranger.get(&back).refused(400, MISMATCH);
    begin(&mut stranger, "");
    stranger.get(&back).refused(400, MISMATCH);
    for wrong in
        [back.replace(&state, &"0".repeat(64)), back.replace(&state, ""), back.replace("state=", "x=")]
    {
        browser.get(&wrong).refused(400, MISMATCH);
    }
    // A modified or forged cookie.
    for forged in
        [begun.replace("%2Fme", "%2Fyou").replace("/me", "/you"), format!("{begun}0"), "x".to_owned()]
    {
        assert_ne!(forged, begun);
        browser.cookies = [(COOKIE.to_owned(), forged)].into();
        browser.get(&back).refused(400, MISMATCH);
    }
    // An injected code of another sign-in: it belongs to another verifier.
    begin(&mut stranger, "");
    let others = begin(&mut stranger, "");
    let slipped = code(&visit(provider, &others, SECOND));
    browser.cookies = [(COOKIE.to_owned(), begun)].into();
    browser.get(&back.replace(&code(&back), &slipped)).refused(400, REFUSED);
    assert!(!browser.cookies.contains_key(SESSION));
    assert_eq!(server.env.json(&["user", "list"]), json!([]));
    // The real sign-in still works.
    assert_eq!(browser.get(&back).headers["location"], "/me");
    server.assert_not_logged(&[&state, &slipped, &code(&back), VERIFIED, SECOND]);
}

#[test]
fn redirects_lead_only_to_our_own_pages() {
    let Some((_, server)) = start() else { return };
    for next in [
        "//evil.example",
        "https://evil.example",
        "/%5Cevil.example",
        "/%09/evil.example",
        "/%0D%0Aset-cookie:x",
        "javascript:alert(1)",
        "evil.example",
        "",
        "/a%3Fb",
        "/.//evil.example",
    ] {
        let mut browser = server.client();
        browser.get(&format!("/auth/google/start?next={next}")).invalid("query", "next");
        assert!(browser.cookies.is_empty(), "{next}");
    }
}

#[test]
fn errors_of_the_provider_end_the_sign_in() {
    let Some((provider, server)) = start() else { return };
    let mut browser = server.client();
    let page = begin(&mut browser, "");
    let back = visit(provider, &page, "nobody@example.com");
    assert!(back.contains("error=access_denied"), "{back}");
    browser.get(&back).refused(400, REFUSED);
    let state = parameter(&page, "state");
    let evil = "%3Cscript%3Ealert(1)%3C/script%3E";
    for query in [
        format!("error={evil}&error_description={evil}&error_uri=http://evil.example&state={state}"),
        format!("state={state}"),
        format!("code=&state={state}"),
        format!("code={evil}&state={state}"),
        format!("code={}&state={state}", "x".repeat(5000)),
    ] {
        let answer = browser.get(&format!("/auth/google/callback?{query}"));
        answer.refused(400, REFUSED);
        assert!(!answer.text().contains("script") && !answer.text().contains("evil"), "{}", answer.text());
        assert_eq!(answer.headers["content-type"], "application/json");
        assert!(!answer.headers.contains_key("location"));
    }
    browser.get(&format!("/auth/google/callback?error={evil}")).refused(400, MISMATCH);
    let page = begin(&mut browser, "");
    browser.get(&visit(provider, &page, UNVERIFIED)).refused(400, "auth.email_unverified");
    // A disabled account.
    let page = begin(&mut browser, "");
    assert_eq!(browser.get(&visit(provider, &page, VERIFIED)).status, 303);
    server.env.json(&["user", "disable", VERIFIED]);
    browser.get("/auth/session").refused(401, "auth.required");
    let mut browser = server.client();
    let page = begin(&mut browser, "");
    browser.get(&visit(provider, &page, VERIFIED)).refused(403, "account.disabled");
    assert!(!browser.cookies.contains_key(SESSION));
    server.assert_not_logged(&[&state, VERIFIED, UNVERIFIED, "script", "evil"]);
}
