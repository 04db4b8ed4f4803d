//! Clients that ask a server over real connections, and what they expect of its answers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use ureq::http::{HeaderMap, Request};

use super::sample;

pub const EVENT_PASSWORD: &str = "rahasia";

/// Somebody who asks: with a token, or with cookies as a browser.
#[derive(Clone)]
pub struct Client {
    pub base: String,
    pub token: Option<String>,
    /// By name.
    pub cookies: BTreeMap<String, String>,
    /// Sent with every request.
    pub headers: Vec<(&'static str, String)>,
    agent: ureq::Agent,
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body, where the status is as expected.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// Refused in the form of every refusal, for this reason.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) {
        let body = self.expect(status);
        assert_eq!(body["code"], code, "{body}");
        assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{body}");
        assert_eq!(body["request_id"].as_str(), self.headers["x-request-id"].to_str().ok(), "{body}");
        assert_eq!(
            status == 401,
            self.headers.get("www-authenticate").is_some_and(|value| value == "Bearer")
        );
    }

    /// Refused because of values, of which `field` is one.
    #[track_caller]
    pub fn invalid(&self, place: &str, field: &str) {
        let body = self.expect(422);
        assert_eq!(body["code"], "request.invalid");
        let issues = body["detail"].as_array().unwrap();
        assert!(!issues.is_empty());
        for issue in issues {
            assert_shape(issue, &json!({ "loc": ["str"], "msg": "str", "type": "str" }));
        }
        let loc = |issue: &&Value| issue["loc"][0] == place && (field.is_empty() || issue["loc"][1] == field);
        assert!(issues.iter().any(|issue| loc(&issue)), "{body}");
    }
}

impl Client {
    pub fn new(base: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(Duration::from_mins(1)));
        let agent = config.build().into();
        let base = base.to_owned();
        Self { base, token: None, cookies: BTreeMap::new(), headers: Vec::new(), agent }
    }

    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), cookies: BTreeMap::new(), ..self.clone() }
    }

    pub fn nobody(&self) -> Self {
        Self { token: None, cookies: BTreeMap::new(), ..self.clone() }
    }

    pub fn send(&mut self, method: &str, path: &str, content_type: &str, body: Vec<u8>) -> Answer {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let mut request = Request::builder().method(method).uri(url);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("cookie", cookies.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if !content_type.is_empty() {
            request = request.header("content-type", content_type);
        }
        let request =
            self.agent.configure_request(request.body(body).unwrap()).allow_non_standard_methods(true);
        let (parts, mut body) = self.agent.run(request.build()).unwrap().into_parts();
        for cookie in parts.headers.get_all("set-cookie") {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                assert!(
                    attributes.contains("HttpOnly") && attributes.contains("SameSite=Lax"),
                    "{attributes}"
                );
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let body = body.with_config().limit(100 << 20).read_to_vec().unwrap();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, "", Vec::new())
    }

    pub fn delete(&mut self, path: &str) -> Answer {
        self.send("DELETE", path, "", Vec::new())
    }

    pub fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, "application/json", body.to_string().into_bytes())
    }

    pub fn put(&mut self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, "application/json", body.to_string().into_bytes())
    }

    /// A form with files: name and bytes each.
    pub fn upload(&mut self, path: &str, field: &str, files: &[(&str, &[u8])]) -> Answer {
        const BOUNDARY: &str = "----fotota-test-boundary";
        let mut body = Vec::new();
        for (name, bytes) in files {
            let head = format!(
                "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
                 content-type: application/octet-stream\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        self.send("POST", path, &format!("multipart/form-data; boundary={BOUNDARY}"), body)
    }

    /// Uploads photos of the sample event, and waits until they are searchable.
    pub fn upload_samples(&mut self, event: i64, names: &[&str]) -> Value {
        let photos: Vec<Vec<u8>> = names.iter().map(|name| read(&format!("photos/{name}"))).collect();
        let files: Vec<(&str, &[u8])> =
            names.iter().zip(&photos).map(|(name, bytes)| (*name, bytes.as_slice())).collect();
        let uploaded = self.upload(&format!("/events/{event}/images"), "files", &files).expect(201);
        self.wait_until_indexed(event);
        uploaded
    }

    pub fn wait_until_indexed(&mut self, event: i64) {
        for _ in 0..600 {
            if self.get(&format!("/events/{event}")).expect(200)["indexed_by_robota"] == true {
                return;
            }
            // The server says how far it is only when it is asked.
            std::thread::park_timeout(Duration::from_millis(100));
        }
        panic!("the photos are not searchable");
    }

    /// An event of this admin's.
    pub fn create_event(&mut self, name: &str) -> i64 {
        let event = self.post("/events", &json!({ "name": name, "password": EVENT_PASSWORD })).expect(201);
        event["id"].as_i64().unwrap()
    }

    /// Enters an event with its password; returns its token.
    pub fn downloads(&mut self, event: i64) -> i64 {
        let statistics = self.get(&format!("/events/{event}/statistics")).expect(200);
        statistics["totals"]["downloads"].as_i64().unwrap()
    }

    pub fn enter(&mut self, event: i64) -> String {
        let entered = self.post(&format!("/events/{event}/access"), &json!({ "password": EVENT_PASSWORD }));
        entered.expect(200)["event_access_token"].as_str().unwrap().to_owned()
    }

    pub fn store_selfie(&mut self, selfie: &str) -> Value {
        self.upload("/users/me/selfie", "selfie_file", &[("me.jpg", &read(selfie))]).expect(200)
    }
}

/// A file of the sample event.
pub fn read(path: &str) -> Vec<u8> {
    let path: PathBuf = sample(path);
    std::fs::read(path).unwrap()
}

/// The file names of a list of photos, sorted.
pub fn sorted_names(list: &Value) -> Vec<&str> {
    let mut names: Vec<&str> =
        list.as_array().unwrap().iter().map(|image| image["file_name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

/// How many of an event's four pictures are photos; the others are the placeholder.
pub fn photos_shown(event: &Value) -> usize {
    let pictures = event["images_preview"].as_array().unwrap();
    assert_eq!(pictures.len(), 4);
    pictures.iter().filter(|url| url.as_str().unwrap().contains("/media/")).count()
}

/// Asserts that `value` has the fields of `shape`, each of its kind: `int`, `number`, `str`, `bool`, `time`, `url`,
/// `bearer`, with `?` where it may be null; a list of one shape is a list of any length. Further fields are fine.
#[track_caller]
pub fn assert_shape(value: &Value, shape: &Value) {
    match shape {
        Value::Object(fields) => {
            for (name, shape) in fields {
                let field = value.get(name).unwrap_or_else(|| panic!("no `{name}` in {value}"));
                assert_shape(field, shape);
            }
        }
        Value::Array(shapes) => {
            let items = value.as_array().unwrap_or_else(|| panic!("no list: {value}"));
            for item in items {
                assert_shape(item, &shapes[0]);
            }
        }
        Value::String(kind) => {
            let is_text = |check: fn(&str) -> bool| value.as_str().is_some_and(check);
            let fits = match kind.trim_end_matches('?') {
                "int" => value.is_i64() || value.is_u64(),
                "number" => value.is_number(),
                "str" => value.is_string(),
                "bool" => value.is_boolean(),
                "time" => {
                    is_text(|text| text.ends_with('Z') && fotota::domain::Timestamp::parse(text).is_some())
                }
                "url" => is_text(|text| text.starts_with("http")),
                "bearer" => value == "bearer",
                other => panic!("unknown kind `{other}`"),
            };
            assert!(fits || kind.ends_with('?') && value.is_null(), "{value} is no {kind}");
        }
        other => panic!("no shape: {other}"),
    }
}
