//! The executable as a server.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use super::TestEnv;
use super::client::Client;

pub const PASSWORD: &str = "a good password";

/// A running server; it ends when this is dropped.
pub struct Server {
    pub env: TestEnv,
    pub base: String,
    /// Where cameras sign in, if they may.
    pub ftp: Option<SocketAddr>,
    /// The second address, if there is one.
    pub https: Option<SocketAddr>,
    /// The address of the metrics, if they have one.
    pub metrics: Option<SocketAddr>,
    /// Token of the one-time set-up link.
    pub setup: Option<String>,
    child: Child,
}

impl Server {
    /// Everybody may make an account.
    pub fn start() -> Self {
        Self::with("[accounts]\nregistration = \"open\"\n")
    }

    /// With this configuration, on a data folder of its own.
    pub fn with(config: &str) -> Self {
        Self::on(TestEnv::new(), config)
    }

    /// With a configuration that names files of the data folder's environment.
    pub fn on_with(env: TestEnv, config: impl FnOnce(&TestEnv) -> String) -> Self {
        let config = config(&env);
        Self::on(env, &config)
    }

    /// With this configuration, on that data folder.
    pub fn on(env: TestEnv, config: &str) -> Self {
        Self::listening(env, "127.0.0.1:0", config)
    }

    /// The same, reachable from all networks of this computer, which need not be those of a venue. `server`: what else
    /// stands in that section of its configuration, and all that follows.
    pub fn everywhere(env: TestEnv, server: &str) -> Self {
        Self::listening(env, "0.0.0.0:0", &format!("[server]\ninternet = false\n{server}"))
    }

    /// The same, at this address.
    pub fn listening(env: TestEnv, bind: &str, config: &str) -> Self {
        let path = env.root().join("config.toml");
        std::io::Write::write_all(&mut File::create(&path).unwrap(), config.as_bytes()).unwrap();
        let log = File::options().create(true).append(true).open(env.root().join("log")).unwrap();
        let mut command = env.command(&["serve", "--bind", bind, "--json", "--config"]);
        // More than by default: the log is to be free of secrets at every level.
        command.env("RUST_LOG", "warn,fotota=trace");
        let mut child = command.arg(path).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|_| {
            panic!("no server: {}", std::fs::read_to_string(env.root().join("log")).unwrap())
        });
        // Not what is `listening` for guests, which may be a proxy.
        let base = format!("http://{}", ready["bound"].as_str().unwrap().replace("0.0.0.0", "127.0.0.1"));
        let setup = ready["setup"].as_str().map(|link| link.split_once('#').unwrap().1.to_owned());
        let ftp = ready["ftp"].as_str().map(|address| address.parse().unwrap());
        let https = ready["https"].as_str().map(|address| address.parse().unwrap());
        let metrics = ready["metrics"].as_str().map(|address| address.parse().unwrap());
        Self { env, base, ftp, https, metrics, setup, child }
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.env.root().join("log")).unwrap()
    }

    /// None of these stands in the log.
    #[track_caller]
    pub fn assert_not_logged(&self, secrets: &[&str]) {
        let log = self.log();
        assert!(log.contains("answered a request"), "{log}");
        for secret in secrets {
            assert!(!secret.is_empty() && !log.contains(secret), "`{secret}` in {log}");
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// As a power cut would; the data folder stays.
    pub fn kill(mut self) -> TestEnv {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::mem::replace(&mut self.env, TestEnv::new())
    }

    /// Changes the database behind the server's back, which notices that within a millisecond.
    pub fn change(&self, sql: &str) {
        let connection = rusqlite::Connection::open(self.env.data().join("fotota.db")).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
        connection.execute_batch(sql).unwrap();
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }

    /// A number that the database knows.
    pub fn count(&self, sql: &str) -> i64 {
        let connection = rusqlite::Connection::open(self.env.data().join("fotota.db")).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// A guest who entered the event, and the event's address.
    pub fn guest(&self, admin: &mut Client, event: i64) -> (Client, String) {
        let event = admin.get(&format!("/events/{event}")).expect(200);
        let base = format!("/e/{}", event["share_code"].as_str().unwrap());
        let mut guest = self.client();
        let entry = json!({ "password": super::client::EVENT_PASSWORD });
        guest.post(&format!("{base}/session"), &entry).expect(204);
        (guest, base)
    }

    pub fn client(&self) -> Client {
        Client::new(&self.base)
    }

    /// The first admin, made by the set-up link.
    pub fn admin(&self) -> Client {
        let account = json!({ "token": self.setup, "login": "studio@example.com", "password": PASSWORD });
        let mut client = self.client();
        let answer = client.post("/setup", &account).expect(201);
        client.cookies.clear();
        client.token = Some(answer["access_token"].as_str().unwrap().to_owned());
        client
    }

    /// A user who made an account.
    pub fn user(&self, login: &str) -> Client {
        let mut client = self.client();
        let answer =
            client.post("/auth/register", &json!({ "login": login, "password": PASSWORD })).expect(201);
        client.token = Some(answer["access_token"].as_str().unwrap().to_owned());
        client
    }

    /// An admin with an event of four indexed photos, and the answer to their upload.
    pub fn party(&self) -> (Client, i64, Value) {
        let mut admin = self.admin();
        let event = admin.create_event("Party");
        let photos = admin.upload_samples(event, &super::FEW);
        (admin, event, photos)
    }

    /// All files of the data folder, sorted, as paths within it.
    pub fn files(&self) -> Vec<String> {
        let root = self.env.data();
        let (mut folders, mut files) = (vec![root.clone()], Vec::new());
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        files.sort();
        files
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
