//! A fake Drive server that follows the documentation of its API and counts requests. The HTTP tests use it too.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

use serde_json::{Value, json};
use url::Url;

pub(crate) const KEY: &str = "AIza-secret&key";
const PAGE: usize = 100;

/// An error response: status and reason.
#[derive(Clone)]
pub(crate) struct Trouble(pub(crate) u16, pub(crate) &'static str);

#[derive(Clone, Default)]
pub(crate) struct File {
    pub(crate) json: Value,
    pub(crate) bytes: Arc<Vec<u8>>,
    /// Responses to the next downloads.
    pub(crate) troubles: VecDeque<Trouble>,
    /// Response to all downloads.
    pub(crate) always: Option<Trouble>,
    /// Sent without a length.
    pub(crate) endless: bool,
}

#[derive(Default)]
pub(crate) struct State {
    /// Ids of the entries of each folder.
    pub(crate) folders: HashMap<String, Vec<String>>,
    pub(crate) files: HashMap<String, File>,
    /// Responses to the next listings.
    pub(crate) troubles: VecDeque<Trouble>,
    /// Requests by kind and id: `list ID`, `about ID`, `media ID`, `smaller ID`.
    asked: HashMap<String, u32>,
    /// The download of this file blocks until it is released, and then fails.
    held: Option<String>,
    holding: bool,
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    shared: Arc<(Mutex<State>, Condvar)>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared: Arc<(Mutex<State>, Condvar)> = Arc::default();
        std::thread::spawn({
            let shared = shared.clone();
            // Ends with the test's process.
            move || {
                for stream in listener.incoming() {
                    let shared = shared.clone();
                    std::thread::spawn(move || serve(&stream.unwrap(), &shared));
                }
            }
        });
        Self { address, shared }
    }

    pub(crate) fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.shared.0.lock().unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn add_folder(&self, id: &str, name: &str, parent: Option<&str>) {
        let json = json!({ "id": id, "name": name, "mimeType": "application/vnd.google-apps.folder" });
        self.state().folders.insert(id.to_owned(), Vec::new());
        self.add(parent, File { json, ..File::default() });
    }

    /// A picture; `fields` override the usual ones.
    pub(crate) fn add_picture(&self, folder: Option<&str>, id: &str, bytes: &Arc<Vec<u8>>, fields: Value) {
        let mut json = json!({
            "id": id, "name": format!("{id}.jpg"), "mimeType": "image/jpeg", "md5Checksum": "one",
            "modifiedTime": "2026-01-02T03:04:05.000Z", "size": bytes.len().to_string(),
            "imageMediaMetadata": { "width": 640, "height": 480 },
        });
        if let Value::Object(fields) = fields {
            json.as_object_mut().unwrap().extend(fields);
        }
        self.add(folder, File { json, bytes: bytes.clone(), ..File::default() });
    }

    pub(crate) fn add_shortcut(&self, folder: &str, id: &str, target: &str, kind: &str) {
        let json = json!({
            "id": id, "name": "shortcut", "mimeType": "application/vnd.google-apps.shortcut",
            "shortcutDetails": { "targetId": target, "targetMimeType": kind },
        });
        self.add(Some(folder), File { json, ..File::default() });
    }

    pub(crate) fn add(&self, folder: Option<&str>, file: File) {
        let mut state = self.state();
        let id = file.json["id"].as_str().unwrap().to_owned();
        if let Some(folder) = folder {
            state.folders.get_mut(folder).unwrap().push(id.clone());
        }
        state.files.insert(id, file);
    }

    pub(crate) fn change(&self, id: &str, change: impl FnOnce(&mut File)) {
        change(self.state().files.get_mut(id).unwrap());
    }

    pub(crate) fn asked(&self, what: &str) -> u32 {
        self.state().asked.get(what).copied().unwrap_or_default()
    }

    /// The ids of all downloads since the last call, sorted, one per download.
    pub(crate) fn take_downloads(&self) -> Vec<String> {
        let mut downloads = Vec::new();
        for (what, count) in self.state().asked.drain() {
            if let Some((_, id)) =
                what.split_once(' ').filter(|(kind, _)| matches!(*kind, "media" | "smaller"))
            {
                downloads.extend(vec![id.to_owned(); count as usize]);
            }
        }
        downloads.sort();
        downloads
    }

    pub(crate) fn hold(&self, id: &str) {
        let mut state = self.state();
        (state.held, state.holding) = (Some(id.to_owned()), false);
    }

    pub(crate) fn wait_until_held(&self) {
        drop(self.shared.1.wait_while(self.state(), |state| !state.holding).unwrap());
    }

    pub(crate) fn release(&self) {
        self.state().held = None;
        self.shared.1.notify_all();
    }
}

struct Reply {
    status: u16,
    body: Vec<u8>,
    endless: bool,
}

impl From<Trouble> for Reply {
    fn from(Trouble(status, reason): Trouble) -> Self {
        let body = json!({ "error": {
            "code": status, "message": "no", "errors": [{ "domain": "global", "reason": reason, "message": "no" }],
        }});
        Self { status, body: body.to_string().into_bytes(), endless: false }
    }
}

fn serve(mut stream: &TcpStream, shared: &(Mutex<State>, Condvar)) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let target = first.split(' ').nth(1).unwrap();
    let Some(reply) = answer(target, &headers, shared) else { return };
    let length =
        if reply.endless { String::new() } else { format!("Content-Length: {}\r\n", reply.body.len()) };
    let head = format!("HTTP/1.1 {} X\r\nConnection: close\r\nRetry-After: 0\r\n{length}\r\n", reply.status);
    // The client may hang up early.
    stream.write_all(&[head.as_bytes(), &reply.body].concat()).ok();
}

/// `None` for no response.
fn answer(target: &str, headers: &[String], shared: &(Mutex<State>, Condvar)) -> Option<Reply> {
    let url = Url::parse(&format!("http://drive{target}")).unwrap();
    let query: HashMap<_, _> = url.query_pairs().into_owned().collect();
    let parameter = |name: &str| query.get(name).map(String::as_str);
    let mut state = shared.0.lock().unwrap();
    if let Some(picture) = url.path().strip_prefix("/pictures/") {
        assert!(!target.contains("key="), "the key is sent only to the API");
        let id = picture.strip_suffix("=s2048").unwrap();
        return Some(media(&mut state, "smaller", id));
    }
    if parameter("key") != Some(KEY) {
        return Some(Trouble(400, "keyInvalid").into());
    }
    assert_eq!(parameter("supportsAllDrives"), Some("true"));
    let keys = headers.iter().find_map(|line| line.strip_prefix("x-goog-drive-resource-keys: "));
    if url.path() == "/drive/v3/files" {
        return Some(list(&mut state, &query, keys));
    }
    let id = url.path().strip_prefix("/drive/v3/files/").unwrap();
    let Some(file) = state.files.get(id) else { return Some(Trouble(404, "notFound").into()) };
    if is_locked(file, keys) {
        return Some(Trouble(404, "notFound").into());
    }
    if parameter("alt") == Some("media") {
        if state.held.as_deref() == Some(id) {
            *state.asked.entry(format!("held {id}")).or_default() += 1;
            state.holding = true;
            shared.1.notify_all();
            drop(shared.1.wait_while(state, |state| state.held.is_some()).unwrap());
            return None;
        }
        return Some(media(&mut state, "media", id));
    }
    let body = file.json.to_string().into_bytes();
    *state.asked.entry(format!("about {id}")).or_default() += 1;
    Some(Reply { status: 200, body, endless: false })
}

/// Old files and folders require their resource key.
fn is_locked(file: &File, keys: Option<&str>) -> bool {
    let (id, key) = (file.json["id"].as_str().unwrap(), file.json["resourceKey"].as_str());
    key.is_some_and(|key| keys != Some(&format!("{id}/{key}")))
}

fn media(state: &mut State, kind: &str, id: &str) -> Reply {
    *state.asked.entry(format!("{kind} {id}")).or_default() += 1;
    let file = state.files.get_mut(id).unwrap();
    match file.troubles.pop_front().or_else(|| file.always.clone()) {
        Some(trouble) => trouble.into(),
        None => Reply { status: 200, body: file.bytes.to_vec(), endless: file.endless },
    }
}

fn list(state: &mut State, query: &HashMap<String, String>, keys: Option<&str>) -> Reply {
    assert_eq!(query["includeItemsFromAllDrives"], "true");
    assert!(query["fields"].starts_with("nextPageToken,incompleteSearch,files(id,"));
    let id = query["q"].strip_prefix('\'').unwrap().strip_suffix("' in parents and trashed=false").unwrap();
    *state.asked.entry(format!("list {id}")).or_default() += 1;
    if let Some(trouble) = state.troubles.pop_front() {
        return trouble.into();
    }
    let Some(children) = state.folders.get(id).filter(|_| !is_locked(&state.files[id], keys)) else {
        return Trouble(404, "notFound").into();
    };
    // A token with characters that must be escaped in URLs.
    let from =
        query.get("pageToken").map_or(0, |token| token.strip_prefix("~!&+=%").unwrap().parse().unwrap());
    let until = children.len().min(from + PAGE);
    let files: Vec<&Value> = children[from..until].iter().map(|child| &state.files[child].json).collect();
    let mut body = json!({ "incompleteSearch": false, "files": files });
    if until < children.len() {
        body["nextPageToken"] = format!("~!&+=%{until}").into();
    }
    Reply { status: 200, body: body.to_string().into_bytes(), endless: false }
}
