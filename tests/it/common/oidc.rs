//! A local OpenID provider, with browsers and apps that sign in there.
//!
//! It is `oidc-provider` in Node.js, from `tests/oidc/`, installed below the build folder. If Node.js or the package is
//! not available, [`TestProvider::start`] prints why and returns `None`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use fotota::config;
use serde_json::{Value, json};
use ureq::http::{Request, Response, header};
use url::Url;

use super::node;

/// Accounts of `tests/oidc/provider.mjs`.
pub const VERIFIED: &str = "verified@example.com";
pub const SECOND: &str = "second@example.com";
pub const UNVERIFIED: &str = "unverified@example.com";
/// Another person, to whom the address [`VERIFIED`] was reassigned.
pub const LATER: &str = "account-4";

/// Public URL of servers in tests; their real port is not known before they run.
pub const PUBLIC_URL: &str = "http://fotota.test";
/// Redirect URI of the mobile app's codes for a server.
pub const APP_BACK: &str = "http://127.0.0.1/app";

pub const WEB: &str = "fotota-web";
pub const WEB_SECRET: &str = "web secret/+:";
/// The mobile app: client id and redirect URI.
pub const APP: (&str, &str) = ("fotota-app", "com.example.fotota:/back");
/// An unrelated app.
pub const OTHER_APP: (&str, &str) = ("other-app", "com.example.other:/back");

/// A verifier and its challenge (RFC 7636, appendix B).
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The keys that the provider publishes.
pub enum Keys {
    /// Those that it signs with.
    Own,
    /// Others with the same ids.
    Forged,
    /// Others.
    Other,
}

/// A running provider, stopped when dropped.
pub struct TestProvider {
    pub issuer: String,
    process: Child,
}

impl TestProvider {
    /// Starts a provider with options of `tests/oidc/provider.mjs`; `web_redirects` is required.
    pub fn start(options: &Value) -> Option<Self> {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        static INSTALLED: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| node::install("oidc"));
        let folder = match INSTALLED.as_ref() {
            Ok(folder) => folder,
            Err(reason) => {
                node::say_skipped(&format!("no OpenID provider for tests: {reason}"));
                return None;
            }
        };
        let log = folder.join(format!("provider-{}.log", STARTED.fetch_add(1, Ordering::Relaxed)));
        let mut process = Command::new("node")
            .arg("provider.mjs")
            .arg(options.to_string())
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let started: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("the provider did not start, see {}", log.display()));
        Some(Self { issuer: started["issuer"].as_str().unwrap().to_owned(), process })
    }

    /// The matching configuration section `google`, as JSON.
    pub fn section(&self, app_redirect_uri: &str) -> Value {
        json!({
            "issuer": self.issuer, "client_id": WEB, "client_secret": WEB_SECRET, "app_client_ids": [APP.0],
            "app_redirect_uri": app_redirect_uri, "token_info_url": format!("{}/tokeninfo", self.issuer),
        })
    }

    pub fn settings(&self, app_redirect_uri: &str) -> config::Google {
        serde_json::from_value(self.section(app_redirect_uri)).unwrap()
    }

    /// A provider for servers with the configuration [`TestProvider::config`].
    pub fn for_servers(options: &Value) -> Option<Self> {
        let mut all = json!({ "web_redirects": [format!("{PUBLIC_URL}/auth/google/callback"), APP_BACK] });
        all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        Self::start(&all)
    }

    /// For tests that do not change its state.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: LazyLock<Option<TestProvider>> =
            LazyLock::new(|| TestProvider::for_servers(&json!({})));
        SHARED.as_ref()
    }

    /// A server's configuration with this provider and open registration.
    pub fn config(&self) -> String {
        let section = self.section(APP_BACK);
        // Strings and lists of strings have the same syntax in JSON and TOML.
        let lines = section.as_object().unwrap().iter().map(|(key, value)| format!("{key} = {value}\n"));
        let head = "[accounts]\nregistration = \"open\"\n[server]\npublic_url = ";
        format!("{head}\"{PUBLIC_URL}\"\n[google]\n{}", lines.collect::<Vec<_>>().concat())
    }

    /// Signs in at the provider's page like a browser. Returns the URL of the redirect back, with `code` and `state` or
    /// with `error`.
    pub fn authorize(&self, url: &str, account: &str) -> Url {
        let mut url = Url::parse(url).unwrap();
        url.query_pairs_mut().append_pair("login_hint", account);
        let mut cookies = BTreeMap::new();
        for _ in 0..10 {
            if !url.as_str().starts_with(&self.issuer) {
                return url;
            }
            let cookie: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let request = Request::get(url.as_str()).header(header::COOKIE, cookie.join("; "));
            let answer = send(request.body(String::new()).unwrap());
            for cookie in answer.headers().get_all(header::SET_COOKIE) {
                let (name, value) =
                    cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
                cookies.insert(name.to_owned(), value.to_owned());
            }
            let location = answer.headers().get(header::LOCATION);
            let location =
                location.unwrap_or_else(|| panic!("{}: {}", answer.status(), answer.body())).to_str();
            url = url.join(location.unwrap()).unwrap();
        }
        panic!("too many redirects: {url}")
    }

    /// Signs in to an app. Returns the provider's token response.
    pub fn app_tokens(&self, app: (&str, &str), account: &str) -> Value {
        let code = self.app_code(app, account);
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", app.0),
            ("redirect_uri", app.1),
            ("code", code.as_str()),
            ("code_verifier", VERIFIER),
        ];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(format!("{}/token", self.issuer))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = send(request.body(body).unwrap());
        assert_eq!(answer.status(), 200, "{}", answer.body());
        serde_json::from_str(answer.body()).unwrap()
    }

    /// The code of such a sign-in.
    pub fn app_code(&self, (app, redirect): (&str, &str), account: &str) -> String {
        self.code(app, redirect, &[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")], account)
    }

    /// A code that the mobile app obtains for the server.
    pub fn server_code(&self, redirect: &str, account: &str) -> String {
        self.code(WEB, redirect, &[], account)
    }

    fn code(&self, client: &str, redirect: &str, more: &[(&str, &str)], account: &str) -> String {
        let mut url = Url::parse(&format!("{}/auth", self.issuer)).unwrap();
        url.query_pairs_mut()
            .extend_pairs([("client_id", client), ("redirect_uri", redirect)])
            .extend_pairs([("response_type", "code"), ("scope", "openid email profile")])
            .extend_pairs(more);
        parameter(&self.authorize(url.as_str(), account), "code")
    }

    pub fn set_keys(&self, keys: &Keys) {
        let keys = match keys {
            Keys::Own => "own",
            Keys::Forged => "forged",
            Keys::Other => "other",
        };
        self.control(&json!({ "keys": keys }));
    }

    /// Makes the provider return this instead of the next ID token.
    pub fn hand_out(&self, id_token: &str) {
        self.control(&json!({ "id_token": id_token }));
    }

    fn control(&self, change: &Value) {
        let request = Request::post(format!("{}/control", self.issuer));
        assert_eq!(send(request.body(change.to_string()).unwrap()).status(), 200);
    }
}

impl Drop for TestProvider {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// A query parameter of a redirect URL.
pub fn parameter(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(found, _)| found == name);
    found.unwrap_or_else(|| panic!("no {name} in {url}")).1.into_owned()
}

fn send(request: Request<String>) -> Response<String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .into();
    let (parts, mut body) = agent.run(request).unwrap().into_parts();
    Response::from_parts(parts, body.read_to_string().unwrap())
}
