//! The root, the health check, links with share codes, and the API's documentation.

use serde_json::{Value, json};

use crate::common::client::assert_shape;
use crate::common::server::Server;

#[test]
fn a_share_code_leads_to_the_app_or_to_the_gallery() {
    let server = Server::with("[server]\ndeep_link_base_url = \"https://app.example.com/events/\"\n");
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let shown = admin.get(&format!("/events/{event}")).expect(200);
    let link = shown["link"].as_str().unwrap();
    let mut guest = server.client();
    let location = |answer: crate::common::client::Answer| {
        assert_eq!(answer.status, 307);
        answer.headers["location"].to_str().unwrap().to_owned()
    };
    assert_eq!(
        location(guest.get(&format!("{link}?target=app"))),
        format!("https://app.example.com/events/{event}")
    );
    let gallery = location(guest.get(link));
    assert_eq!(gallery, format!("{}/e/{}", server.base, shown["share_code"].as_str().unwrap()));
    assert!(guest.get(&gallery).text().contains("Party"));
    // A phone's browser tries the app first; others have none.
    let phone =
        "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/146.0 Mobile Safari/537.36";
    guest.headers = vec![("user-agent", phone.to_owned())];
    let page = guest.get(link);
    assert_eq!(
        (page.status, &page.headers["content-type"]),
        (200, &"text/html; charset=utf-8".parse().unwrap())
    );
    let app = format!("https://app.example.com/events/{event}");
    assert!(page.text().contains(&app) && page.text().contains(&gallery), "{}", page.text());
    assert_eq!(location(guest.get(&format!("{link}?target=web"))), gallery);
    guest.headers = vec![("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0".to_owned())];
    assert_eq!(location(guest.get(link)), gallery);
    guest.headers.clear();
    guest.get("/r/0000000000000000").refused(404, "event.not_found");
    guest.get("/r/nonsense").refused(404, "event.not_found");
    guest.get(&format!("{link}?target=fax")).invalid("query", "target");
    // Without an app.
    let env = server.kill();
    let server = Server::on(env, "");
    let path = format!("/r/{}?target=app", shown["share_code"].as_str().unwrap());
    let mut guest = server.client();
    guest.headers = vec![("user-agent", phone.to_owned())];
    assert!(location(guest.get(&path)).contains("/e/"));
    assert!(location(guest.get(path.trim_end_matches("?target=app"))).contains("/e/"));
}

#[test]
fn the_root_answers_programs_with_json_and_browsers_with_a_page() {
    let server = Server::start();
    let mut client = server.client();
    let welcome = json!({ "message": "str", "version": "str", "documentation_url": "url" });
    for path in ["/", "/api/v1"] {
        assert_shape(&client.get(path).expect(200), &welcome);
    }
    client.headers = vec![("accept", "text/html".to_owned()), ("accept-language", "id".to_owned())];
    let page = client.get("/");
    assert!(page.text().contains("lang=\"id\"") && page.text().contains("kode QR"));
    client.headers.clear();
    for path in ["/health", "/api/v1/health"] {
        let health = client.get(path).expect(200);
        assert_shape(&health, &json!({ "status": "str", "project": "str", "version": "str" }));
        assert_eq!(health["status"], "healthy");
    }
    client.get("/nothing/here").refused(404, "page.not_found");
    // A slash at the end leads to the route without, as in the old service; never to another host.
    for (path, target) in [
        ("/health/", "/health"),
        ("/api/v1/", "/api/v1"),
        ("/api/v1/fotota/?ids=1&ids=2", "/api/v1/fotota?ids=1&ids=2"),
        ("/events///", "/events"),
        ("//evil.example/", "/evil.example"),
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let answer = client.send(method, path, "application/json", b"{}".to_vec());
            assert_eq!(
                (answer.status, answer.headers["location"].to_str().unwrap()),
                (307, target),
                "{path}"
            );
        }
    }
    let refused = client.send("PATCH", "/health", "", Vec::new());
    refused.refused(405, "request.method_not_allowed");
    assert!(refused.headers["allow"].to_str().unwrap().contains("GET"));
    let large = json!({ "login": "x".repeat(100_000), "password": "x" });
    client.post("/auth/local", &large).refused(413, "request.too_large");
}

#[test]
fn the_documentation_loads_no_external_files() {
    let server = Server::start();
    let mut client = server.client();
    for mount in ["", "/api/v1"] {
        let page = client.get(&format!("{mount}/docs"));
        assert_eq!(page.status, 200);
        let text = page.text();
        let mut links = 0;
        let is_file = |part: &&str| [".js", ".css"].iter().any(|ending| part.ends_with(ending));
        for part in text.split(['"', '\'']).filter(is_file) {
            let file = client.get(&format!("{mount}/{part}"));
            assert_eq!(file.status, 200, "{part}");
            links += 1;
        }
        assert!(links >= 3 && !text.contains("http://") && !text.contains("https://"), "{text}");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("script-src 'self' 'unsafe"),
            "{policy}"
        );
        let document = client.get(&format!("{mount}/openapi.json")).expect(200);
        assert_eq!(document["openapi"], "3.1.0");
        assert_eq!(client.get(&format!("{mount}/redoc")).status, 307);
    }
    client.get("/docs/../../Cargo.toml").refused(404, "page.not_found");
    let printed = server.env.run(&["openapi"]).stdout;
    assert_eq!(serde_json::from_slice::<Value>(&printed).unwrap(), client.get("/openapi.json").json());
}
