//! Two servers on one database and one data folder: which of them a guest asks makes no difference. Where
//! `FOTOTA_TEST_POSTGRES` names a server.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::client::{Answer, Client, EVENT_PASSWORD, read};
use crate::common::server::Server;
use crate::common::{FEW, TestEnv, tus};
use crate::postgres::Database;

const GRACE: &str = "selfies/Grace_Hopper_1.jpg";
const EILEEN: &str = "selfies/Eileen_Collins_1.jpg";

/// What a server writes when the other one has answered.
const FORWARDED: &str = "another node answered a request";

/// An address for a server that others must know before it starts.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// The server at this address, with what its configuration has in addition.
fn node(env: TestEnv, database: &Database, address: &str, more: &str) -> Server {
    let config = format!(
        "[storage]\nurl = \"{}\"\n[nodes]\naddress = \"http://{address}\"\n[accounts]\nregistration = \"open\"\n{more}",
        database.url()
    );
    Server::listening(env, address, &config)
}

/// Two nodes, and the owner of an event that prefers the second one.
struct Pair {
    first: Server,
    second: Server,
    owner: Client,
    event: i64,
    base: String,
    second_address: String,
    database: Database,
}

impl Pair {
    /// `more`: what the configuration of the first one has in addition.
    fn start(test: &str, more: &str) -> Option<Self> {
        let database = Database::create(test)?;
        let env = TestEnv::new();
        let sharing = TestEnv::sharing(&env);
        let (first_address, second_address) = (free_address(), free_address());
        let first = node(env, &database, &first_address, more);
        let mut owner = first.admin();
        let second = node(sharing, &database, &second_address, "");
        let (event, base) = (0..200).find_map(|_| event_elsewhere(&first, &mut owner)).unwrap();
        owner.upload_samples(event, &FEW);
        Some(Self { first, second, owner, event, base, second_address, database })
    }

    /// The same guest's browser, asking the other server.
    fn at_second(&self, guest: &Client) -> Client {
        let mut other = guest.clone();
        other.base.clone_from(&self.second.base);
        other
    }

    /// A guest who entered at the first one, and may search.
    fn guest(&self) -> Client {
        let mut guest = self.first.client();
        enter(&mut guest, &self.base, EVENT_PASSWORD).expect(204);
        guest.send("POST", &format!("{}/consent", self.base), "", Vec::new()).expect(204);
        guest
    }
}

/// An event that prefers the other node.
fn event_elsewhere(server: &Server, owner: &mut Client) -> Option<(i64, String)> {
    let event = owner.create_event("Party");
    let before = server.log().matches(FORWARDED).count();
    let shown = owner.get(&format!("/events/{event}")).expect(200);
    let is_elsewhere = server.log().matches(FORWARDED).count() > before;
    is_elsewhere.then(|| (event, format!("/e/{}", shown["share_code"].as_str().unwrap())))
}

fn enter(guest: &mut Client, base: &str, password: &str) -> Answer {
    guest.post(&format!("{base}/session"), &json!({ "password": password }))
}

fn search(guest: &mut Client, base: &str, selfie: &str) -> Value {
    guest.send("POST", &format!("{base}/search"), "image/jpeg", read(selfie)).expect(200)
}

/// Names of the photos in results.
fn names(results: &Value) -> Vec<String> {
    let parts = ["sure", "maybe"].map(|part| results[part].as_array().unwrap().clone()).concat();
    let mut names: Vec<_> =
        parts.iter().map(|photo| photo["file_name"].as_str().unwrap().to_owned()).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_guest_may_ask_either_of_two_nodes() {
    let Some(mut pair) = Pair::start("either", "") else { return };
    let base = pair.base.clone();
    let mut at_first = pair.guest();
    let mut at_second = pair.at_second(&at_first);
    let found = search(&mut at_first, &base, EILEEN);
    assert_eq!(names(&found), ["DSC_0101.jpg", "DSC_0103.jpg"]);
    for guest in [&mut at_second, &mut at_first] {
        assert_eq!(names(&guest.get(&format!("{base}/matches")).expect(200)), names(&found));
    }
    // An archive that one of them prepared comes from the other.
    let ids: Vec<&Value> = found["sure"].as_array().unwrap().iter().map(|photo| &photo["id"]).collect();
    let prepared = at_first.post(&format!("{base}/zip"), &json!({ "ids": ids })).expect(200);
    let archive = at_second.get(prepared["address"].as_str().unwrap());
    assert_eq!((archive.status, prepared["bytes"].as_u64()), (200, Some(archive.body.len() as u64)));
    let again = at_first.get(prepared["address"].as_str().unwrap());
    assert!(again.body == archive.body && archive.body.starts_with(b"PK"));
    assert_eq!(again.headers["content-length"], archive.headers["content-length"]);
    // Each answer has its headers once, and its errors as they were.
    let refused = at_first.get(&format!("{base}/photos/7/preview"));
    refused.refused(404, "photo.not_found");
    for name in ["x-request-id", "content-security-policy", "cache-control", "date", "referrer-policy"] {
        assert_eq!(refused.headers.get_all(name).iter().count(), 1, "{name}");
    }
    // News come through as they happen.
    let host = pair.first.base.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&host).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let cookies: Vec<_> = at_first.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    write!(stream, "GET {base}/live HTTP/1.1\r\nhost: {host}\r\ncookie: {}\r\n\r\n", cookies.join("; "))
        .unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    assert!(lines.next().unwrap().contains(" 200 "));
    let news = lines.by_ref().find(|line| line.starts_with("data: ")).unwrap();
    assert!(news.contains("\"searching\":true"), "{news}");
    // An upload goes on at the other one.
    let bytes = tus::large();
    let mut elsewhere = pair.at_second(&pair.owner);
    let upload = tus::create(&mut pair.owner, pair.event, bytes.len());
    let path = &upload[upload.find("/events/").unwrap()..];
    assert_eq!(tus::patch(&mut pair.owner, path, 0, &bytes[..1_000_000]).status, 204);
    assert_eq!(tus::offset(&mut elsewhere, path), 1_000_000);
    assert_eq!(tus::patch(&mut elsewhere, path, 1_000_000, &bytes[1_000_000..]).status, 204);
    elsewhere.wait_until_indexed(pair.event);
    assert!(lines.by_ref().any(|line| line.starts_with("data: ") && line.contains("\"photos\":5")));
    // The face ends for both, and the open page hears of it.
    at_first.delete(&format!("{base}/search")).expect(204);
    for guest in [&mut at_second, &mut at_first] {
        guest.get(&format!("{base}/matches")).refused(409, "search.over");
    }
    assert!(lines.any(|line| line == "event: over"));
}

#[test]
fn limits_count_guests_and_not_nodes() {
    // Only the first one has a proxy before it: what the second one knows of guests is what the first one says.
    let proxy = "[server]\nbehind_proxy = true\npublic_url = \"https://photos.example\"\n";
    let Some(pair) = Pair::start("limits", proxy) else { return };
    let base = &pair.base;
    let from = |server: &Server, address: &str| {
        let mut client = server.client();
        client.headers =
            vec![("x-forwarded-for", address.to_owned()), ("x-forwarded-proto", "https".to_owned())];
        client
    };
    // The guesses of one guest are one count, wherever they arrive. Without cookies, only the address tells.
    let attempt = |server: &Server, address: &str| {
        let mut guest = from(server, address);
        enter(&mut guest, base, "wrong").status
    };
    let guesses: Vec<u16> = (0..20).map(|_| attempt(&pair.first, "203.0.113.9")).collect();
    assert!(guesses.starts_with(&[401]) && guesses.contains(&429), "{guesses:?}");
    assert_eq!(attempt(&pair.first, "203.0.113.10"), 401);
    // Nobody but a node names a client to the second one: this is the test's own address.
    assert_eq!(attempt(&pair.second, "203.0.113.9"), 401);
    // With one browser, at both.
    let mut guest = from(&pair.first, "203.0.113.11");
    guest.get(base);
    let mut other = pair.at_second(&guest);
    let guesses: Vec<u16> = (0..10)
        .flat_map(|_| [&mut guest, &mut other].map(|browser| enter(browser, base, "wrong").status))
        .collect();
    let compared = guesses.iter().filter(|status| **status == 401).count();
    assert!((5..10).contains(&compared) && guesses.contains(&429), "{guesses:?}");
    // Cookies are for the scheme that the guest speaks with the proxy, and marked once.
    let entered = enter(&mut from(&pair.first, "203.0.113.12"), base, EVENT_PASSWORD);
    let cookie = entered.headers["set-cookie"].to_str().unwrap();
    assert_eq!((entered.status, cookie.matches("Secure").count()), (204, 1), "{cookie}");
    // A client that pretends to be a node is not believed, at either.
    for server in [&pair.first, &pair.second] {
        let mut liar = server.client();
        liar.headers.push(("x-fotota-client", format!("203.0.113.13 https {}", "0".repeat(64))));
        liar.get(base).refused(503, "server.busy");
    }
}

#[test]
fn when_a_node_dies_guests_take_another_selfie_and_nobody_sees_anothers() {
    let Some(pair) = Pair::start("dies", "") else { return };
    let base = pair.base.clone();
    let mut guest = pair.guest();
    let mut other = pair.guest();
    search(&mut guest, &base, EILEEN);
    let matches = format!("{base}/matches");
    guest.get(&matches).expect(200);
    let env = pair.second.kill();
    // The session is in the database, the face was in the other's memory.
    for browser in [&mut guest, &mut other] {
        browser.get(&matches).refused(409, "search.over");
    }
    let found = names(&search(&mut guest, &base, EILEEN));
    assert_eq!(found, names(&guest.get(&matches).expect(200)));
    assert_eq!(names(&search(&mut other, &base, GRACE)), ["DSC_0102.jpg", "DSC_0103.jpg"]);
    // When it is back, the event is its own again, and the first one forgets the faces.
    let second = node(env, &pair.database, &pair.second_address, "");
    let answer = |status: u16, browser: &mut Client| {
        // For some seconds, one that was lost is not asked.
        for _ in 0..300 {
            let answer = browser.get(&matches);
            if answer.status == status {
                return answer;
            }
            std::thread::park_timeout(Duration::from_millis(100));
        }
        panic!("the preferred node is not asked again");
    };
    answer(409, &mut guest).refused(409, "search.over");
    assert_eq!(names(&search(&mut guest, &base, EILEEN)), found);
    let has_forgotten = (0..600).any(|_| {
        std::thread::park_timeout(Duration::from_millis(50));
        pair.first.log().contains("its faces are forgotten here")
    });
    assert!(has_forgotten);
    drop(second);
    for browser in [&mut guest, &mut other] {
        answer(409, browser).refused(409, "search.over");
    }
}
