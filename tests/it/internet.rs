//! A server on the internet: encryption, and strong passwords.

use serde_json::json;

use crate::common::TestEnv;
use crate::common::client::EVENT_PASSWORD;
use crate::common::server::{PASSWORD, Server};

const STRONG: &str = "tq7-Xr2m-9vKd";

/// On the internet, behind a proxy.
const CONFIG: &str = "[accounts]\nregistration = \"open\"\n[server]\ninternet = true\nbehind_proxy = true\n";

#[test]
fn a_server_on_the_internet_does_not_start_without_encryption() {
    let env = TestEnv::new();
    let starts = |config: &str| {
        let path = env.data().with_extension("toml");
        let mut file = std::fs::File::create(&path).unwrap();
        std::io::Write::write_all(&mut file, config.as_bytes()).unwrap();
        drop(file);
        let path = path.to_str().unwrap();
        let report = env.json(&["--config", path, "doctor"]);
        let check =
            report["checks"].as_array().unwrap().iter().find(|check| check["check"] == "internet").unwrap();
        assert_eq!(check["ok"], false, "{check}");
        let output = env.run(&["--config", path, "serve", "--bind", "127.0.0.1:0"]);
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for config in ["[server]\ninternet = true\n", "[server]\npublic_url = \"http://8.8.8.8:8080\"\n"] {
        let (success, error) = starts(config);
        assert!(!success, "{error}");
        for way in
            ["[https.acme]", "`certificate` and `key`", "server.behind_proxy", "server.internet = false"]
        {
            assert!(error.contains(way), "{error}");
        }
    }
    // The generated authority vouches for nothing there.
    assert!(!starts("[server]\ninternet = true\n[https]\nauthority = true\n").0);
}

#[test]
fn passwords_must_be_strong_there() {
    let server = Server::with(CONFIG);
    let setup = |password: &str| {
        let account = json!({ "token": server.setup, "login": "sari", "password": password });
        server.client().post("/setup", &account)
    };
    setup(PASSWORD).refused(422, "account.password_weak");
    let token = setup(STRONG).expect(201)["access_token"].as_str().unwrap().to_owned();
    let mut admin = server.client().with_token(&token);
    let event = |password: &str| json!({ "name": "Party", "password": password });
    admin.post("/events", &event(EVENT_PASSWORD)).refused(422, "event.password_weak");
    let made = admin.post("/events", &event("k7mp-x3wq")).expect(201)["id"].as_i64().unwrap();
    let path = format!("/events/{made}");
    admin.put(&path, &json!({ "password": "party2026" })).refused(422, "event.password_weak");
    admin.put(&path, &json!({ "name": "Pesta" })).expect(200);
    let account = |password: &str| json!({ "login": "adi", "password": password });
    let mut user = server.client();
    user.post("/auth/register", &account(PASSWORD)).refused(422, "account.password_weak");
    user.post("/auth/register", &account(STRONG)).expect(201);
}

#[test]
fn nothing_is_written_without_encryption_by_clients_there() {
    let server = Server::with(CONFIG);
    let status = |address: &str, scheme: &str| {
        let mut client = server.client();
        client.headers.push(("x-forwarded-for", address.to_owned()));
        client.headers.push(("x-forwarded-proto", scheme.to_owned()));
        let credentials = json!({ "login": "nobody", "password": PASSWORD });
        let answer = client.post("/auth/local", &credentials);
        (answer.status, answer.json()["code"].as_str().unwrap().to_owned())
    };
    assert_eq!(status("8.8.8.8", "http"), (403, "request.https_required".to_owned()));
    assert_eq!(status("8.8.8.8", "https"), (401, "auth.wrong".to_owned()));
    assert_eq!(status("192.168.1.7", "http"), (401, "auth.wrong".to_owned()));
}

#[test]
fn headers_name_what_pages_need() {
    let server = Server::with("[server]\nbehind_proxy = true\npublic_url = \"https://foto.example\"\n");
    let lasting = |host: &str, scheme: &str| {
        let mut client = server.client();
        client.headers.push(("host", host.to_owned()));
        client.headers.push(("x-forwarded-proto", scheme.to_owned()));
        let headers = client.get("/health").headers;
        assert!(headers["permissions-policy"].to_str().unwrap().contains("geolocation=()"));
        assert_eq!(headers["x-content-type-options"], "nosniff");
        headers.get("strict-transport-security").is_some()
    };
    assert!(lasting("foto.example", "https"));
    assert!(!lasting("foto.example", "http") && !lasting("fotota.local", "https"));
}
