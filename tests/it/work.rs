//! Several processes with the same rows: workers beside a server that leaves indexing to them, and what one server does
//! for all. With the rows in the data folder, and on a database server where there is one.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use fotota::imaging::{RgbImage, encode_jpeg};

use crate::common::TestEnv;
use crate::common::client::Client;
use crate::common::prometheus::{number, parse};
use crate::common::server::Server;
use crate::postgres::Database;
use crate::watch::{ask, pause};

const PHOTOS: usize = 40;

/// Another process with the data folder of a server; it ends when this is dropped.
struct Other(Child);

impl Other {
    /// Runs when it says so.
    fn start(env: &TestEnv, arguments: &[&str]) -> (Self, serde_json::Value) {
        let log = std::fs::File::options().append(true).open(env.root().join("log")).unwrap();
        let mut command =
            env.command(&["--json", "--config", env.root().join("config.toml").to_str().unwrap()]);
        let mut child = command.args(arguments).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (Self(child), serde_json::from_str(&line).unwrap())
    }

    fn work(env: &TestEnv) -> Self {
        let (worker, said) = Self::start(env, &["work"]);
        assert!(said["workers"].as_u64().unwrap() > 0, "{said}");
        worker
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Where the rows are.
enum Rows {
    InFolder,
    OnServer(Database),
}

impl Rows {
    fn config(&self) -> String {
        match self {
            Self::InFolder => String::new(),
            Self::OnServer(database) => format!("[storage]\nurl = \"{}\"\n", database.url()),
        }
    }

    fn count(&self, env: &TestEnv, sql: &str) -> i64 {
        match self {
            Self::InFolder => ask(env, sql).unwrap(),
            Self::OnServer(database) => database.connect().query_one(sql, &[]).unwrap().get(0),
        }
    }

    /// Waits until a number is large enough; for minutes, because the computer may be busy.
    #[track_caller]
    fn wait_for(&self, server: &Server, sql: &str, least: usize) {
        for _ in 0..3000 {
            if self.count(&server.env, sql) >= i64::try_from(least).unwrap() {
                return;
            }
            pause();
        }
        panic!("never {least}: {sql}\n{}", server.log());
    }
}

/// Another photo for each number.
fn jpeg(number: usize) -> Vec<u8> {
    let mut bytes = encode_jpeg(RgbImage::new(3000, 2000), 90).unwrap();
    bytes.extend(number.to_le_bytes());
    bytes
}

fn workers_index_for_a_server_and_one_is_killed(rows: &Rows) {
    let server = Server::with(&format!("{}[intake]\nwork = false\n", rows.config()));
    let mut owner = server.admin();
    let event = owner.create_event("Party");
    assert_eq!(owner.get("/studio/status").expect(200)["workers"], 0);
    let photos: Vec<(String, Vec<u8>)> = (0..PHOTOS).map(|at| (format!("{at}.jpg"), jpeg(at))).collect();
    let files: Vec<(&str, &[u8])> =
        photos.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    for files in files.chunks(10) {
        owner.upload(&format!("/events/{event}/images"), "files", files).expect(201);
    }
    let killed = Other::work(&server.env);
    let indexed = "select count(*) from photo where state = 'indexed'";
    rows.wait_for(&server, indexed, 1);
    drop(killed);
    // Which nobody may take yet.
    assert!(rows.count(&server.env, "select count(*) from job where attempts > 0") > 0);
    let [mut one, _other] = [0, 1].map(|_| Other::work(&server.env));
    rows.wait_for(&server, indexed, PHOTOS);
    // Each once, also those that were taken over.
    let ever_indexed = "select photos_indexed from event";
    assert_eq!(rows.count(&server.env, ever_indexed), i64::try_from(PHOTOS).unwrap());
    assert_eq!(rows.count(&server.env, "select count(*) from job"), 0);
    assert!(server.files().iter().filter(|file| file.starts_with("originals")).count() == PHOTOS);
    if cfg!(unix) {
        assert!(Command::new("kill").arg(one.0.id().to_string()).status().unwrap().success());
        assert!(one.0.wait().unwrap().success(), "{}", server.log());
    }
}

#[test]
fn workers_index_for_a_server_and_one_is_killed_in_a_folder() {
    workers_index_for_a_server_and_one_is_killed(&Rows::InFolder);
}

#[test]
fn workers_index_for_a_server_and_one_is_killed_on_postgresql() {
    let Some(database) = Database::create("work") else { return };
    workers_index_for_a_server_and_one_is_killed(&Rows::OnServer(database));
}

/// Services whose work another process does.
fn elsewhere(metrics: &str) -> Vec<&'static str> {
    let metrics = parse(&Client::new(&format!("http://{metrics}")).get("/metrics").text());
    let is_there = |service: &&str| {
        let label = [("service", *service)];
        assert!(number(&metrics, "fotota_service_up", &label) > 0.9, "{service}");
        number(&metrics, "fotota_service_elsewhere", &label) > 0.9
    };
    ["hot folders", "janitor", "samples", "scrub"].into_iter().filter(is_there).collect()
}

fn one_server_does_what_is_to_be_done_once(rows: &Rows) {
    let server = Server::with(&format!("{}[metrics]\nbind = \"127.0.0.1:0\"\n", rows.config()));
    let first = server.metrics.unwrap().to_string();
    let until = |metrics: &str, expected: &[&str]| {
        for _ in 0..600 {
            if elsewhere(metrics) == expected {
                return;
            }
            pause();
        }
        panic!("{:?} instead of {expected:?}\n{}", elsewhere(metrics), server.log());
    };
    until(&first, &[]);
    let (_other, said) = Other::start(&server.env, &["serve", "--bind", "127.0.0.1:0"]);
    let second = said["metrics"].as_str().unwrap();
    until(second, &["hot folders", "janitor", "scrub"]);
    assert_eq!(elsewhere(&first), [""; 0]);
    let pid = server.pid().to_string();
    if cfg!(unix) {
        assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
        // The janitor looks when it is time to.
        until(second, &["janitor"]);
    }
}

#[test]
fn one_server_does_what_is_to_be_done_once_in_a_folder() {
    one_server_does_what_is_to_be_done_once(&Rows::InFolder);
}

#[test]
fn one_server_does_what_is_to_be_done_once_on_postgresql() {
    let Some(database) = Database::create("once") else { return };
    one_server_does_what_is_to_be_done_once(&Rows::OnServer(database));
}
